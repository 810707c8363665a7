//! Reads a state file, also while a run writes to it.

use super::error::StoreError;
use super::file::{cautious, last_run, real_path};
use super::meta::{meta, totals};
use super::post_block;
use super::query::{AuthorQuery, CampaignQuery, CaseQuery};
use super::rows::{self, SampleRow, bits, first, kind_name, list, state_name};
use super::schema::{MIGRATIONS, Migrations, check};
use super::verify::{Finding, verify};
use crate::model::{
    Author, Breaker, Campaign, Case, Channel, Group, LogEntry, OperationDays, PostRef, Report,
    Reporter, Run, Totals, hash_of,
};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a statement waits, while a run that was killed is recovered by another reader.
const BUSY: Duration = Duration::from_secs(2);

/// How often a reader tries to read one checkpoint while a run writes.
const ATTEMPTS: usize = 5;

/// A state file that is only read. Each method reads one state, that of the last checkpoint, and
/// keeps no transaction open, so that the WAL of a run does not grow.
pub struct StateReader {
    connection: Connection,
}

impl StateReader {
    /// Opens the file. Its folder must be writable: SQLite keeps an index of the WAL there.
    pub fn open(path: &Path) -> Result<StateReader, StoreError> {
        StateReader::open_with(path, MIGRATIONS)
    }

    pub(super) fn open_with(
        path: &Path,
        migrations: &Migrations,
    ) -> Result<StateReader, StoreError> {
        let path = real_path(path)?;
        // SQLite says of a missing file only that it cannot be opened.
        std::fs::metadata(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(BUSY)?;
        cautious(&connection)?;
        check(&connection, migrations)?;
        Ok(StateReader { connection })
    }

    /// Counts and clock.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        totals(&self.connection)
    }

