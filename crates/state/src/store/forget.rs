//! Removes an author or a post from a state file, and leaves a hash in the log.
//!
//! What is removed: the author's row, posts, samples, reports, cases about the author, groups of
//! correlations by the author; of a post its row, samples, reports, a case about it, its place among
//! the newest posts of authors and cases. Singles go from their blocks, which are written anew for
//! this. The entries of campaigns stay, without post and author: they are hashes of shingles, and
//! later posts are compared with them. Templates that were made with removed samples go, until they
//! are computed again.
//!
//! What stays: counts, hashes of authors in the sets of campaigns, and the log, whose chain would
//! break.

use super::block::{insert, remove};
use super::error::StoreError;
use super::file::{StateFile, last_log};
use super::meta::totals;
use super::packed::{unpack_bits, unpack_entries};
use super::post_block;
use super::rows::{Cells, Put, SampleRow, bits, each, first, list};
use crate::model::{Author, Campaign, Case, CaseKind, Entry, Group, LogEntry, Member, hash_of};
use rusqlite::{Connection, ToSql, TransactionBehavior, params};
use std::collections::BTreeSet;

/// How many rows and entries were removed or emptied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Forgotten {
    /// Authors: at most 1.
    pub authors: usize,
    /// Posts that reports could name.
    pub posts: usize,
    /// Texts of campaigns.
    pub samples: usize,
    /// Single posts.
    pub singles: usize,
    /// Entries of campaigns, which no longer name post and author.
    pub entries: usize,
    /// Groups of correlations.
    pub groups: usize,
    /// Cases about the author or the post.
    pub cases: usize,
    /// Reports on the posts and by the person.
    pub reports: usize,
    /// Rows of readers who report: at most 1.
    pub reporters: usize,
}

impl Forgotten {
    /// Whether there was nothing to remove.
    pub fn is_empty(&self) -> bool {
        *self == Forgotten::default()
    }
}

/// What is forgotten.
struct Subject<'s> {
    author: Option<&'s str>,
    /// Ids of posts, as JSON.
    posts: BTreeSet<String>,
}

impl Subject<'_> {
    fn is_of(&self, post: &Member) -> bool {
        self.author.is_some_and(|author| hash_of(author) == post.author)
            || self.posts.contains(&post.id)
    }
}

impl StateFile {
    /// Removes an author by id, also as a reader who reports. The file is then written anew, so that
    /// no free page has the rows; a reader that has the file open delays that until it is closed.
    pub fn forget_author(&mut self, id: &str) -> Result<Forgotten, StoreError> {
        self.forget(Subject { author: Some(id), posts: BTreeSet::new() }, "author", hash_of(id))
    }

    /// Removes a post by its id as in its line (JSON).
    pub fn forget_post(&mut self, id: &str) -> Result<Forgotten, StoreError> {
        let posts = BTreeSet::from([id.to_owned()]);
        self.forget(Subject { author: None, posts }, "post", hash_of(id))
    }

    fn forget(
        &mut self,
        mut subject: Subject<'_>,
        kind: &str,
        hash: u64,
    ) -> Result<Forgotten, StoreError> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let mut counts = Forgotten::default();
        if let Some(author) = subject.author {
            subject.posts = posts_of(&transaction, author)?;
        }
        forget_campaigns(&transaction, &subject, &mut counts)?;
        forget_blocks(&transaction, &subject, &mut counts)?;
        forget_cases(&transaction, &subject, &mut counts)?;
        forget_newest(&transaction, &subject)?;
        forget_posts(&transaction, &subject, &mut counts)?;
        if let Some(author) = subject.author {
            forget_person(&transaction, author, &mut counts)?;
        }
        let removed = serde_json::to_string(&counts)
            .map_err(|error| StoreError::Sqlite(error.to_string()))?;
        let at = totals(&transaction)?.clock.unwrap_or(0);
        let json =
            format!(r#"{{"kind":"forget","{kind}":"{hash:016x}","at":{at},"removed":{removed}}}"#);
        let entry = LogEntry::after(last_log(&transaction)?.as_ref(), at, json);
        Put::insert::<LogEntry>(&transaction)?.put(&entry)?;
        transaction.commit()?;
        self.blocks = None;
        self.connection.execute_batch("VACUUM")?;
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(counts)
    }
}

/// Ids of the posts of an author that any table names.
fn posts_of(connection: &Connection, author: &str) -> Result<BTreeSet<String>, StoreError> {
    let mut ids = BTreeSet::new();
    let posts = post_block::find(connection, |post| post.author.as_deref() == Some(author))?;
    ids.extend(posts.into_iter().map(|post| post.id));
    each(connection, "WHERE author = ?1", &[&author], |row: SampleRow| {
        ids.insert(row.sample.id);
    })?;
    if let Some(author) = first::<Author>(connection, "WHERE id = ?1", &[&author])? {
        ids.extend(author.recent.into_iter().map(|post| post.id));
    }
    Ok(ids)
}

