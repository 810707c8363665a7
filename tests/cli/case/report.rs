//! `report --state`.

use super::{Place, program, stdout};
use crate::program::{code, said};
use serde_json::Value;
use std::fs;

fn report(place: &Place, more: &[&str]) -> std::process::Output {
    program(&[&["report", "--state", &place.text("s.db")][..], more].concat())
}

#[test]
fn the_numbers_of_a_state_are_json() {
    let place = Place::new();
    let numbers: Value = serde_json::from_str(&stdout(&report(&place, &["--json"]))).unwrap();
    let channels = numbers["channels"].as_array().unwrap();
    let names: Vec<&str> = channels.iter().filter_map(|it| it["channel"].as_str()).collect();
    assert_eq!(names, ["garden", "cars", "city"]);
    // None of 60 is harmful; 4 of 4 and 4 of 4.
    assert_eq!(channels[0]["rank"], serde_json::json!([1, 1]));
    assert_eq!(channels[0]["index"]["value"], 100.0);
    assert_eq!(channels[1]["harm"]["value"], 1000.0);
    assert_eq!(channels[1]["rank"], serde_json::json!([2, 3]));
    assert_eq!((&channels[2]["posts"], &channels[2]["harmful"]), (&4.into(), &4.into()));
    assert_eq!(numbers["campaigns"]["acting"], 1);
    assert_eq!(numbers["campaigns"]["largest"][0]["authors"], 8);
    assert_eq!(numbers["decisions"]["upheld"], 1);
    assert_eq!(numbers["operations"], serde_json::json!([]));
}

#[test]
fn operations_are_those_of_the_measures() {
    let place = Place::new();
    let text = "tidegate: 1\nkind: measures\noperations:\n  - { id: spring, from: 2026-03-02, \
                until: 2026-03-03, when: category == gambling, queue: 2 }\n";
    fs::write(place.path("m.yaml"), text).unwrap();
    let more = ["--json", "--measures", &place.text("m.yaml")];
    let numbers: Value = serde_json::from_str(&stdout(&report(&place, &more))).unwrap();
    assert_eq!(numbers["operations"][0]["id"], "spring");
    // The run had other measures: nothing was counted for it.
    assert_eq!(numbers["operations"][0]["during"]["posts"], 0);
    assert_eq!(numbers["operations"][0]["during"]["days"], 1);
}

#[test]
fn the_page_is_written_in_both_languages() {
    let place = Place::new();
    let page = place.text("page.html");
    assert_eq!(stdout(&report(&place, &["-o", &page])), "");
    let english = fs::read_to_string(&page).unwrap();
    assert!(english.contains("Channels compared") && english.contains("garden"), "{english}");
    assert_eq!(
        stdout(&report(&place, &[])).matches("<h2>").count(),
        english.matches("<h2>").count()
    );
    let chinese = stdout(&report(&place, &["--page-lang", "zh"]));
    assert!(chinese.contains("频道排行") && chinese.contains("状态概况"), "{chinese}");
    let over = report(&place, &["-o", &place.text("s.db")]);
    assert_eq!(code(&over), 2);
    assert!(said(&over).contains("is also the state"), "{}", said(&over));
}

#[test]
fn verdicts_and_a_state_are_two_reports() {
    let place = Place::new();
    let both = report(&place, &["tests/cli/posts.jsonl"]);
    assert_eq!(code(&both), 2);
    assert!(said(&both).contains("cannot be used with"), "{}", said(&both));
    let alone = program(&["report", "--json"]);
    assert_eq!(code(&alone), 2);
}
