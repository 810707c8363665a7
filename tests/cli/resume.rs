//! `--resume`: a resumed run produces the same bytes as an uninterrupted one, or reports why it
//! cannot.

#[cfg(feature = "parquet")]
use super::program::verdicts;
use super::program::{code, posts, run, said, signal, tidegate};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

/// Posts that fire, posts that do not, and lines that are none, numbered from `first`.
fn mixed(first: usize, count: usize) -> Vec<u8> {
    let texts = ["fine", "casino bonus", "so sad", "nothing to see", "casino 百家乐"];
    let mut out = Vec::new();
    for n in first..first + count {
        let (text, pad) = (texts[n % texts.len()], "pad ".repeat(n * 7 % 31));
        out.extend(format!("{{\"id\":{n},\"text\":\"{text} {pad}\"}}\n").bytes());
        if n % 97 == 0 {
            out.extend_from_slice(b"nonsense\n\n");
        }
        if n % 1009 == 0 {
            out.extend(format!("{{\"text\":\"{}\"}}\n", "long ".repeat(1000)).bytes());
        }
    }
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let level = flate2::Compression::fast();
    flate2::read::GzEncoder::new(bytes, level).read_to_end(&mut packed).unwrap();
    packed
}

/// A folder with inputs of every packing, an output, and its checkpoint.
struct Place {
    folder: tempfile::TempDir,
    inputs: Vec<String>,
}

impl Place {
    fn new(posts_per_file: usize) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), inputs: Vec::new() };
        let part = |n: usize| mixed(n * posts_per_file, posts_per_file);
        let mut unterminated = part(2);
        unterminated.pop();
        let files = [
            ("a.jsonl", part(0)),
            ("b.jsonl.gz", gzip(&part(1))),
            ("c.jsonl", unterminated),
            ("d.jsonl", Vec::new()),
            ("e.jsonl.zst", zstd::encode_all(&*part(3), 1).unwrap()),
        ];
        let inputs = files.map(|(name, bytes)| {
            fs::write(place.path(name), bytes).unwrap();
            place.path(name).to_str().unwrap().to_owned()
        });
        Place { inputs: inputs.to_vec(), ..place }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn out(&self) -> PathBuf {
        self.path("out.jsonl")
    }

    fn checkpoint(&self) -> PathBuf {
        self.path("out.jsonl.resume")
    }

    /// Small chunks and frequent checkpoints: many places to be cut short at.
    fn flags<'f>(&'f self, more: &[&'f str]) -> Vec<&'f str> {
        let common = ["--max-line", "2k", "--chunk", "1k", "--threads", "3"];
        let common = &common[if more.contains(&"--max-line") { 2 } else { 0 }..];
        let inputs = self.inputs.iter().map(String::as_str);
        common.iter().copied().chain(more.iter().copied()).chain(inputs).collect()
    }

    fn resuming(&self, more: &[&str]) -> std::process::Command {
        let out = self.out();
        let how = ["--resume", "--resume-period", "1", "--out", out.to_str().unwrap()];
        tidegate(&self.flags(&[&how[..], more].concat()))
    }

    fn resume(&self, more: &[&str]) -> std::process::Output {
        self.resuming(more).stdin(Stdio::null()).output().unwrap()
    }

    /// What a run gives that nothing happens to.
    fn expected(&self, more: &[&str]) -> Vec<u8> {
        let output = tidegate(&self.flags(more)).stdin(Stdio::null()).output().unwrap();
        assert_eq!(code(&output), 0, "{}", said(&output));
        output.stdout
    }

    fn read_checkpoint(&self) -> Value {
        serde_json::from_slice(&fs::read(self.checkpoint()).unwrap()).unwrap()
    }

    fn edit_checkpoint(&self, edit: impl Fn(&mut Value)) {
        let mut checkpoint = self.read_checkpoint();
        edit(&mut checkpoint);
        fs::write(self.checkpoint(), checkpoint.to_string()).unwrap();
    }

    /// Cuts a run short in its first input, with a checkpoint of `bytes` of output or more.
    fn cut_short(&self, bytes: u64) {
        for _ in 0..50 {
            let mut child = self.resuming(&[]).spawn().unwrap();
            let is_on = || {
                let checkpoint = fs::read(self.checkpoint()).unwrap_or_default();
                let checkpoint: Value = serde_json::from_slice(&checkpoint).unwrap_or_default();
                checkpoint["out_bytes"].as_u64() >= Some(bytes)
            };
            while !is_on() && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let checkpoint = self.read_checkpoint();
            if checkpoint["finished"] == false && checkpoint["place"]["input"] == 0 {
                return;
            }
            fs::remove_file(self.out()).unwrap();
            fs::remove_file(self.checkpoint()).unwrap();
        }
        panic!("it was never cut short in its first input");
    }
}

