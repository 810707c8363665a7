//! Files that cannot be used, each for real: no file here is refused by a simulated error.

use super::maker::Maker;
use super::twin::{Twin, sorted};
use crate::model::{Changes, LogEntry, Run};
use crate::store::schema::{APPLICATION, MIGRATIONS, version};
use crate::store::{StateFile, StateReader, StoreError};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    (folder, path)
}

/// A closed file with rows in every table.
pub fn full(path: &Path, seed: u64) -> Twin {
    let mut twin = Twin::default();
    let mut file = StateFile::open(path).unwrap();
    let mut maker = Maker::new(seed);
    for step in 1..=3 {
        let changes = twin.changes(&mut maker, 40);
        let run = maker.run(step);
        file.save(&changes, &run).unwrap();
        twin.apply(&changes, &run);
    }
    twin
}

fn open_error(path: &Path) -> StoreError {
    StateFile::open(path).err().expect("it cannot be opened")
}

#[test]
fn a_locked_file_is_refused_with_the_process_that_has_it() {
    let (_folder, path) = folder();
    let first = StateFile::open(&path).unwrap();
    let by = Some(std::process::id());
    assert_eq!(open_error(&path), StoreError::Locked { by });
    // Another name of the file.
    #[cfg(unix)]
    {
        let link = path.with_file_name("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(open_error(&link), StoreError::Locked { by });
    }
    // A lock file that names no process.
    fs::write(path.with_file_name("city.db.lock"), "x").unwrap();
    assert_eq!(open_error(&path), StoreError::Locked { by: None });
    let text = StoreError::Locked { by: Some(7) }.at(Path::new("city.db")).to_string();
    let wanted =
        "state file city.db: another run uses it (process 7); wait for its end, or stop it";
    assert_eq!(text, wanted);
    drop(first);
    StateFile::open(&path).unwrap();
}

#[test]
fn readers_read_while_a_run_writes() {
    let (_folder, path) = folder();
    let mut twin = full(&path, 4);
    let mut file = StateFile::open(&path).unwrap();
    let reader = StateReader::open(&path).unwrap();
    assert_eq!(reader.totals().unwrap(), twin.totals);
    let mut maker = Maker::new(9);
    let changes = twin.changes(&mut maker, 5);
    let run = maker.run(9);
    file.save(&changes, &run).unwrap();
    assert_eq!(reader.totals().unwrap(), changes.totals);
    assert_eq!(reader.run().unwrap(), Some(run));
    assert!(file.wal_bytes() > 0);
}

#[test]
fn other_files_are_no_state_files() {
    let (_folder, path) = folder();
    let other = path.with_file_name("other");
    let texts: [&[u8]; 3] = [b"{\"id\":1}\n", &[0; 5000], &[b'x'; 5000]];
    for text in texts {
        fs::write(&other, text).unwrap();
        assert_eq!(open_error(&other), StoreError::NotAState);
        assert_eq!(fs::read(&other).unwrap(), text, "it was not changed");
        assert_eq!(StateReader::open(&other).err(), Some(StoreError::NotAState));
        fs::remove_file(&other).unwrap();
    }
    // Databases of other programs: with tables, with an id, with a version.
    for sql in [
        "CREATE TABLE t (a)",
        "PRAGMA application_id = 77",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 77; PRAGMA user_version = 1; CREATE TABLE author (id)",
    ] {
        Connection::open(&other).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&other).unwrap();
        assert_eq!(open_error(&other), StoreError::NotAState, "{sql}");
        assert_eq!(StateReader::open(&other).err(), Some(StoreError::NotAState));
        assert_eq!(fs::read(&other).unwrap(), before, "it was not changed");
        fs::remove_file(&other).unwrap();
    }
    // What a kill right after the creation leaves becomes a state file.
    fs::write(&other, "").unwrap();
    assert_eq!(StateReader::open(&other).err(), Some(StoreError::NotAState));
    StateFile::open(&other).unwrap();
    StateReader::open(&other).unwrap();
}

#[test]
fn a_newer_file_is_refused_with_both_versions() {
    let (_folder, path) = folder();
    full(&path, 1);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 42).unwrap();
    let wanted = StoreError::Newer { found: 42, known: version(MIGRATIONS) };
    assert_eq!(open_error(&path), wanted);
    assert_eq!(StateReader::open(&path).err(), Some(wanted.clone()));
    let text = wanted.to_string();
    assert!(text.contains("version 42") && text.contains("up to 1"), "{text}");
}

#[test]
fn missing_folders_and_folders_are_refused() {
    let (folder, path) = folder();
    let missing = folder.path().join("none/city.db");
    assert!(matches!(open_error(&missing), StoreError::Io(_)));
    assert!(matches!(StateReader::open(&missing).err(), Some(StoreError::Io(_))));
    assert_eq!(open_error(folder.path()), StoreError::NotAState);
    assert_eq!(StateReader::open(folder.path()).err(), Some(StoreError::NotAState));
    // A reader creates nothing.
    assert!(matches!(StateReader::open(&path).err(), Some(StoreError::Io(_))));
    assert!(!path.exists());
    // A folder has the name of the lock file.
    fs::create_dir(folder.path().join("city.db.lock")).unwrap();
    assert!(matches!(open_error(&path), StoreError::Io(_)));
}

