//! The guarantees of the pipeline, with a substitute for the classifier: the output of a line is
//! its offset, its length and its first letter.

use super::*;
use crate::input::PEEK_BYTES;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use tidegate_engine::lines::{Chunk, CutterSettings};

/// Processes and counts the lines of a chunk.
fn process_lines(count: &mut u64, chunk: &Chunk, out: &mut Vec<u8>) {
    let mut offset = chunk.offset();
    let too_long = chunk.is_too_long().then_some(b"long\n".as_slice());
    let lines = chunk.bytes().split_inclusive(|byte| *byte == b'\n');
    for line in lines.chain(too_long) {
        *count += 1;
        let first = char::from(line[0]).escape_default();
        out.extend_from_slice(format!("{offset} {} {first}\n", line.len()).as_bytes());
        offset += line.len() as u64;
    }
}

fn lines(count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| format!("{n} {}\n", "x".repeat(n * 7 % 50)).into_bytes()).collect()
}

/// The output of one worker that processes the whole input at once.
fn expected(input: &[u8]) -> Vec<u8> {
    let mut offset = 0;
    let mut out = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let first = char::from(line[0]).escape_default();
        out.extend_from_slice(format!("{offset} {} {first}\n", line.len()).as_bytes());
        offset += line.len();
    }
    out
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        Files { folder: tempfile::tempdir().unwrap() }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Input {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Input::File(path)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
    let mut packed = Vec::new();
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// The reading end of a pipe as an input; the caller keeps it open.
fn pipe_input(reader: &impl AsRawFd) -> Input {
    Input::File(PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd())))
}

/// An input that is a pipe fed with `bytes`, `step` at a time.
fn fed_pipe(bytes: Vec<u8>, step: usize) -> (Input, OwnedFd) {
    let (reader, mut writer) = io::pipe().unwrap();
    let input = pipe_input(&reader);
    std::thread::spawn(move || {
        for part in bytes.chunks(step) {
            if writer.write_all(part).is_err() {
                return;
            }
        }
    });
    (input, reader.into())
}

#[derive(Clone, Copy, Debug)]
struct Config {
    threads: usize,
    chunk_bytes: usize,
    line_bytes_max: usize,
    ordered: bool,
    live: bool,
}

const DEFAULT: Config =
    Config { threads: 2, chunk_bytes: 256, line_bytes_max: 1000, ordered: true, live: false };

impl Config {
    fn sources(self, inputs: Vec<Input>, stop: &Stop) -> Sources {
        let Config { chunk_bytes, line_bytes_max, live, .. } = self;
        Sources::new(inputs, CutterSettings { chunk_bytes, line_bytes_max }, live, stop.clone())
    }

    fn settings(self) -> Settings {
        Settings { threads: NonZeroUsize::new(self.threads).unwrap(), ordered: self.ordered }
    }

    fn run(self, inputs: Vec<Input>, out: &mut (dyn Write + Send)) -> Outcome<u64> {
        let stop = Stop::new(None).unwrap();
        run(self.sources(inputs, &stop), out, &self.settings(), &stop, || 0, process_lines)
    }

    /// The output of a run that must succeed.
    fn output(self, inputs: Vec<Input>) -> Vec<u8> {
        let mut out = Vec::new();
        let outcome = self.run(inputs, &mut out);
        assert!(outcome.output.is_ok(), "{:?}", outcome.output);
        assert!(outcome.reading.errors.is_empty() && outcome.reading.refused.is_none());
        let counted: u64 = outcome.workers.iter().sum();
        assert_eq!(counted, out.iter().filter(|byte| **byte == b'\n').count() as u64);
        out
    }
}

