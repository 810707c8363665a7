//! Runs the programs in `examples/`, which `cargo test` builds together with the tests.

use std::env;
use std::path::Path;
use std::process::Command;

/// Runs an example in the root of the repository. Returns standard output, standard error
/// and success.
fn run(name: &str, arguments: &[&str]) -> (String, String, bool) {
    let test = env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(
        program.is_file(),
        "cargo build --examples first: {} does not exist",
        program.display()
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(program).args(arguments).current_dir(root).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.success())
}

#[test]
fn classify_prints_the_action_and_the_evidence() {
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
fn sink_receives_every_flagged_post() {
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
fn jetstream_counts_every_event() {
    let (out, err, success) = run("jetstream", &["examples/jetstream.jsonl"]);
    assert!(success, "{err}");
    let feed = std::fs::read_to_string("examples/jetstream.jsonl").unwrap();
    let last = out.lines().last().unwrap();
    let counts: Vec<usize> = last.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert_eq!(counts.iter().sum::<usize>(), feed.lines().count(), "{out}");
    assert!(counts[0] > 0 && counts[1] > 0, "{out}");
}

#[test]
fn folder_counts_every_file() {
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
