//! Disks that are full: status 4, and the same command goes on to the same bytes.

use super::world::{Town, said, same_bytes, same_state};
use crate::program::skip;
use std::fs;
use std::process::{Command, Stdio};

#[test]
fn a_full_output_is_status_4() {
    let town = Town::new(300);
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for flags in ["feed.jsonl", "--state s.db --checkpoint-lines 1 --chunk 4k feed.jsonl"] {
        let output = town.correlate(flags).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{flags}: {}", said(&output));
        assert!(said(&output).contains("No space left on device"), "{}", said(&output));
    }
    let output = town.correlate("--out /dev/full feed.jsonl").output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    // Nothing was written, so nothing is missing when the output has space again.
    let expected = town.run("feed.jsonl").stdout;
    let found = town.run("--state s.db --checkpoint-lines 1 --chunk 4k feed.jsonl").stdout;
    same_bytes(&found, &expected, "after the full output");
}

/// Runs the same command with a file system of a few KiB at `disk`, and again with a large one.
fn with_a_small_disk(town: &Town, size: &str, flags: &str) -> Option<String> {
    let script = r#"
        mount -t tmpfs -o size=$SIZE none disk || exit 77
        "$@"; first=$?
        mount -o remount,size=64m disk || exit 77
        "$@"; second=$?
        cp disk/* .
        echo "$first $second" >&2
    "#;
    fs::create_dir_all(town.path("disk")).unwrap();
    let program = town.correlate(flags);
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(program.get_program());
    command.args(program.get_args()).current_dir(town.folder.path());
    command.env("SIZE", size).env("NO_COLOR", "1").env("LC_ALL", "C").stdin(Stdio::null());
    let Ok(output) = command.output() else {
        skip("no unshare");
        return None;
    };
    let said = said(&output);
    if output.status.code() == Some(77) || said.contains("unshare failed") {
        skip("not allowed to mount");
        return None;
    }
    Some(said)
}

#[test]
fn an_output_that_fills_its_disk_goes_on_with_more_space() {
    let town = Town::new(900);
    town.run("--state whole.db --out whole.out feed.jsonl");
    let flags = "--state s.db --out disk/s.out --chunk 4k --checkpoint-lines 1 feed.jsonl";
    let Some(said) = with_a_small_disk(&town, "48k", flags) else { return };
    assert!(said.contains("No space left") && said.ends_with("4 0\n"), "{said}");
    same_bytes(&town.read("s.out"), &town.read("whole.out"), "after a full disk");
    same_state(town.state("s.db"), town.state("whole.db"), "after a full disk");
}

#[test]
fn a_state_that_fills_its_disk_goes_on_with_more_space() {
    let town = Town::new(900);
    town.run("--state whole.db --out whole.out feed.jsonl");
    let mut failed = 0;
    // From too little for a first checkpoint to too little for the last.
    for size in ["160k", "400k", "900k"] {
        fs::remove_file(town.path("s.out")).unwrap_or_default();
        let flags = "--state disk/s.db --out s.out --chunk 4k --checkpoint-lines 1 feed.jsonl";
        let Some(said) = with_a_small_disk(&town, size, flags) else { return };
        let ended = said.lines().last().unwrap_or_default();
        assert!(["4 0", "2 0", "0 0"].contains(&ended), "{size}: {said}");
        failed += usize::from(ended == "4 0");
        assert!(ended == "0 0" || said.contains("full"), "{size}: {said}");
        same_bytes(&town.read("s.out"), &town.read("whole.out"), size);
        same_state(town.state("s.db"), town.state("whole.db"), size);
        for name in ["s.db", "s.db-wal", "s.db-shm", "s.db.lock"] {
            fs::remove_file(town.path(name)).unwrap_or_default();
        }
    }
    assert!(failed > 0, "no disk was full in the middle of a run");
}
