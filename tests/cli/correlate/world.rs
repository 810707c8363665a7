//! A town: a small pack with correlations, measures that much reaches, and a feed.

use crate::program::{feed, signal};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tidegate_state::model::{LogEntry, Run, Snapshot};
use tidegate_state::store::{StateFile, StateReader};

pub const PACK: &str = "\
tidegate: 1
pack: town
version: 1.0.0
title: Rules for tests of streams
license: CC0-1.0
defaults: { category: gambling, level: high, fields: [text] }
rules:
  - { id: town.bet, match: { word: [casino] }, condition: word, weight: 9 }
  - { id: town.offer, category: spam, match: { word: [offer] }, condition: word, weight: 3 }
  - { id: town.lure, category: fraud, match: { word: [profit] }, condition: word, weight: 5 }
  - { id: town.sad, category: self-harm, match: { word: [hopeless] }, condition: word, weight: 9 }
  - id: town.flood
    category: spam
    weight: 4
    correlate: { type: event_count, rules: [town.*], group-by: [author.id], timespan: 10m, condition: { gte: 3 } }
  - id: town.crowd
    category: spam
    weight: 2
    correlate: { type: value_count, rules: [town.offer], group-by: [channel], timespan: 1h, condition: { field: author.id, gte: 4 } }
  - id: town.pair
    category: fraud
    weight: 3
    correlate: { type: temporal_ordered, rules: [town.offer, town.lure], group-by: [author.id], timespan: 1d }
";

pub const MEASURES: &str = "\
tidegate: 1
kind: measures
campaigns: { window: 12h, authors: 3 }
ladder:
  author:
    half-life: 5d
    calm: 2d
    steps:
      - { step: warn, at: 3 }
      - { step: mute, at: 12, for: 2h }
      - { step: close, at: 40, confirm: true }
  channel:
    window: 2d
    steps: [{ step: warn, over: 5 % }, { step: suspend, over: 15 %, confirm: true }]
limits: { block: [20/hour, { limit: 8/hour, per: channel }] }
";

