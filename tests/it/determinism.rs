//! The same input and rules give the same bytes, however the work is spread and however
//! the bytes arrive: kernels, threads, chunk sizes, file, slow pipe, gzip, zstd, rules read
//! from their sources or compiled, one build or another.
//!
//! Any two of these choices meet in a case; with `TIDEGATE_FULL` every combination is run,
//! over more posts.

use crate::posts::{self, Dice, Mix};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

fn is_full() -> bool {
    std::env::var_os("TIDEGATE_FULL").is_some()
}

/// Lines of all kinds, ending in the middle of one.
fn input() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut input = fs::read(root.join("examples/posts.jsonl")).unwrap();
    let mix = Mix { harmful_percent: 30, unreadable_percent: 8 };
    for more in ["examples/labelled.jsonl", "fuzz/corpus/judged/harmful"] {
        input.extend(fs::read(root.join(more)).unwrap());
        input.push(b'\n');
    }
    input.extend(posts::lines(7, if is_full() { 100_000 } else { 40_000 }, mix));
    // Longer than --max-line below, and longer than most chunks.
    input.extend(format!("{{\"id\":\"long\",\"text\":\"{}\"}}\n", "长".repeat(3000)).bytes());
    input.extend(posts::lines(8, 20_000, mix));
    input.extend(b"{\"id\":\"cut\",\"text\":\"cut o");
    input
}

/// One way to spread the work and to bring the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Case {
    program: PathBuf,
    vectors: &'static str,
    threads: &'static str,
    chunk: &'static str,
    /// The ending of the file, and whether it comes through a pipe.
    packing: &'static str,
    piped: bool,
    compiled: bool,
}

/// The programs whose answers are compared: the one under test, and another build of the same
/// sources if `TIDEGATE_OTHER_BUILD` names one.
fn programs() -> Vec<PathBuf> {
    let mut programs = vec![env!("CARGO_BIN_EXE_tidegate").into()];
    programs.extend(std::env::var_os("TIDEGATE_OTHER_BUILD").map(PathBuf::from));
    programs
}

impl Case {
    /// Every combination.
    fn all() -> Vec<Case> {
        let mut cases = Vec::new();
        for program in programs() {
            for vectors in ["0", "128", "256", "512"] {
                for threads in ["1", "2", "3", "8"] {
                    for chunk in ["64", "1000", "65536"] {
                        for packing in ["jsonl", "gz", "zst"] {
                            for [piped, compiled] in
                                [[false, false], [false, true], [true, false], [true, true]]
                            {
                                let program = program.clone();
                                cases.push(Case {
                                    program,
                                    vectors,
                                    threads,
                                    chunk,
                                    packing,
                                    piped,
                                    compiled,
                                });
                            }
                        }
                    }
                }
            }
        }
        cases
    }

    /// Few of them, in which any two choices still meet.
    fn pairwise() -> Vec<Case> {
        let all = Case::all();
        let mut open: BTreeSet<[(usize, String); 2]> = all.iter().flat_map(Case::pairs).collect();
        let mut chosen = Vec::new();
        while !open.is_empty() {
            let gain = |case: &&Case| case.pairs().iter().filter(|it| open.contains(*it)).count();
            let best = all.iter().max_by_key(gain).expect("there are cases");
            let met = best.pairs();
            open.retain(|pair| !met.contains(pair));
            chosen.push(best.clone());
        }
        chosen
    }

    fn pairs(&self) -> Vec<[(usize, String); 2]> {
        let Case { program, vectors, threads, chunk, packing, piped, compiled } = self;
        let choices = [
            program.display().to_string(),
            vectors.to_string(),
            threads.to_string(),
            chunk.to_string(),
            packing.to_string(),
            piped.to_string(),
            compiled.to_string(),
        ];
        let choices: Vec<(usize, String)> = choices.into_iter().enumerate().collect();
        let pairs = choices.iter().enumerate().flat_map(|(at, one)| {
            choices[at + 1..].iter().map(|other| [one.clone(), other.clone()])
        });
        pairs.collect()
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--max-line", "4096", "--vectors", self.vectors]);
        command.args(["--threads", self.threads, "--chunk", self.chunk]);
        if self.compiled {
            command.arg("--rules").arg(folder.join("rules.tgc"));
        }
        command
    }

    /// The verdicts on `posts.*` of `folder`.
    fn run(&self, folder: &Path, seed: u64) -> Vec<u8> {
        let input = folder.join("posts").with_extension(self.packing);
        let mut command = self.command(folder);
        if !self.piped {
            let output = command.arg(input).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            return output.stdout;
        }
        let input = fs::read(input).unwrap();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut verdicts = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                dripped(&input, seed).for_each(|piece| stdin.write_all(piece).unwrap());
                drop(stdin);
            });
            stdout.read_to_end(&mut verdicts).unwrap();
        });
        assert!(child.wait().unwrap().success());
        verdicts
    }
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

/// The input in each packing, and the rules of the program compiled.
fn prepared(input: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("posts.jsonl", input);
    write("posts.gz", &gzipped(input));
    write("posts.zst", &zstd_packed(input));
    let rules = folder.path().join("rules.tgc");
    let compiled =
        Command::new(env!("CARGO_BIN_EXE_tidegate")).arg("compile").arg("-o").arg(rules).output();
    let compiled = compiled.unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    folder
}

#[test]
fn every_line_has_one_valid_verdict() {
    let input = input();
    let folder = prepared(&input);
    let verdicts = String::from_utf8(Case::all()[0].run(folder.path(), 0)).unwrap();
    let lines = input.split(|byte| *byte == b'\n').count();
    assert_eq!(verdicts.lines().count(), lines);
    let mut actions = BTreeSet::new();
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
fn verdicts_do_not_depend_on_kernels_threads_chunks_delivery_rules_or_build() {
    let folder = prepared(&input());
    let cases = if is_full() { Case::all() } else { Case::pairwise() };
    let expected = Case::all()[0].run(folder.path(), 0);
    for (seed, case) in cases.iter().enumerate() {
        let got = case.run(folder.path(), seed as u64 + 1);
        expect_equal(&got, &expected, &format!("{case:?}"));
    }
}
