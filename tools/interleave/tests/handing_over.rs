//! The guarantees of the pipeline under every schedule explored: outputs in order, each chunk
//! once, no thread that waits for one that has ended, a checkpoint that is never ahead.
//!
//! A failing schedule is printed and can be replayed, see shuttle. Each exploration is seeded;
//! with `TIDEGATE_FULL` it is twenty times as long.

use interleave::checkpoint::{Checkpoint, InputFingerprint, RunFingerprint};
use interleave::input::Input;
use interleave::ordered_writer::OutputError;
use interleave::resumable_output::ResumableOutput;
use interleave::run::{Outcome, run, run_to};
use interleave::source::Sources;
use interleave::step::{ChunkOutput, Settings, panic_text};
use interleave::stop::Stop;
use interleave::sync::Faults;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::os::fd::AsRawFd;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::lines::{Chunk, CutterSettings};

/// Schedules explored of each kind.
const SCHEDULES: usize = 200;

/// Runs `what` under random schedules, and under schedules with few preemptions (PCT).
fn explore(what: impl Fn() + Send + Sync + 'static) {
    let full = if std::env::var_os("TIDEGATE_FULL").is_some() { 20 } else { 1 };
    let mut config = Config::new();
    // Files are read and written on these stacks.
    config.stack_size = 256 * 1024;
    // PCT panics if a run never has a second thread.
    let what = Arc::new(move || {
        let bystander = shuttle::thread::spawn(|| ());
        what();
        bystander.join().unwrap();
    });
    let again = what.clone();
    let schedules = SCHEDULES * full;
    Runner::new(RandomScheduler::new_from_seed(1, schedules), config.clone()).run(move || what());
    Runner::new(PctScheduler::new_from_seed(2, 4, schedules), config).run(move || again());
}

/// Enough lines for a worker to be further ahead than the limit of pending outputs.
const LINES: usize = 26;

/// Lines, cut into chunks of two or three.
fn posts() -> Vec<u8> {
    (0..LINES).flat_map(|n| format!("{n} {}\n", "x".repeat(n % 5)).into_bytes()).collect()
}

const CUTTING: CutterSettings = CutterSettings { chunk_bytes: 16, line_bytes_max: 64 };

/// Number of chunks of [`posts`] read from a file; a pipe may produce more, cut anywhere.
const CHUNKS: usize = 4;

/// The kind of input: workers read a file themselves, a pipe is read through channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    File,
    Pipe,
}

/// An input, and the handles that must stay open while it is read.
struct Held {
    input: Input,
    _file: Option<tempfile::NamedTempFile>,
    _pipe: Option<io::PipeReader>,
}

impl From {
    fn hold(self, posts: &[u8]) -> Held {
        match self {
            From::File => {
                let mut file = tempfile::NamedTempFile::new().unwrap();
                file.write_all(posts).unwrap();
                Held { input: Input::File(file.path().into()), _file: Some(file), _pipe: None }
            }
            From::Pipe => {
                let (reader, mut writer) = io::pipe().unwrap();
                writer.write_all(posts).unwrap();
                drop(writer);
                let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
                Held { input: Input::File(path.into()), _file: None, _pipe: Some(reader) }
            }
        }
    }
}

const ALL: [From; 2] = [From::File, From::Pipe];

/// Records each write; fails from write number `fails_at` on, or at the flush.
#[derive(Default)]
struct Writes {
    all: Vec<Vec<u8>>,
    fails_at: Option<usize>,
    fails_to_flush: bool,
}

