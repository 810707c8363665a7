//! `tidegate compile`, and runs with what it wrote.

use super::program::{code, said, verdicts};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PACK: &str = "tidegate: 1
pack: tickets
version: 2026.1.0
title: Forged tickets
license: CC0-1.0
defaults: { category: fraud, level: medium }
rules:
  - id: tickets.paid
    title: Paid outside
    match: { ticket: [concert ticket], pay: { regex: 'gift ?cards?' } }
    condition: ticket near/40 pay
    weight: 6
";

const POLICY: &str = "tidegate: 1
kind: policy
categories: { fraud: { block: 1 } }
";

const POSTS: &str = "{\"id\":1,\"text\":\"Concert ticket for a giftcard\"}
{\"id\":2,\"text\":\"The concert was fine\"}
{\"id\":3,\"text\":\"加微信 vx88888 首存送彩金\"}
";

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(bench.path("rules")).unwrap();
        fs::write(bench.path("rules/tickets.rules.yaml"), PACK).unwrap();
        fs::write(bench.path("rules/hard.policy.yaml"), POLICY).unwrap();
        fs::write(bench.path("posts.jsonl"), POSTS).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program in the folder.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        command.args(arguments).current_dir(self.folder.path()).env("NO_COLOR", "1");
        command.output().unwrap()
    }

    fn compile(&self, arguments: &[&str]) {
        let output = self.run(&[&["compile"], arguments].concat());
        assert_eq!(code(&output), 0, "{}", said(&output));
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn compiled_rules_answer_as_their_sources() {
    let bench = Bench::new();
    for flags in [&[][..], &["--no-default-rules"][..]] {
        bench.compile(&[&["rules", "-o", "rules.tgc"], flags].concat());
        for more in [
            &["--threads", "1"][..],
            &["--threads", "3", "--chunk", "64"],
            &["--policy", "hard", "--stamp"],
        ] {
            let run = |rules: &str| {
                let output = bench.run(&[&["--rules", rules, "posts.jsonl"], flags, more].concat());
                assert_eq!(code(&output), 0, "{}", said(&output));
                output.stdout
            };
            let expected = run("rules");
            assert!(verdicts(&expected)[0].to_string().contains("tickets.paid"));
            assert_eq!(run("rules.tgc"), expected, "{flags:?} {more:?}");
        }
    }
    bench.compile(&["--output", "own.tgc"]);
    let own = bench.run(&["--rules", "own.tgc", "posts.jsonl"]);
    assert_eq!(own.stdout, bench.run(&["posts.jsonl"]).stdout);
    let text = "Concert ticket for a gift card";
    let explained =
        |rules: &str| bench.run(&["explain", "--no-default-rules", "--rules", rules, text]);
    assert_eq!(explained("rules.tgc").stdout, explained("rules").stdout);
    assert_eq!(names(bench.folder.path()), ["own.tgc", "posts.jsonl", "rules", "rules.tgc"]);
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_refused_before_anything_is_read() {
    let bench = Bench::new();
    bench.compile(&["rules", "-o", "rules.tgc"]);
    let file = fs::read(bench.path("rules.tgc")).unwrap();
    let refused = |bytes: &[u8], why: &str| {
        fs::write(bench.path("bad.tgc"), bytes).unwrap();
        let output = bench.run(&["--rules", "bad.tgc", "posts.jsonl", "--out", "verdicts.jsonl"]);
        assert_eq!(code(&output), 2, "{why}");
        assert!(said(&output).contains(why), "{why}: {}", said(&output));
        assert!(output.stdout.is_empty() && !bench.path("verdicts.jsonl").exists());
    };
    let mut changed = file.clone();
    *changed.last_mut().unwrap() ^= 1;
    refused(&changed, "it is damaged (its checksum does not hold)");
    refused(&file[..file.len() / 2], "it is damaged");
    refused(&file[..20], "it is damaged (it ends too soon)");
    let mut newer = file.clone();
    newer[15] = b'9';
    refused(&newer, "another version of the program wrote it");
}

#[test]
fn compiled_rules_cannot_be_combined_with_others() {
    let bench = Bench::new();
    bench.compile(&["rules", "-o", "with.tgc"]);
    bench.compile(&["rules", "--no-default-rules", "-o", "without.tgc"]);
    let refused = |arguments: &[&str], why: &str| {
        let output = bench.run(arguments);
        assert_eq!(code(&output), 2, "{}", said(&output));
        // `check` prints diagnostics on standard output.
        let output = [said(&output), String::from_utf8(output.stdout).unwrap()].concat();
        assert!(output.contains(why), "{output}");
    };
    refused(
        &["--rules", "with.tgc", "--rules", "rules", "posts.jsonl"],
        "cannot be combined with other rules",
    );
    refused(
        &["--rules", "with.tgc", "--no-default-rules", "posts.jsonl"],
        "was compiled with the embedded rules",
    );
    refused(&["--rules", "without.tgc", "posts.jsonl"], "was compiled without the embedded rules");
    refused(&["check", "with.tgc"], "name the rules that it was compiled from");
    refused(
        &["compile", "with.tgc", "-o", "again.tgc"],
        "name the rules that it was compiled from",
    );
    refused(&["compile", "rules"], "--output");
    refused(&["compile", "--no-default-rules", "-o", "none.tgc"], "<PATH>");
}

#[test]
fn nothing_is_lost_when_a_file_is_not_written() {
    let bench = Bench::new();
    // Sources, devices and folders are never overwritten.
    for place in ["rules/tickets.rules.yaml", "/dev/null", "rules"] {
        let output = bench.run(&["compile", "rules", "-o", place]);
        assert_eq!(code(&output), 2, "{place}");
        assert!(said(&output).contains("is not a compiled rule set"), "{}", said(&output));
    }
    assert_eq!(fs::read_to_string(bench.path("rules/tickets.rules.yaml")).unwrap(), PACK);
    // Rules or policies that are wrong leave the old file.
    bench.compile(&["rules", "-o", "rules.tgc"]);
    let old = fs::read(bench.path("rules.tgc")).unwrap();
    for (name, text) in [
        ("rules/bad.rules.yaml", "tidegate: 1\npack: bad\nrules: none\n"),
        ("rules/bad.policy.yaml", "tidegate: 1\nkind: policy\nrules: { no.such: { weight: 1 } }\n"),
    ] {
        fs::write(bench.path(name), text).unwrap();
        let output = bench.run(&["compile", "rules", "-o", "rules.tgc"]);
        assert_eq!(code(&output), 2, "{name}");
        fs::remove_file(bench.path(name)).unwrap();
    }
    let output = bench.run(&["compile", "rules", "-o", "no/such/folder.tgc"]);
    assert_eq!(code(&output), 4);
    assert!(said(&output).contains("cannot write no/such/folder.tgc"), "{}", said(&output));
    assert_eq!(fs::read(bench.path("rules.tgc")).unwrap(), old);
    assert_eq!(names(bench.folder.path()), ["posts.jsonl", "rules", "rules.tgc"]);
}
