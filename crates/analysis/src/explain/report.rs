//! An explanation as plain data.

use super::condition::Node;
use super::text::{FieldReport, HitReport};
use serde::{Serialize, Serializer};
use std::fmt;
use tidegate_engine::domain::score::Score;
use tidegate_engine::post::ErrorCode;

/// The most rules that are told though they did not fire.
pub const NEAR_MISSES_MAX: usize = 5;

/// Why a post was judged as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What is to be done.
    pub action: &'static str,
    /// Somebody may need help.
    pub care: bool,
    /// A cap was reached: hits may be missing.
    pub capped: bool,
    /// The texts, in field order.
    pub fields: Vec<FieldReport>,
    /// Rules that fired, in id order, shadow rules among them.
    pub fired: Vec<RuleReport>,
    /// Other rules that lack little, the nearest first; at most [`NEAR_MISSES_MAX`].
    pub nearly: Vec<RuleReport>,
    /// Rules asked for that did not fire.
    pub asked: Vec<RuleReport>,
    /// Scores, in category order.
    pub categories: Vec<CategoryReport>,
    /// Eight hex digits over packs, lists and policy.
    pub ruleset: String,
}

/// One rule and one post.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReport {
    /// Its id.
    pub id: String,
    /// What it finds; may be empty.
    pub title: String,
    /// The pack it stands in.
    pub pack: String,
    /// Where its score goes.
    pub category: &'static str,
    /// How bad it is.
    pub level: &'static str,
    /// It held, and the policy let it.
    pub fired: bool,
    /// It takes no part in scores and action.
    pub shadow: bool,
    /// Why it was not judged, or did not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// What would have to be otherwise for it to fire; empty if it did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Its score; of a rule that did not fire, what it would be.
    pub score: ScoreReport,
    /// The condition as written.
    pub written: String,
    /// The condition, node by node.
    pub condition: Node,
    /// Hits that speak for it.
    pub evidence: Vec<HitReport>,
}

/// How a rule's score comes about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreReport {
    /// The sum.
    #[serde(serialize_with = "points")]
    pub total: Score,
    /// For holding.
    #[serde(serialize_with = "points")]
    pub weight: Score,
    /// What the pack says, where the policy says otherwise.
    #[serde(serialize_with = "some_points", skip_serializing_if = "Option::is_none")]
    pub weight_of_pack: Option<Score>,
    /// All of its boosts.
    pub boosts: Vec<BoostReport>,
    /// The term with the largest weight among those hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<TermReport>,
}

/// `6`, or `8.5 = weight 6 + 1 (game near/15 handle) + 1.5 (post.age < 7)`.
impl fmt::Display for ScoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total)?;
        let mut boosts = self.boosts.iter().filter(|boost| boost.condition.holds).peekable();
        if boosts.peek().is_some() || self.term.is_some() {
            write!(f, " = weight {}", self.weight)?;
        }
        for boost in boosts {
            write!(f, " + {} ({})", boost.points, boost.written)?;
        }
        match &self.term {
            Some(TermReport { term, points }) => {
                write!(f, " + {points} (the term {})", term.as_deref().unwrap_or("that is masked"))
            }
            None => Ok(()),
        }
    }
}

/// A boost of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoostReport {
    /// Points on top if it holds.
    #[serde(serialize_with = "points")]
    pub points: Score,
    /// As written.
    pub written: String,
    /// Node by node.
    pub condition: Node,
}

/// A term with a weight of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermReport {
    /// As its list writes it; `None` where it is masked.
    pub term: Option<String>,
    /// Points.
    #[serde(serialize_with = "points")]
    pub points: Score,
}

/// The score of a category, and what it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CategoryReport {
    /// Its name.
    pub category: &'static str,
    /// What counts.
    #[serde(serialize_with = "points")]
    pub score: Score,
    /// The sum over its rules, where `max` cut it.
    #[serde(serialize_with = "some_points", skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<Score>,
    /// What it leads to.
    pub action: &'static str,
    /// Its score reaches the threshold of `care`.
    pub care: bool,
    /// Thresholds by name, in order; those that are not set left out.
    pub thresholds: Vec<ThresholdReport>,
    /// The condition on posts that these thresholds are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A score at which something happens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ThresholdReport {
    /// `flag`, `review`, `block` or `care`.
    pub name: &'static str,
    /// From here on.
    #[serde(serialize_with = "points")]
    pub from: Score,
}

/// Why there is nothing to explain: the line is no post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is unreadable.
    Unreadable(ErrorCode, String),
    /// It is known to hold no post.
    Skipped,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::Unreadable(code, detail) => write!(f, "{}: {detail}", code.name()),
            LineError::Skipped => f.write_str("the preset skips such records: they hold no post"),
        }
    }
}

impl std::error::Error for LineError {}

/// A number without a needless fraction.
pub(super) fn points<S: Serializer>(score: &Score, out: S) -> Result<S::Ok, S::Error> {
    match score.millis() % 1000 {
        0 => out.serialize_i64(score.millis() / 1000),
        _ => out.serialize_f64(score.points()),
    }
}

fn some_points<S: Serializer>(score: &Option<Score>, out: S) -> Result<S::Ok, S::Error> {
    points(&score.unwrap_or_default(), out)
}