impl Writes {
    fn bytes(&self) -> Vec<u8> {
        self.all.concat()
    }
}

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.fails_at == Some(self.all.len()) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.all.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.fails_to_flush { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

/// Configuration of a run.
#[derive(Clone, Copy)]
struct RunConfig {
    from: From,
    threads: usize,
    ordered: bool,
}

impl RunConfig {
    fn each(threads: &[usize]) -> Vec<RunConfig> {
        let with =
            |from| move |threads: &usize| RunConfig { from, threads: *threads, ordered: true };
        ALL.into_iter().flat_map(|from| threads.iter().map(with(from))).collect()
    }

    /// Runs `step` over [`posts`]; each worker counts the chunks it processed.
    fn run(self, out: &mut Writes, step: impl Fn(&Chunk, &Stop) + Sync) -> Outcome<usize> {
        let held = self.from.hold(&posts());
        let stop = Stop::new(None).unwrap();
        let sources = Sources::new(vec![held.input.clone()], CUTTING, false, stop.clone());
        let threads = NonZeroUsize::new(self.threads).unwrap();
        let settings = Settings { threads, ordered: self.ordered };
        let step = |count: &mut usize, chunk: &Chunk, out: &mut Vec<u8>| {
            *count += 1;
            step(chunk, &stop);
            shuttle::thread::yield_now();
            out.extend_from_slice(chunk.bytes());
        };
        run(sources, out, &settings, &stop, || 0, step)
    }
}

#[test]
fn outputs_are_written_in_order_and_each_once() {
    for how in RunConfig::each(&[1, 2, 3]) {
        explore(move || {
            let mut out = Writes::default();
            let outcome = how.run(&mut out, |_, _| {});
            outcome.output.unwrap();
            assert_eq!(out.bytes(), posts());
            assert_eq!(outcome.workers.len(), how.threads);
            assert_eq!(outcome.workers.iter().sum::<usize>(), out.all.len(), "one write a chunk");
        });
    }
}

/// Shows that other orders do occur when they are allowed.
#[test]
fn unordered_outputs_are_written_in_many_orders_and_each_once() {
    for how in RunConfig::each(&[3]) {
        let orders = Arc::new(Mutex::new(BTreeSet::new()));
        let seen = orders.clone();
        explore(move || {
            let mut out = Writes::default();
            RunConfig { ordered: false, ..how }.run(&mut out, |_, _| {}).output.unwrap();
            seen.lock().unwrap().insert(out.all.clone());
            out.all.sort_by_key(|chunk| {
                let number = chunk.split(|byte| *byte == b' ').next().unwrap();
                String::from_utf8_lossy(number).parse::<u32>().unwrap()
            });
            assert_eq!(out.bytes(), posts());
        });
        let orders = orders.lock().unwrap();
        let chunks = orders.first().map_or(0, Vec::len);
        assert!(chunks >= CHUNKS, "{:?}: {chunks} chunks show little", how.from);
        assert!(orders.len() > 10, "{:?}: {} orders of {chunks} chunks", how.from, orders.len());
    }
}

#[test]
fn a_failing_write_ends_the_run_and_leaves_a_prefix() {
    for how in RunConfig::each(&[1, 3]) {
        for fails_at in 0..CHUNKS {
            explore(move || {
                let mut out = Writes { fails_at: Some(fails_at), ..Writes::default() };
                let outcome = how.run(&mut out, |_, _| {});
                assert!(matches!(outcome.output, Err(OutputError::Write(_))));
                assert_eq!(out.all.len(), fails_at);
                assert!(posts().starts_with(&out.bytes()));
            });
        }
    }
}

#[test]
fn a_failed_flush_is_reported() {
    for how in RunConfig::each(&[2]) {
        explore(move || {
            let mut out = Writes { fails_to_flush: true, ..Writes::default() };
            let outcome = how.run(&mut out, |_, _| {});
            assert!(matches!(outcome.output, Err(OutputError::ReaderGone)));
            assert_eq!(out.bytes(), posts());
        });
    }
}

#[test]
fn a_step_that_panics_ends_the_run_after_a_prefix() {
    for how in RunConfig::each(&[1, 3]) {
        explore(move || {
            let mut out = Writes::default();
            let has_six =
                |bytes: &[u8]| bytes.split(|b| *b == b'\n').any(|it| it.starts_with(b"6 "));
            let panics = |chunk: &Chunk, _: &Stop| {
                // Not `panic!`: shuttle would treat it as a failure of the test.
                if has_six(chunk.bytes()) {
                    std::panic::resume_unwind(Box::new("planted"));
                }
            };
            let outcome = how.run(&mut out, panics);
            assert!(matches!(outcome.output, Err(OutputError::Worker(text)) if text == "planted"));
            let before: Vec<u8> = out.bytes();
            assert!(posts().starts_with(&before) && before.ends_with(b"\n"));
            assert!(!has_six(&before));
        });
    }
}

#[test]
fn a_stop_processes_every_chunk_read() {
    for how in RunConfig::each(&[1, 3]) {
        explore(move || {
            let mut out = Writes::default();
            let read = AtomicUsize::new(0);
            let stops = |chunk: &Chunk, stop: &Stop| {
                read.fetch_add(chunk.bytes().len(), SeqCst);
                if chunk.bytes().starts_with(b"3 ") || chunk.bytes().starts_with(b"4 ") {
                    stop.raise();
                }
            };
            let outcome = how.run(&mut out, stops);
            outcome.output.unwrap();
            assert_eq!(out.bytes().len(), read.load(SeqCst));
            assert_eq!(outcome.reading.bytes, read.load(SeqCst) as u64);
            assert!(posts().starts_with(&out.bytes()));
        });
    }
}

#[test]
fn a_system_without_threads_does_not_deadlock() {
    for from in ALL {
        for threads_left in 0..4 {
            explore(move || {
                Faults { threads_left: Some(threads_left), ..Faults::default() }.plant();
                let mut out = Writes::default();
                let outcome =
                    RunConfig { from, threads: 3, ordered: true }.run(&mut out, |_, _| {});
                Faults::default().plant();
                // A file needs only the calling thread; a pipe needs a reader and a worker.
                if from == From::Pipe && threads_left < 2 {
                    assert!(matches!(outcome.output, Err(OutputError::Threads(_))));
                    assert!(out.all.is_empty());
                } else {
                    outcome.output.unwrap();
                    assert_eq!(out.bytes(), posts());
                }
            });
        }
    }
}

/// A test of the tests: an injected deadlock is detected.
#[test]
fn lost_notifications_are_detected() {
    for from in ALL {
        let found = catch_unwind(|| {
            explore(move || {
                Faults { loses_notifications: true, ..Faults::default() }.plant();
                let how = RunConfig { from, threads: 3, ordered: true };
                how.run(&mut Writes::default(), |_, _| {}).output.unwrap();
            });
        });
        Faults::default().plant();
        let panic = found.expect_err("a lost notification went undetected");
        let text = panic_text(&*panic);
        // The second message is that of shuttle for a thread that waits while all others of
        // its scope have ended.
        let is_stuck = ["deadlock", "should not have been woken"].map(|it| text.contains(it));
        assert!(is_stuck.contains(&true), "{text}");
    }
}

/// The files of a run with `--resume`.
struct ResumableRun {
    folder: tempfile::TempDir,
    input: Input,
}

impl ResumableRun {
    fn new() -> ResumableRun {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("posts.jsonl");
        fs::write(&input, posts()).unwrap();
        ResumableRun { folder, input: Input::File(input) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs to the end, into the file `name`.
    fn run(&self, name: &str) {
        let fingerprint = RunFingerprint {
            engine: "1".to_owned(),
            ruleset: "00000000".to_owned(),
            flags: Vec::new(),
            inputs: vec![InputFingerprint::of(&self.input)],
            follows: false,
        };
        let stop = Stop::new(None).unwrap();
        let mut output =
            ResumableOutput::open(&self.path(name), fingerprint, 0, Duration::ZERO).unwrap();
        if output.is_finished() {
            return;
        }
        let sources = Sources::new(vec![self.input.clone()], CUTTING, false, stop.clone())
            .track_positions(output.start());
        let settings = Settings { threads: NonZeroUsize::new(2).unwrap(), ordered: true };
        let step = |(): &mut (), chunk: &Chunk, chunk_output: &mut ChunkOutput<Option<Summary>>| {
            shuttle::thread::yield_now();
            chunk_output.bytes.extend_from_slice(chunk.bytes());
            let lines = chunk.bytes().split_inclusive(|byte| *byte == b'\n').count() as u64;
            chunk_output.counts = Some(Summary { skipped: lines, ..Summary::new(0) });
        };
        let outcome = run_to(sources, &mut output, &settings, &stop, || (), step);
        outcome.output.unwrap();
        output.complete(outcome.reading.bytes).unwrap();
        let checkpoint =
            Checkpoint::read(&Checkpoint::path_for(&self.path(name))).unwrap().unwrap();
        assert!(checkpoint.finished);
        assert_eq!(checkpoint.counts(0).skipped, LINES as u64, "each line is counted once");
    }

    /// Copies the current files under another name.
    fn copy(&self, from: &str, to: &str) {
        let checkpoint = |name: &str| Checkpoint::path_for(&self.path(name));
        // The checkpoint first: the file may be ahead of it, but not the reverse.
        if fs::copy(checkpoint(from), checkpoint(to)).is_ok() {
            // The file is missing if the run has not created it yet.
            drop(fs::copy(self.path(from), self.path(to)));
        }
    }
}

fn expect_consistent(checkpoint: &Path, out: &Path) {
    let Ok(Some(kept)) = Checkpoint::read(checkpoint) else { return };
    let length = File::open(out).and_then(|file| file.metadata()).map_or(0, |it| it.len());
    assert!(kept.out_bytes <= length, "the checkpoint is ahead of the verdicts");
    let end = kept.position.map_or(0, |position| position.end);
    assert!(kept.finished || kept.out_bytes == end, "position and verdicts do not match");
}

#[test]
fn a_checkpoint_is_consistent_whenever_the_run_is_interrupted() {
    explore(|| {
        let run = Arc::new(ResumableRun::new());
        let (observed, out) = (run.clone(), run.path("out"));
        let observer = shuttle::thread::spawn(move || {
            let pauses = shuttle::rand::Rng::gen_range(&mut shuttle::rand::thread_rng(), 0..40);
            for _ in 0..pauses {
                shuttle::thread::yield_now();
            }
            observed.copy("out", "killed");
            expect_consistent(
                &Checkpoint::path_for(&observed.path("killed")),
                &observed.path("killed"),
            );
        });
        run.run("out");
        observer.join().unwrap();
        assert_eq!(fs::read(&out).unwrap(), posts());
        // The interrupted run resumes to the same bytes.
        run.run("killed");
        assert_eq!(fs::read(run.path("killed")).unwrap(), posts());
    });
}
