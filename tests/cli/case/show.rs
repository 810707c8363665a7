//! A case as JSON, as text, and as a page.

use super::{CASINO, Place, program, stdout};
use crate::program::{code, said};
use serde_json::Value;
use std::fs;

#[test]
fn a_case_is_json_when_it_is_piped() {
    let place = Place::new();
    let text = stdout(&place.case(&place.id_of("campaign"), &[]));
    assert_eq!(text.lines().count(), 1);
    let case: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&case["kind"], &case["category"]), (&"campaign".into(), &"gambling".into()));
    assert_eq!(case["campaign"]["authors"], 8);
    assert_eq!(case["campaign"]["channels"], 2);
    let posts = case["posts"].as_array().unwrap();
    assert!(posts.iter().any(|post| post["text"] == CASINO), "{text}");
    let reports = case["reports"].as_array().unwrap();
    let by: Vec<&str> = reports.iter().filter_map(|report| report["by"].as_str()).collect();
    assert_eq!(by, ["reader-1", "reader-2"]);
    assert_eq!(reports[0]["reporter"]["reports"], 1);
    let decision = case["history"].as_array().unwrap().iter().find(|it| it["kind"] == "decision");
    assert_eq!(decision.unwrap()["by"], "reviewer-1");
}

#[test]
fn a_case_is_text_in_both_languages() {
    let place = Place::new();
    let id = place.id_of("campaign");
    let english = stdout(&place.case(&id, &["--format", "text"]));
    assert!(english.starts_with(&format!("{id}  campaign  open  ")), "{english}");
    for part in
        ["Priority\n", "= harm 5 (gambling) × authors ", "Reports (2 of 2)", "bad <b>ad</b>"]
    {
        assert!(english.contains(part), "{part}: {english}");
    }
    let chinese = stdout(&place.case(&id, &["--format", "text", "--lang", "zh"]));
    assert!(chinese.starts_with(&format!("{id}  批量文本  未结  ")), "{chinese}");
    assert!(chinese.contains("= 危害度 5 (赌博) × 作者 ") && chinese.contains("最新帖子"));
    let care = stdout(&place.case(&place.id_of("care"), &["--format", "text"]));
    assert!(care.contains("offer help; this is no offence"), "{care}");
    let author = stdout(&place.case(&place.id_of("author"), &["--format", "text"]));
    assert!(author.contains("to uphold gives"), "{author}");
}

#[test]
fn a_page_is_written_in_both_languages() {
    let place = Place::new();
    let id = place.id_of("campaign");
    let page = place.text("case.html");
    assert_eq!(stdout(&place.case(&id, &["--html", &page])), "");
    let english = fs::read_to_string(&page).unwrap();
    assert!(english.contains(&format!("<h1>Case {id}</h1>")), "{english}");
    assert!(!english.contains("<b>ad</b>"));
    stdout(&place.case(&id, &["--html", &page, "--page-lang", "zh"]));
    let chinese = fs::read_to_string(&page).unwrap();
    assert!(chinese.contains(&format!("<h1>案件 {id}</h1>")), "{chinese}");
    let over = place.case(&id, &["--html", &place.text("s.db")]);
    assert_eq!((code(&over), over.stdout.len()), (2, 0));
    assert!(said(&over).contains("is also the state"), "{}", said(&over));
}

#[test]
fn what_is_not_there_is_an_error() {
    let place = Place::new();
    let unknown = place.case("c-none", &[]);
    assert_eq!((code(&unknown), unknown.stdout.len()), (2, 0));
    assert!(said(&unknown).contains("has no case `c-none`"), "{}", said(&unknown));
    let missing = program(&["case", "c-1", "--state", &place.text("none.db")]);
    assert_eq!(code(&missing), 2);
    assert!(said(&missing).contains("No such file"), "{}", said(&missing));
    fs::write(place.path("text"), "no database").unwrap();
    let other = program(&["case", "c-1", "--state", &place.text("text")]);
    assert_eq!(code(&other), 2);
    assert!(said(&other).contains("not a tidegate state file"), "{}", said(&other));
    let chinese = place.case("c-none", &["--lang", "zh"]);
    assert!(said(&chinese).contains("没有案件 `c-none`"), "{}", said(&chinese));
}