/// Numbers that look random, the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// 10:00 on a day, and the seconds after it.
pub fn time(seconds: u64) -> String {
    let at = 36_000 + seconds;
    let (day, rest) = (1 + at / 86_400, at % 86_400);
    format!("2026-03-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

const STORY: &str = "昨天傍晚青石镇的水厂突然停工，三个车间的账目对不上，有人说少了一大笔钱，镇上的老人都记得二十年前也出过一样的事";
const WORDS: &[&str] =
    &["weather", "bridge", "market", "supper", "garden", "letter", "river", "winter", "lantern"];

fn text(dice: &mut Dice, number: u64) -> String {
    let plain = |dice: &mut Dice| {
        (0..6 + dice.below(6)).map(|_| WORDS[dice.below(9) as usize]).collect::<Vec<_>>().join(" ")
    };
    let mark = ["", "", "", "", "casino", "offer", "offer", "profit", "hopeless"];
    let mark = mark[dice.below(9) as usize];
    match dice.below(8) {
        0 => format!("{STORY}{number}"),
        1 => format!("{mark} {STORY}，{}", plain(dice)),
        2 => format!("{mark} hello"),
        _ => format!("{mark} {} {}", plain(dice), plain(dice)),
    }
}

/// Posts as `scan` reads them.
pub fn posts(count: u64, seed: u64) -> Vec<u8> {
    let (mut dice, mut now) = (Dice::new(seed), 0);
    let mut out = Vec::new();
    for number in 0..count {
        now += dice.below(120);
        let at = match dice.below(40) {
            0 => now.saturating_sub(9_000),
            1 => now + 20 * 86_400,
            2 => now.saturating_sub(60),
            _ => now,
        };
        let id = if dice.below(60) == 0 { number / 2 } else { number };
        let (author, channel) = (dice.below(40), dice.below(6));
        let line = format!(
            "{{\"id\":\"p{id}\",\"text\":\"{}\",\"channel\":\"c{channel}\",\"author\":{{\"id\":\"u{author}\"}},\"created_at\":\"{}\",\"reach\":{}}}\n",
            text(&mut dice, number),
            time(at),
            dice.below(5000),
        );
        out.extend_from_slice(line.as_bytes());
        if dice.below(90) == 0 {
            out.extend_from_slice(b"{\"id\":\"half\n");
        }
    }
    out
}

/// The program in a folder of its own.
pub struct Town {
    pub folder: TempDir,
}

impl Town {
    /// With the annotated feed and its events in `feed.jsonl`.
    pub fn new(count: u64) -> Town {
        let town = Town::empty();
        fs::write(town.path("feed.jsonl"), town.annotated(count, 1)).unwrap();
        town
    }

    /// Without a feed.
    pub fn empty() -> Town {
        let town = Town { folder: tempfile::tempdir().unwrap() };
        fs::write(town.path("town.rules.yaml"), PACK).unwrap();
        fs::write(town.path("m.measures.yaml"), MEASURES).unwrap();
        town
    }

    /// Annotated posts with events between them.
    pub fn annotated(&self, count: u64, seed: u64) -> Vec<u8> {
        let judged = self.annotate(&posts(count, seed));
        let (mut dice, mut out) = (Dice::new(seed + 100), Vec::new());
        for (number, line) in judged.split_inclusive(|byte| *byte == b'\n').enumerate() {
            out.extend_from_slice(line);
            let post = dice.below(number as u64 + 3);
            let event = match dice.below(50) {
                0 | 1 => format!("\"report\",\"post\":\"p{post}\",\"by\":\"r{}\"", dice.below(5)),
                2 => {
                    format!("\"decision\",\"post\":\"p{post}\",\"outcome\":\"upheld\",\"by\":\"m\"")
                }
                3 => format!("\"decision\",\"post\":\"p{post}\",\"outcome\":\"overturned\""),
                4 => "\"reset\",\"breaker\":\"block\"".to_owned(),
                _ => continue,
            };
            out.extend_from_slice(format!("{{\"event\":{event}}}\n").as_bytes());
        }
        out
    }

    /// What `scan --annotate` writes about posts.
    pub fn annotate(&self, posts: &[u8]) -> Vec<u8> {
        fs::write(self.path("raw.jsonl"), posts).unwrap();
        let output = self.command(&["scan", "--annotate", "raw.jsonl"]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        output.stdout
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The program with the rules of the town.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        command.args(arguments).args(["--no-default-rules", "--rules", "town.rules.yaml"]);
        command.current_dir(self.folder.path()).env("NO_COLOR", "1").env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// `correlate` with the measures of the town and these arguments, separated by spaces.
    pub fn correlate(&self, arguments: &str) -> Command {
        let mut all = vec!["correlate", "--measures", "m.measures.yaml"];
        all.extend(arguments.split_whitespace());
        self.command(&all)
    }

    /// Runs `correlate` to its end: it succeeds.
    #[track_caller]
    pub fn run(&self, arguments: &str) -> Output {
        let output = self.correlate(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", said(&output));
        output
    }

    /// Runs `correlate`, which is refused; what it says.
    #[track_caller]
    pub fn refused(&self, arguments: &str) -> String {
        let output = self.correlate(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {}", said(&output));
        assert_eq!(output.stdout, b"");
        said(&output)
    }

    /// Runs `correlate` on standard input.
    pub fn fed(&self, arguments: &str, input: &[u8]) -> Output {
        feed(self.correlate(arguments).stdin(Stdio::piped()), input)
    }

    /// Starts a run and stops it by a signal once it has written a checkpoint.
    pub fn interrupted(&self, arguments: &str, state: &str, with: &str) -> i32 {
        let mut child = self.correlate(arguments).spawn().unwrap();
        let begun = Instant::now();
        while self.run_of(state).is_none_or(|run| run.lines == 0) {
            assert!(begun.elapsed() < Duration::from_secs(60), "no checkpoint");
            assert!(child.try_wait().unwrap().is_none(), "it ended before a checkpoint");
            std::thread::sleep(Duration::from_millis(2));
        }
        signal(&child, with);
        let status = child.wait().unwrap();
        let run = self.run_of(state).unwrap();
        assert!(!run.finished, "it was finished before the signal");
        status.code().unwrap_or(-1)
    }

    /// The last run that a state records.
    pub fn run_of(&self, state: &str) -> Option<Run> {
        StateReader::open(&self.path(state)).ok()?.run().ok()?
    }

    /// Everything in a state.
    pub fn state(&self, name: &str) -> State {
        let mut file = StateFile::open(&self.path(name)).unwrap();
        let snapshot = file.load().unwrap();
        drop(file);
        let reader = StateReader::open(&self.path(name)).unwrap();
        assert_eq!(reader.verify().unwrap(), [], "{name}");
        let (log, run) = (reader.log(1, None).unwrap(), reader.run().unwrap());
        State { snapshot, log, run }
    }
}

/// Everything in a state.
#[derive(Debug, PartialEq)]
pub struct State {
    pub snapshot: Snapshot,
    pub log: Vec<LogEntry>,
    pub run: Option<Run>,
}

/// Compares two states table by table, so that a difference is short.
#[track_caller]
pub fn same_state(mut found: State, mut expected: State, what: &str) {
    // The names of the outputs are different.
    for run in [&mut found.run, &mut expected.run] {
        run.iter_mut().for_each(|run| run.output = None);
    }
    let (one, other) = (found.snapshot, expected.snapshot);
    assert_eq!(one.totals, other.totals, "{what}");
    assert_eq!(one.authors, other.authors, "{what}");
    assert_eq!(one.channels, other.channels, "{what}");
    assert!(one.campaigns == other.campaigns, "{what}: campaigns");
    assert!(one.singles == other.singles, "{what}: singles");
    assert_eq!(one.groups, other.groups, "{what}");
    assert_eq!(one.breakers, other.breakers, "{what}");
    assert!(one.posts == other.posts, "{what}: posts");
    assert_eq!(one.cases, other.cases, "{what}");
    assert_eq!(one.reports, other.reports, "{what}");
    assert_eq!(one.reporters, other.reporters, "{what}");
    assert_eq!(one.operations, other.operations, "{what}");
    assert!(found.log == expected.log, "{what}: log");
    assert_eq!(found.run, expected.run, "{what}");
}

/// Standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Lines of an output.
pub fn lines(bytes: &[u8]) -> Vec<&str> {
    std::str::from_utf8(bytes).unwrap().lines().collect()
}

/// Compares bytes; names the first line that is different.
#[track_caller]
pub fn same_bytes(found: &[u8], expected: &[u8], what: &str) {
    if found == expected {
        return;
    }
    let (found, expected) = (lines(found), lines(expected));
    let first = found.iter().zip(&expected).position(|(one, other)| one != other);
    match first {
        Some(at) => panic!("{what}: line {at}\n{}\n{}", found[at], expected[at]),
        None => panic!("{what}: {} lines, not {}", found.len(), expected.len()),
    }
}

/// Kills a process.
pub fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A file that is copied aside.
pub fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}
