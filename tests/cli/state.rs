//! `state`: what a state file holds, its check, and forgetting.

#[path = "state/explain.rs"]
mod explain;
#[path = "state/world.rs"]
pub mod world;

use serde_json::json;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use world::{World, text};

#[test]
fn authors_have_points_and_steps() {
    let world = World::new();
    let rows = world.rows("state authors --state s.db --measures m.measures.yaml");
    let first: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    let keys = ["author", "step", "since", "until", "points", "posts", "flag", "review", "block"];
    assert_eq!(first[..9], keys, "{}", rows[0]);
    assert_eq!((&rows[0]["author"], &rows[0]["step"]), (&json!("u1"), &json!("mute")));
    assert!(rows[0]["points"].as_f64().unwrap() > 8.0, "{}", rows[0]);
    let authors: Vec<_> = rows.iter().map(|row| row["author"].as_str().unwrap()).collect();
    assert!(!authors.contains(&"u20") && authors.contains(&"u6"), "{authors:?}");
    let muted = world.rows("state authors --state s.db --measures m.measures.yaml --step mute");
    assert_eq!(muted.len(), 1);
    let limited = world.rows("state authors --state s.db --limit 2 --measures m.measures.yaml");
    assert_eq!(limited[..], rows[..2]);
    // Tables are for people.
    let table =
        world.said("state authors --state s.db --human --limit 2 --measures m.measures.yaml");
    assert!(table.starts_with("AUTHOR  STEP  ENDS IN  POINTS"), "{table}");
    assert!(table.ends_with("--limit N shows more; clock: 2026-03-03T18:00:00Z\n"), "{table}");
    let why = world.refused("state authors --state s.db --step mutee --measures m.measures.yaml");
    assert!(why.contains("no step is called `mutee`; did you mean `mute`?"), "{why}");
}

#[test]
fn other_measures_are_noted() {
    let world = World::new();
    let said = |line: &str| {
        let output = world.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success());
        text(&output.stderr)
    };
    let note = said("state authors --state s.db");
    assert_eq!(note, "note: the last run had other measures; name them with --measures\n");
    assert_eq!(said("state authors --state s.db --measures m.measures.yaml"), "");
    assert_eq!(said("state cases --state s.db"), "", "it needs none");
}

#[test]
fn channels_campaigns_cases_breakers_and_log_are_listed() {
    let world = World::new();
    let channels = world.rows("state channels --state s.db --measures m.measures.yaml");
    let names: Vec<_> = channels.iter().map(|row| row["channel"].as_str().unwrap()).collect();
    assert_eq!(names, ["forum", "microblog"]);
    assert_eq!((&channels[0]["posts"], &channels[0]["harmful"]), (&json!(8), &json!(7)));
    let warned =
        world.rows("state channels --state s.db --step suspend --measures m.measures.yaml");
    assert!(warned.is_empty(), "the last step needs a decision");

    let campaigns = world.rows("state campaigns --state s.db --acting --by posts");
    assert_eq!(campaigns.len(), 1);
    assert_eq!((&campaigns[0]["posts"], &campaigns[0]["authors"]), (&json!(6), &json!(6)));
    assert_eq!(campaigns[0]["acts"], json!(["harmful"]));
    let table = world.said("state campaigns --state s.db --human");
    assert!(table.contains("新澳门娱乐城开户送彩金"), "{table}");

    let cases = world.rows("state cases --state s.db --open");
    assert!(cases.iter().any(|case| case["kind"] == "care"), "{cases:?}");
    assert!(world.rows("state cases --state s.db --decided").is_empty());
    let kinds = world.rows("state cases --state s.db --kind campaign");
    assert!(kinds.len() == 1 && kinds[0]["subject"] == campaigns[0]["campaign"]);
    assert!(world.said("state cases --state s.db --human").contains("CASE"));

    let breakers = world.rows("state breakers --state s.db --measures m.measures.yaml");
    assert_eq!((&breakers[0]["breaker"], &breakers[0]["limit"]), (&json!("block"), &json!(3)));
    assert_eq!(breakers[0]["period"], "1h");
    assert!(world.said("state breakers --state s.db --human").starts_with("BREAKER"));

    let log = world.rows("state log --state s.db");
    let numbers: Vec<_> = log.iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>());
    assert!(log.iter().all(|row| row["hash"].as_str().unwrap().len() == 64));
    assert_eq!(world.rows("state log --state s.db --from 3 --limit 2"), log[2..4]);
    assert_eq!(world.rows("state log --state s.db --limit 2"), log[log.len() - 2..]);
    let steps = world.rows("state log --state s.db --kind step");
    assert!(!steps.is_empty() && steps.iter().all(|row| row["entry"]["kind"] == "step"));
    let table = world.said("state log --state s.db --human --kind step");
    assert!(table.contains("who=author") && table.contains("step=warn"), "{table}");
}

#[test]
fn tables_line_up_with_chinese_texts() {
    let world = World::new();
    let output = world.run(&["state", "campaigns", "--state", "s.db", "--human", "--lang", "zh"]);
    let table = text(&output.stdout);
    let head = table.lines().next().unwrap();
    let row = table.lines().nth(1).unwrap();
    let columns = |line: &str, end: usize| -> usize {
        line[..end].chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
    };
    let of_head = columns(head, head.find("文字").unwrap());
    let of_row = columns(row, row.find(['新', '{']).unwrap());
    assert_eq!(of_head, of_row, "{table}");
}