#[test]
fn same_bytes_for_every_number_of_threads_and_chunk_size() {
    let files = Files::new();
    let input = lines(300);
    let file = files.put("posts.jsonl", &input);
    for threads in [1, 2, 3, 8] {
        for chunk_bytes in [16, 100, 4096, 1 << 20] {
            for live in [false, true] {
                let how = Config { threads, chunk_bytes, live, ..DEFAULT };
                assert_eq!(how.output(vec![file.clone()]), expected(&input), "{how:?}, file");
                let (pipe, _reader) = fed_pipe(input.clone(), 77);
                assert_eq!(how.output(vec![pipe]), expected(&input), "{how:?}, pipe");
            }
        }
    }
}

#[test]
fn chunks_are_numbered_in_input_order() {
    let (files, input) = (Files::new(), lines(3000));
    for is_pipe in [false, true] {
        let source = match is_pipe {
            false => (files.put("a", &input), None),
            true => {
                let (source, reader) = fed_pipe(input.clone(), 700);
                (source, Some(reader))
            }
        };
        let stop = Stop::new(None).unwrap();
        let count = std::sync::atomic::AtomicU64::new(0);
        let number = move || count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let cutting = CutterSettings { chunk_bytes: 100, line_bytes_max: 100 };
        let sources = Sources::new(vec![source.0], cutting, false, stop.clone());
        let sources = sources.numbering(std::sync::Arc::new(number));
        let settings = Settings { threads: NonZeroUsize::new(4).unwrap(), ordered: true };
        let mut out = Vec::new();
        let write = |(): &mut (), chunk: &Chunk, out: &mut Vec<u8>| {
            out.extend_from_slice(format!("{}\n", chunk.version()).as_bytes());
        };
        run(sources, &mut out, &settings, &stop, || (), write).output.unwrap();
        let numbers: Vec<u64> =
            String::from_utf8(out).unwrap().lines().map(|it| it.parse().unwrap()).collect();
        assert!(numbers.len() > 100);
        assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
    }
}

#[test]
fn unordered_output_has_the_same_lines() {
    let files = Files::new();
    let input = lines(300);
    let sorted = |bytes: &[u8]| {
        let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.sort();
        lines
    };
    let file = files.put("posts.jsonl", &input);
    let (pipe, _reader) = fed_pipe(input.clone(), 77);
    for source in [file, pipe] {
        let how = Config { threads: 4, ordered: false, ..DEFAULT };
        assert_eq!(sorted(&how.output(vec![source])), sorted(&expected(&input)));
    }
}

#[test]
fn inputs_are_read_in_order_for_every_compression() {
    let files = Files::new();
    let parts = [lines(10), lines(40), lines(3), b"no end".to_vec(), Vec::new(), lines(2)];
    let mut members = gzip(&parts[1][..100]);
    members.extend(gzip(&parts[1][100..]));
    let mut frames = zstd_frame(&parts[2][..5]);
    // A skippable frame, at the start and between.
    let skippable = b"\x5a\x2a\x4d\x18\x02\0\0\0hi";
    frames.splice(0..0, skippable.iter().copied());
    frames.extend_from_slice(skippable);
    frames.extend(zstd_frame(&parts[2][5..]));
    let inputs = vec![
        files.put("a.jsonl", &parts[0]),
        files.put("b.gz", &members),
        files.put("c.without-extension", &frames),
        files.put("d", &parts[3]),
        files.put("e", &parts[4]),
        files.put("f", &parts[5]),
    ];
    let all: Vec<u8> = parts.iter().flat_map(|part| expected(part)).collect();
    assert_eq!(DEFAULT.output(inputs.clone()), all);
    // A pipe among them makes the whole run use channels.
    let (pipe, _reader) = fed_pipe(lines(5), 1);
    let with_pipe = inputs.into_iter().chain([pipe]).collect();
    assert_eq!(DEFAULT.output(with_pipe), [all, expected(&lines(5))].concat());
}

