//! Where a run starts, and what it refuses.

use super::world::{MEASURES, PACK, Town, copy, lines, said, same_bytes, same_state};
use std::fs;
use std::io::Write;
use std::process::Stdio;

const FLAGS: &str = "--state s.db --out s.out --chunk 4k --checkpoint-lines 1";

/// A town whose run was killed after a checkpoint, and the whole run aside.
fn interrupted(count: u64) -> Town {
    let town = Town::new(count);
    town.run("--state whole.db --out whole.out feed.jsonl");
    town.interrupted(&format!("{FLAGS} feed.jsonl"), "s.db", "KILL");
    town
}

#[track_caller]
fn ends_as_the_whole(town: &Town) {
    town.run(&format!("{FLAGS} feed.jsonl"));
    same_bytes(&town.read("s.out"), &town.read("whole.out"), "in the end");
    same_state(town.state("s.db"), town.state("whole.db"), "in the end");
}

#[test]
fn what_was_added_to_the_output_is_cut() {
    let town = interrupted(900);
    let mut out = town.read("s.out");
    out.extend_from_slice(b"{\"half\":\nnot a line of the run\n");
    fs::write(town.path("s.out"), out).unwrap();
    ends_as_the_whole(&town);
}

#[test]
fn an_output_that_is_not_that_of_the_run_is_refused() {
    let town = interrupted(900);
    let run = town.run_of("s.db").unwrap();
    let whole = town.read("s.out");
    let recorded = run.output_bytes as usize;
    let mut changed = whole.clone();
    changed[recorded - 20] ^= 1;
    let flags = format!("{FLAGS} feed.jsonl");
    for (what, bytes, message) in [
        ("shorter", whole[..recorded - 10].to_vec(), "it is not the output of the run"),
        ("empty", Vec::new(), "it is not the output of the run"),
        ("changed", changed, "it was changed since the last checkpoint"),
    ] {
        fs::write(town.path("s.out"), &bytes).unwrap();
        let text = town.refused(&flags);
        assert!(text.contains("s.out") && text.contains(message), "{what}: {text}");
        assert_eq!(town.read("s.out"), bytes, "{what}");
        assert_eq!(town.run_of("s.db"), Some(run.clone()), "{what}");
    }
    fs::remove_file(town.path("s.out")).unwrap();
    assert!(town.refused(&flags).contains("it is not the output of the run"));
    assert_eq!(town.run_of("s.db"), Some(run));
    fs::write(town.path("s.out"), &whole).unwrap();
    ends_as_the_whole(&town);
}

#[test]
fn an_unfinished_run_comes_first() {
    let town = interrupted(900);
    let run = town.run_of("s.db").unwrap();
    fs::write(town.path("next.jsonl"), town.annotated(200, 2)).unwrap();
    let first = "is not finished and comes first";
    assert!(town.refused(&format!("{FLAGS} next.jsonl")).contains(first));
    let other = "--state s.db --out other.out feed.jsonl";
    assert!(town.refused(other).contains(first));
    let only = format!("{FLAGS} --only ladder,rules feed.jsonl");
    assert!(town.refused(&only).contains(first));
    // Measures are fixed for a run.
    fs::write(town.path("m.measures.yaml"), MEASURES.replace("at: 12", "at: 13")).unwrap();
    let text = town.refused(&format!("{FLAGS} feed.jsonl"));
    assert!(text.contains("the measures were changed") && text.contains("--abandon"), "{text}");
    fs::write(town.path("m.measures.yaml"), MEASURES).unwrap();
    assert_eq!(town.run_of("s.db"), Some(run.clone()));
    // Given up: the next run begins with what the checkpoint holds.
    copy(&town.path("s.db"), &town.path("copy.db"));
    copy(&town.path("s.out"), &town.path("copy.out"));
    town.run(&format!("{FLAGS} --abandon next.jsonl"));
    let next = town.run_of("s.db").unwrap();
    assert!(next.finished && next.number == run.number + 1, "{next:?}");
    let out = town.read("s.out");
    assert_eq!(
        out[..run.output_bytes as usize],
        town.read("copy.out")[..run.output_bytes as usize]
    );
    let added = lines(&out).len() as u64 - run.lines;
    assert_eq!(added, lines(&town.read("next.jsonl")).len() as u64);
}