fn forget_campaigns(
    connection: &Connection,
    subject: &Subject<'_>,
    counts: &mut Forgotten,
) -> Result<(), StoreError> {
    let mut touched = BTreeSet::new();
    let mut places = Vec::new();
    each(connection, "", &[], |row: SampleRow| {
        let is_author = subject.author.is_some() && row.sample.author.as_deref() == subject.author;
        if is_author || subject.posts.contains(&row.sample.id) {
            places.push((row.campaign.clone(), row.place));
            touched.insert(row.campaign);
        }
    })?;
    for (campaign, place) in places {
        let sql = "DELETE FROM member WHERE campaign = ?1 AND place = ?2";
        counts.samples += connection.execute(sql, params![campaign, place])?;
    }
    let posts = post_block::find(connection, |post| subject.posts.contains(&post.id))?;
    touched.extend(posts.into_iter().filter_map(|post| post.campaign));
    let mut changed: Vec<Campaign> = Vec::new();
    each(connection, "", &[], |mut campaign: Campaign| {
        let mut emptied = 0;
        for entry in campaign.entries.iter_mut().filter(|entry| subject.is_of(&entry.post)) {
            entry.post.id = "null".to_owned();
            entry.post.author = 0;
            emptied += 1;
        }
        if emptied > 0 || touched.contains(&campaign.id) {
            campaign.template = None;
            campaign.template_authors = 0;
            counts.entries += emptied;
            changed.push(campaign);
        }
    })?;
    let mut put = Put::replace::<Campaign>(connection)?;
    changed.iter().try_for_each(|campaign| put.put(campaign))
}

fn forget_blocks(
    connection: &Connection,
    subject: &Subject<'_>,
    counts: &mut Forgotten,
) -> Result<(), StoreError> {
    let mut changed: Vec<(u64, Vec<Entry>, Vec<Option<u8>>)> = Vec::new();
    let sql = "SELECT first, data, bits FROM block JOIN block_bits USING (first)";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut cells = Cells::new(row, "block", &["first", "data", "bits"]);
        let number = cells.number()?;
        let entries = cells.bytes(unpack_entries)?;
        let all = cells.bytes(unpack_bits)?;
        if entries.iter().any(|entry| subject.is_of(&entry.post)) {
            let all = entries.into_iter().zip(all);
            let (removed, kept): (Vec<_>, Vec<_>) =
                all.partition(|(entry, _)| subject.is_of(&entry.post));
            counts.singles += removed.iter().filter(|(_, it)| it.is_some()).count();
            let (entries, all) = kept.into_iter().unzip();
            changed.push((number, entries, all));
        }
    }
    for (number, entries, all) in changed {
        remove(connection, number)?;
        if all.iter().any(Option::is_some) {
            insert(connection, &entries.iter().collect::<Vec<_>>(), &all)?;
        }
    }
    Ok(())
}

/// Removes cases about the author or the post.
fn forget_cases(
    connection: &Connection,
    subject: &Subject<'_>,
    counts: &mut Forgotten,
) -> Result<(), StoreError> {
    let is_about = |case: &Case| match case.kind {
        CaseKind::Author | CaseKind::Care => {
            subject.author == Some(case.subject.as_str()) || subject.posts.contains(&case.subject)
        }
        CaseKind::Post => subject.posts.contains(&case.subject),
        CaseKind::Campaign | CaseKind::Channel => false,
    };
    for case in list::<Case>(connection, "", &[])?.iter().filter(|case| is_about(case)) {
        counts.cases += connection.execute("DELETE FROM cases WHERE id = ?1", [&case.id])?;
        connection.execute("UPDATE post SET case_id = NULL WHERE case_id = ?1", [&case.id])?;
    }
    Ok(())
}

/// Removes the posts from the newest ones of authors and cases.
fn forget_newest(connection: &Connection, subject: &Subject<'_>) -> Result<(), StoreError> {
    let mut cases: Vec<Case> = list(connection, "", &[])?;
    cases.retain(|case| case.newest.iter().any(|id| subject.posts.contains(id)));
    let mut put = Put::replace::<Case>(connection)?;
    for case in &mut cases {
        case.newest.retain(|id| !subject.posts.contains(id));
        put.put(case)?;
    }
    // The author's own row is removed as a whole.
    if subject.author.is_some() {
        return Ok(());
    }
    let mut authors: Vec<Author> = Vec::new();
    each(connection, "", &[], |author: Author| {
        if author.recent.iter().any(|post| subject.posts.contains(&post.id)) {
            authors.push(author);
        }
    })?;
    let mut put = Put::replace::<Author>(connection)?;
    for author in &mut authors {
        author.recent.retain(|post| !subject.posts.contains(&post.id));
        put.put(author)?;
    }
    Ok(())
}

fn forget_posts(
    connection: &Connection,
    subject: &Subject<'_>,
    counts: &mut Forgotten,
) -> Result<(), StoreError> {
    let mut post = connection.prepare("DELETE FROM post WHERE id_hash = ?1 AND id = ?2")?;
    let mut report = connection.prepare("DELETE FROM report WHERE post = ?1")?;
    for id in &subject.posts {
        counts.posts += post.execute(params![bits(hash_of(id)), id])?;
        counts.reports += report.execute([id])?;
    }
    counts.posts += post_block::remove(connection, &subject.posts)?;
    Ok(())
}

/// Removes the rows of an author and reader.
fn forget_person(
    connection: &Connection,
    author: &str,
    counts: &mut Forgotten,
) -> Result<(), StoreError> {
    counts.authors = connection.execute("DELETE FROM author WHERE id = ?1", [author])?;
    counts.reporters = connection.execute("DELETE FROM reporter WHERE id = ?1", [author])?;
    counts.reports += connection.execute("DELETE FROM report WHERE reader = ?1", [author])?;
    let mut groups: Vec<Group> = list(connection, "", &[])?;
    let is_own = |(name, value): &(String, String)| name == "author.id" && value == author;
    groups.retain(|group| group.key.iter().any(is_own));
    for group in &groups {
        let id = group.id();
        let parameters: [&dyn ToSql; 1] = [&id];
        counts.groups += connection.execute("DELETE FROM grp WHERE id = ?1", &parameters[..])?;
    }
    Ok(())
}
