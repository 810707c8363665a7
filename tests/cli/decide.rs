//! `decide`: lines of events, and what they do in the next run.

use super::state::world::World;
use serde_json::{Value, json};

#[test]
fn each_event_is_one_line() {
    let world = World::new();
    for (line, event) in [
        (
            "decide --case c-1 upheld --by r2 --note checked --at 2026-03-03T10:00:00Z",
            r#"{"event":"decision","case":"c-1","outcome":"upheld","by":"r2","note":"checked","at":"2026-03-03T10:00:00Z"}"#,
        ),
        ("decide --post p7 closed", r#"{"event":"decision","post":"p7","outcome":"closed"}"#),
        ("decide overturned --post 10", r#"{"event":"decision","post":10,"outcome":"overturned"}"#),
        (
            r#"decide overturned --post "10""#,
            r#"{"event":"decision","post":"10","outcome":"overturned"}"#,
        ),
        (
            "decide ignore k1 --reason share",
            r#"{"event":"ignore","campaign":"k1","reason":"share"}"#,
        ),
        ("decide reset block", r#"{"event":"reset","breaker":"block"}"#),
        (
            "decide report --post p7 --by r1 --reason 诈骗 --at 1772532000",
            r#"{"event":"report","post":"p7","by":"r1","reason":"诈骗","at":"2026-03-03T10:00:00Z"}"#,
        ),
    ] {
        assert_eq!(world.said(line), format!("{event}\n"));
    }
}

#[test]
fn wrong_arguments_are_refused() {
    let world = World::new();
    for line in [
        "decide",
        "decide upheld",
        "decide --case c-1",
        "decide --case c-1 --post p1 upheld",
        "decide --case c-1 maybe",
        "decide --case c-1 upheld --at yesterday",
        "decide report --post p1",
        "decide ignore",
    ] {
        world.refused(line);
    }
    let output = world.run(&["decide", "--case", "c-1", "upheld", "--by", ""]);
    assert_eq!(output.status.code(), Some(2), "an empty name");
}

#[test]
fn a_state_file_must_have_what_is_named() {
    let world = World::new();
    let id = world.campaign();
    let case = format!("c-{id}");
    let wrong = format!("{}y", &id[..10]);
    world.said(&format!("decide --case {case} upheld --state s.db"));
    world.said("decide --post p7 upheld --state s.db");
    world.said(&format!("decide ignore {id} --state s.db"));
    world.said("decide reset block --state s.db");
    for (line, near) in [
        (format!("decide --case c-{wrong} upheld --state s.db"), case.as_str()),
        ("decide --post p77 upheld --state s.db".to_owned(), "p7"),
        (format!("decide ignore {wrong} --state s.db"), &id),
        ("decide reset blok --state s.db".to_owned(), "block"),
        ("decide report --post p77 --by r1 --state s.db".to_owned(), "p7"),
    ] {
        let said = world.refused(&line);
        assert!(said.contains(&format!("did you mean `{near}")), "{line}: {said}");
    }
    assert!(world.refused("decide reset block --state missing.db").contains("missing.db"));
    // An id of text that looks like a number is found, where the state has it.
    let event = world.said("decide --post 10 upheld --state s.db");
    assert!(event.contains("\"post\":10,"), "{event}");
}

#[test]
fn the_next_run_reads_the_lines() {
    let world = World::new();
    let id = world.campaign();
    let mut events = world.said(&format!("decide --case c-{id} overturned --by r9 --state s.db"));
    events += &world.said("decide report --post p9 --by r3 --state s.db");
    events += &world.said("decide reset block --state s.db");
    let output = world.correlate(events.as_bytes());
    let lines = String::from_utf8(output.stdout).unwrap();
    let counted: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(counted.len(), 3);
    assert!(counted.iter().all(|line| line["counted"] == true), "{lines}");
    let decided = world.rows("state cases --state s.db --decided");
    assert_eq!(
        (&decided[0]["case"], &decided[0]["outcome"]),
        (&json!(format!("c-{id}")), &json!("overturned"))
    );
    assert_eq!(decided[0]["by"], "r9");
    let campaign = &world.rows("state campaigns --state s.db")[0];
    assert_eq!(campaign["ignored"], "overturned");
    assert!(world.rows("state campaigns --state s.db --acting").is_empty());
}
