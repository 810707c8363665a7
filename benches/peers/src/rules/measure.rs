//! Runs the rule workload and prints a table for each number of rules.
//!
//! Times are processor times: one thread reads posts, and other work on the machine disturbs them
//! less than wall times.

use super::compare::{self, Difference, Hits};
use super::programs::{Limits, Programs};
use super::workload::{self, NEAR_CHARS};
use crate::corpus::Corpus;
use crate::error::Error;
use crate::peers::Peer;
use crate::table::{self, Row, Scratch, cell};
use crate::weigh::Weight;
use clap::Args;
use serde::Deserialize;
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options of the rule workload.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Posts, one JSON object a line
    corpus: PathBuf,
    /// A file with a word a line, from which rules are drawn
    words: PathBuf,
    /// Numbers of rules
    #[arg(long, value_delimiter = ',', default_value = "100,1000,10000")]
    counts: Vec<usize>,
    /// How often each peer runs
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The words of the rules depend on it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only peers whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out peers whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// The program; by default the one next to this one
    #[arg(long)]
    tidegate: Option<PathBuf>,
    /// Seconds after which a run is stopped
    #[arg(long, default_value_t = 300)]
    limit: u64,
    /// Megabytes of memory that a peer may allocate
    #[arg(long, default_value_t = 8000)]
    memory: u64,
    /// Seconds that a run should take after start-up; a slower peer reads the beginning of the
    /// corpus
    #[arg(long, default_value_t = 30)]
    patience: u64,
    /// Draw rules from so many words only: those that most posts contain
    #[arg(long)]
    frequent: Option<usize>,
}

/// Parts of the corpus that peers read, the largest first.
const PARTS: [u64; 4] = [1, 10, 100, 1000];
/// A start-up that takes longer is not repeated.
const START_REPEATED_MAX: Duration = Duration::from_secs(5);

/// The corpus, and beginnings of it, as in [`PARTS`].
struct Parts {
    parts: Vec<Corpus>,
    nothing: Corpus,
}

impl Parts {
    fn new(path: &Path, folder: &Path) -> Result<Parts, Error> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut parts = Vec::new();
        for part in PARTS {
            let end = bytes.len() / part as usize;
            let lines = bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let beginning = folder.join(format!("part-{part}.jsonl"));
            fs::write(&beginning, &bytes[..lines])?;
            parts.push(Corpus::new(&beginning, folder)?);
        }
        Ok(Parts { parts, nothing: Corpus::empty(folder)? })
    }
}

/// A peer with its measurements.
struct Measured {
    peer: Peer,
    row: Row,
    starts: Vec<Duration>,
    /// Index of the part of the corpus that it reads.
    part: usize,
    hits: Hits,
}

