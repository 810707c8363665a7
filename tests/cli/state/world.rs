//! A state file that the program wrote: advertisements of one campaign, harmless posts, reports.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Steps and a breaker that the few posts of the feed reach.
const MEASURES: &str = "\
tidegate: 1
kind: measures
ladder:
  author:
    steps:
      - { step: warn, at: 3 }
      - { step: mute, at: 8, for: 24h }
      - { step: close, at: 40, confirm: true }
limits: { block: 3/hour }
";

/// The program in a folder of its own.
pub struct World {
    pub folder: TempDir,
}

impl World {
    /// With the state of the feed in `s.db`, its output in `decided.jsonl`, and the measures in
    /// `m.measures.yaml`.
    pub fn new() -> World {
        World::of(include_str!("feed.jsonl"))
    }

    /// With other posts.
    pub fn of(feed: &str) -> World {
        let world = World { folder: tempfile::tempdir().unwrap() };
        fs::write(world.path("feed.jsonl"), feed).unwrap();
        fs::write(world.path("m.measures.yaml"), MEASURES).unwrap();
        let judged = world.run(&["--annotate", "feed.jsonl"]);
        assert!(judged.status.success(), "{}", text(&judged.stderr));
        // Events are lines of `correlate`, not of `scan`.
        let events = include_bytes!("events.jsonl");
        world.correlate(&[judged.stdout.as_slice(), events].concat());
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The next run of the state.
    pub fn correlate(&self, lines: &[u8]) -> Output {
        let arguments = ["correlate", "--state", "s.db", "--measures", "m.measures.yaml"];
        let output = self.fed(&arguments, lines);
        assert!(output.status.success(), "{}", text(&output.stderr));
        output
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.fed(arguments, b"")
    }

    /// Runs the program on an input that fits into a pipe.
    pub fn fed(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // It may end before it has read everything.
        let _ = stdin.write_all(input);
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// Standard output of a run that succeeds: the words of `line`.
    #[track_caller]
    pub fn said(&self, line: &str) -> String {
        let output = self.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The JSON lines of a run that succeeds.
    #[track_caller]
    pub fn rows(&self, line: &str) -> Vec<Value> {
        self.said(line).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The message of a run that does not start.
    #[track_caller]
    pub fn refused(&self, line: &str) -> String {
        let output = self.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{line}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    /// The campaign of the feed.
    pub fn campaign(&self) -> String {
        let rows = self.rows("state campaigns --state s.db");
        rows[0]["campaign"].as_str().unwrap().to_owned()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
