//! Files of every version, from the first on.

use crate::model::{CaseKind, Run};
use crate::store::schema::{APPLICATION, MIGRATIONS, version};
use crate::store::{StateFile, StateReader, StoreError};
use rusqlite::Connection;
use std::path::Path;

/// A file as version 1 wrote it. The text does not change when the tables do.
const VERSION_1: &str = include_str!("version_1.sql");

fn write_version_1(path: &Path) {
    Connection::open(path).unwrap().execute_batch(VERSION_1).unwrap();
}

#[test]
fn version_1_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    write_version_1(&path);
    let mut file = StateFile::open(&path).unwrap();
    let snapshot = file.load().unwrap();
    assert_eq!(snapshot.totals.clock, Some(1_772_000_000));
    assert_eq!(snapshot.authors[0].recent[0].id, "\"p1\"");
    assert_eq!(snapshot.authors[0].points, 8_000_000);
    assert_eq!(snapshot.channels[0].days[&20_509].harmful, 1);
    assert_eq!(snapshot.campaigns[0].samples[0].text, "免费领取");
    assert_eq!(snapshot.campaigns[0].entries[0].sketch[..], [1, 2, 3]);
    assert_eq!(snapshot.singles[0].post.id, "\"p9\"");
    assert_eq!(snapshot.groups[0].rule, "spam.flood");
    assert_eq!(snapshot.breakers[0].key, "block");
    assert_eq!(snapshot.posts[0].case.as_deref(), Some("c-1"));
    assert_eq!(snapshot.cases[0].kind, CaseKind::Author);
    assert_eq!(snapshot.reports[0].by, "r1");
    assert_eq!(snapshot.reporters[0].id, "r1");
    assert_eq!(snapshot.operations[0].id, "clear-loans");
    assert!(snapshot.log.unwrap().is_intact());
    assert_eq!(file.run().unwrap().unwrap().number, 1);
    assert_eq!(StateReader::open(&path).unwrap().verify().unwrap(), []);
    file.save(&Default::default(), &Run { number: 2, ..Run::default() }).unwrap();
}

/// The tables of a new file are those of version 1 with all conversions.
#[test]
fn new_tables_are_those_of_version_1_converted() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("old.db"), folder.path().join("new.db")];
    write_version_1(&paths[0]);
    let tables = paths.map(|path| {
        let file = StateFile::open(&path).unwrap();
        let sql = "SELECT name, sql FROM sqlite_schema ORDER BY name";
        let mut statement = file.connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect::<Vec<(String, Option<String>)>>()
    });
    assert_eq!(tables[0], tables[1]);
}

#[test]
fn an_older_file_is_converted_once_and_by_a_run_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    write_version_1(&path);
    let next = ["ALTER TABLE meta ADD COLUMN note TEXT", "UPDATE meta SET note = 'x'"];
    let older = StoreError::Older { found: 1, known: 3 };
    assert_eq!(StateReader::open_with(&path, &next).err(), Some(older.clone()));
    assert!(older.to_string().contains("version 1"), "{older}");
    for _ in 0..2 {
        let file = StateFile::open_with(&path, &next).unwrap();
        let sql = "SELECT note, (SELECT user_version FROM pragma_user_version) FROM meta";
        let found = file.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
        assert_eq!(found.unwrap(), ("x".to_owned(), 3));
    }
    StateReader::open_with(&path, &next).unwrap();
    let newer = StoreError::Newer { found: 3, known: version(MIGRATIONS) };
    assert_eq!(StateFile::open(&path).err(), Some(newer));
}

#[test]
fn a_conversion_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    write_version_1(&path);
    let wrong = ["DELETE FROM author", "ALTER TABLE none ADD COLUMN note TEXT"];
    let what = "no such table: none".to_owned();
    assert_eq!(StateFile::open_with(&path, &wrong).err(), Some(StoreError::Damaged { what }));
    let mut file = StateFile::open(&path).unwrap();
    assert_eq!(file.load().unwrap().authors.len(), 1);
}

/// The queries that `docs/state-file.md` shows.
#[test]
fn documented_queries_find_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    write_version_1(&path);
    drop(StateFile::open(&path).unwrap());
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/state-file.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let connection = Connection::open(&path).unwrap();
    let mut queries = 0;
    for query in blocks.flat_map(|block| block.split(";\n")).filter(|it| !it.trim().is_empty()) {
        let mut statement = connection.prepare(query).unwrap();
        let mut rows = statement.query([]).unwrap();
        let row = rows.next().unwrap().unwrap_or_else(|| panic!("no row: {query}"));
        let last = row.as_ref().column_count() - 1;
        assert_ne!(row.get_ref(last).unwrap(), rusqlite::types::ValueRef::Null, "{query}");
        queries += 1;
    }
    assert_eq!(queries, 7);
    // The page names every table and the ids of the file.
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(tables.len(), 17);
    for table in tables {
        assert!(page.contains(&format!("| `{table}` |")), "{table}");
    }
    assert!(page.contains(&format!("`PRAGMA application_id` is {APPLICATION}.")));
    assert!(page.contains(&format!("now {}.", version(MIGRATIONS))));
}
