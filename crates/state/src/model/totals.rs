//! Numbers of a state file.

use super::Seconds;
use serde::{Deserialize, Serialize};

/// Counts and the clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Largest accepted time.
    pub clock: Option<Seconds>,
    /// The last posts in a row that are too far ahead of the clock; at most 2.
    pub ahead: Vec<Ahead>,
    /// Number of the next post that is compared: of entries and campaigns.
    pub next_number: u64,
    /// Number of the next post that reports can name.
    pub next_post: u64,
    /// Number of the oldest of them.
    pub first_post: u64,
    /// Day of the clock (since 1970) when old data was removed last.
    pub cleaned: i64,
    /// Lines read.
    pub lines: u64,
    /// Posts.
    pub posts: u64,
    /// Events.
    pub events: u64,
    /// Posts whose action is another than that of `scan`.
    pub changed: u64,
    /// Decisions that upheld and overturned.
    pub upheld: u64,
    /// Decisions that overturned.
    pub overturned: u64,
    /// What was dropped at the bounds.
    pub evictions: Evictions,
}

/// A post that is too far ahead of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// Its time.
    pub at: Seconds,
    /// Hash of its author's id.
    pub author: u64,
}

/// What was dropped at the bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evictions {
    /// Single posts, before their window ended.
    pub singles: u64,
    /// Campaigns.
    pub campaigns: u64,
    /// Authors.
    pub authors: u64,
    /// Channels.
    pub channels: u64,
    /// Groups of correlations.
    pub groups: u64,
    /// Posts that reports can name.
    pub posts: u64,
    /// Cases, closed as `overflow`.
    pub cases: u64,
    /// What was not kept, because nothing could be dropped.
    pub full: u64,
}
