//! The same input and rules give the same bytes, however the work is spread and however
//! the bytes arrive: threads, chunk sizes, file, pipe, slow pipe, gzip, zstd.

mod posts;

use posts::{Dice, Mix};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// Lines of all kinds, ending in the middle of one.
fn input() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut input = fs::read(root.join("examples/posts.jsonl")).unwrap();
    let mix = Mix { harmful_percent: 30, unreadable_percent: 8 };
    input.extend(posts::lines(7, 40_000, mix));
    // Longer than --max-line below, and longer than most chunks.
    input.extend(format!("{{\"id\":\"long\",\"text\":\"{}\"}}\n", "长".repeat(3000)).bytes());
    input.extend(posts::lines(8, 20_000, mix));
    input.extend(b"{\"id\":\"cut\",\"text\":\"cut o");
    input
}

fn program(threads: usize, chunk: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args(["--max-line", "4096", "--threads", &threads.to_string()]);
    command.args(["--chunk", &chunk.to_string()]);
    command
}

/// The verdicts of an input that is a file.
fn of_file(threads: usize, chunk: usize, path: &Path) -> Vec<u8> {
    let output = program(threads, chunk).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The verdicts of an input that comes through a pipe, in the given pieces.
fn of_pipe<'a>(
    threads: usize,
    chunk: usize,
    pieces: impl Iterator<Item = &'a [u8]> + Send,
) -> Vec<u8> {
    let mut child =
        program(threads, chunk).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut verdicts = Vec::new();
    thread::scope(|scope| {
        scope.spawn(move || pieces.for_each(|piece| stdin.write_all(piece).unwrap()));
        stdout.read_to_end(&mut verdicts).unwrap();
    });
    assert!(child.wait().unwrap().success());
    verdicts
}

/// Pieces of one to 3000 bytes: lines are cut anywhere.
fn dripped(input: &[u8], seed: u64) -> impl Iterator<Item = &[u8]> + Send {
    let mut dice = Dice::new(seed);
    let mut rest = input;
    std::iter::from_fn(move || {
        let length = (1 + dice.below(3000)).min(rest.len());
        let (piece, after) = rest.split_at(length);
        rest = after;
        (length > 0).then_some(piece)
    })
}

/// Two members: readers that stop after the first would lose half.
fn gzipped(input: &[u8]) -> Vec<u8> {
    let (first, second) = input.split_at(input.len() / 2);
    let mut packed = Vec::new();
    for part in [first, second] {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        packed.extend(encoder.finish().unwrap());
    }
    packed
}

fn zstd_packed(input: &[u8]) -> Vec<u8> {
    let (first, second) = input.split_at(input.len() / 3);
    let mut packed = zstd::encode_all(first, 1).unwrap();
    packed.extend(zstd::encode_all(second, 1).unwrap());
    packed
}

/// Where two answers part, for a message that can be read.
#[track_caller]
fn expect_equal(got: &[u8], expected: &[u8], how: &str) {
    if got != expected {
        let line = |bytes: &[u8], at: usize| {
            let line = bytes.split(|byte| *byte == b'\n').nth(at).unwrap_or_default().to_vec();
            String::from_utf8_lossy(&line).into_owned()
        };
        let at = (0..).find(|at| line(got, *at) != line(expected, *at)).unwrap();
        panic!("{how}: line {}:\n{}\nexpected\n{}", at + 1, line(got, at), line(expected, at));
    }
}

#[test]
fn every_line_has_one_valid_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.jsonl");
    let input = input();
    fs::write(&path, &input).unwrap();
    let verdicts = String::from_utf8(of_file(1, 1 << 18, &path)).unwrap();
    let lines = input.split(|byte| *byte == b'\n').count();
    assert_eq!(verdicts.lines().count(), lines);
    let mut actions = std::collections::BTreeSet::new();
    for verdict in verdicts.lines() {
        let verdict: serde_json::Value = serde_json::from_str(verdict).unwrap();
        actions.insert(verdict["action"].as_str().unwrap().to_owned());
        if let Some(code) = verdict.get("error") {
            actions.insert(code.as_str().unwrap().to_owned());
        }
    }
    for seen in ["allow", "block", "unreadable", "empty", "bad_json", "too_long", "truncated"] {
        assert!(actions.contains(seen), "no {seen} in {actions:?}: the input shows too little");
    }
}

#[test]
fn verdicts_do_not_depend_on_threads_chunks_or_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let input = input();
    let path = |name: &str| folder.path().join(name);
    let plain = path("posts.jsonl");
    fs::write(&plain, &input).unwrap();
    fs::write(path("posts.gz"), gzipped(&input)).unwrap();
    fs::write(path("posts.zst"), zstd_packed(&input)).unwrap();
    let expected = of_file(1, 1 << 18, &plain);
    for (seed, threads) in [1, 2, 3, 8].into_iter().enumerate() {
        for chunk in [64, 1000, 1 << 16] {
            let how = format!("{threads} threads, chunks of {chunk} bytes");
            expect_equal(&of_file(threads, chunk, &plain), &expected, &format!("file, {how}"));
            let got = of_pipe(threads, chunk, dripped(&input, seed as u64 + 1));
            expect_equal(&got, &expected, &format!("pipe, {how}"));
        }
        for name in ["posts.gz", "posts.zst"] {
            let got = of_file(threads, 1000, &path(name));
            expect_equal(&got, &expected, &format!("{name}, {threads} threads"));
        }
    }
    expect_equal(&of_pipe(2, 1000, [&*gzipped(&input)].into_iter()), &expected, "gzip in a pipe");
}
