//! Posts that reports and decisions can name, and the readers who report.

use super::{Micro, Seconds};
use serde::{Deserialize, Serialize};

/// A post that a report or a decision can name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRef {
    /// The id as in the line (JSON).
    pub id: String,
    /// Number in order of arrival.
    pub number: u64,
    /// The author's id.
    pub author: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// Its time.
    pub at: Seconds,
    /// Its action.
    pub action: String,
    /// Most harmful category, if any.
    pub category: Option<String>,
    /// It has the mark `care`.
    pub care: bool,
    /// Its views.
    pub reach: u64,
    /// Its campaign.
    pub campaign: Option<String>,
    /// Its case.
    pub case: Option<String>,
    /// The points that it gave and that no decision took back.
    pub points: Micro,
    /// The points that a decision on it gave, and that no later one took back.
    pub upheld: Micro,
    /// Time of that decision.
    pub upheld_at: Seconds,
    /// The last decision on it.
    pub outcome: Option<super::Outcome>,
}

impl PostRef {
    /// Is nothing known of the post but that it was there?
    pub fn is_plain(&self) -> bool {
        self.case.is_none() && self.points == 0 && self.upheld == 0 && self.outcome.is_none()
    }
}

/// A report of a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The post's id as in its line (JSON).
    pub post: String,
    /// The reader.
    pub by: String,
    /// The reason that the reader gave.
    pub reason: Option<String>,
    /// Time of the report.
    pub at: Seconds,
    /// Its weight when it was counted.
    pub weight: Micro,
    /// A decision on the post was counted for the reader.
    pub judged: bool,
}

/// A reader who reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reporter {
    /// The reader's id.
    pub id: String,
    /// Reports that were counted.
    pub reports: u64,
    /// Of these, reports on posts that were decided.
    pub judged: u64,
    /// Of these, upheld.
    pub upheld: u64,
}
