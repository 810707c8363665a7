//! What the twin keeps: whole histories.

use super::groups::History;
use super::texts::Texts;
use crate::memory::clock::Moment;
use crate::memory::operations::Factors;
use crate::memory::{Alarm, Settings};
use crate::model::{Case, Micro, Outcome, Seconds, Totals};
use crate::record::PostRecord;
use std::collections::BTreeMap;
use tidegate_engine::domain::action::Action;

/// A post that reports and decisions can name.
#[derive(Clone, Debug)]
pub struct Known {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) author: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) action: Action,
    pub(super) category: Option<String>,
    pub(super) care: bool,
    pub(super) reach: u64,
    pub(super) campaign: Option<u64>,
    pub(super) case: Option<String>,
    pub(super) outcome: Option<Outcome>,
}

/// What is known of a post while it is applied.
pub struct Facts<'p> {
    pub(super) post: &'p PostRecord,
    pub(super) moment: Moment,
    pub(super) offence: Action,
    pub(super) campaign: Option<u64>,
    pub(super) acts: bool,
    pub(super) factors: Factors,
    pub(super) number: u64,
}

/// The twin.
pub struct Twin<'s> {
    pub(super) settings: &'s Settings,
    pub(super) totals: Totals,
    /// Number of the next post.
    pub(super) next: u64,
    pub(super) texts: Texts,
    pub(super) groups: Vec<History>,
    pub(super) breakers: BTreeMap<String, BreakerHistory>,
    pub(super) authors: Vec<AuthorHistory>,
    /// What authors had been given who were dropped.
    pub(super) lost: Vec<(String, Gift)>,
    pub(super) channels: Vec<ChannelHistory>,
    pub(super) posts: Vec<Known>,
    pub(super) reports: Vec<ReportOf>,
    /// Judged and upheld reports of readers.
    pub(super) readers: BTreeMap<String, (i128, i128)>,
    pub(super) cases: Vec<Case>,
    /// Breakers that opened, in order.
    pub(super) alarms: Vec<Alarm>,
}

/// Attempts of a breaker.
#[derive(Clone, Debug, Default)]
pub struct BreakerHistory {
    /// Slices of the attempts, in order of arrival; those too old for the window are not counted.
    pub(super) attempts: Vec<i64>,
    pub(super) newest: Option<i64>,
    pub(super) open: bool,
    pub(super) low_since: Option<Seconds>,
}

/// A report of a reader on a post.
#[derive(Clone, Debug)]
pub struct ReportOf {
    pub(super) post: String,
    pub(super) by: String,
    pub(super) judged: bool,
}

/// Points that a post or a decision on it gave.
#[derive(Clone, Debug)]
pub struct Gift {
    pub(super) post: u64,
    /// Of a decision.
    pub(super) is_upheld: bool,
    pub(super) at: Seconds,
    pub(super) points: Micro,
    /// A decision took it back.
    pub(super) is_taken: bool,
    /// It was given before the author was dropped at the bound, and came again.
    pub(super) is_lost: bool,
}

#[derive(Clone, Debug)]
pub struct Raise {
    pub(super) at: Seconds,
    pub(super) decided: bool,
    /// Number of gifts before it.
    pub(super) gifts: usize,
    /// Number of the post after it.
    pub(super) next: u64,
}

/// Everything about an author.
#[derive(Clone, Debug)]
pub struct AuthorHistory {
    pub(super) id: String,
    pub(super) gifts: Vec<Gift>,
    /// Points as they are brought from post to post: rounded often.
    pub(super) points: Micro,
    /// How often they were rounded.
    pub(super) rounded: i64,
    /// A post was taken back whose points were lost before.
    pub(super) is_forgiven: bool,
    pub(super) now: Seconds,
    pub(super) last_points: Seconds,
    pub(super) raises: Vec<Raise>,
    pub(super) until: Option<Seconds>,
    pub(super) proposed: Option<usize>,
    pub(super) recent: Vec<(u64, String)>,
    pub(super) first: Seconds,
}

/// Everything about a channel: when, whether it was harmful, whether it was late.
#[derive(Clone, Debug)]
pub struct ChannelHistory {
    pub(super) id: String,
    pub(super) posts: Vec<(Seconds, bool, bool)>,
    pub(super) step: usize,
    pub(super) until: Option<Seconds>,
    pub(super) proposed: Option<usize>,
}
