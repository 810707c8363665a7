//! A process that is killed while it saves leaves one of two checkpoints.

use super::maker::Maker;
use super::twin::{Twin, sorted};
use crate::model::Run;
use crate::store::{StateFile, StateReader};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Names the file that the child writes.
const FILE: &str = "TIDEGATE_TEST_KILLED_STATE";
const SEED: u64 = 77;
const STEPS: u64 = 4_000;

/// The checkpoint of a step.
fn step(twin: &mut Twin, step: u64) -> (crate::model::Changes, Run) {
    let mut maker = Maker::new(SEED + step);
    let changes = twin.changes(&mut maker, 30);
    (changes, Run { number: 1, lines: step, ..Run::default() })
}

/// The child: it saves until it is killed. Without the variable this is the child of no test, and
/// checks that the steps are the same for two processes.
#[test]
fn child_saves_until_it_is_killed() {
    let mut twin = Twin::default();
    let Some(path) = env::var_os(FILE).map(PathBuf::from) else {
        let (first, second) = (step(&mut Twin::default(), 1), step(&mut twin, 1));
        assert_eq!(first, second);
        return;
    };
    let mut file = StateFile::open(&path).unwrap();
    for number in 1..=STEPS {
        let (changes, run) = step(&mut twin, number);
        file.save(&changes, &run).unwrap();
        twin.apply(&changes, &run);
    }
}

fn child(path: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["child_saves_until_it_is_killed", "--test-threads=1"])
        .env(FILE, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_kill_leaves_a_whole_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut with_wal = 0;
    for round in 0..12_u64 {
        let path = folder.path().join(format!("{round}.db"));
        let mut child = child(&path);
        // The child has begun when its file can be read; then it may be anywhere in a save.
        let deadline = Instant::now() + Duration::from_secs(60);
        let has_saved = || {
            let reader = StateReader::open(&path).ok();
            reader.is_some_and(|reader| matches!(reader.run(), Ok(Some(_))))
        };
        while !has_saved() {
            assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none());
        }
        std::thread::sleep(Duration::from_micros(7_919 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let wal = std::fs::metadata(format!("{}-wal", path.display()));
        with_wal += u64::from(wal.is_ok_and(|wal| wal.len() > 0));

        let mut file = StateFile::open(&path).unwrap();
        let lines = file.run().unwrap().unwrap().lines;
        let mut twin = Twin::default();
        for number in 1..=lines {
            let (changes, run) = step(&mut twin, number);
            twin.apply(&changes, &run);
        }
        assert_eq!(sorted(file.load().unwrap()), twin.snapshot(), "after {lines} checkpoints");
        let findings = StateReader::open(&path).unwrap().verify().unwrap();
        assert!(
            findings
                .iter()
                .all(|found| ["post", "campaign", "cases", "report", "member"]
                    .contains(&found.table))
        );
        // The next process goes on.
        let (changes, run) = step(&mut twin, lines + 1);
        file.save(&changes, &run).unwrap();
        twin.apply(&changes, &run);
        assert_eq!(sorted(file.load().unwrap()), twin.snapshot());
    }
    assert!(with_wal > 0, "no kill left a WAL");
}

#[test]
fn another_process_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    let mut child = child(&path);
    let deadline = Instant::now() + Duration::from_secs(60);
    let wanted = crate::store::StoreError::Locked { by: Some(child.id()) };
    // Until the child has the lock, an attempt may succeed, or meet its empty lock file.
    loop {
        std::thread::sleep(Duration::from_millis(5));
        let lock = std::fs::read_to_string(folder.path().join("city.db.lock"));
        if lock.is_ok_and(|lock| lock.trim() == child.id().to_string()) {
            break;
        }
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none());
    }
    let found = StateFile::open(&path).err();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(found, Some(wanted));
    StateFile::open(&path).unwrap();
}
