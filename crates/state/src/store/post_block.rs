//! Posts of which nothing is known but that they were there, in blocks.
//!
//! A report or a decision may name any of the last million posts, and most are never named. So those
//! without points and case are written once, in blocks of at most 4,096. A post that gets a case, or
//! loses points, has a row of its own in `post` from then on, which takes precedence over the block.
//! A block goes when its last post is older than the oldest that is kept.

use super::bytes::{Packer, Unpacker};
use super::error::StoreError;
use super::meta::totals;
use super::rows::{Cells, bits, list};
use crate::model::PostRef;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// The most posts of a block.
const BLOCK: usize = 4_096;

/// The fewest bytes of a post.
const LEAST: usize = 9;

/// Writes plain posts, by number.
pub(super) fn insert(connection: &Connection, posts: &[&PostRef]) -> Result<(), StoreError> {
    let sql = "INSERT INTO post_block (first, last, posts, data) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = connection.prepare(sql)?;
    for block in posts.chunks(BLOCK) {
        let (Some(first), Some(last)) = (block.first(), block.last()) else { continue };
        let count = block.len() as i64;
        statement.execute(params![bits(first.number), bits(last.number), count, pack(block)])?;
    }
    Ok(())
}

/// Drops blocks and rows of posts before `first`.
pub(super) fn drop_before(connection: &Connection, first: u64) -> Result<(), StoreError> {
    connection.execute("DELETE FROM post_block WHERE last < ?1", [bits(first)])?;
    connection.execute("DELETE FROM post WHERE number < ?1", [bits(first)])?;
    Ok(())
}

/// Every post that is kept, in order of arrival: from blocks and rows.
pub(super) fn all(connection: &Connection) -> Result<Vec<PostRef>, StoreError> {
    let first = totals(connection)?.first_post;
    let rows: Vec<PostRef> = list(connection, "ORDER BY number", &[])?;
    let mut posts: Vec<PostRef> = Vec::new();
    let own: BTreeSet<u64> = rows.iter().map(|post| post.number).collect();
    each_block(connection, |_, block| {
        posts
            .extend(block.into_iter().filter(|it| it.number >= first && !own.contains(&it.number)));
    })?;
    posts.extend(rows);
    posts.sort_by_key(|post| post.number);
    Ok(posts)
}

/// The posts that `is_wanted`, in order of arrival.
pub(super) fn find(
    connection: &Connection,
    is_wanted: impl Fn(&PostRef) -> bool,
) -> Result<Vec<PostRef>, StoreError> {
    let mut posts = all(connection)?;
    posts.retain(is_wanted);
    Ok(posts)
}

/// Calls `each` with the number of every block and its posts.
pub(super) fn each_block(
    connection: &Connection,
    mut each: impl FnMut(u64, Vec<PostRef>),
) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare("SELECT first, posts, data FROM post_block ORDER BY first")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut cells = Cells::new(row, "post_block", &["first", "posts", "data"]);
        let first = cells.number()?;
        let count = cells.number()?;
        let damaged = || StoreError::damaged(format!("post_block {first}"));
        let posts = cells.bytes(unpack).map_err(|_| damaged())?;
        let is_consistent = posts.len() as u64 == count
            && posts.first().is_some_and(|post| post.number == first)
            && posts.is_sorted_by(|left, right| left.number < right.number);
        if !is_consistent {
            return Err(damaged());
        }
        each(first, posts);
    }
    Ok(())
}

/// Removes posts by id; returns how many.
pub(super) fn remove(connection: &Connection, ids: &BTreeSet<String>) -> Result<usize, StoreError> {
    let mut changed: BTreeMap<u64, Vec<PostRef>> = BTreeMap::new();
    let mut removed = 0;
    each_block(connection, |first, mut posts| {
        let before = posts.len();
        posts.retain(|post| !ids.contains(&post.id));
        if posts.len() < before {
            removed += before - posts.len();
            changed.insert(first, posts);
        }
    })?;
    for (first, posts) in changed {
        connection.execute("DELETE FROM post_block WHERE first = ?1", [bits(first)])?;
        insert(connection, &posts.iter().collect::<Vec<_>>())?;
    }
    Ok(removed)
}

fn pack(posts: &[&PostRef]) -> Vec<u8> {
    let mut out = Packer::default();
    out.number(posts.len() as u64);
    let (mut number, mut at) = (0_u64, 0_i64);
    for post in posts {
        out.signed(post.number.wrapping_sub(number).cast_signed());
        out.signed(post.at.wrapping_sub(at));
        (number, at) = (post.number, post.at);
        out.byte(u8::from(post.care));
        out.number(post.reach);
        out.bytes(post.id.as_bytes());
        out.bytes(post.action.as_bytes());
        for text in [&post.author, &post.channel, &post.category, &post.campaign] {
            out.byte(u8::from(text.is_some()));
            if let Some(text) = text {
                out.bytes(text.as_bytes());
            }
        }
    }
    out.finish()
}

fn unpack(bytes: &[u8]) -> Option<Vec<PostRef>> {
    let mut from = Unpacker::new(bytes)?;
    let count = from.count(LEAST)?;
    let mut posts = Vec::with_capacity(count);
    let (mut number, mut at) = (0_u64, 0_i64);
    for _ in 0..count {
        number = number.wrapping_add(from.signed()?.cast_unsigned());
        at = at.wrapping_add(from.signed()?);
        let care = from.byte()? != 0;
        let reach = from.number()?;
        let (id, action) = (from.text()?, from.text()?);
        let mut maybe = || match from.byte()? {
            0 => Some(None),
            _ => from.text().map(Some),
        };
        let (author, channel, category, campaign) = (maybe()?, maybe()?, maybe()?, maybe()?);
        posts.push(PostRef {
            id,
            number,
            author,
            channel,
            at,
            action,
            category,
            care,
            reach,
            campaign,
            case: None,
            points: 0,
            upheld: 0,
            upheld_at: 0,
            outcome: None,
        });
    }
    from.end()?;
    Some(posts)
}
