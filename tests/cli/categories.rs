//! Categories that a pack or a policy declares, by every command; packs that replace others, and
//! policies that extend files.

use super::program::code;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const PACK: &str = "tidegate: 1
pack: scalping
version: 2026.1.0
title: Ticket scalping
license: CC0-1.0
categories:
  x-scalping: { title: Ticket scalping, title_zh: 黄牛倒票, flag: 2, review: 5 }
defaults: { category: x-scalping }
rules:
  - id: scalping.en.resale
    title: Tickets for resale
    match: { ticket: [concert ticket], pay: [double price] }
    condition: ticket near/40 pay
    weight: 3
    tests: { hit: [concert ticket for double price], miss: [concert ticket] }
";

const POSTS: &str = "{\"id\":1,\"text\":\"concert ticket, double price\",\"label\":\"s\"}
{\"id\":2,\"text\":\"hello\",\"label\":\"n\"}
";

const LABELS: &str = "tidegate: 1\nkind: labels\nlabels: { s: x-scalping, n: none }\n";

struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Folder {
        let own = Folder { folder: tempfile::tempdir().unwrap() };
        for (name, text) in [
            ("rules/s.rules.yaml", PACK),
            ("posts.jsonl", POSTS),
            ("labels.yaml", LABELS),
            (
                "policies/own.policy.yaml",
                "tidegate: 1\nkind: policy\nextends: ../base.policy.yaml\ncategories: { x-scalping: { flag: 1, block: 3 } }\n",
            ),
            (
                "base.policy.yaml",
                "tidegate: 1\nkind: policy\nextends: default\ncategories: { fraud: { flag: 1 } }\n",
            ),
        ] {
            own.write(name, text);
        }
        own
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(line.split(' '))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Standard output of a command that succeeds.
    fn said(&self, line: &str) -> String {
        let output = self.run(line);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(code(&output), 0, "{line}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a command that is refused.
    fn refused(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(code(&output), 2, "{line}");
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn a_declared_category_is_one_like_others() {
    let own = Folder::new();
    assert!(own.said("check rules").ends_with("no errors, no warnings\n"));
    let verdict = "{\"id\":1,\"action\":\"flag\",\"categories\":{\"x-scalping\":3}}\n";
    let judged = own.said("--rules rules --brief posts.jsonl");
    assert!(judged.starts_with(verdict), "{judged}");
    let only = own.said("--rules rules --brief --only-categories x-scalping posts.jsonl");
    assert!(only.starts_with(verdict), "{only}");
    assert_eq!(code(&own.run("--rules rules --fail-on x-scalping posts.jsonl")), 1);
    for flags in ["--only-categories x-scalpin", "--fail-on x-scalpin"] {
        let error = own.refused(&format!("--rules rules {flags} posts.jsonl"));
        assert!(error.contains("did you mean `x-scalping`?"), "{error}");
    }
    let stats = own.said("--rules rules --stats json:stats.json -o out.jsonl posts.jsonl");
    assert_eq!(stats, "");
    let stats = fs::read_to_string(own.path("stats.json")).unwrap();
    assert!(stats.contains("\"categories\":{\"x-scalping\":1}"), "{stats}");
    let figures = own.said("eval --json rules posts.jsonl");
    assert!(figures.contains("\"categories\":[\"x-scalping\"]"), "{figures}");
    own.write("labels.yaml", &LABELS.replace("x-scalping", "x-scalpin"));
    let error = own.refused("eval rules posts.jsonl");
    assert!(error.contains("labels.yaml:3") && error.contains("x-scalping`?"), "{error}");
    own.said("compile rules -o rules.tgc");
    assert_eq!(own.said("--rules rules.tgc --brief posts.jsonl"), judged);
    assert!(own.said("check --cost rules.tgc").contains("EXPECTED"));
    assert!(own.refused("check rules.tgc").contains("is a compiled rule set"));
    own.said("--rules rules --report page.html -o out.jsonl --page-lang zh posts.jsonl");
    let page = fs::read_to_string(own.path("page.html")).unwrap();
    assert!(page.contains("黄牛倒票"), "the title of the declaration");
    own.said("report -o later.html out.jsonl");
    let later = fs::read_to_string(own.path("later.html")).unwrap();
    // The same colour, with the declaration and without.
    let fill = |page: &str| {
        let (_, rest) = page.split_once("class=\"fill-x").expect("a colour of a declared category");
        rest.chars().next().unwrap()
    };
    assert_eq!(fill(&page), fill(&later));
}

#[test]
fn policies_extend_files_which_no_output_replaces() {
    let own = Folder::new();
    let judged = own.said("--rules rules --policy policies/own.policy.yaml --brief posts.jsonl");
    assert!(judged.starts_with("{\"id\":1,\"action\":\"block\""), "{judged}");
    for verb in ["", "eval --html", "explain --html", "tune --precision 0.9 --force --out"] {
        let (out, verb) = if verb.is_empty() {
            ("-o", "")
        } else {
            verb.rsplit_once(' ').map(|(verb, out)| (out, verb)).unwrap()
        };
        let line = format!(
            "{verb} {out} base.policy.yaml --rules rules --policy policies/own.policy.yaml{}posts.jsonl",
            if verb == "explain" { " --posts " } else { " " }
        );
        let error = own.refused(line.trim_start());
        assert!(error.contains("is also a policy"), "{line}: {error}");
    }
    own.write("base.policy.yaml", "tidegate: 1\nkind: policy\nextends: policies/own.policy.yaml\n");
    let error = own.refused("--rules rules --policy policies/own.policy.yaml posts.jsonl");
    assert!(error.contains("in a circle: ") && error.contains("base.policy.yaml:3"), "{error}");
}

#[test]
fn a_fitted_policy_contains_what_the_policy_extends() {
    let own = Folder::new();
    let line = "tune --precision 0.9 --rules rules --policy policies/own.policy.yaml --out fitted.policy.yaml posts.jsonl";
    own.said(line);
    let policy = fs::read_to_string(own.path("fitted.policy.yaml")).unwrap();
    for part in ["x-scalping: { flag: 1, block: 3 }", "fraud: { flag: 1, review: 5", "channels:"] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("extends:"), "{policy}");
    let judged =
        |policy: &str| own.said(&format!("--rules rules --policy {policy} --brief posts.jsonl"));
    assert_eq!(judged("fitted.policy.yaml"), judged("policies/own.policy.yaml"));
}

#[test]
fn a_pack_replaces_embedded_ones_only_if_it_says_so() {
    let own = Folder::new();
    let pack = PACK.replace("pack: scalping", "pack: gambling-zh");
    own.write("rules/s.rules.yaml", &pack);
    let checked = own.run("check rules");
    let text = String::from_utf8_lossy(&checked.stdout);
    assert!(code(&checked) == 2 && text.contains("error[embedded_pack]"), "{text}");
    let pack = PACK.replace("pack: scalping", "pack: scalping\nreplaces: [gambling-zh, spam-zh]");
    own.write("rules/s.rules.yaml", &pack);
    let output = own.run("--rules rules --summary posts.jsonl");
    let summary = String::from_utf8_lossy(&output.stderr);
    assert!(summary.contains("rules: 1 rule of yours, "), "{summary}");
    assert!(summary.contains("embedded; replaced by yours: gambling-zh, spam-zh"), "{summary}");
    let alone = own.said("check --no-default-rules rules");
    assert!(alone.ends_with("no errors, no warnings\n"), "{alone}");
}
