//! Queries, and the check of a file.

use super::world::{CLOCK, world};
use crate::model::*;
use crate::store::*;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn saved(changes: &Changes) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.db");
    let mut file = StateFile::open(&path).unwrap();
    file.save(changes, &Run { number: 3, ..Run::default() }).unwrap();
    (folder, path)
}

#[test]
fn rows_are_found_by_id_and_in_order() {
    let (_folder, path) = saved(&world());
    let state = StateReader::open(&path).unwrap();
    let authors = |query: AuthorQuery| -> Vec<String> {
        state.authors(&query).unwrap().into_iter().map(|author| author.id).collect()
    };
    assert_eq!(authors(AuthorQuery::default()), ["secret-author", "other"]);
    assert_eq!(authors(AuthorQuery { step: 2, ..Default::default() }), ["secret-author"]);
    let newest = AuthorQuery { order: AuthorOrder::Newest, limit: Some(1), ..Default::default() };
    assert_eq!(authors(newest), ["other"]);

    let campaigns = |query: CampaignQuery| -> Vec<String> {
        state.campaigns(&query).unwrap().into_iter().map(|campaign| campaign.id).collect()
    };
    let (first, second) = ("k0000000001", "k0000000002");
    assert_eq!(campaigns(CampaignQuery::default()), [second, first]);
    assert_eq!(campaigns(CampaignQuery { acts: true, ..Default::default() }), [first]);
    for order in [CampaignOrder::Posts, CampaignOrder::Newest] {
        let found = campaigns(CampaignQuery { order, limit: Some(1), ..Default::default() });
        let wanted = if order == CampaignOrder::Posts { second } else { first };
        assert_eq!(found, [wanted]);
    }
    let campaign = state.campaign(first).unwrap().unwrap();
    assert_eq!(campaign, super::world::campaign(first, 1));

    let cases = |query: CaseQuery| -> Vec<String> {
        state.cases(&query).unwrap().into_iter().map(|case| case.id).collect()
    };
    assert_eq!(cases(CaseQuery::default()), ["c-k0000000001", "c-secret"]);
    let kind = Some(CaseKind::Author);
    let newest = CaseOrder::Newest;
    assert_eq!(cases(CaseQuery { kind, order: newest, ..Default::default() }), ["c-secret"]);
    assert!(cases(CaseQuery { state: Some(CaseState::Decided), ..Default::default() }).is_empty());
    let open = Some(CaseState::Open);
    assert_eq!(cases(CaseQuery { state: open, limit: Some(1), ..Default::default() }).len(), 1);
}

#[test]
fn what_belongs_together_is_found() {
    let (_folder, path) = saved(&world());
    let state = StateReader::open(&path).unwrap();
    let ids = |posts: Vec<PostRef>| posts.into_iter().map(|post| post.id).collect::<Vec<_>>();
    let (own, other) = ("\"secret-post\"", "\"p2\"");
    assert_eq!(ids(state.posts_of_campaign("k0000000001").unwrap()), [own, other]);
    assert_eq!(ids(state.posts_of_case("c-secret").unwrap()), [own]);
    assert_eq!(ids(state.posts_of_author("other").unwrap()), [other]);
    assert_eq!(state.post(other).unwrap().unwrap().number, 31);
    assert_eq!(state.post("p2").unwrap(), None);
    let reports = state.reports_of_post(other).unwrap();
    assert_eq!(
        reports.iter().map(|it| it.by.as_str()).collect::<Vec<_>>(),
        ["r1", "secret-author"]
    );
    assert_eq!(state.reporter("r1").unwrap().unwrap().id, "r1");
    assert_eq!(state.author("other").unwrap().unwrap().step, 1);
    assert_eq!(state.case("c-secret").unwrap().unwrap().subject, "secret-author");
    assert_eq!(state.groups("spam.flood").unwrap().len(), 2);
    assert_eq!(state.breakers().unwrap().len(), 1);
    assert_eq!(state.operations().unwrap(), [OperationDays::default()]);
    assert_eq!(state.channels().unwrap(), []);
    assert_eq!(state.totals().unwrap().clock, Some(CLOCK));
    assert_eq!(state.run().unwrap().unwrap().number, 3);
    assert_eq!(state.meta("ruleset").unwrap(), None);
    let none = (state.author("x").unwrap(), state.campaign("x").unwrap(), state.case("x").unwrap());
    assert_eq!(none, (None, None, None));
}

