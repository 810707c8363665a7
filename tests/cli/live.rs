//! Streams that do not end by themselves: live pipes and signals.

use super::program::{code, posts, signal, tidegate, verdicts};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::time::Duration;

fn pipes(child: &mut std::process::Child) -> (ChildStdin, BufReader<ChildStdout>) {
    (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()))
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line
}

#[test]
fn each_verdict_follows_its_line_while_the_pipe_stays_open() {
    for flags in [&[][..], &["--live"], &["--threads", "1"]] {
        let mut child = tidegate(flags).spawn().unwrap();
        let (mut stdin, mut stdout) = pipes(&mut child);
        for n in 0..5 {
            // Half of the next line is there already: it must hold up nothing.
            let half = if n == 0 { "" } else { "\"}\n" };
            write!(stdin, "{half}{{\"id\":{n},\"text\":\"a\"}}\n{{\"text\":\"x").unwrap();
            if n > 0 {
                assert_eq!(line(&mut stdout), "{\"id\":null,\"action\":\"allow\"}\n");
            }
            assert_eq!(line(&mut stdout), format!("{{\"id\":{n},\"action\":\"allow\"}}\n"));
        }
        drop(stdin);
        assert!(line(&mut stdout).contains("truncated"));
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_file_is_followed_over_its_replacement() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("posts.jsonl");
    let append = |text: &str| {
        let mut file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append("{\"id\":1,\"text\":\"a\"}\n");
    let mut child = tidegate(&["--follow", log.to_str().unwrap()]).spawn().unwrap();
    let (_stdin, mut stdout) = pipes(&mut child);
    assert_eq!(line(&mut stdout), "{\"id\":1,\"action\":\"allow\"}\n");
    append("{\"id\":2,\"te");
    append("xt\":\"a\"}\n");
    assert_eq!(line(&mut stdout), "{\"id\":2,\"action\":\"allow\"}\n");
    std::fs::rename(&log, folder.path().join("posts.jsonl.1")).unwrap();
    append("{\"id\":3,\"text\":\"a\"}\n");
    assert_eq!(line(&mut stdout), "{\"id\":3,\"action\":\"allow\"}\n");
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 143);
}

#[test]
fn a_table_is_followed_over_its_replacement() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("posts.csv");
    let append = |text: &str| {
        let mut file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append("id,text\n1,a\n");
    let mut child = tidegate(&["--csv", "--follow", log.to_str().unwrap()]).spawn().unwrap();
    let (_stdin, mut stdout) = pipes(&mut child);
    let allowed = |id: &str| format!("{{\"id\":\"{id}\",\"action\":\"allow\"}}\n");
    assert_eq!(line(&mut stdout), allowed("1"));
    append("2,\"two\n");
    append("lines\"\n3,cut");
    assert_eq!(line(&mut stdout), allowed("2"));
    // The row that had no end is judged, and the new file has a header of its own.
    std::fs::rename(&log, folder.path().join("posts.csv.1")).unwrap();
    append("text,id\nb,4\n");
    assert_eq!(line(&mut stdout), allowed("3"));
    assert_eq!(line(&mut stdout), allowed("4"));
    std::fs::write(&log, "text\nc\n").unwrap();
    assert_eq!(line(&mut stdout), "{\"id\":null,\"action\":\"allow\"}\n");
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 143);
}

#[test]
fn a_signal_ends_reading_and_loses_nothing_that_was_read() {
    for (name, expected) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        for milliseconds in [0, 3, 20, 70, 150] {
            let mut child = tidegate(&["--threads", "3", "--chunk", "2k"]).spawn().unwrap();
            let (mut stdin, mut stdout) = pipes(&mut child);
            // After the first verdict the signal handlers are installed.
            stdin.write_all(&posts(1)).unwrap();
            let mut got = line(&mut stdout).into_bytes();
            let feeding = std::thread::spawn(move || {
                for n in 1.. {
                    if writeln!(stdin, "{{\"id\":{n},\"text\":\"post {n}\"}}").is_err() {
                        return;
                    }
                }
            });
            let reading = std::thread::spawn(move || {
                stdout.read_to_end(&mut got).unwrap();
                got
            });
            std::thread::sleep(Duration::from_millis(milliseconds));
            signal(&child, name);
            let output = child.wait_with_output().unwrap();
            assert_eq!(code(&output), expected);
            assert!(output.stderr.is_empty(), "{:?}", String::from_utf8_lossy(&output.stderr));
            let got = reading.join().unwrap();
            feeding.join().unwrap();
            assert!(got.ends_with(b"\n"), "the last verdict is whole");
            for (n, verdict) in verdicts(&got).iter().enumerate() {
                assert_eq!(verdict["id"], n, "verdicts are those of the first posts, in order");
            }
        }
    }
}

#[test]
fn a_signal_is_heeded_while_nothing_comes_in() {
    let mut child = tidegate(&["--stats", "json"]).spawn().unwrap();
    let (mut stdin, mut stdout) = pipes(&mut child);
    stdin.write_all(b"{\"text\":\"a\"}\n{\"text\":\"half").unwrap();
    assert_eq!(line(&mut stdout), "{\"id\":null,\"action\":\"allow\"}\n");
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 143);
    assert_eq!(line(&mut stdout), "", "half a line is no line");
    let stats: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&stats["lines"], &stats["verdicts"]), (&1.into(), &1.into()));
}

#[test]
fn a_second_signal_ends_a_run_that_is_stuck() {
    let mut child = tidegate(&[]).spawn().unwrap();
    let (mut stdin, stdout) = pipes(&mut child);
    // No reader: the output fills up, then the input.
    let feeding = std::thread::spawn(move || while stdin.write_all(&posts(1000)).is_ok() {});
    let (read, _) = (stdout, ());
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "TERM");
    std::thread::sleep(Duration::from_millis(300));
    // It may have drained in between and ended; then there is no process to signal.
    if child.try_wait().unwrap().is_none() {
        signal(&child, "TERM");
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 143);
    drop(read);
    feeding.join().unwrap();
}
