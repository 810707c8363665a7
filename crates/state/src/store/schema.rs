//! The tables of a state file, their version, and how older ones are converted.
//!
//! The file is a SQLite database with the application id [`APPLICATION`] and the version of its
//! tables as `user_version`. `docs/state-file.md` describes the tables for people who query them.
//!
//! Tables with a text as key have no row id: a row is one entry of one tree. Posts come and go in
//! order of arrival, so their key is the number, which writes neighbouring pages; with the id as key
//! each post would write a page of its own. Singles are in blocks for the same reason.
//!
//! There is no `auto_vacuum`: everything is bounded, so free pages are used again, and the pages that
//! it needs to find its way back would be written with every change.

use super::error::StoreError;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// `tdgt`: what `PRAGMA application_id` says of a state file.
pub(super) const APPLICATION: i64 = 0x7464_6774;

/// The tables of version 1.
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE run (
    number INTEGER PRIMARY KEY, finished INTEGER NOT NULL, inputs TEXT NOT NULL,
    measures TEXT NOT NULL, settings TEXT NOT NULL, position TEXT, lines INTEGER NOT NULL,
    output TEXT, output_bytes INTEGER NOT NULL, output_end INTEGER NOT NULL
) STRICT;
CREATE TABLE author (
    id TEXT PRIMARY KEY, points INTEGER NOT NULL, points_at INTEGER NOT NULL,
    last_points INTEGER NOT NULL, step INTEGER NOT NULL, until INTEGER, proposed INTEGER,
    posts INTEGER NOT NULL, flag INTEGER NOT NULL, review INTEGER NOT NULL,
    block INTEGER NOT NULL, reports INTEGER NOT NULL, upheld INTEGER NOT NULL,
    overturned INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    raises TEXT NOT NULL, recent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE channel (
    id TEXT PRIMARY KEY, step INTEGER NOT NULL, since INTEGER, until INTEGER, proposed INTEGER,
    posts INTEGER NOT NULL, harmful INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, days TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE campaign (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    posts INTEGER NOT NULL, harmful INTEGER NOT NULL, weight INTEGER NOT NULL,
    reach INTEGER NOT NULL, authors INTEGER NOT NULL, channels INTEGER NOT NULL,
    acts_harmful INTEGER NOT NULL, acts_story INTEGER NOT NULL, ignored TEXT, case_id TEXT,
    reports INTEGER NOT NULL, template TEXT, fixed_weight INTEGER, slots TEXT NOT NULL,
    template_authors INTEGER NOT NULL, related TEXT NOT NULL, hours TEXT NOT NULL,
    entries BLOB NOT NULL, listed TEXT NOT NULL, author_set BLOB NOT NULL,
    channel_set BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE member (
    campaign TEXT NOT NULL, place INTEGER NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL,
    author TEXT, channel TEXT, at INTEGER NOT NULL, action TEXT NOT NULL,
    categories TEXT NOT NULL, text TEXT NOT NULL, reports INTEGER NOT NULL,
    is_first INTEGER NOT NULL, PRIMARY KEY (campaign, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE block (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, entries INTEGER NOT NULL,
    earliest INTEGER NOT NULL, latest INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE TABLE block_bits (
    first INTEGER PRIMARY KEY, live INTEGER NOT NULL, bits BLOB NOT NULL
) STRICT;
CREATE TABLE grp (
    id TEXT PRIMARY KEY, rule TEXT NOT NULL, rule_hash INTEGER NOT NULL, key TEXT NOT NULL, last INTEGER NOT NULL,
    quiet_until INTEGER, held INTEGER NOT NULL, moments BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE breaker (
    key TEXT PRIMARY KEY, slice INTEGER NOT NULL, open INTEGER NOT NULL, since INTEGER,
    low_since INTEGER, notice INTEGER NOT NULL, attempts INTEGER NOT NULL,
    replaced INTEGER NOT NULL, counts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE post (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, id_hash INTEGER NOT NULL, author TEXT,
    channel TEXT, at INTEGER NOT NULL, action TEXT NOT NULL, category TEXT,
    care INTEGER NOT NULL, reach INTEGER NOT NULL, campaign TEXT, case_id TEXT,
    points INTEGER NOT NULL, upheld INTEGER NOT NULL, upheld_at INTEGER NOT NULL,
    outcome TEXT
) STRICT;
CREATE INDEX post_id ON post (id_hash);
CREATE TABLE post_block (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, posts INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE TABLE cases (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL,
    opened INTEGER NOT NULL, updated INTEGER NOT NULL, posts INTEGER NOT NULL,
    authors INTEGER NOT NULL, channels INTEGER NOT NULL, reach INTEGER NOT NULL, category TEXT,
    harm INTEGER NOT NULL, reports INTEGER NOT NULL, operation INTEGER NOT NULL,
    priority INTEGER NOT NULL, newest TEXT NOT NULL, proposed TEXT, outcome TEXT,
    decided_by TEXT, note TEXT, decided_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE report (
    post TEXT NOT NULL, reader TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL,
    weight INTEGER NOT NULL, judged INTEGER NOT NULL, PRIMARY KEY (post, reader)
) STRICT, WITHOUT ROWID;
CREATE TABLE reporter (
    id TEXT PRIMARY KEY, reports INTEGER NOT NULL, judged INTEGER NOT NULL,
    upheld INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE operation (id TEXT PRIMARY KEY, days TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE log (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL, before BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
";

/// SQL that converts the tables of a version to those of the next: the first to version 2.
pub(super) type Migrations = [&'static str];

/// The conversions of this program. A file of version 1 is in the tests, and stays there.
pub(super) const MIGRATIONS: &Migrations = &[];

/// The version that a program with these conversions writes.
pub(super) fn version(migrations: &Migrations) -> i64 {
    1 + i64::try_from(migrations.len()).unwrap_or(i64::MAX - 1)
}

/// What a database is.
enum Found {
    /// It has nothing.
    Empty,
    /// A state file of this version.
    State(i64),
}

fn inspect(connection: &Connection) -> Result<Found, StoreError> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let table = "SELECT 1 FROM sqlite_schema LIMIT 1";
    let is_empty = connection.query_row(table, [], |_| Ok(())).optional()?.is_none();
    match (application, version) {
        (0, 0) if is_empty => Ok(Found::Empty),
        (APPLICATION, 1..) => Ok(Found::State(version)),
        (_, _) => Err(StoreError::NotAState),
    }
}

/// Makes the tables current: creates them in an empty database, converts older ones.
pub(super) fn prepare(
    connection: &mut Connection,
    migrations: &Migrations,
) -> Result<(), StoreError> {
    let known = version(migrations);
    let found = inspect(connection)?;
    if let Found::State(found) = found {
        check_known(found, known)?;
    }
    // Before the first table, so that no other journal is left behind.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    if matches!(found, Found::State(found) if found == known) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = match found {
        Found::Empty => {
            transaction.execute_batch(TABLES)?;
            1
        }
        Found::State(version) => version,
    };
    for migration in migrations.iter().skip(usize::try_from(from - 1).unwrap_or(usize::MAX)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

/// Checks that a reader, which changes nothing, can read the tables.
pub(super) fn check(connection: &Connection, migrations: &Migrations) -> Result<(), StoreError> {
    let known = version(migrations);
    match inspect(connection)? {
        Found::Empty => Err(StoreError::NotAState),
        Found::State(found) if found < known => Err(StoreError::Older { found, known }),
        Found::State(found) => check_known(found, known),
    }
}

fn check_known(found: i64, known: i64) -> Result<(), StoreError> {
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    Ok(())
}
