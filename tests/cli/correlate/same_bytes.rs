//! Equal bytes for any threads, chunks, checkpoints and interruptions.

use super::world::{Dice, Town, kill, lines, same_bytes, same_state};
use crate::program::{is_full, sweep};
use serde_json::Value;
use std::time::Duration;

#[test]
fn threads_chunks_and_checkpoints_change_nothing() {
    let town = Town::new(900);
    let expected = town.run("feed.jsonl").stdout;
    assert_eq!(lines(&expected).len(), lines(&town.read("feed.jsonl")).len());
    let seen = String::from_utf8(expected.clone()).unwrap();
    for part in [
        "\"campaign\"",
        "\"story\"",
        "\"measure\"",
        "\"channel_measure\"",
        "\"breaker\"",
        "town.flood",
        "town.crowd",
        "town.pair",
        "\"late\"",
        "\"time\":\"ahead\"",
        "\"repeated\"",
        "care_case",
        "\"under\"",
        "\"unreadable\"",
        "unknown_post",
        "\"counted\":true",
    ] {
        let is_rare = part == "\"story\"";
        assert!(is_rare || seen.contains(part), "no {part} in the feed");
    }
    let mut number = 0;
    for threads in ["1", "2", "4"] {
        for chunk in ["4k", "17k", "1M"] {
            let flags = format!("-j {threads} --chunk {chunk}");
            same_bytes(&town.run(&format!("{flags} feed.jsonl")).stdout, &expected, &flags);
            for checkpoint in ["1", "2", "7"] {
                number += 1;
                if number % 3 != 0 && !is_full() {
                    continue;
                }
                let flags = format!("{flags} --checkpoint-lines {checkpoint}");
                let files = format!("--state {number}.db --out {number}.out feed.jsonl");
                town.run(&format!("{flags} {files}"));
                same_bytes(&town.read(&format!("{number}.out")), &expected, &flags);
            }
        }
    }
    town.run("--state whole.db --out whole.out feed.jsonl");
    for number in (1..=number).filter(|number| number % 3 == 0) {
        let state = town.state(&format!("{number}.db"));
        same_state(state, town.state("whole.db"), &format!("run {number}"));
    }
}

#[test]
fn annotated_lines_have_the_same_as_their_last_member() {
    let town = Town::new(400);
    let plain = town.run("feed.jsonl").stdout;
    let annotated = town.run("--annotate -j 4 --chunk 4k feed.jsonl").stdout;
    let again = town.run("--annotate -j 1 --state s.db --checkpoint-lines 7 feed.jsonl").stdout;
    same_bytes(&again, &annotated, "annotated");
    let feed = town.read("feed.jsonl");
    let (feed, plain, annotated) = (lines(&feed), lines(&plain), lines(&annotated));
    assert_eq!(plain.len(), annotated.len());
    for ((input, plain), annotated) in feed.iter().zip(plain).zip(annotated) {
        let Ok(mut own) = serde_json::from_str::<Value>(annotated) else { panic!("{annotated}") };
        let members = own.as_object_mut().unwrap();
        let Some(state) = members.remove("state") else {
            // A line that cannot be read is the same in both.
            assert_eq!(annotated, plain);
            continue;
        };
        assert!(annotated.ends_with(&format!(",\"state\":{plain}}}")), "{annotated}");
        assert_eq!(state, serde_json::from_str::<Value>(plain).unwrap());
        assert_eq!(own, serde_json::from_str::<Value>(input).unwrap());
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_with_the_same_bytes() {
    let town = Town::new(sweep(1500, 5000) as u64);
    town.run("--state whole.db --out whole.out feed.jsonl");
    let flags = "--state s.db --out s.out -j 2 --chunk 4k --checkpoint-lines 20 feed.jsonl";
    let (mut dice, mut kills, mut moved) = (Dice::new(7), 0, 0);
    let mut before = 0;
    while kills < sweep(12, 40) {
        let mut child = town.correlate(flags).spawn().unwrap();
        // Killed at any moment of a checkpoint, or between two.
        let has_moved = || town.run_of("s.db").is_some_and(|run| run.lines > before);
        while child.try_wait().unwrap().is_none() && !has_moved() {
            std::thread::sleep(Duration::from_micros(500));
        }
        std::thread::sleep(Duration::from_micros(dice.below(8_000)));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        kill(&mut child);
        kills += 1;
        let now = town.run_of("s.db").map_or(0, |run| run.lines);
        assert!(now >= before, "{now} lines after {before}");
        moved += usize::from(now > before);
        before = now;
    }
    assert!(kills >= 3 && moved >= 2, "{kills} kills, {moved} of them after a checkpoint");
    town.run(flags);
    same_bytes(&town.read("s.out"), &town.read("whole.out"), "killed");
    same_state(town.state("s.db"), town.state("whole.db"), "killed");
}

#[test]
fn a_run_that_is_terminated_goes_on() {
    let town = Town::new(900);
    town.run("--state whole.db --out whole.out feed.jsonl");
    let flags = "--state s.db --out s.out --chunk 4k --checkpoint-lines 1 feed.jsonl";
    assert_eq!(town.interrupted(flags, "s.db", "TERM"), 143);
    let run = town.run_of("s.db").unwrap();
    assert_eq!(town.read("s.out").len() as u64, run.output_bytes);
    town.run(flags);
    same_bytes(&town.read("s.out"), &town.read("whole.out"), "terminated");
    same_state(town.state("s.db"), town.state("whole.db"), "terminated");
    // A finished run has nothing to do.
    let output = town.run(&format!("--summary {flags}"));
    assert!(super::world::said(&output).contains("finished"));
    same_state(town.state("s.db"), town.state("whole.db"), "given again");
}

#[test]
fn standard_input_is_fed_again_after_a_kill() {
    use std::io::Write;
    use std::process::Stdio;
    let town = Town::new(600);
    town.run("--state whole.db --out whole.out feed.jsonl");
    let feed = town.read("feed.jsonl");
    let flags = "--state s.db --out s.out --chunk 4k --checkpoint-lines 1 -";
    let mut child = town.correlate(flags).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The stream stops in the middle of a line; what was read of it has checkpoints.
    stdin.write_all(&feed[..feed.len() / 2]).unwrap();
    while town.run_of("s.db").is_none_or(|run| run.lines == 0) {
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(&mut child);
    drop(stdin);
    let output = town.fed(flags, &feed);
    assert_eq!(output.status.code(), Some(0), "{}", super::world::said(&output));
    same_bytes(&town.read("s.out"), &town.read("whole.out"), "fed again");
    // Other lines are not what was read before.
    let mut child = town.correlate(flags).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let next = town.annotated(300, 9);
    stdin.write_all(&next[..next.len() / 2]).unwrap();
    let number = town.run_of("s.db").unwrap().number;
    while town.run_of("s.db").is_none_or(|run| run.number == number || run.lines == 0) {
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(&mut child);
    drop(stdin);
    let before = town.read("s.out");
    let output = town.fed(flags, &feed);
    assert_eq!(output.status.code(), Some(2), "{}", super::world::said(&output));
    assert!(town.read("s.out").len() <= before.len());
    let output = town.fed(flags, &next);
    assert_eq!(output.status.code(), Some(0), "{}", super::world::said(&output));
}