#[test]
fn an_edited_file_is_not_intact() {
    let world = World::new();
    let said = world.said("state verify --state s.db");
    let intact: serde_json::Value = serde_json::from_str(&said).unwrap();
    let entries = world.rows("state log --state s.db").len();
    assert_eq!((&intact["intact"], &intact["entries"]), (&json!(true), &json!(entries)));
    let human = world.said("state verify --state s.db --human");
    assert!(
        human.starts_with(&format!("s.db: intact; {entries} entries in the log\nhash of")),
        "{human}"
    );

    // One letter of the log is changed, in the file itself.
    let bytes = fs::read(world.path("s.db")).unwrap();
    let mut edited = 0;
    let file = OpenOptions::new().write(true).open(world.path("s.db")).unwrap();
    for at in 0..bytes.len() - 13 {
        if bytes[at..].starts_with(b"\"step\":\"warn\"") {
            file.write_at(b"\"step\":\"mute\"", at as u64).unwrap();
            edited += 1;
        }
    }
    assert!(edited > 0, "the checkpoint is in the file, not in the WAL");
    for flag in ["--human", "--json"] {
        let output = world.run(&["state", "verify", "--state", "s.db", flag]);
        assert_eq!(output.status.code(), Some(1));
        let out = text(&output.stdout);
        let first = out.lines().next().unwrap();
        assert!(first.contains("log") && !out.contains("intact"), "{out}");
    }
}

#[test]
fn what_is_no_state_file_is_refused() {
    let world = World::new();
    for what in ["authors", "channels", "campaigns", "cases", "breakers", "log", "verify"] {
        let why = world.refused(&format!("state {what} --state missing.db"));
        assert!(why.contains("state file missing.db: "), "{why}");
        let why = world.refused(&format!("state {what} --state feed.jsonl"));
        assert!(why.contains("not a tidegate state file"), "{why}");
    }
    world.refused("state forget --state missing.db --author u1");
    assert!(!world.path("missing.db").exists(), "nothing is created");
}

#[test]
fn an_author_and_a_post_are_forgotten() {
    let world = World::new();
    let counts = &world.rows("state forget --state s.db --author u1")[0];
    assert_eq!((&counts["authors"], &counts["posts"]), (&json!(1), &json!(3)));
    let authors = world.rows("state authors --state s.db --measures m.measures.yaml");
    assert!(authors.iter().all(|row| row["author"] != "u1"));
    assert!(!fs::read(world.path("s.db")).unwrap().windows(8).any(|part| part == b"cp_demo8"));

    let counts = &world.rows("state forget --state s.db --post p7")[0];
    assert_eq!((&counts["posts"], &counts["reports"]), (&json!(1), &json!(2)));
    let human = world.said("state forget --state s.db --post p7 --human");
    assert_eq!(human, "nothing to forget; the log says that it was looked for\n");
    assert_eq!(world.rows("state log --state s.db --kind forget").len(), 3);
    world.said("state verify --state s.db");
    // A number is an id too: the post `10` was among those of `u1`.
    let counts = &world.rows("state forget --state s.db --post 10")[0];
    assert_eq!(counts["posts"], json!(0));
    world.refused("state forget --state s.db");
    world.refused("state forget --state s.db --author u1 --post p1");
}

#[test]
fn nothing_is_forgotten_while_a_run_has_the_file() {
    let world = World::new();
    let lock = OpenOptions::new().write(true).open(world.path("s.db.lock")).unwrap();
    lock.lock().unwrap();
    let why = world.refused("state forget --state s.db --author u1");
    assert!(why.contains("another run uses it"), "{why}");
    // Looking is possible.
    assert!(!world.rows("state authors --state s.db --measures m.measures.yaml").is_empty());
    drop(lock);
    world.said("state forget --state s.db --author u1");
}

#[test]
fn what_posts_contain_does_not_act_on_a_terminal() {
    let hostile = "\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\r\u{85}";
    let ad = "新澳门娱乐城开户送彩金，首存送百分百，加微信 vx88888";
    let post = |number: usize| {
        json!({
            "id": format!("p{number}{hostile}"), "text": format!("{ad}{number}{hostile}"),
            "channel": format!("forum{hostile}"), "author": { "id": format!("u{number}{hostile}") },
            "created_at": format!("2026-03-03T08:0{number}:00Z"),
        })
    };
    let feed: String = (1..8).map(|number| format!("{}\n", post(number))).collect();
    let world = World::of(&feed);
    let campaign = world.campaign();
    let (post, author) = (format!("p4{hostile}"), format!("u4{hostile}"));
    let channel = format!("forum{hostile}");
    let commands: [&[&str]; 13] = [
        &["state", "authors"],
        &["state", "channels"],
        &["state", "campaigns"],
        &["state", "cases"],
        &["state", "breakers"],
        &["state", "log"],
        &["state", "verify"],
        &["queue"],
        &["campaign", &campaign],
        &["campaign", "why", &campaign, &post],
        &["explain", "--author", &author],
        &["explain", "--post", &post],
        &["explain", "--channel", &channel],
    ];
    let acts = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    for command in commands {
        let forms: &[&str] = if command[0] == "explain" { &["--json"] } else { &["--human"] };
        for form in ["", forms[0]] {
            let flags = ["--state", "s.db", form];
            let flags = flags.iter().filter(|flag| !flag.is_empty());
            let line: Vec<&str> = command.iter().chain(flags).copied().collect();
            let output = world.run(&line);
            assert!(output.status.success(), "{line:?}: {}", text(&output.stderr));
            let printed = text(&output.stdout);
            assert!(!printed.is_empty() && !printed.contains(acts), "{line:?}: {printed:?}");
        }
    }
}
