//! The targets of `fuzz/` over their kept corpus, and over inputs made from it with a fixed
//! seed: what a fuzzer found once stays found, and every change is fuzzed a little.

use crate::posts::Dice;
use crate::targets::{TARGETS, Target};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Inputs made for a target, and the time after which no more are: a slow machine tries
/// fewer of the same.
const MADE: usize = 3000;
const TIME: Duration = Duration::from_millis(2500);

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

/// Bytes that mean something somewhere.
const PIECES: &[&[u8]] = &[
    b"\n",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\\ud800",
    b"\xff",
    b"\0",
    b"'",
    b" and ",
    b" not ",
    b"near/3 ",
    b"\t",
    b"<b>",
    b"&#x41;",
    "赌".as_bytes(),
    b"\xef\xbb\xbf",
    "\u{fdfa}".as_bytes(),
    "\u{200b}".as_bytes(),
    "①".as_bytes(),
    b"*a",
    b"&a ",
    b"- ",
    b"  ",
];

/// One to four changes to a part of the corpus.
fn mutated(corpus: &[(String, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
    let mut input = corpus[dice.below(corpus.len())].1.clone();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(input.len() + 1);
        match dice.below(6) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 if at < input.len() => input[at] = dice.below(256) as u8,
            2 => input.truncate(at),
            3 => {
                let other = &corpus[dice.below(corpus.len())].1;
                let from = dice.below(other.len() + 1);
                input.splice(at.., other[from..].iter().copied());
            }
            4 if at < input.len() => {
                let end = (at + 1 + dice.below(8)).min(input.len());
                let part = input[at..end].to_vec();
                input.splice(at..at, part);
            }
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                input.splice(at..at, piece.iter().copied());
            }
        }
    }
    input
}

#[track_caller]
fn expect_kept(name: &str, target: Target, what: &str, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        panic!("{name}, {what}: keep this as fuzz/corpus/{name}/WHAT: {}", input.escape_ascii());
    }
}

fn run(name: &str) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    assert!(!corpus.is_empty(), "{name} has no corpus");
    for (file, input) in &corpus {
        expect_kept(name, *target, file, input);
    }
    let full = if std::env::var_os("TIDEGATE_FULL").is_some() { 40 } else { 1 };
    let (begun, mut dice) = (Instant::now(), Dice::new(2026));
    for made in 0..MADE * full {
        if begun.elapsed() > TIME * full as u32 {
            break;
        }
        let input = mutated(&corpus, &mut dice);
        expect_kept(name, *target, &format!("made input {made}"), &input);
    }
}

macro_rules! targets {
    ($($(#[$only:meta])? $name:ident),*) => {
        $($(#[$only])? #[test] fn $name() { run(stringify!($name)); })*

        #[test]
        fn every_target_is_run() {
            let run = [$($(#[$only])? stringify!($name)),*];
            assert!(TARGETS.iter().map(|(name, _)| *name).eq(run));
        }
    };
}

targets!(
    lines,
    json,
    judged,
    folding,
    pack,
    condition,
    wordlist,
    policy,
    differential,
    compiled,
    #[cfg(feature = "state")]
    annotated
);