#[test]
fn compressed_pipes_are_decompressed() {
    let input = lines(200);
    for packed in [gzip(&input), zstd_frame(&input)] {
        for step in [1, 3, 1000] {
            let (pipe, _reader) = fed_pipe(packed.clone(), step);
            assert_eq!(DEFAULT.output(vec![pipe]), expected(&input));
        }
    }
}

#[test]
fn long_lines_have_their_output_in_order() {
    let files = Files::new();
    let mut input = lines(3);
    let long_at = input.len();
    input.extend_from_slice(&[b'y'; 5000]);
    input.push(b'\n');
    let after = input.len();
    input.extend_from_slice(b"last\n");
    let file = files.put("posts", &input);
    let got = String::from_utf8(DEFAULT.output(vec![file])).unwrap();
    assert!(got.contains(&format!("\n{long_at} 5 l\n{after} 5 l\n")), "{got}");
}

#[test]
fn lines_before_the_damage_of_an_archive_are_processed() {
    let files = Files::new();
    let input = lines(2000);
    let good = files.put("good", b"good\n");
    for (name, packed) in [("gzip", gzip(&input)), ("zstd", zstd_frame(&input))] {
        let cut = files.put(name, &packed[..packed.len() / 2]);
        let mut out = Vec::new();
        let outcome = DEFAULT.run(vec![cut, good.clone()], &mut out);
        let [error] = outcome.reading.errors.as_slice() else { panic!("one error for {name}") };
        assert!(error.to_string().contains(&format!("damaged or truncated ({name})")), "{error}");
        assert!(outcome.output.is_ok() && outcome.reading.refused.is_none());
        let output = out.strip_suffix(b"0 5 g\n").expect("the next file is still read");
        // The last output may be that of half a line; the others are complete.
        let whole = output.split_inclusive(|byte| *byte == b'\n').count().saturating_sub(1);
        let same = output.split_inclusive(|byte| *byte == b'\n').take(whole).flatten();
        assert!(expected(&input).starts_with(&same.copied().collect::<Vec<_>>()), "{name}");
    }
    // Bytes after the last member that are not a member.
    let tail = files.put("tail", &[gzip(&input).as_slice(), b"garbage"].concat());
    let mut out = Vec::new();
    let outcome = DEFAULT.run(vec![tail], &mut out);
    assert_eq!(out, expected(&input));
    assert_eq!(outcome.reading.errors.len(), 1);
}

#[test]
fn an_error_at_the_start_ends_the_run_only_for_the_first_input() {
    let files = Files::new();
    let good = files.put("good", b"good\n");
    let utf_16 = files.put("utf-16", b"\xff\xfe{\0");
    let missing = Input::File(files.folder.path().join("missing"));
    let folder = Input::File(files.folder.path().to_owned());
    for bad in [utf_16, missing, folder] {
        let mut out = Vec::new();
        let outcome = DEFAULT.run(vec![bad.clone(), good.clone()], &mut out);
        assert!(outcome.reading.refused.is_some(), "{bad} comes first");
        assert!(out.is_empty() && outcome.reading.errors.is_empty());

        let outcome = DEFAULT.run(vec![good.clone(), bad.clone(), good.clone()], &mut out);
        assert!(outcome.reading.refused.is_none());
        assert_eq!(outcome.reading.errors.len(), 1, "{bad} comes later");
        assert_eq!(out, b"0 5 g\n0 5 g\n");
    }
}

/// Fails call number `fail_at`, and every later one if `permanent`.
struct Faulty {
    calls: usize,
    fail_at: usize,
    permanent: bool,
    kind: io::ErrorKind,
    written: Vec<u8>,
}

impl Faulty {
    fn call(&mut self) -> io::Result<()> {
        let this = self.calls;
        self.calls += 1;
        let fails = this == self.fail_at || (self.permanent && this > self.fail_at);
        if fails { Err(self.kind.into()) } else { Ok(()) }
    }
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call()?;
        // Every write is short.
        let length = bytes.len().div_ceil(2);
        self.written.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call()
    }
}

