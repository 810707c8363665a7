//! What is forgotten is in no byte of the files.

use super::world::world;
use crate::model::*;
use crate::store::*;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn saved() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    let mut file = StateFile::open(&path).unwrap();
    file.save(&world(), &Run::default()).unwrap();
    // Older versions of the rows are in free places of the pages.
    let mut changes = world();
    changes.log.clear();
    changes.singles.clear();
    file.save(&changes, &Run::default()).unwrap();
    (folder, path)
}

/// How often the files of a folder have a text.
fn occurrences(folder: &Path, text: &str) -> usize {
    let mut found = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        found += bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
    }
    found
}

#[test]
fn an_author_is_forgotten() {
    let (folder, path) = saved();
    assert!(occurrences(folder.path(), "secret") > 10);
    let mut file = StateFile::open(&path).unwrap();
    file.load().unwrap();
    let forgotten = file.forget_author("secret-author").unwrap();
    let wanted = Forgotten {
        authors: 1,
        posts: 1,
        samples: 1,
        singles: 1,
        entries: 1,
        groups: 1,
        cases: 1,
        reports: 2,
        reporters: 1,
    };
    assert_eq!(forgotten, wanted);
    let snapshot = file.load().unwrap();
    let singles: Vec<u64> = snapshot.singles.iter().map(|entry| entry.number).collect();
    assert_eq!(singles, [21]);
    let campaign = snapshot.campaigns.iter().find(|it| it.id == "k0000000001").unwrap();
    assert_eq!(campaign.samples.len(), 1);
    assert_eq!((campaign.template.as_ref(), campaign.template_authors), (None, 0));
    let posts: Vec<&str> = campaign.entries.iter().map(|it| it.post.id.as_str()).collect();
    assert_eq!(posts, ["null", "\"p2\""]);
    assert_eq!(campaign.entries[0].sketch[..], [1, 2, 3], "later posts are compared with it");
    let other = snapshot.campaigns.iter().find(|it| it.id == "k0000000002").unwrap();
    assert!(other.template.is_some(), "it had no sample of the author");
    let log = snapshot.log.unwrap();
    assert!(log.json.contains(&format!("\"author\":\"{:016x}\"", hash_of("secret-author"))));
    let state = StateReader::open(&path).unwrap();
    assert_eq!(state.verify().unwrap(), []);
    assert_eq!(state.log(1, None).unwrap().len(), 2);
    drop(state);
    // The slots of the other campaign keep their values.
    file.forget_post("\"x\"").unwrap();
    let sql = "UPDATE campaign SET slots = 'null', template = NULL, fixed_weight = NULL";
    file.connection.execute(sql, []).unwrap();
    assert!(file.forget_author("secret-author").unwrap().is_empty());
    drop(file);
    assert_eq!(occurrences(folder.path(), "secret"), 0);
}

#[test]
fn a_post_is_forgotten() {
    let (folder, path) = saved();
    let mut file = StateFile::open(&path).unwrap();
    let forgotten = file.forget_post("\"secret-post\"").unwrap();
    let wanted = Forgotten { posts: 1, samples: 1, entries: 1, reports: 1, ..Forgotten::default() };
    assert_eq!(forgotten, wanted);
    let snapshot = file.load().unwrap();
    let author = snapshot.authors.iter().find(|it| it.id == "secret-author").unwrap();
    assert_eq!((author.recent.len(), author.points), (0, 9 * POINT), "counts stay");
    let newest: Vec<usize> = snapshot.cases.iter().map(|case| case.newest.len()).collect();
    assert_eq!(newest, [1, 0]);
    assert!(snapshot.log.unwrap().json.contains("\"post\":\""));
    assert_eq!(StateReader::open(&path).unwrap().verify().unwrap(), []);
    assert_eq!(file.forget_post("\"secret-single\"").unwrap().singles, 1);
    drop(file);
    assert_eq!(occurrences(folder.path(), "secret-post"), 0);
    assert_eq!(occurrences(folder.path(), "secret-single"), 0);
}

#[test]
fn a_run_goes_on_after_something_was_forgotten() {
    let (_folder, path) = saved();
    let mut file = StateFile::open(&path).unwrap();
    file.load().unwrap();
    file.forget_author("secret-author").unwrap();
    let changes = Changes { listed: vec![(21, None)], ..Changes::default() };
    file.save(&changes, &Run::default()).unwrap();
    assert_eq!(file.load().unwrap().singles, []);
    let blocks: i64 =
        file.connection.query_row("SELECT count(*) FROM block", [], |row| row.get(0)).unwrap();
    assert_eq!(blocks, 0);
}
