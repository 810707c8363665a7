//! The parts of a post that peers read, and the answer they give.

use serde::Deserialize;
use std::borrow::Cow;
use std::io::Write;

/// A post, borrowed from its line where that needs no unescaping.
#[derive(Debug, Deserialize)]
pub struct Post<'l> {
    /// Id of the post.
    #[serde(borrow)]
    pub id: Cow<'l, str>,
    /// Headline; may be empty.
    #[serde(borrow, default)]
    pub title: Cow<'l, str>,
    /// Body.
    #[serde(borrow)]
    pub text: Cow<'l, str>,
}

/// Counts over a stream of posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of posts.
    pub posts: u64,
    /// Posts with a hit.
    pub hit: u64,
    /// Hits, including overlapping ones.
    pub hits: u64,
}

impl Tally {
    /// Counts one post.
    pub fn count(&mut self, hits: u64) {
        self.posts += 1;
        self.hit += u64::from(hits > 0);
        self.hits += hits;
    }

    /// Adds the counts of another worker.
    pub fn add(&mut self, other: Tally) {
        self.posts += other.posts;
        self.hit += other.hit;
        self.hits += other.hits;
    }

    /// Prints the counts to standard error, for the process that prints the table.
    pub fn print(self) {
        eprintln!("tally {} {} {}", self.posts, self.hit, self.hits);
    }
}

/// Writes the answer for one post.
pub fn answer(out: &mut Vec<u8>, id: &str, hits: u64) {
    writeln!(out, "{{\"id\":\"{id}\",\"hits\":{hits}}}").expect("memory takes every line");
}