#[test]
fn every_failing_write_is_reported_and_leaves_a_prefix() {
    let files = Files::new();
    let input = lines(60);
    let whole = expected(&input);
    for regular in [true, false] {
        for permanent in [false, true] {
            for fail_at in 0.. {
                let kind = io::ErrorKind::StorageFull;
                let mut out = Faulty { calls: 0, fail_at, permanent, kind, written: Vec::new() };
                let (pipe, _reader) = fed_pipe(input.clone(), 400);
                let source = if regular { files.put("posts", &input) } else { pipe };
                let outcome = DEFAULT.run(vec![source], &mut out);
                assert!(whole.starts_with(&out.written), "call {fail_at}: not a prefix");
                if out.calls <= fail_at {
                    assert!(outcome.output.is_ok() && out.written == whole);
                    break;
                }
                let error = outcome.output.expect_err("a failed write is reported");
                assert!(matches!(error, OutputError::Write(e) if e.kind() == kind), "{fail_at}");
            }
        }
    }
}

#[test]
fn interrupted_writes_are_retried() {
    let input = lines(60);
    let files = Files::new();
    for fail_at in 0..20 {
        let kind = io::ErrorKind::Interrupted;
        let mut out = Faulty { calls: 0, fail_at, permanent: false, kind, written: Vec::new() };
        let outcome = DEFAULT.run(vec![files.put("posts", &input)], &mut out);
        assert!(outcome.output.is_ok(), "{fail_at}");
        assert_eq!(out.written, expected(&input));
    }
}

#[test]
fn a_closed_reader_is_distinguished_from_other_errors() {
    let files = Files::new();
    let (reader, mut writer) = io::pipe().unwrap();
    drop(reader);
    let outcome = DEFAULT.run(vec![files.put("posts", &lines(5))], &mut writer);
    assert!(matches!(outcome.output, Err(OutputError::ReaderGone)), "{:?}", outcome.output);
}

#[test]
fn a_step_that_panics_ends_the_run_without_hanging() {
    let files = Files::new();
    let input = lines(200);
    for threads in [1, 2, 5] {
        for bad_offset in [0, input.len() as u64 / 2] {
            for regular in [true, false] {
                let (pipe, _reader) = fed_pipe(input.clone(), 100);
                let source = if regular { files.put("posts", &input) } else { pipe };
                let how = Config { threads, ..DEFAULT };
                let stop = Stop::new(None).unwrap();
                let mut out = Vec::new();
                let step = |count: &mut u64, chunk: &Chunk, out: &mut Vec<u8>| {
                    let reached = chunk.offset() + chunk.bytes().len() as u64 > bad_offset;
                    assert!(!reached, "planted");
                    process_lines(count, chunk, out);
                };
                let sources = how.sources(vec![source], &stop);
                let outcome = run(sources, &mut out, &how.settings(), &stop, || 0, step);
                let is_reported =
                    matches!(&outcome.output, Err(OutputError::Worker(m)) if m == "planted");
                assert!(is_reported, "{:?}", outcome.output);
                assert!(expected(&input).starts_with(&out));
            }
        }
    }
}

/// Forwards every write to a channel.
struct Forward(mpsc::Sender<Vec<u8>>);

