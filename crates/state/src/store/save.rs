//! Writes a checkpoint: the rows that changed, in an open transaction.

use super::error::StoreError;
use super::meta::{TOTALS, set_meta};
use super::post_block;
use super::rows::{Binder, Put, Row, SampleRow, bind_sample};
use crate::model::{Campaign, Change, Changes, PostRef, Run};
use rusqlite::{Connection, ToSql, params};

/// Writes everything but singles.
pub(super) fn write(
    connection: &Connection,
    changes: &Changes,
    run: &Run,
) -> Result<(), StoreError> {
    let totals = serde_json::to_string(&changes.totals);
    let totals = totals.map_err(|error| StoreError::Sqlite(error.to_string()))?;
    set_meta(connection, TOTALS, &totals)?;
    for (key, value) in &changes.meta {
        set_meta(connection, key, value)?;
    }
    rows(connection, "id = ?1", &changes.authors, one)?;
    rows(connection, "id = ?1", &changes.channels, one)?;
    campaigns(connection, &changes.campaigns)?;
    rows(connection, "id = ?1", &changes.groups, one)?;
    rows(connection, "key = ?1", &changes.breakers, one)?;
    posts(connection, changes)?;
    rows(connection, "id = ?1", &changes.cases, one)?;
    // Ids of posts are JSON, which has no U+001F: the first one is the separator.
    let report = |key: &str| {
        let (post, reader) = key.split_once('\u{1f}').unwrap_or((key, ""));
        vec![post.to_owned(), reader.to_owned()]
    };
    rows(connection, "post = ?1 AND reader = ?2", &changes.reports, report)?;
    rows(connection, "id = ?1", &changes.reporters, one)?;
    rows(connection, "id = ?1", &changes.operations, one)?;
    let mut log = Put::insert::<crate::model::LogEntry>(connection)?;
    for entry in &changes.log {
        log.put(entry)?;
    }
    Put::replace::<Run>(connection)?.put(run)
}

fn one(key: &str) -> Vec<String> {
    vec![key.to_owned()]
}

/// Writes the changes of a table whose rows `place` finds, with the values that `key` makes of a key.
fn rows<R: Row>(
    connection: &Connection,
    place: &str,
    changes: &[Change<String, R>],
    key: impl Fn(&str) -> Vec<String>,
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut put = Put::replace::<R>(connection)?;
    let mut remove = connection.prepare(&format!("DELETE FROM {} WHERE {place}", R::TABLE))?;
    for change in changes {
        match change {
            Change::Put(row) => put.put(row)?,
            Change::Gone(gone) => {
                let values = key(gone);
                let values: Vec<&dyn ToSql> = values.iter().map(|it| it as &dyn ToSql).collect();
                remove.execute(&values[..])?;
            }
        }
    }
    Ok(())
}

fn campaigns(
    connection: &Connection,
    changes: &[Change<String, Campaign>],
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    rows(connection, "id = ?1", changes, one)?;
    let mut upsert = connection.prepare(&SampleRow::upsert())?;
    let sql = "DELETE FROM member WHERE campaign = ?1 AND place >= ?2";
    let mut remove = connection.prepare(sql)?;
    for change in changes {
        let (id, samples) = match change {
            Change::Put(campaign) => (&campaign.id, &campaign.samples[..]),
            Change::Gone(id) => (id, &[][..]),
        };
        for (place, sample) in (0..).zip(samples) {
            bind_sample(&mut Binder::new(&mut upsert), id, place, sample)?;
            upsert.raw_execute()?;
        }
        remove.execute(params![id, samples.len() as i64])?;
    }
    Ok(())
}

/// New posts are written behind the others, old ones removed in front.
fn posts(connection: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let (plain, others): (Vec<&PostRef>, Vec<&PostRef>) =
        changes.posts.iter().partition(|post| post.is_plain());
    post_block::insert(connection, &plain)?;
    let mut put = Put::replace::<PostRef>(connection)?;
    others.into_iter().chain(&changes.changed_posts).try_for_each(|post| put.put(post))?;
    post_block::drop_before(connection, changes.totals.first_post)
}