/// As root, mode bits refuse nothing; then the attempt must succeed instead.
#[cfg(unix)]
#[test]
fn read_only_files_and_folders_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = folder();
    full(&path, 1);
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&path, 0o400);
    let is_root = fs::OpenOptions::new().write(true).open(&path).is_ok();
    let expected = (!is_root).then_some(StoreError::ReadOnly);
    assert_eq!(StateFile::open(&path).err(), expected);
    set(&path, 0o600);
    fs::remove_file(folder.path().join("city.db.lock")).unwrap();
    set(folder.path(), 0o500);
    let found = StateFile::open(&path).err();
    set(folder.path(), 0o700);
    assert_eq!(found, expected);
}

/// SQLite reports a connection that may not write by the code that it also has for file systems.
#[test]
fn a_connection_that_may_not_write_is_read_only() {
    let (_folder, path) = folder();
    let mut file = StateFile::open(&path).unwrap();
    file.connection.pragma_update(None, "query_only", "ON").unwrap();
    let saved = file.save(&Changes::default(), &Run::default());
    assert_eq!(saved, Err(StoreError::ReadOnly));
}

#[test]
fn a_full_file_keeps_the_checkpoint_before() {
    let (_folder, path) = folder();
    let twin = full(&path, 1);
    let mut file = StateFile::open(&path).unwrap();
    let pages: i64 = file.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    file.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    let mut maker = Maker::new(3);
    let singles: Vec<_> = (0..9_000).map(|number| maker.entry(1_000_000 + number)).collect();
    let changes = Changes { singles, ..Changes::default() };
    let run = Run { number: 99, ..Run::default() };
    assert_eq!(file.save(&changes, &run), Err(StoreError::Full));
    assert_eq!(sorted(file.load().unwrap()), twin.snapshot());
    assert_eq!(file.run().unwrap(), twin.run);
    // With space again, the same process goes on.
    file.connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    file.save(&changes, &run).unwrap();
    assert_eq!(file.load().unwrap().singles.len(), twin.singles.len() + 9_000);
}

#[test]
fn another_program_that_writes_is_busy() {
    let (_folder, path) = folder();
    let mut file = StateFile::open(&path).unwrap();
    file.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let shell = Connection::open(&path).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(file.save(&Changes::default(), &Run::default()), Err(StoreError::Busy));
    shell.execute_batch("ROLLBACK").unwrap();
    file.save(&Changes::default(), &Run::default()).unwrap();
}

#[test]
fn an_entry_of_the_log_is_not_written_twice() {
    let (_folder, path) = folder();
    let mut file = StateFile::open(&path).unwrap();
    let entry = LogEntry::after(None, 1, "{}".to_owned());
    let changes = Changes { log: vec![entry], ..Changes::default() };
    file.save(&changes, &Run::default()).unwrap();
    let again = file.save(&changes, &Run::default());
    assert!(matches!(again, Err(StoreError::Sqlite(_))), "{again:?}");
}

#[test]
fn a_column_that_was_changed_is_named() {
    let (_folder, path) = folder();
    full(&path, 1);
    let original = fs::read(&path).unwrap();
    let cases = [
        ("UPDATE author SET recent = '{'", "author.recent"),
        ("UPDATE author SET step = 256", "author.step"),
        ("UPDATE campaign SET acts_story = 2", "campaign.acts_story"),
        ("UPDATE campaign SET entries = x'00'", "campaign.entries"),
        ("UPDATE campaign SET listed = '[1,2,3,4,5]'", "campaign.listed"),
        ("UPDATE campaign SET author_set = zeroblob(99)", "campaign.author_set"),
        ("UPDATE campaign SET template = 'x', slots = 'null'", "campaign.slots"),
        ("UPDATE member SET reports = -1", "member.reports"),
        ("UPDATE grp SET moments = substr(moments, 2)", "grp.moments"),
        ("UPDATE post SET outcome = 'maybe'", "post.outcome"),
        ("UPDATE cases SET kind = 'x'", "cases.kind"),
        ("UPDATE cases SET outcome = 'closed', decided_at = NULL", "cases.decided_at"),
        ("UPDATE log SET hash = x'00'", "log.hash"),
        ("UPDATE meta SET value = '' WHERE key = 'totals'", "meta.totals"),
        ("UPDATE author SET id = CAST(x'ff' AS TEXT) WHERE id = 'u1'", "author.id"),
    ];
    for (sql, what) in cases {
        fs::write(&path, &original).unwrap();
        let changed = Connection::open(&path).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql}");
        let found = StateFile::open(&path).unwrap().load().unwrap_err();
        assert_eq!(found, StoreError::Damaged { what: what.to_owned() }, "{sql}");
    }
}