    /// A value of [`crate::model::Changes::meta`].
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        meta(&self.connection, key)
    }

    /// The last run, if there was one.
    pub fn run(&self) -> Result<Option<Run>, StoreError> {
        last_run(&self.connection)
    }

    /// Authors.
    pub fn authors(&self, query: &AuthorQuery) -> Result<Vec<Author>, StoreError> {
        let rest = format!("WHERE step >= ?1 ORDER BY {} LIMIT ?2", query.order.sql());
        list(&self.connection, &rest, &[&query.step, &limit(query.limit)])
    }

    /// Calls `each` for every author with this step or a higher one, in order of ids.
    pub fn each_author(&self, step: u8, each: impl FnMut(Author)) -> Result<(), StoreError> {
        rows::each(&self.connection, "WHERE step >= ?1 ORDER BY id", &[&step], each)
    }

    /// An author by id.
    pub fn author(&self, id: &str) -> Result<Option<Author>, StoreError> {
        first(&self.connection, "WHERE id = ?1", &[&id])
    }

    /// A channel by its name.
    pub fn channel(&self, id: &str) -> Result<Option<Channel>, StoreError> {
        first(&self.connection, "WHERE id = ?1", &[&id])
    }

    /// All channels by id.
    pub fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        list(&self.connection, "ORDER BY id", &[])
    }

    /// Campaigns without their samples.
    pub fn campaigns(&self, query: &CampaignQuery) -> Result<Vec<Campaign>, StoreError> {
        let order = query.order.sql();
        let acts = "ignored IS NULL AND (acts_harmful OR acts_story)";
        let rest = format!("WHERE ({acts}) >= ?1 ORDER BY {order} LIMIT ?2");
        list(&self.connection, &rest, &[&query.acts, &limit(query.limit)])
    }

    /// A campaign by id, with its samples.
    pub fn campaign(&self, id: &str) -> Result<Option<Campaign>, StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        let Some(mut campaign) = first::<Campaign>(&transaction, "WHERE id = ?1", &[&id])? else {
            return Ok(None);
        };
        let samples: Vec<SampleRow> =
            list(&transaction, "WHERE campaign = ?1 ORDER BY place", &[&id])?;
        campaign.samples = samples.into_iter().map(|row| row.sample).collect();
        Ok(Some(campaign))
    }

    /// Cases.
    pub fn cases(&self, query: &CaseQuery) -> Result<Vec<Case>, StoreError> {
        let order = query.order.sql();
        let rest = format!(
            "WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR kind = ?2) \
             ORDER BY {order} LIMIT ?3"
        );
        let (state, kind) = (query.state.map(state_name), query.kind.map(kind_name));
        list(&self.connection, &rest, &[&state, &kind, &limit(query.limit)])
    }

    /// A case by id.
    pub fn case(&self, id: &str) -> Result<Option<Case>, StoreError> {
        first(&self.connection, "WHERE id = ?1", &[&id])
    }

    /// The cases about a campaign, an author, a channel or a post, by id.
    pub fn cases_about(&self, subject: &str) -> Result<Vec<Case>, StoreError> {
        list(&self.connection, "WHERE subject = ?1 ORDER BY id", &[&subject])
    }

    /// All breakers by key.
    pub fn breakers(&self) -> Result<Vec<Breaker>, StoreError> {
        list(&self.connection, "ORDER BY key", &[])
    }

    /// All groups of a correlation, by key.
    pub fn groups(&self, rule: &str) -> Result<Vec<Group>, StoreError> {
        list(&self.connection, "WHERE rule = ?1 ORDER BY id", &[&rule])
    }

    /// All groups of correlations whose `author.id` is this, by key.
    pub fn groups_of_author(&self, id: &str) -> Result<Vec<Group>, StoreError> {
        let is_own = |(name, value): &(String, String)| name == "author.id" && value == id;
        let mut groups = Vec::new();
        // The key of a group has the values between U+001F; SQLite rejects most other groups.
        let rest = "WHERE instr(id, char(31) || ?1) > 0 ORDER BY id";
        rows::each(&self.connection, rest, &[&id], |group: Group| {
            if group.key.iter().any(is_own) {
                groups.push(group);
            }
        })?;
        Ok(groups)
    }

    /// The newest posts, the newest first.
    pub fn newest_posts(&self, limit: usize) -> Result<Vec<PostRef>, StoreError> {
        let mut posts = post_block::all(&self.connection)?;
        posts.reverse();
        posts.truncate(limit);
        Ok(posts)
    }

    /// A post by id (JSON). Reads all posts, if nothing but its existence is known of it.
    pub fn post(&self, id: &str) -> Result<Option<PostRef>, StoreError> {
        let row = "WHERE id_hash = ?1 AND id = ?2 ORDER BY number DESC";
        let found = first(&self.connection, row, &[&bits(hash_of(id)), &id])?;
        match found {
            Some(post) => Ok(Some(post)),
            None => Ok(post_block::find(&self.connection, |post| post.id == id)?.pop()),
        }
    }

    /// The posts of a case that are still kept, in order of arrival.
    pub fn posts_of_case(&self, id: &str) -> Result<Vec<PostRef>, StoreError> {
        list(&self.connection, "WHERE case_id = ?1 ORDER BY number", &[&id])
    }

    /// The posts of a campaign that are still kept, in order of arrival.
    pub fn posts_of_campaign(&self, id: &str) -> Result<Vec<PostRef>, StoreError> {
        post_block::find(&self.connection, |post| post.campaign.as_deref() == Some(id))
    }

    /// The posts of an author that are still kept, in order of arrival.
    pub fn posts_of_author(&self, id: &str) -> Result<Vec<PostRef>, StoreError> {
        post_block::find(&self.connection, |post| post.author.as_deref() == Some(id))
    }

    /// The reports of a post (id as JSON), by time, then by reader.
    pub fn reports_of_post(&self, id: &str) -> Result<Vec<Report>, StoreError> {
        list(&self.connection, "WHERE post = ?1 ORDER BY at, reader", &[&id])
    }

    /// A reader who reports, by id.
    pub fn reporter(&self, id: &str) -> Result<Option<Reporter>, StoreError> {
        first(&self.connection, "WHERE id = ?1", &[&id])
    }

    /// Calls `each` for every report, by post, then by reader.
    pub fn each_report(&self, each: impl FnMut(Report)) -> Result<(), StoreError> {
        super::rows::each(&self.connection, "ORDER BY post, reader", &[], each)
    }

    /// Calls `each` for every author with a step or with a step that waits for a decision, by id.
    pub fn each_stepped_author(&self, each: impl FnMut(Author)) -> Result<(), StoreError> {
        let rest = "WHERE step > 0 OR proposed IS NOT NULL ORDER BY id";
        super::rows::each(&self.connection, rest, &[], each)
    }

    /// Number of authors: those with points or reports.
    pub fn author_count(&self) -> Result<u64, StoreError> {
        self.count("author", "1")
    }

    /// Numbers of campaigns: all, those that act, those that act by harmful members, those that act as stories,
    /// those that are ignored.
    pub fn campaign_counts(&self) -> Result<[u64; 5], StoreError> {
        let conditions = [
            "1",
            "(acts_harmful OR acts_story) AND ignored IS NULL",
            "acts_harmful AND ignored IS NULL",
            "acts_story AND ignored IS NULL",
            "ignored IS NOT NULL",
        ];
        let mut counts = [0; 5];
        for (count, condition) in counts.iter_mut().zip(conditions) {
            *count = self.count("campaign", condition)?;
        }
        Ok(counts)
    }

    fn count(&self, table: &str, condition: &str) -> Result<u64, StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {condition}");
        let count: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// Calls `read` until no run has written in between, so that all that it reads is of one
    /// checkpoint.
    ///
    /// # Errors
    ///
    /// Those of `read`; [`StoreError::Busy`] after several attempts.
    pub fn at_rest<T>(
        &self,
        mut read: impl FnMut(&StateReader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        for _ in 0..ATTEMPTS {
            let before = self.data_version()?;
            let result = read(self)?;
            if self.data_version()? == before {
                return Ok(result);
            }
        }
        Err(StoreError::Busy)
    }

    /// A number that changes when another connection writes.
    fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// All operations by id.
    pub fn operations(&self) -> Result<Vec<OperationDays>, StoreError> {
        list(&self.connection, "ORDER BY id", &[])
    }

    /// Entries of the log from a number on (the first is 1).
    pub fn log(&self, from: u64, limit: Option<usize>) -> Result<Vec<LogEntry>, StoreError> {
        let rest = "WHERE number >= ?1 ORDER BY number LIMIT ?2";
        list(&self.connection, rest, &[&bits(from), &self::limit(limit)])
    }

    /// The last entry of the log.
    pub fn log_head(&self) -> Result<Option<LogEntry>, StoreError> {
        super::file::last_log(&self.connection)
    }

    /// Everything that is wrong with the file; empty if nothing is. Reads all of it.
    pub fn verify(&self) -> Result<Vec<Finding>, StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        verify(&transaction)
    }
}

/// SQLite takes a negative limit for none.
fn limit(limit: Option<usize>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}