/// Runs everything and prints it.
pub fn run(args: &RulesArgs) -> Result<(), Error> {
    let scratch = Scratch::new()?;
    let limits = Limits { seconds: args.limit, megabytes: args.memory };
    let programs = Programs::new(args.tidegate.as_deref(), limits)?;
    let parts = Parts::new(&args.corpus, &scratch.0)?;
    let mut words = workload::read_words(&args.words)?;
    if let Some(count) = args.frequent {
        words = frequent(words, &args.corpus, count)?;
    }
    let corpus = &parts.parts[0];
    println!("{} posts, {:.1} MB", corpus.posts, corpus.bytes as f64 / 1e6);
    for absent in programs.absent() {
        println!("absent: {} ({})", absent.name, absent.why);
    }
    let mut errors = Vec::new();
    for count in &args.counts {
        let rules = workload::generate(&words, *count, args.seed)?;
        println!(
            "\n{count} rules from {} words, {NEAR_CHARS} characters, seed {}",
            words.len(),
            args.seed
        );
        let mut peers = programs.with_rules(&rules, &scratch.0)?;
        peers.retain(|peer| table::is_wanted(peer, &args.only, &args.without));
        let mut measured = prepare(peers, &parts, &programs, args);
        alternate(&mut measured, &parts, &programs, args.rounds);
        print(&measured, &parts);
        errors.extend(differences(&measured));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n").into()) }
}

/// The processor time after the rules were compiled: by the report of the peer, otherwise without
/// `start`.
fn scan_time(weight: &Weight, start: Duration) -> Duration {
    weight.cpu.saturating_sub(weight.built.unwrap_or(start))
}

/// Starts every peer without posts, then with few, and selects the part of the corpus that it
/// reads; reads its answers. Peers that fail are reported and left out.
fn prepare(
    peers: Vec<Peer>,
    parts: &Parts,
    programs: &Programs,
    args: &RulesArgs,
) -> Vec<Measured> {
    let try_one = |peer: &Peer| -> Result<Measured, Error> {
        let start = table::weighed(peer, &parts.nothing, &mut Row::default())?;
        let mut part = PARTS.len() - 1;
        while part > 0 {
            let weight = table::weighed(peer, &parts.parts[part], &mut Row::default())?;
            let next = scan_time(&weight, start.cpu) * (PARTS[part] / PARTS[part - 1]) as u32;
            if next > Duration::from_secs(args.patience) {
                break;
            }
            part -= 1;
        }
        let hits = compare::hits(peer, &parts.parts[part])?;
        Ok(Measured {
            peer: peer.clone(),
            row: Row::default(),
            starts: vec![start.cpu],
            part,
            hits,
        })
    };
    let mut measured = Vec::new();
    for peer in peers {
        match try_one(&peer) {
            Ok(one) => measured.push(one),
            Err(error) => println!("{}: {}", peer.name, programs.reason(&error)),
        }
    }
    measured
}

/// Runs all peers in turn, several times.
fn alternate(measured: &mut Vec<Measured>, parts: &Parts, programs: &Programs, rounds: usize) {
    for _ in 0..rounds {
        measured.retain_mut(|one| {
            let mut run = || -> Result<(), Error> {
                let weight = table::weighed(&one.peer, &parts.parts[one.part], &mut one.row)?;
                if let Some(built) = weight.built {
                    one.starts.push(built);
                } else if one.starts[0] <= START_REPEATED_MAX {
                    let start = table::weighed(&one.peer, &parts.nothing, &mut Row::default())?;
                    one.starts.push(start.cpu);
                }
                one.row.rounds.push(weight);
                Ok(())
            };
            let done = run();
            if let Err(error) = &done {
                println!("{}: {}", one.peer.name, programs.reason(error));
            }
            done.is_ok()
        });
    }
    for one in measured {
        one.starts.sort();
        one.row.start = one.starts[(one.starts.len() - 1) / 2];
    }
}

fn print(measured: &[Measured], parts: &Parts) {
    println!(
        "{:18} {:>6} {:>9} {:>6} {:>9} {:>8} {:>8} {:>7} {:>15} {:>8}",
        "peer",
        "MB",
        "posts hit",
        "%",
        "rule hits",
        "build s",
        "peak MB",
        "MB/s",
        "from – to",
        "× words"
    );
    let speed = |one: &Measured| {
        // Where the peer does not say how long it compiled, the remaining time must be long enough.
        let is_known = one.row.rounds.iter().all(|weight| weight.built.is_some());
        let (times, start): (Vec<Duration>, Duration) = match is_known {
            true => {
                let scans = one.row.rounds.iter().map(|weight| scan_time(weight, Duration::ZERO));
                (scans.collect(), Duration::ZERO)
            }
            false => (one.row.rounds.iter().map(|weight| weight.cpu).collect(), one.row.start),
        };
        table::rate_of(times.into_iter(), &parts.parts[one.part], start)
    };
    let words = measured.iter().find(|one| one.peer.name == "words").and_then(speed);
    for one in measured {
        let corpus = &parts.parts[one.part];
        let hit = one.hits.iter().filter(|rules| !rules.is_empty()).count();
        let hits: usize = one.hits.iter().map(Vec::len).sum();
        let memory = one.row.rounds.iter().map(|weight| weight.memory_kib).max().unwrap_or(0);
        let ratio = speed(one).zip(words).map(|(own, words)| own.middle / words.middle);
        println!(
            "{:18} {:>6.1} {:>9} {:>6.2} {:>9} {:>8.3} {:>8.1} {:>7} {:>15} {:>8}",
            one.peer.name,
            corpus.bytes as f64 / 1e6,
            hit,
            100.0 * hit as f64 / corpus.posts.max(1) as f64,
            hits,
            one.row.start.as_secs_f64(),
            memory as f64 * 1024.0 / 1e6,
            cell(speed(one), |speed| figure(speed.middle)),
            cell(speed(one), |speed| format!("{} – {}", figure(speed.least), figure(speed.most))),
            cell(ratio, |ratio| format!("{ratio:.2}")),
        );
    }
}

/// The words that most posts of the corpus contain.
fn frequent(words: Vec<String>, corpus: &Path, count: usize) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Post<'l> {
        #[serde(borrow)]
        text: Cow<'l, str>,
    }
    let text = fs::read_to_string(corpus)?;
    let posts = text.lines().filter_map(|line| serde_json::from_str::<Post<'_>>(line).ok());
    workload::frequent(words, posts.map(|post| post.text), count)
}

/// A throughput with two or three digits that mean something.
fn figure(speed: f64) -> String {
    if speed < 10.0 { format!("{speed:.2}") } else { format!("{speed:.0}") }
}

/// Prints how the hits of each peer differ from the reference, and returns differences that the
/// peer may not have.
fn differences(measured: &[Measured]) -> Vec<String> {
    let Some(reference) = measured.iter().find(|one| one.peer.name == "words") else {
        println!("hits are not compared: words is left out");
        return Vec::new();
    };
    let mut errors = Vec::new();
    let mut texts = Vec::new();
    for one in measured.iter().filter(|one| one.peer.name != "words") {
        let difference = Difference::new(&one.hits, &reference.hits);
        let Difference { more, fewer, first } = difference;
        let text = match first {
            None => format!("{} the same", one.peer.name),
            Some(_) => format!("{} {more} more and {fewer} fewer", one.peer.name),
        };
        if !difference.is_allowed(one.peer.answers) {
            errors.push(format!("{text}, first in post {}", first.unwrap_or(0)));
        }
        texts.push(text);
    }
    println!("rule hits, compared with words: {}", texts.join(", "));
    errors
}