#[test]
fn every_flipped_byte_of_a_block_is_noticed() {
    let (_folder, path) = folder();
    full(&path, 1);
    let shell = Connection::open(&path).unwrap();
    let mut flipped = 0;
    for (table, column) in [("block", "data"), ("block_bits", "bits")] {
        let sql = format!("SELECT {column} FROM {table} ORDER BY first LIMIT 1");
        let bytes: Vec<u8> = shell.query_row(&sql, [], |row| row.get(0)).unwrap();
        let sql = format!(
            "UPDATE {table} SET {column} = ?1 WHERE first = (SELECT min(first) FROM {table})"
        );
        let step = bytes.len() / 40 + 1;
        for at in (0..bytes.len()).step_by(step) {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            shell.execute(&sql, [&other]).unwrap();
            let found = StateFile::open(&path).unwrap().load();
            assert!(matches!(found, Err(StoreError::Damaged { .. })), "{table} {at}");
            flipped += 1;
        }
        for short in [&bytes[..0], &bytes[..7], &bytes[..bytes.len() - 1]] {
            shell.execute(&sql, [short]).unwrap();
            let found = StateFile::open(&path).unwrap().load();
            assert!(matches!(found, Err(StoreError::Damaged { .. })), "{table}");
        }
        shell.execute(&sql, [&bytes]).unwrap();
    }
    assert!(flipped > 40, "{flipped}");
    StateFile::open(&path).unwrap().load().unwrap();
    shell.execute("DELETE FROM block_bits", []).unwrap();
    let found = StateFile::open(&path).unwrap().load();
    assert!(matches!(found, Err(StoreError::Damaged { .. })));
}

#[test]
fn a_truncated_file_is_damaged() {
    let (_folder, path) = folder();
    full(&path, 1);
    let bytes = fs::read(&path).unwrap();
    let mut damaged = 0;
    for part in 1..8 {
        fs::write(&path, &bytes[..bytes.len() * part / 8]).unwrap();
        let found = StateFile::open(&path).and_then(|mut file| file.load());
        let error = found.expect_err("a part of the file is missing");
        damaged += usize::from(matches!(error, StoreError::Damaged { .. }));
        assert!(matches!(error, StoreError::Damaged { .. } | StoreError::NotAState), "{error:?}");
    }
    assert!(damaged >= 6, "{damaged}");
}

/// SQLite has no checksums of pages: a flipped byte within a number or a text may stay unnoticed.
/// Each must give an error or a state, and never a panic.
#[test]
fn flipped_bytes_in_pages_are_errors_or_values() {
    let (_folder, path) = folder();
    full(&path, 2);
    let bytes = fs::read(&path).unwrap();
    let mut errors = 0;
    let step = bytes.len() / 300 + 1;
    for (at, bit) in (0..bytes.len()).step_by(step).chain(0..110).zip((0..8).cycle()) {
        let mut other = bytes.clone();
        other[at] ^= 1 << bit;
        fs::write(&path, &other).unwrap();
        match StateFile::open(&path).and_then(|mut file| file.load()) {
            Ok(_) => {}
            Err(StoreError::Damaged { .. } | StoreError::NotAState | StoreError::Newer { .. }) => {
                errors += 1;
            }
            Err(other) => panic!("byte {at}: {other:?}"),
        }
        // The check of everything ends too.
        if let Ok(reader) = StateReader::open(&path) {
            match reader.verify() {
                Ok(_) | Err(StoreError::NotAState) => {}
                Err(other) => panic!("byte {at}: {other:?}"),
            }
        }
        for end in ["-wal", "-shm"] {
            let _ = fs::remove_file(path.with_file_name(format!("city.db{end}")));
        }
    }
    assert!(errors > 60, "{errors}");
}

#[cfg(unix)]
#[test]
fn the_files_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = folder();
    let mut file = StateFile::open(&path).unwrap();
    file.save(&Changes::default(), &Run::default()).unwrap();
    let mut seen = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    seen.sort();
    assert_eq!(seen, ["city.db", "city.db-shm", "city.db-wal", "city.db.lock"]);
}

#[test]
fn names_that_sqlite_would_interpret_are_names() {
    let (folder, _) = folder();
    for name in ["file:x?mode=memory", ":memory:", "a b%20#?.db", "城市.db"] {
        let path = folder.path().join(name);
        StateFile::open(&path).unwrap().save(&Changes::default(), &Run::default()).unwrap();
        assert!(path.is_file(), "{name}");
        assert_eq!(StateReader::open(&path).unwrap().run().unwrap(), Some(Run::default()));
    }
}

#[test]
fn the_application_id_is_readable() {
    assert_eq!(&APPLICATION.to_be_bytes()[4..], b"tdgt");
}