#[track_caller]
fn expect_equal(got: &[u8], expected: &[u8]) {
    let same = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
    assert!(got == expected, "{} bytes for {}, equal to {same}", got.len(), expected.len());
}

/// Numbers that look random, the same in every run.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below.max(1)
    }
}

#[test]
fn a_run_killed_again_and_again_ends_with_the_same_bytes() {
    for (seed, flags) in [(1, &[][..]), (2, &["--only", "flagged,unreadable", "--brief"])] {
        let place = Place::new(4000);
        let started = Instant::now();
        let expected = place.expected(flags);
        let whole = started.elapsed();
        let mut dice = dice(seed);
        let (mut kills, mut gone_on, mut torn) = (0, 0, 0);
        loop {
            let mut child = place.resuming(flags).spawn().unwrap();
            std::thread::sleep(whole.mul_f64(dice(400) as f64 / 1000.0));
            child.kill().unwrap();
            if child.wait().unwrap().success() {
                break;
            }
            kills += 1;
            assert!(kills < 300, "it does not get on");
            let Ok(out) = fs::read(place.out()) else { continue };
            assert!(expected.starts_with(&out), "what is there is not a beginning");
            let kept = place.read_checkpoint()["out_bytes"].as_u64().unwrap();
            assert!(kept <= out.len() as u64, "the checkpoint is ahead");
            gone_on += u64::from(kept > 0);
            torn += u64::from(kept < out.len() as u64);
        }
        expect_equal(&fs::read(place.out()).unwrap(), &expected);
        assert!(gone_on > 0 && torn > 0, "{kills} kills, {gone_on} gone on with, {torn} torn");
    }
}

