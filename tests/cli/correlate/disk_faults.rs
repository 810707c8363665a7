//! Disks that fail at any write or sync, and losses of power: the same command goes on to the same
//! bytes.

use super::world::{Town, said, same_bytes, same_state};
use crate::program::{is_full, skip};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The library that makes a disk fail, if this machine can compile it.
fn library(town: &Town) -> Option<PathBuf> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/correlate/disk_faults.c");
    let path = town.path("disk_faults.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&path).args([source, "-ldl", "-lpthread"]);
    let is_made = cfg!(target_os = "linux") && compiler.status().is_ok_and(|it| it.success());
    if !is_made {
        skip("no C compiler, or not Linux");
    }
    is_made.then_some(path)
}

const FLAGS: &str = "--state s.db --out s.out -j 1 --chunk 4k --checkpoint-lines 20 feed.jsonl";

/// A run with a fault at an operation.
fn faulty(town: &Town, library: &PathBuf, operation: usize, is_cut: bool) -> Output {
    let mut command = town.correlate(FLAGS);
    command.env("LD_PRELOAD", library).env("DISK_FAULT", operation.to_string());
    if is_cut {
        command.env("DISK_CUT", "1");
    }
    command.output().unwrap()
}

fn clear(town: &Town) {
    for name in ["s.db", "s.db-wal", "s.db-shm", "s.db-journal", "s.db.lock", "s.out"] {
        fs::remove_file(town.path(name)).unwrap_or_default();
    }
}

/// Operations of a run without faults.
fn operations(town: &Town, library: &PathBuf) -> usize {
    clear(town);
    let output = faulty(town, library, 0, false);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let said = said(&output);
    let count = said.trim().strip_prefix("operations ").and_then(|count| count.parse().ok());
    count.unwrap_or_else(|| panic!("{said}"))
}

/// A run with a fault at each operation, and one more that goes on.
fn sweep_faults(is_cut: bool) {
    let town = Town::new(160);
    let Some(library) = library(&town) else { return };
    town.run("--state whole.db --out whole.out feed.jsonl");
    let count = operations(&town, &library);
    // Every operation takes minutes; the short form takes places all over the run.
    let step = if is_full() { 1 } else { count / 16 };
    assert!(step > 0, "{count} operations");
    let mut faults = 0;
    for operation in (1..=count).step_by(step) {
        clear(&town);
        let output = faulty(&town, &library, operation, is_cut);
        let what = format!("operation {operation} of {count}, power lost: {is_cut}");
        match output.status.code() {
            // What failed harms nothing: SQLite does not need the last write-back of its log.
            Some(0) if !is_cut => {}
            Some(137) if is_cut => faults += 1,
            // At the start no line was read, and the command is refused; later it ends.
            Some(status @ (2 | 4)) if !is_cut => {
                faults += 1;
                assert!(!said(&output).is_empty(), "{what}");
                let written = fs::read(town.path("s.out")).unwrap_or_default();
                assert!(status == 4 || written.is_empty(), "{what}");
            }
            status => panic!("{what}: {status:?}: {}", said(&output)),
        }
        town.run(FLAGS);
        same_bytes(&town.read("s.out"), &town.read("whole.out"), &what);
        same_state(town.state("s.db"), town.state("whole.db"), &what);
    }
    assert!(faults >= 8, "{faults} faults in {count} operations");
}

#[test]
fn an_error_at_any_write_or_sync_loses_nothing() {
    sweep_faults(false);
}

#[test]
fn a_loss_of_power_loses_nothing() {
    sweep_faults(true);
}
