//! `case` and `report --state`, over the state of a small feed.

mod hand_over;
mod report;
mod show;

use crate::program::{code, said};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// A state that is made once; each test has its own copy.
static STATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("feed.jsonl"), feed()).unwrap();
    fs::write(path("events.jsonl"), events()).unwrap();
    let rules = ["--no-default-rules", "--rules", "tests/cli/rules", "--policy", "demo"];
    let (feed, judged, events) = (path("feed.jsonl"), path("judged.jsonl"), path("events.jsonl"));
    let (state, out) = (path("s.db"), path("out.jsonl"));
    let scan = ["scan", "--annotate", &feed, "--out", &judged];
    let correlate = ["correlate", "--state", &state, "--out", &out, &judged, &events];
    for arguments in [&scan[..], &correlate[..]] {
        let output = program(&[arguments, &rules[..]].concat());
        assert_eq!(code(&output), 0, "{}", said(&output));
    }
    fs::read(state).unwrap()
});

const CASINO: &str =
    "The best casino bonus of the whole town is waiting for you and all of your friends";

/// An advertisement of eight authors in two channels, harmless posts, and a person who is sad.
fn feed() -> String {
    let mut lines = String::new();
    let mut post = |id: &str, minute: u32, author: &str, channel: &str, text: &str| {
        let at = format!("2026-03-02T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60);
        let post = json!({ "id": id, "created_at": at, "author": { "id": author },
            "channel": channel, "text": text });
        lines.push_str(&format!("{post}\n"));
    };
    for number in 0..60 {
        let text = format!("The weather of day {number} is fine");
        post(
            &format!("fine-{number}"),
            number,
            &format!("someone-{}", number % 7),
            "garden",
            &text,
        );
    }
    for number in 0..8 {
        let channel = if number % 2 == 0 { "city" } else { "cars" };
        let author = format!("ad-author-{number}");
        post(&format!("ad-{number}"), 60 + 10 * number, &author, channel, CASINO);
    }
    post("sad-1", 150, "sad-author", "garden", "I am so sad that I cannot go on");
    lines
}

fn events() -> String {
    let events = [
        json!({ "event": "report", "post": "ad-5", "by": "reader-1", "reason": "gambling" }),
        json!({ "event": "report", "post": "ad-5", "by": "reader-2", "reason": "bad <b>ad</b>" }),
        json!({ "event": "decision", "post": "ad-6", "outcome": "upheld", "by": "reviewer-1" }),
    ];
    events.iter().map(|event| format!("{event}\n")).collect()
}

/// Runs the program in English, as if nothing was a terminal.
fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").env("LC_ALL", "C");
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A folder with a copy of the state.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("s.db"), STATE.as_slice()).unwrap();
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `tidegate case ID --state FILE` with more arguments.
    fn case(&self, id: &str, more: &[&str]) -> Output {
        let state = self.text("s.db");
        program(&[&["case", id, "--state", &state][..], more].concat())
    }

    /// Ids of cases of a kind, as `case` and the output name them.
    fn id_of(&self, kind: &str) -> String {
        let ids = ids();
        let of_kind = |id: &&String| {
            let shown = self.case(id, &[]);
            let value: Value = serde_json::from_slice(&shown.stdout).unwrap();
            value["kind"] == kind
        };
        ids.iter().find(of_kind).unwrap_or_else(|| panic!("no {kind} in {ids:?}")).clone()
    }
}

/// Ids of all cases: `report --json` names those of campaigns, the log the others.
fn ids() -> Vec<String> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("s.db");
    fs::write(&path, STATE.as_slice()).unwrap();
    let reader = tidegate_state::store::StateReader::open(&path).unwrap();
    let cases = reader.cases(&tidegate_state::store::CaseQuery::default()).unwrap();
    cases.into_iter().map(|case| case.id).collect()
}

#[track_caller]
fn stdout(output: &Output) -> String {
    assert_eq!(code(output), 0, "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}