#[test]
fn an_input_that_has_grown_is_read_to_its_new_end() {
    let town = Town::new(500);
    let feed = town.read("feed.jsonl");
    let half = 1 + feed[..feed.len() / 2].iter().rposition(|byte| *byte == b'\n').unwrap();
    town.run("--state whole.db --out whole.out feed.jsonl");
    fs::write(town.path("feed.jsonl"), &feed[..half]).unwrap();
    town.run(&format!("{FLAGS} feed.jsonl"));
    let first = town.read("s.out");
    fs::write(town.path("feed.jsonl"), &feed).unwrap();
    town.run(&format!("{FLAGS} feed.jsonl"));
    let out = town.read("s.out");
    assert!(out.starts_with(&first) && first.len() < out.len());
    same_bytes(&out, &town.read("whole.out"), "grown");
    let (mut grown, whole) = (town.state("s.db"), town.state("whole.db"));
    assert_eq!(grown.run.as_ref().map(|run| run.number), Some(2));
    grown.run.clone_from(&whole.run);
    same_state(grown, whole, "grown");
    // Another start of the file is no growth: it is another input.
    fs::write(town.path("feed.jsonl"), &feed[half..]).unwrap();
    let output = town.correlate(&format!("{FLAGS} feed.jsonl")).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code == 0 || code == 2), "{}", said(&output));
}

#[test]
fn the_next_run_takes_up_the_state_and_notes_other_measures() {
    let town = Town::new(400);
    let next = town.annotated(300, 5);
    town.run(&format!("{FLAGS} feed.jsonl"));
    fs::write(town.path("next.jsonl"), &next).unwrap();
    fs::write(town.path("m.measures.yaml"), MEASURES.replace("at: 12", "at: 13")).unwrap();
    let before = town.state("s.db");
    town.run("--state s.db --out next.out next.jsonl");
    let after = town.state("s.db");
    assert_eq!(after.run.as_ref().map(|run| run.number), Some(2));
    let noted = after.log.iter().find(|entry| entry.json.contains("\"kind\":\"measures\""));
    let noted = noted.unwrap_or_else(|| panic!("no entry of the log"));
    assert!(noted.number == before.log.len() as u64 + 1, "{noted:?}");
    let hash = before.run.map(|run| run.measures).unwrap();
    assert!(noted.json.contains(&format!("\"before\":\"{hash}\"")), "{}", noted.json);
    // Of a state that knows another output, one that is not empty is refused.
    fs::write(town.path("third.jsonl"), town.annotated(10, 6)).unwrap();
    fs::write(town.path("full.out"), "something\n").unwrap();
    let text = town.refused("--state s.db --out full.out third.jsonl");
    assert!(text.contains("it is not empty"), "{text}");
    assert_eq!(town.read("full.out"), b"something\n");
}

#[test]
fn other_rules_are_refused() {
    let town = Town::new(200);
    fs::write(town.path("town.rules.yaml"), PACK.replace("weight: 9", "weight: 8")).unwrap();
    let output = town.correlate("--state s.db --out s.out feed.jsonl").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("the verdicts are of other rules"), "{}", said(&output));
    // With the rules of the scan the same command succeeds.
    fs::write(town.path("town.rules.yaml"), PACK).unwrap();
    town.run("--state s.db --out s.out feed.jsonl");
    same_bytes(&town.read("s.out"), &town.run("feed.jsonl").stdout, "after other rules");
}

#[test]
fn a_state_in_use_is_refused() {
    let town = Town::new(50);
    let mut child =
        town.correlate("--state s.db --out s.out -").stdin(Stdio::piped()).spawn().unwrap();
    let lock = town.path("s.db.lock");
    let own = child.id().to_string();
    while !fs::read_to_string(&lock).is_ok_and(|text| text.trim() == own) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let text = town.refused("--state s.db --out other.out feed.jsonl");
    assert!(text.contains("s.db") && text.contains(&own), "{text}");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&town.read("feed.jsonl")).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    same_bytes(&town.read("s.out"), &town.run("feed.jsonl").stdout, "the first");
}

#[test]
fn what_is_no_state_is_refused_and_not_changed() {
    let town = Town::new(20);
    fs::write(town.path("text.db"), "a diary\n").unwrap();
    fs::write(town.path("short.db"), &b"SQLite format 3\0garbage"[..]).unwrap();
    town.run("--state newer.db --out n.out feed.jsonl");
    // The version of the tables is a big-endian number at byte 60 of the header.
    let mut newer = town.read("newer.db");
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(town.path("newer.db"), &newer).unwrap();
    fs::write(town.path("damaged.db"), [&newer[..100], &[7; 400][..]].concat()).unwrap();
    for name in ["text.db", "short.db", "newer.db", "damaged.db", "feed.jsonl"] {
        let before = town.read(name);
        let text = town.refused(&format!("--state {name} --out x.out raw.jsonl"));
        assert!(text.contains(name), "{text}");
        assert_eq!(town.read(name), before, "{name}");
        assert!(!town.path("x.out").exists() || town.read("x.out").is_empty());
    }
    let text = town.refused("--state newer.db --out x.out feed.jsonl");
    assert!(text.contains("99"), "{text}");
}
