//! The parts of a post that peers read, and the answer they give.

use serde::Deserialize;
use std::borrow::Cow;
use std::io::Write;

/// A post, borrowed from its line where that needs no unescaping.
#[derive(Debug, Deserialize)]
pub struct Post<'l> {
    /// Its name.
    #[serde(borrow)]
    pub id: Cow<'l, str>,
    /// Headline, perhaps.
    #[serde(borrow, default)]
    pub title: Cow<'l, str>,
    /// Body.
    #[serde(borrow)]
    pub text: Cow<'l, str>,
}

/// What was found in a stream of posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Posts.
    pub posts: u64,
    /// Posts with a hit.
    pub hit: u64,
    /// Hits, overlapping ones too.
    pub hits: u64,
}

impl Tally {
    /// Counts one post.
    pub fn count(&mut self, hits: u64) {
        self.posts += 1;
        self.hit += u64::from(hits > 0);
        self.hits += hits;
    }

    /// Adds what another worker counted.
    pub fn add(&mut self, other: Tally) {
        self.posts += other.posts;
        self.hit += other.hit;
        self.hits += other.hits;
    }

    /// Says it on standard error, for the process that made the table.
    pub fn tell(self) {
        eprintln!("tally {} {} {}", self.posts, self.hit, self.hits);
    }
}

/// Writes the answer for one post.
pub fn answer(out: &mut Vec<u8>, id: &str, hits: u64) {
    writeln!(out, "{{\"id\":\"{id}\",\"hits\":{hits}}}").expect("memory takes every line");
}
