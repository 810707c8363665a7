//! An author who has points or reports.

use super::{Micro, Seconds};
use serde::{Deserialize, Serialize};

/// An author. Authors without points and without reports are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// `post.author.id`, decoded.
    pub id: String,
    /// Points at `points_at`; they halve with each half-life.
    pub points: Micro,
    /// Time of `points`.
    pub points_at: Seconds,
    /// Time of the last post or decision that gave points, or of the last step down since.
    pub last_points: Seconds,
    /// Number of the step that was reached: 0 is none, 1 the first of the measures.
    pub step: u8,
    /// End of the step, if it has one.
    pub until: Option<Seconds>,
    /// How each step up to `step` was reached, in order.
    pub raises: Vec<Raise>,
    /// A step that needs a decision and waits for it: its number.
    pub proposed: Option<u8>,
    /// The author's posts and their results.
    pub counts: AuthorCounts,
    /// Time of the first post that was kept.
    pub first: Seconds,
    /// Time of the newest post.
    pub last: Seconds,
    /// The newest posts that gave points, oldest first; at most 8.
    pub recent: Vec<PointPost>,
}

/// Counts of an author.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorCounts {
    /// Posts since the author is kept.
    pub posts: u64,
    /// Posts with the action `flag`.
    pub flag: u64,
    /// Posts with the action `review`.
    pub review: u64,
    /// Posts with the action `block`.
    pub block: u64,
    /// Reports of readers that were counted.
    pub reports: u64,
    /// Decisions that upheld.
    pub upheld: u64,
    /// Decisions that overturned.
    pub overturned: u64,
}

/// How a step was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raise {
    /// When.
    pub at: Seconds,
    /// The points at that time.
    pub points: Micro,
    /// By a decision; points do not take it back.
    pub decided: bool,
    /// Posts with smaller numbers are counted in `points`.
    pub posts: u64,
}

/// A post that gave points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointPost {
    /// The id as in the line (JSON).
    pub id: String,
    /// Its time.
    pub at: Seconds,
    /// What it gave.
    pub points: Micro,
}
