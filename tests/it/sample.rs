//! Rules that are planned by a sample judge as those that are planned by estimates, byte for byte.

use crate::compiled::{self, judged};
use crate::posts::{self, Mix};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tidegate_engine::post::{Batch, Mapping, Plan, Record};
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::measured::MatcherCounts;
use tidegate_engine::scan::scanner::ScanScratch;

/// Plans `rules` by a sample of these lines.
fn plan_by(rules: &mut RuleSet, lines: &[u8]) {
    let plan = Plan::new(&Mapping::default(), rules.names()).expect("the default mapping");
    let (mut batch, mut scratch) = (Batch::default(), ScanScratch::default());
    plan.read(lines, true, &mut batch);
    rules.scanner().scan(lines, &batch, &mut scratch);
    let mut counts = MatcherCounts::new(rules);
    for at in 0..batch.len() {
        if let Record::Post(post) = batch.record(lines, at) {
            counts.add(&mut rules.scanner().post(&post, at, &mut scratch));
        }
    }
    rules.plan_by_sample(&counts);
}

#[test]
fn embedded_packs_judge_the_same_when_planned_by_a_sample() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lines = fs::read(root.join("examples/posts.jsonl")).unwrap();
    let mix = |harmful_percent| Mix { harmful_percent, unreadable_percent: 2 };
    lines.extend(posts::lines(12, 200_000, mix(40)));
    let estimated = compiled::compiled_embedded();
    let mut planned = compiled::read(&estimated.to_bytes());
    plan_by(&mut planned.rules, &posts::lines(13, 200_000, mix(90)));
    assert_eq!(planned.rules.hash_hex(), estimated.rules.hash_hex());
    assert_ne!(planned.to_bytes(), estimated.to_bytes());
    // As a run reads it: the plan is stored.
    let planned = compiled::read(&planned.to_bytes());
    assert!(planned.rules.sampled_posts().is_some_and(|posts| posts > 100));
    let expected = judged(&compiled::classifier(estimated), &lines);
    assert_eq!(judged(&compiled::classifier(planned), &lines), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_sample_changes_a_verdict(
        times in prop::collection::vec(prop::sample::select(vec![0_usize, 1, 40, 400]), 8),
        id in 0..9_u32,
    ) {
        let lines = compiled::POSTS.lines().zip(times);
        let sample: String = lines.map(|(line, times)| format!("{line}\n").repeat(times)).collect();
        let mut planned = compiled::compiled();
        plan_by(&mut planned.rules, sample.as_bytes());
        let posts = compiled::POSTS.replace("\"id\":", &format!("\"id\":{id}"));
        let expected = judged(&compiled::classifier(compiled::compiled()), posts.as_bytes());
        prop_assert_eq!(judged(&compiled::classifier(planned), posts.as_bytes()), expected);
    }
}

/// The words are estimated to be rare and common; in the posts below it is the other way round.
const PACK: &str = "tidegate: 1
pack: demo
version: 2026.1.0
title: Demo
license: CC0-1.0
defaults: { category: spam, level: low }
rules:
  - id: demo.both
    title: Both words
    match: { rare: [zephyr], common: [people], pay: { regex: 'gift ?cards?' } }
    condition: rare and common and not pay
    weight: 3
