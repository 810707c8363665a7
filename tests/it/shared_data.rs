//! Real posts: one valid verdict for every line, in order, with the embedded rules.
//!
//! The rows are not part of the project. They are read from `TIDEGATE_SHARED_DATA`, or from
//! `../shared/data` next to the repository; without either, the test prints that and ends.
//! Every 40th row is read, or every row if `TIDEGATE_FULL` is set.

#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use serde_json::Value;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// One row of this many is tried.
const STEP: usize = 40;

fn data_folder() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = env::var_os("TIDEGATE_SHARED_DATA").map_or(default, |path| path.into());
    folder.is_dir().then_some(folder)
}

/// The packed sets of one kind, by name.
fn sets(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut sets: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "gz")).collect();
    sets.sort();
    sets
}

fn unpack(path: &Path) -> Vec<u8> {
    let mut rows = Vec::new();
    flate2::read::MultiGzDecoder::new(File::open(path).unwrap()).read_to_end(&mut rows).unwrap();
    rows
}

fn verdicts(input: Vec<u8>, arguments: &[OsString]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || stdin.write_all(&input).unwrap());
    let mut verdicts = String::new();
    child.stdout.take().unwrap().read_to_string(&mut verdicts).unwrap();
    feeder.join().unwrap();
    assert!(child.wait().unwrap().success());
    verdicts
}

/// Every verdict is valid, echoes the id of its row, and reads the row as a post.
fn expect_pairs(name: &str, rows: &[u8], verdicts: &str) {
    let rows: Vec<&[u8]> = rows.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    assert_eq!(rows.len(), verdicts.lines().count(), "{name}: lines in, lines out");
    for (row, line) in rows.iter().zip(verdicts.lines()) {
        let verdict: Value = serde_json::from_str(line).unwrap_or_else(|error| {
            panic!("{name}: {error}: {line}");
        });
        let row: Value = serde_json::from_slice(row).unwrap();
        assert_eq!(row["id"], verdict["id"], "{name}: {line}");
        assert_ne!(verdict["action"], "unreadable", "{name}: {line}");
    }
}

#[test]
fn every_row_has_its_verdict() {
    let Some(folder) = data_folder() else {
        println!("skipped: no data beside the repository, and TIDEGATE_SHARED_DATA is not set");
        return;
    };
    let step = if env::var_os("TIDEGATE_FULL").is_some() { 1 } else { STEP };
    let mut paths = sets(&folder.join("labelled"));
    paths.extend(sets(&folder.join("neutral")));
    assert!(paths.len() > 10, "found only {} sets", paths.len());
    let mut sample = Vec::new();
    for path in &paths {
        let rows = unpack(path);
        let lines = rows.split_inclusive(|byte| *byte == b'\n').step_by(step);
        lines.for_each(|line| sample.extend_from_slice(line));
    }
    let verdicts = verdicts(sample.clone(), &[]);
    expect_pairs("all sets", &sample, &verdicts);
    println!("{} rows of {} sets", verdicts.lines().count(), paths.len());
}

#[test]
fn packed_files_are_read_as_they_are() {
    let Some(folder) = data_folder() else {
        println!("skipped: no data beside the repository, and TIDEGATE_SHARED_DATA is not set");
        return;
    };
    // The smallest set, so that the test stays quick in every profile.
    let paths = sets(&folder.join("labelled"));
    let smallest = paths.iter().min_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let verdicts = verdicts(Vec::new(), &[smallest.into()]);
    expect_pairs(&smallest.display().to_string(), &unpack(smallest), &verdicts);
}