impl Write for Forward {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_is_processed_before_the_pipe_is_closed() {
    for live in [false, true] {
        for packed in [false, true] {
            let (reader, mut writer) = io::pipe().unwrap();
            let (sender, outputs) = mpsc::channel();
            let input = pipe_input(&reader);
            let how = Config { live, chunk_bytes: 1 << 17, ..DEFAULT };
            let running =
                std::thread::spawn(move || how.run(vec![input], &mut Forward(sender)).output);
            for _ in 0..3 {
                let line = b"line\nhalf of ano";
                writer.write_all(&if packed { gzip(line) } else { line.to_vec() }).unwrap();
                let output = outputs.recv().expect("output while the pipe is open");
                assert!(output.starts_with(b"0 5 l\n") || output.ends_with(b"h\n"), "{output:?}");
            }
            drop(writer);
            assert!(running.join().unwrap().is_ok());
        }
    }
}

#[test]
fn a_stop_ends_waiting_and_processes_complete_lines_only() {
    let (reader, mut writer) = io::pipe().unwrap();
    let (sender, outputs) = mpsc::channel();
    let input = pipe_input(&reader);
    let stop = Stop::new(None).unwrap();
    let other = stop.clone();
    let running = std::thread::spawn(move || {
        let sources = DEFAULT.sources(vec![input], &other);
        let mut out = Forward(sender);
        run(sources, &mut out, &DEFAULT.settings(), &other, || 0, process_lines)
    });
    writer.write_all(b"one\ntwo\nthr").unwrap();
    let mut got = Vec::new();
    while got.len() < b"0 4 o\n4 4 t\n".len() {
        got.extend(outputs.recv().unwrap());
    }
    stop.raise();
    let outcome = running.join().unwrap();
    assert!(outcome.output.is_ok() && outcome.reading.errors.is_empty());
    assert_eq!(outcome.reading.bytes, 8);
    got.extend(outputs.iter().flatten());
    assert_eq!(String::from_utf8(got).unwrap(), "0 4 o\n4 4 t\n");
}

#[test]
fn a_stop_in_the_middle_leaves_a_prefix_that_ends_with_a_line() {
    let files = Files::new();
    let input = lines(3000);
    let file = files.put("posts", &input);
    for after in [0, 1, 5, 40] {
        let stop = Stop::new(None).unwrap();
        let sources = DEFAULT.sources(vec![file.clone()], &stop);
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let mut out = Vec::new();
        let step = |count: &mut u64, chunk: &Chunk, out: &mut Vec<u8>| {
            if seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == after {
                stop.raise();
            }
            process_lines(count, chunk, out);
        };
        let outcome = run(sources, &mut out, &DEFAULT.settings(), &stop, || 0, step);
        assert!(outcome.output.is_ok() && outcome.reading.errors.is_empty());
        let read = usize::try_from(outcome.reading.bytes).unwrap();
        assert!(read < input.len(), "stopped after {after} chunks, yet all was read");
        assert_eq!(out, expected(&input[..read]), "exactly the lines read are processed");
    }
}

#[test]
fn a_slow_writer_slows_the_reader_down() {
    /// Allows one write at a time.
    struct Gate(mpsc::Receiver<()>);
    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (open, gate) = mpsc::channel();
    let stop = Stop::new(None).unwrap();
    let (pipe, _reader) = fed_pipe(lines(100_000), 4096);
    let sources = DEFAULT.sources(vec![pipe], &stop);
    let counter = sources.bytes_read();
    let most = (2 * DEFAULT.threads + 2) * DEFAULT.chunk_bytes + PEEK_BYTES;
    let other = stop.clone();
    let running = std::thread::spawn(move || {
        run(sources, &mut Gate(gate), &DEFAULT.settings(), &other, || 0, process_lines).output
    });
    for writes in 1..200 {
        open.send(()).unwrap();
        std::thread::yield_now();
        let bytes = counter.load(std::sync::atomic::Ordering::SeqCst) as usize;
        assert!(
            bytes <= most + writes * DEFAULT.chunk_bytes,
            "{bytes} bytes after {writes} writes"
        );
    }
    drop(open);
    assert!(matches!(running.join().unwrap(), Err(OutputError::Write(_))));
}

#[test]
fn missing_files_are_named() {
    let outcome = DEFAULT.run(vec![Input::File(Path::new("no/such").into())], &mut Vec::new());
    let refused = outcome.reading.refused.expect("nothing to read").to_string();
    assert!(refused.starts_with("no/such: "), "{refused}");
}
