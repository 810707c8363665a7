//! Cases for reviewers.

use super::{Micro, Seconds};
use serde::{Deserialize, Serialize};

/// Something a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// `c-` and the campaign's id, or a hash of the author's id.
    pub id: String,
    /// What it is about.
    pub kind: CaseKind,
    /// The campaign's id, the author's id, the channel, or the post's id.
    pub subject: String,
    /// Open or how it ended.
    pub state: CaseState,
    /// When it was opened.
    pub opened: Seconds,
    /// Time of the newest post or event.
    pub updated: Seconds,
    /// Posts of the case.
    pub posts: u64,
    /// Distinct authors.
    pub authors: u64,
    /// Distinct channels.
    pub channels: u64,
    /// Sum of views.
    pub reach: u64,
    /// The category with the most harm.
    pub category: Option<String>,
    /// Its harm, from `queue.harm` of the measures.
    pub harm: u64,
    /// Sum of the weights of reports.
    pub reports: Micro,
    /// Factor of operations, in millionths.
    pub operation: Micro,
    /// Place in the queue: the highest first.
    pub priority: u64,
    /// The newest posts, oldest first; at most 24 ids as in their lines (JSON).
    pub newest: Vec<String>,
    /// A step that waits for the decision: its name.
    pub proposed: Option<String>,
    /// The last decision.
    pub verdict: Option<Verdict>,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseKind {
    /// A campaign.
    Campaign,
    /// An author.
    Author,
    /// A channel.
    Channel,
    /// A post without author and campaign.
    Post,
    /// An author who may need help: a queue of its own, never a measure.
    Care,
}

/// State of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// It waits for a decision.
    Open,
    /// Decided.
    Decided,
    /// Closed, because there were more open cases than the bound.
    Overflow,
}

/// What a reviewer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The verdict was right.
    Upheld,
    /// The verdict was wrong: points are taken back.
    Overturned,
    /// Closed without a decision on the verdict.
    Closed,
}

impl Outcome {
    /// Name in events.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Upheld => "upheld",
            Outcome::Overturned => "overturned",
            Outcome::Closed => "closed",
        }
    }
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was decided.
    pub outcome: Outcome,
    /// By whom.
    pub by: Option<String>,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub at: Seconds,
}