";

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(bench.path("rules")).unwrap();
        fs::write(bench.path("rules/demo.rules.yaml"), PACK).unwrap();
        fs::write(bench.path("feed.jsonl"), feed(2_000, "text")).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        command.args(arguments).current_dir(self.folder.path()).env("NO_COLOR", "1");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn compile(&self, arguments: &[&str]) -> Output {
        self.run(&[&["compile", "--no-default-rules", "rules", "-o"], arguments].concat())
    }

    /// What `explain --plan` says about the rule.
    fn plan(&self, rules: &str) -> Value {
        let flags = ["--no-default-rules", "--rules", rules, "--plan", "demo.both", "--json"];
        let output = self.run(&[&["explain"][..], &flags].concat());
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Posts in which the rare word is common, and every hundredth with the other one.
fn feed(posts: usize, field: &str) -> String {
    let text = |at: usize| if at % 100 == 7 { "people in a zephyr" } else { "the zephyr again" };
    (0..posts).map(|at| format!("{{\"id\":{at},\"{field}\":\"{}\"}}\n", text(at))).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_sample_that_differs_from_the_estimates_gives_another_key() {
    let bench = Bench::new();
    let output = bench.compile(&["estimated.tgc"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
    let output = bench.compile(&["measured.tgc", "--sample", "feed.jsonl"]);
    assert!(output.status.success(), "{}", said(&output));
    let message = said(&output);
    assert!(message.starts_with("measured.tgc: 1 rule, 2 terms, "), "{message}");
    assert!(message.ends_with(", planned by 2000 posts\n"), "{message}");

    let (estimated, measured) = (bench.plan("estimated.tgc"), bench.plan("measured.tgc"));
    assert_eq!(estimated["sampled_posts"], Value::Null);
    assert_eq!(estimated["clauses"][0]["matchers"], json!(["rare"]));
    assert_eq!(measured["sampled_posts"], 2_000);
    assert_eq!(measured["clauses"][0]["matchers"], json!(["common"]));
    assert!(measured["clauses"][1]["per_million"].as_u64().unwrap() > 600_000);

    let verdicts = |rules: &str| {
        let flags = ["--no-default-rules", "--rules", rules, "feed.jsonl", "--stamp"];
        let output = bench.run(&flags);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = verdicts("rules");
    assert!(expected.matches("demo.both").count() >= 20);
    assert_eq!(verdicts("estimated.tgc"), expected);
    assert_eq!(verdicts("measured.tgc"), expected, "with the hash of the rule set");
}

#[test]
fn a_sample_is_read_as_posts_are() {
    let bench = Bench::new();
    assert!(bench.compile(&["plain.tgc", "-q", "--sample", "feed.jsonl"]).stderr.is_empty());
    let expected = fs::read(bench.path("plain.tgc")).unwrap();
    let same = |arguments: &[&str]| {
        let output = bench.compile(&[&["other.tgc"], arguments].concat());
        assert!(output.status.success(), "{}", said(&output));
        assert!(fs::read(bench.path("other.tgc")).unwrap() == expected, "{arguments:?}");
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(feed(2_000, "text").as_bytes()).unwrap();
    fs::write(bench.path("feed.jsonl.gz"), encoder.finish().unwrap()).unwrap();
    same(&["--sample", "feed.jsonl.gz", "--threads", "3"]);
    // The names of the mapping do not get into the file.
    fs::write(bench.path("other.jsonl"), feed(2_000, "body")).unwrap();
    same(&["--sample", "other.jsonl", "--text", "/body", "--field", "bio=/bio"]);
    // Files are parts of one sample. Each part is a whole number of periods.
    fs::create_dir(bench.path("parts")).unwrap();
    for name in ["parts/a.jsonl", "parts/b.jsonl"] {
        fs::write(bench.path(name), feed(1_000, "text")).unwrap();
    }
    same(&["--sample", "parts"]);
    same(&["--sample", "parts/a.jsonl", "parts/b.jsonl"]);

    let mut child = bench
        .command(&["compile", "rules", "--no-default-rules", "-o", "other.tgc", "--sample", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(feed(2_000, "text").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(fs::read(bench.path("other.tgc")).unwrap() == expected);
}

#[test]
fn a_sample_that_is_none_is_refused_and_nothing_is_written() {
    let bench = Bench::new();
    fs::write(bench.path("empty.jsonl"), "").unwrap();
    fs::write(bench.path("broken.jsonl"), feed(80, "text") + &"no json\n".repeat(9)).unwrap();
    for (sample, more, message) in [
        ("missing.jsonl", None, "missing.jsonl: No such file"),
        ("empty.jsonl", None, "--sample: there are no posts to measure"),
        ("rules", None, "no posts given"),
        ("broken.jsonl", None, "--sample: 9 of 89 lines are not readable as posts, more than 10 %"),
        (
            "feed.jsonl",
            Some(["--text", "/body"]),
            "--sample: 2,000 of 2,000 lines are not readable",
        ),
        ("feed.jsonl", Some(["--text", "body"]), "body"),
    ] {
        let arguments = ["no.tgc", "--sample", sample];
        let output =
            bench.compile(&[&arguments[..], more.as_ref().map_or(&[], |it| &it[..])].concat());
        assert_eq!(output.status.code(), Some(2), "{sample}");
        assert!(said(&output).contains(message), "{}", said(&output));
        assert!(!bench.path("no.tgc").exists(), "{sample}");
    }
}

#[test]
fn small_samples_and_unreadable_lines_are_mentioned() {
    let bench = Bench::new();
    fs::write(bench.path("small.jsonl"), feed(90, "text") + &"no json\n".repeat(10)).unwrap();
    let output = bench.compile(&["small.tgc", "--sample", "small.jsonl"]);
    assert!(output.status.success(), "{}", said(&output));
    let message = said(&output);
    assert!(message.contains("warning: the sample has fewer than 1,000 posts"), "{message}");
    assert!(message.ends_with("planned by 90 posts, 10 unreadable lines\n"), "{message}");
}
