//! The programs in `examples/` do what they say.
//!
//! `cargo test` builds them beside the tests.

use std::env;
use std::path::Path;
use std::process::Command;

/// What an example prints, run in the root of the repository.
fn run(name: &str, arguments: &[&str]) -> (String, String, bool) {
    let test = env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(program.is_file(), "cargo build --examples first: {} is absent", program.display());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(program).args(arguments).current_dir(root).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.success())
}

#[test]
fn one_post_is_classified_with_its_reasons() {
    let (out, err, success) = run("classify", &["注册就送88彩金，百家乐，加微信 lucky_88x"]);
    assert!(success, "{err}");
    let mut lines = out.lines();
    assert_ne!(lines.next(), Some("allow"), "{out}");
    assert!(lines.next().is_some_and(|line| line.starts_with("  gambling ")), "{out}");
    assert!(out.contains(": 百家乐\n"), "{out}");
    let (out, _, success) = run("classify", &["See you at the harbour."]);
    assert_eq!((out.as_str(), success), ("allow\n", true));
    let (_, err, success) = run("classify", &[]);
    assert!(!success && err.contains("usage: classify TEXT"), "{err}");
}

#[test]
fn a_sink_is_given_every_flagged_post_in_order() {
    let (out, err, success) = run("sink", &["examples/posts.jsonl"]);
    assert!(success, "{err}");
    let rows: Vec<&str> = out.lines().collect();
    assert!(rows.len() >= 5, "{out}");
    assert!(rows.iter().all(|row| row.split('\t').count() == 3), "{out}");
    assert!(err.starts_with(&format!("{} flagged posts from ", rows.len())), "{err}");
    let (out, err, success) = run("sink", &["examples/absent.jsonl"]);
    assert!(!success && out.is_empty() && err.contains("absent.jsonl"), "{err}");
}

#[test]
fn a_feed_is_watched() {
    let (out, err, success) = run("jetstream", &["examples/jetstream.jsonl"]);
    assert!(success, "{err}");
    let feed = std::fs::read_to_string("examples/jetstream.jsonl").unwrap();
    let last = out.lines().last().unwrap();
    let counts: Vec<usize> = last.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert_eq!(counts.iter().sum::<usize>(), feed.lines().count(), "{out}");
    assert!(counts[0] > 0 && counts[1] > 0, "{out}");
}

#[test]
fn every_file_of_a_folder_is_counted() {
    let (out, err, success) = run("folder", &["examples"]);
    assert!(success, "{err}");
    let posts = out.lines().find(|line| line.starts_with("examples/posts.jsonl: ")).unwrap();
    let counts = posts.split([' ', ',']).filter_map(|word| word.parse::<usize>().ok());
    let lines = std::fs::read_to_string("examples/posts.jsonl").unwrap().lines().count();
    assert_eq!(counts.sum::<usize>(), lines, "{posts}");
    let is_feed = |name: &str| name.ends_with(".jsonl");
    let files = std::fs::read_dir("examples").unwrap().map(|entry| entry.unwrap().file_name());
    let feeds = files.filter(|name| is_feed(name.to_str().unwrap())).count();
    assert_eq!(out.lines().count(), feeds, "{out}");
}
