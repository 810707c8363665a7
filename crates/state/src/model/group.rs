//! Groups of correlations, and breakers.

use super::Seconds;
use serde::{Deserialize, Serialize};

/// What a correlation remembers for one value of its `group-by`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Id of the correlation.
    pub rule: String,
    /// Hash of the correlation: with another one the group starts empty.
    pub rule_hash: u32,
    /// Names and values of `group-by`.
    pub key: Vec<(String, String)>,
    /// The times.
    pub moments: Moments,
    /// Quiet up to this time, after it fired.
    pub quiet_until: Option<Seconds>,
    /// Times that it would have fired while quiet.
    pub held: u64,
    /// Time of its newest post.
    pub last: Seconds,
}

/// Times of events, bounded by what the condition needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moments {
    /// The newest times, ascending.
    Events(Vec<Seconds>),
    /// Distinct values (hashes) with their newest times, oldest first.
    Values(Vec<(u64, Seconds)>),
    /// For each rule in order its newest time.
    Rules(Vec<Option<Seconds>>),
    /// For each prefix of the rules, in order: the latest start of a sequence that has reached it.
    Order(Vec<Option<Seconds>>),
}

/// Counts attempts of an action in 60 slices of its period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// `block`, or `block channel=NAME`.
    pub key: String,
    /// Number of the newest slice (slices since 1970).
    pub slice: i64,
    /// Attempts in the last 60 slices, the oldest first.
    pub counts: Vec<u32>,
    /// Open: the action is replaced.
    pub open: bool,
    /// When it opened last.
    pub since: Option<Seconds>,
    /// The rate is under 80 % of the limit since this time.
    pub low_since: Option<Seconds>,
    /// The notice is shown until a reset.
    pub notice: bool,
    /// Attempts in all.
    pub attempts: u64,
    /// Attempts that were replaced.
    pub replaced: u64,
}