#[test]
fn counts_and_status_are_those_of_the_whole_run() {
    let place = Place::new(2000);
    let stats = |more: &[&str]| {
        let output = tidegate(&place.flags(&[&["--stats", "json"], more].concat()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (code(&output), serde_json::from_slice::<Value>(&output.stderr).unwrap())
    };
    let (whole_code, whole) = stats(&["--strict"]);
    assert_eq!(whole_code, 3);
    place.cut_short(100_000);
    let resumed = place.resume(&["--stats", "json", "--strict"]);
    let resumed_stats: Value = serde_json::from_slice(&resumed.stderr).unwrap();
    assert_eq!((code(&resumed), resumed_stats), (3, whole.clone()));
    // And of a run that had come to its end.
    let again = place.resume(&["--stats", "json", "--fail-on", "flag"]);
    let again_stats: Value = serde_json::from_slice(&again.stderr).unwrap();
    assert_eq!((code(&again), again_stats), (1, whole));
}

#[test]
fn a_finished_file_stays_as_it_is() {
    let place = Place::new(200);
    let expected = place.expected(&[]);
    let first = place.resume(&[]);
    assert_eq!((code(&first), said(&first)), (0, String::new()));
    expect_equal(&fs::read(place.out()).unwrap(), &expected);
    let written = fs::metadata(place.out()).unwrap().modified().unwrap();
    let checkpoint = fs::read(place.checkpoint()).unwrap();
    let second = place.resume(&[]);
    assert_eq!((code(&second), said(&second)), (0, String::new()));
    assert_eq!(fs::metadata(place.out()).unwrap().modified().unwrap(), written);
    assert_eq!(fs::read(place.checkpoint()).unwrap(), checkpoint);
    // Without the file there is nothing to resume.
    fs::remove_file(place.out()).unwrap();
    assert_eq!(code(&place.resume(&[])), 0);
    expect_equal(&fs::read(place.out()).unwrap(), &expected);
    // Finished without a single verdict is finished too.
    fs::remove_file(place.out()).unwrap();
    let none = ["--only", "skipped"];
    for _ in 0..2 {
        assert_eq!(code(&place.resume(&none)), 0);
        assert_eq!(fs::metadata(place.out()).unwrap().len(), 0);
        assert_eq!(place.read_checkpoint()["finished"], true);
    }
}

#[test]
fn a_signal_leaves_a_place_to_go_on_from() {
    for name in ["TERM", "INT"] {
        let place = Place::new(2000);
        let mut child = place.resuming(&[]).spawn().unwrap();
        while fs::metadata(place.out()).map_or(0, |it| it.len()) < 50_000 {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::yield_now();
        }
        signal(&child, name);
        let status = child.wait().unwrap();
        assert!([Some(130), Some(143)].contains(&status.code()), "{status}");
        let kept = place.read_checkpoint()["out_bytes"].as_u64().unwrap();
        assert_eq!(kept, fs::metadata(place.out()).unwrap().len(), "what was read is kept");
        assert_eq!(code(&place.resume(&[])), 0);
        expect_equal(&fs::read(place.out()).unwrap(), &place.expected(&[]));
    }
}

#[test]
fn a_stream_is_gone_on_with_when_it_is_sent_again() {
    for packed in [false, true] {
        let place = Place::new(1);
        let input = mixed(0, 3000);
        let sent = if packed { gzip(&input) } else { input.clone() };
        let out = place.out();
        let how = ["--resume", "--resume-period", "1", "--max-line", "2k", "--chunk", "1k"];
        let how = [&how[..], &["--out", out.to_str().unwrap()]].concat();
        let expected = run(&["--max-line", "2k"], &input).stdout;
        let mut child = tidegate(&how).spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(&sent[..sent.len() / 2]).unwrap();
        while place.checkpoint().metadata().is_err() || place.read_checkpoint()["place"].is_null() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Something else is not what was cut short.
        let other = mixed(1, 3000);
        let other = if packed { gzip(&other) } else { other };
        let before = fs::read(&out).unwrap();
        let refused = run(&how, &other);
        assert_eq!(code(&refused), 2, "{}", said(&refused));
        assert!(said(&refused).contains("standard input: changed since"), "{}", said(&refused));
        assert!(fs::read(&out).unwrap() == before, "a refused run changed the file");
        assert_eq!(code(&run(&how, &sent)), 0);
        expect_equal(&fs::read(&out).unwrap(), &expected);
    }
}

fn backdate(path: &Path, time: SystemTime) {
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn what_is_not_as_it_was_is_refused_with_the_reason() {
    let place = Place::new(3000);
    place.cut_short(20_000);
    let input = place.path("a.jsonl");
    let (bytes, written) = (fs::read(&input).unwrap(), fs::metadata(&input).unwrap());
    let written = written.modified().unwrap();
    let before = fs::read(place.out()).unwrap();
    let expect = |more: &[&str], reason: &str| {
        let output = place.resume(more);
        assert_eq!(code(&output), 2, "{reason}: {}", said(&output));
        assert!(said(&output).contains(reason), "{reason}: {}", said(&output));
        assert!(fs::read(place.out()).unwrap() == before, "{reason}: the file was changed");
    };
    expect(&["--max-line", "3k"], "other flags: --max-line");
    expect(&["--brief"], "other flags: the form of the verdicts");
    expect(&["--only", "flagged"], "other flags: the selection of verdicts");
    expect(&["--text", "/title"], "other flags: the field mapping");
    expect(&["--policy", "default"], "the rules or the policy changed");
    expect(&["--rules", "tests/goldens/rules"], "the rules or the policy changed");
    // An input may only grow.
    fs::write(&input, &bytes[..bytes.len() - 1]).unwrap();
    expect(&[], &format!("it had {} bytes and now has {}", bytes.len(), bytes.len() - 1));
    let mut first_line = [&bytes[..], b"{\"text\":\"more\"}\n"].concat();
    first_line[2] ^= 1;
    fs::write(&input, first_line).unwrap();
    expect(&[], "a line that was judged is different");
    // Same length, same time, other bytes: the last line judged shows it.
    let line_start = place.read_checkpoint()["place"]["line_start"].as_u64().unwrap();
    let mut other = bytes.clone();
    other[line_start as usize + 2] ^= 1;
    fs::write(&input, &other).unwrap();
    backdate(&input, written);
    expect(&[], "the last line judged is different");
    fs::write(&input, &bytes).unwrap();
    backdate(&input, written);
    assert_eq!(code(&place.resume(&[])), 0);
    expect_equal(&fs::read(place.out()).unwrap(), &place.expected(&[]));
}

#[test]
fn a_file_that_grows_and_files_that_are_added_are_read_on() {
    let place = Place::new(0);
    let (out, log) = (place.out(), place.path("in/b.jsonl"));
    let folder = place.path("in");
    fs::create_dir_all(&folder).unwrap();
    let resume = |expected: i32| {
        let how = ["--resume", "--out", out.to_str().unwrap(), folder.to_str().unwrap()];
        let output = tidegate(&how).stdin(Stdio::null()).output().unwrap();
        assert_eq!(code(&output), expected, "{}", said(&output));
    };
    let judge = |files: &[&Path]| {
        let files: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
        tidegate(&files).stdin(Stdio::null()).output().unwrap().stdout
    };
    // The last line is cut: it is judged as it is, and again when it is whole.
    let (start, rest) = ("{\"id\":1,\"text\":\"a\"}\n{\"id\":2,\"te", "xt\":\"casino\"}\n");
    fs::write(&log, start).unwrap();
    resume(0);
    expect_equal(&fs::read(&out).unwrap(), &judge(&[&log]));
    resume(0);
    let whole = format!("{start}{rest}{{\"id\":3,\"text\":\"b\"}}");
    fs::write(&log, &whole).unwrap();
    resume(0);
    expect_equal(&fs::read(&out).unwrap(), &judge(&[&log]));
    // A last line without its line break, and then with it, is one line.
    fs::write(&log, format!("{whole}\n")).unwrap();
    resume(0);
    expect_equal(&fs::read(&out).unwrap(), &judge(&[&log]));
    // So is the first line of a file that had no end.
    let torn = place.path("in/c.jsonl");
    fs::write(&torn, start.split_once('\n').unwrap().1).unwrap();
    resume(0);
    fs::write(&torn, format!("{}{rest}", start.split_once('\n').unwrap().1)).unwrap();
    resume(0);
    let two = [judge(&[&log]), judge(&[&torn])].concat();
    expect_equal(&fs::read(&out).unwrap(), &two);
    // A file that is added comes last, wherever its name belongs.
    let added = place.path("in/a.jsonl");
    fs::write(&added, "{\"id\":4,\"text\":\"c\"}\n").unwrap();
    resume(0);
    let both = [two, judge(&[&added])].concat();
    expect_equal(&fs::read(&out).unwrap(), &both);
    // And stays there.
    resume(0);
    expect_equal(&fs::read(&out).unwrap(), &both);
    // What was read to its end stays; only the last one may grow.
    fs::write(&log, format!("{whole}\n{{\"text\":\"d\"}}\n")).unwrap();
    resume(2);
    expect_equal(&fs::read(&out).unwrap(), &both);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_resumed_between_two_rows() {
    let texts: Vec<String> = (0..20_000).map(|n| format!("post {n}, a casino")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut place = Place::new(0);
    let file = place.path("posts.parquet");
    fs::write(&file, super::formats::table(&texts, 0, 500)).unwrap();
    place.inputs = vec![file.to_str().unwrap().to_owned()];
    let expected = place.expected(&[]);
    assert_eq!(verdicts(&expected).len(), 20_000);
    place.cut_short(100_000);
    let checkpoint = place.read_checkpoint();
    assert!(
        checkpoint["place"]["lines"].as_u64().is_some_and(|lines| (1..20_000).contains(&lines))
    );
    let output = place.resume(&[]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    expect_equal(&fs::read(place.out()).unwrap(), &expected);
    // Another file with the same name is refused.
    place.cut_short(100_000);
    fs::write(&file, super::formats::table(&texts, 1, 500)).unwrap();
    assert_eq!(code(&place.resume(&[])), 2);
}

#[test]
fn a_report_of_a_resumed_run_counts_all_verdicts() {
    let place = Place::new(200);
    let page = place.path("report.html");
    place.cut_short(2_000);
    for _ in 0..2 {
        let output = place.resume(&["--report", page.to_str().unwrap()]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let verdicts = fs::read(place.out()).unwrap();
        let posts = verdicts.split(|byte| *byte == b'\n').filter(|line| {
            let line = String::from_utf8_lossy(line);
            line.contains("\"action\":") && !line.contains("unreadable")
        });
        let posts = tidegate_engine::domain::summary::grouped(posts.count() as u64);
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains(&format!(">{posts}<")), "{posts} posts");
        fs::remove_file(&page).unwrap();
    }
}

#[test]
fn a_modified_output_file_is_refused() {
    let place = Place::new(2000);
    place.cut_short(20_000);
    let (out, checkpoint) = (place.out(), fs::read(place.checkpoint()).unwrap());
    let good = fs::read(&out).unwrap();
    let kept = place.read_checkpoint()["out_bytes"].as_u64().unwrap() as usize;
    let mut edited = good.clone();
    edited[kept - 10] ^= 1;
    for bad in [&good[..kept - 1], &edited] {
        fs::write(&out, bad).unwrap();
        let output = place.resume(&[]);
        assert_eq!(code(&output), 2);
        assert!(said(&output).contains("which was modified"), "{}", said(&output));
        assert!(fs::read(&out).unwrap() == bad);
    }
    fs::write(&out, &good).unwrap();
    for bad in ["", "{}", "nonsense"] {
        fs::write(place.checkpoint(), bad).unwrap();
        let output = place.resume(&[]);
        assert_eq!(code(&output), 2);
        assert!(said(&output).contains("out.jsonl.resume: "), "{}", said(&output));
    }
    // Places that lie are noticed, not believed.
    for (key, value) in
        [("end", json!(u64::MAX)), ("line_start", json!(u64::MAX)), ("end", json!(0))]
    {
        fs::write(place.checkpoint(), &checkpoint).unwrap();
        place.edit_checkpoint(|it| it["place"][key] = value.clone());
        let output = place.resume(&[]);
        assert_eq!(code(&output), 2, "{key} {value}: {}", said(&output));
        assert!(fs::read(&out).unwrap() == good);
    }
    fs::write(place.checkpoint(), &checkpoint).unwrap();
    assert_eq!(code(&place.resume(&[])), 0);
    expect_equal(&fs::read(&out).unwrap(), &place.expected(&[]));
}

#[test]
fn what_lies_beyond_the_checkpoint_is_cut_off() {
    let place = Place::new(2000);
    place.cut_short(20_000);
    // As a power cut may leave it: longer than the verdicts will ever be.
    let torn = [fs::read(place.out()).unwrap(), vec![0; 4 << 20]].concat();
    fs::write(place.out(), torn).unwrap();
    assert_eq!(code(&place.resume(&[])), 0);
    expect_equal(&fs::read(place.out()).unwrap(), &place.expected(&[]));
    // Without a checkpoint: half a line at the very end, longer than a line can be.
    let torn = [fs::read(place.out()).unwrap(), vec![0; 1 << 20]].concat();
    fs::remove_file(place.checkpoint()).unwrap();
    fs::write(place.out(), torn).unwrap();
    assert_eq!(code(&place.resume(&[])), 0);
    expect_equal(&fs::read(place.out()).unwrap(), &place.expected(&[]));
}

#[test]
fn a_file_without_a_checkpoint_is_compared_from_the_start() {
    let place = Place::new(300);
    let expected = place.expected(&[]);
    let first_line = expected.iter().position(|byte| *byte == b'\n').unwrap();
    for kept in [0, 1, first_line, first_line + 1, expected.len() / 2, expected.len()] {
        let _ = fs::remove_file(place.checkpoint());
        fs::write(place.out(), &expected[..kept]).unwrap();
        let output = place.resume(&[]);
        assert_eq!((code(&output), said(&output)), (0, String::new()), "{kept} bytes");
        expect_equal(&fs::read(place.out()).unwrap(), &expected);
    }
    // Half a line of something is cut off; a whole line of it is not ours.
    fs::remove_file(place.checkpoint()).unwrap();
    fs::write(place.out(), [&expected[..=first_line], &[0; 50]].concat()).unwrap();
    assert_eq!(code(&place.resume(&[])), 0);
    expect_equal(&fs::read(place.out()).unwrap(), &expected);
    let mut wrong = expected.clone();
    wrong[first_line + 9] ^= 1;
    let longer = [&expected[..], b"{}\n"].concat();
    for (foreign, said_of_it) in [
        (&b"precious\n"[..], "byte 0"),
        (&wrong, "of it differs from"),
        (&longer, "continues after"),
    ] {
        let _ = fs::remove_file(place.checkpoint());
        fs::write(place.out(), foreign).unwrap();
        let output = place.resume(&[]);
        assert_eq!(code(&output), 4);
        assert!(said(&output).contains(said_of_it), "{}", said(&output));
        assert!(fs::read(place.out()).unwrap() == foreign, "a foreign file was changed");
    }
}

#[test]
fn what_cannot_be_resumed_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().to_str().unwrap();
    for (out, why) in [
        (named, "this is a folder"),
        ("/dev/full", "not a regular file"),
        ("-", "name it with --out FILE"),
    ] {
        let output = run(&["--resume", "--out", out], &posts(1));
        assert_eq!(code(&output), 2);
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    // Not while another run is writing it.
    let out = folder.path().join("out.jsonl");
    let how = ["--resume", "--out", out.to_str().unwrap()];
    let mut first = tidegate(&how).spawn().unwrap();
    while out.metadata().is_err() {
        std::thread::yield_now();
    }
    std::thread::sleep(Duration::from_millis(50));
    let second = run(&how, &posts(1));
    assert_eq!(code(&second), 2);
    assert!(said(&second).contains("another run is writing it"), "{}", said(&second));
    first.stdin.take().unwrap().write_all(&posts(1)).unwrap();
    assert!(first.wait().unwrap().success());
    assert_eq!(fs::read(&out).unwrap(), b"{\"id\":0,\"action\":\"allow\"}\n");
}

#[test]
fn a_failed_input_is_met_again() {
    let place = Place::new(500);
    let packed = fs::read(place.path("b.jsonl.gz")).unwrap();
    fs::write(place.path("b.jsonl.gz"), &packed[..packed.len() / 2]).unwrap();
    let whole = tidegate(&place.flags(&[])).stdin(Stdio::null()).output().unwrap();
    assert_eq!(code(&whole), 4);
    for _ in 0..3 {
        let output = place.resume(&[]);
        assert_eq!(code(&output), 4, "the error is reported again");
        assert!(said(&output).contains("b.jsonl.gz: damaged or truncated"), "{}", said(&output));
        expect_equal(&fs::read(place.out()).unwrap(), &whole.stdout);
        assert_eq!(place.read_checkpoint()["finished"], false);
    }
}