fn findings(path: &Path) -> Vec<String> {
    let findings = StateReader::open(path).unwrap().verify().unwrap();
    let text = |it: &Finding| format!("{} {}: {}", it.table, it.row, it.message);
    findings.iter().map(text).collect()
}

#[test]
fn an_edit_of_the_log_is_found_at_its_row() {
    let mut changes = world();
    for number in 0..5 {
        let entry = LogEntry::after(changes.log.last(), CLOCK, format!("{{\"n\":{number}}}"));
        changes.log.push(entry);
    }
    let (_folder, path) = saved(&changes);
    assert_eq!(findings(&path), [] as [&str; 0]);
    let state = StateReader::open(&path).unwrap();
    assert_eq!(state.log(5, Some(9)).unwrap(), changes.log[4..]);
    assert_eq!(state.log(2, Some(1)).unwrap(), changes.log[1..2]);
    assert_eq!(state.log_head().unwrap().as_ref(), changes.log.last());
    let content = "log 3: its content is not what was logged";
    let follows = "it does not follow the entry before: that one was changed";
    let edits = [
        (r#"UPDATE log SET json = '{"n":9}' WHERE number = 3"#, vec![content.to_owned()]),
        ("DELETE FROM log WHERE number = 6", vec![]),
        (
            "DELETE FROM log WHERE number = 4",
            vec!["log 5: entries before it are missing".to_owned(), format!("log 5: {follows}")],
        ),
        (
            "DELETE FROM log WHERE number < 6",
            vec!["log 6: entries before it are missing".to_owned(), format!("log 6: {follows}")],
        ),
    ];
    for (sql, wanted) in edits {
        let copy = path.with_file_name("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        Connection::open(&copy).unwrap().execute(sql, []).unwrap();
        assert_eq!(findings(&copy), wanted, "{sql}");
        std::fs::remove_file(&copy).unwrap();
    }
    // An entry with a hash of its own content is found by the next one.
    let forged = LogEntry::new(3, CLOCK, "{}".to_owned(), changes.log[1].hash);
    let sql = "UPDATE log SET json = '{}', hash = ?1 WHERE number = 3";
    Connection::open(&path).unwrap().execute(sql, [&forged.hash[..]]).unwrap();
    assert_eq!(findings(&path), [format!("log 4: {follows}")]);
}

#[test]
fn damage_and_missing_rows_are_found() {
    let (_folder, path) = saved(&world());
    let edits = [
        (
            "DELETE FROM cases WHERE id = 'c-secret'",
            "post \"secret-post\": names the case c-secret, which is not there",
        ),
        (
            "DELETE FROM cases WHERE kind = 'campaign'",
            "campaign k0000000001: names the case c-k0000000001, which is not there",
        ),
        (
            "DELETE FROM campaign WHERE posts = 3",
            "cases c-k0000000001: names the campaign k0000000001, which is not there",
        ),
        (
            "DELETE FROM campaign WHERE posts = 3",
            "member \"p2\": names the campaign k0000000001, which is not there",
        ),
        (
            "DELETE FROM post WHERE number = 31",
            "report \"p2\": names the post \"p2\", which is not there",
        ),
        (
            "DELETE FROM reporter WHERE id = 'r1'",
            "report \"p2\": names the reader r1, who is not there",
        ),
        ("UPDATE block SET data = x'00'", "block 20: its entries are damaged"),
        ("UPDATE block_bits SET live = 9", "block 20: its entries are damaged"),
        ("DELETE FROM block", "block 20: its entries are damaged"),
        ("UPDATE author SET raises = '?'", "author : cannot be read (author.raises)"),
        ("DROP TABLE breaker", "breaker : cannot be read (no such table: breaker)"),
    ];
    for (sql, wanted) in edits {
        let copy = path.with_file_name("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        Connection::open(&copy).unwrap().execute(sql, []).unwrap();
        let found = findings(&copy);
        assert!(found.iter().any(|found| found == wanted), "{sql}: {found:?}");
        std::fs::remove_file(&copy).unwrap();
    }
    // A row that its index does not have.
    let shell = Connection::open(&path).unwrap();
    let page: i64 = shell
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'post_id'", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(shell);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = (page as usize - 1) * 4096;
    // The number of cells of the page.
    bytes[at + 3..at + 5].copy_from_slice(&[0, 1]);
    std::fs::write(&path, bytes).unwrap();
    let found = findings(&path);
    assert!(found.iter().any(|found| found.starts_with("database : ")), "{found:?}");
}
