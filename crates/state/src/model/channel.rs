//! A channel and its days.

use super::Seconds;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A channel, such as a group, a forum or a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// `post.channel`, decoded.
    pub id: String,
    /// Number of the step that was reached: 0 is none.
    pub step: u8,
    /// When the step was reached.
    pub since: Option<Seconds>,
    /// End of the step, if it has one.
    pub until: Option<Seconds>,
    /// A step that needs a decision and waits for it: its number.
    pub proposed: Option<u8>,
    /// Counts of the days within the window, by days since 1970.
    pub days: BTreeMap<i64, DayCounts>,
    /// Counts since the channel is kept.
    pub total: DayCounts,
    /// Time of its first post.
    pub first: Seconds,
    /// Time of its newest post.
    pub last: Seconds,
}

/// Counts of posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCounts {
    /// All posts.
    pub posts: u64,
    /// Those with the action `review` or `block`.
    pub harmful: u64,
}
