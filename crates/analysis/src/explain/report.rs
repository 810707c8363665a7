//! An explanation as plain data.

use super::condition::Node;
use super::text::{FieldReport, HitReport};
use serde::{Serialize, Serializer};
use std::fmt;
use tidegate_engine::domain::score::Score;
use tidegate_engine::message::{Message, message};
use tidegate_engine::post::ErrorCode;

/// Most near misses in an explanation.
pub const NEAR_MISSES_MAX: usize = 5;

/// Why a post was judged as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The action.
    pub action: &'static str,
    /// Whether the post's author may need help.
    pub care: bool,
    /// Whether a limit on hits was reached, so that hits may be missing.
    pub capped: bool,
    /// The texts, in field order.
    pub fields: Vec<FieldReport>,
    /// Rules that fired, in id order, including shadow rules.
    pub fired: Vec<RuleReport>,
    /// Rules that almost fired, the nearest first; at most [`NEAR_MISSES_MAX`].
    #[serde(rename = "nearly")]
    pub near_misses: Vec<RuleReport>,
    /// Requested rules that did not fire.
    #[serde(rename = "asked")]
    pub requested: Vec<RuleReport>,
    /// Scores, in category order.
    pub categories: Vec<CategoryReport>,
    /// Hash of packs, lists and policy: eight hex digits.
    pub ruleset: String,
}

/// One rule, as evaluated for the post.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReport {
    /// Its id.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
    /// The pack that contains it.
    pub pack: String,
    /// The category that its score counts for.
    pub category: &'static str,
    /// Its severity level.
    pub level: &'static str,
    /// Whether its condition is true and the policy let it fire.
    pub fired: bool,
    /// Whether it is a shadow rule, which does not affect scores or the action.
    pub shadow: bool,
    /// Why it was not judged, or did not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Message>,
    /// What would have to change for it to fire; empty if it fired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Message>,
    /// Its score; for a rule that did not fire, the score it would have had.
    pub score: ScoreReport,
    /// The condition as written.
    pub written: String,
    /// The condition as a tree.
    pub condition: Node,
    /// Hits that are its evidence.
    pub evidence: Vec<HitReport>,
}

impl RuleReport {
    /// Category, level and pack.
    pub fn about(&self) -> Message {
        message!("{} · {} · pack {}", self.category, self.level, self.pack)
    }
}

/// The parts of a rule's score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreReport {
    /// The sum.
    #[serde(serialize_with = "points")]
    pub total: Score,
    /// Points for the condition being true.
    #[serde(serialize_with = "points")]
    pub weight: Score,
    /// The weight in the pack, if the policy overrides it.
    #[serde(serialize_with = "some_points", skip_serializing_if = "Option::is_none")]
    pub weight_of_pack: Option<Score>,
    /// All of its boosts.
    pub boosts: Vec<BoostReport>,
    /// The hit term with the largest weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<TermReport>,
}

impl ScoreReport {
    /// `6`, or `8.5 = weight 6 + 1 (game near/15 handle) + 1.5 (post.age < 7)`.
    pub fn message(&self) -> Message {
        let mut parts = vec![Message::verbatim(self.total.to_string())];
        let mut boosts = self.boosts.iter().filter(|boost| boost.condition.holds).peekable();
        if boosts.peek().is_some() || self.term.is_some() {
            parts.push(message!(" = weight {}", self.weight));
        }
        for boost in boosts {
            parts.push(Message::verbatim(format!(" + {} ({})", boost.points, boost.written)));
        }
        parts.extend(self.term.as_ref().map(|TermReport { term, points }| match term {
            Some(term) => message!(" + {points} (the term {term})"),
            None => message!(" + {points} (the term that is masked)"),
        }));
        Message::joined(parts)
    }
}

/// A boost of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoostReport {
    /// Points added if its condition is true.
    #[serde(serialize_with = "points")]
    pub points: Score,
    /// As written.
    pub written: String,
    /// The condition as a tree.
    pub condition: Node,
}

/// A term with a weight of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermReport {
    /// As written in its list; `None` if it is masked.
    pub term: Option<String>,
    /// Points.
    #[serde(serialize_with = "points")]
    pub points: Score,
}

/// The score of a category and its consequences.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CategoryReport {
    /// Its name.
    pub category: &'static str,
    /// The score that counts.
    #[serde(serialize_with = "points")]
    pub score: Score,
    /// The sum over its rules, if `max` reduced it.
    #[serde(serialize_with = "some_points", skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<Score>,
    /// The action that the score leads to.
    pub action: &'static str,
    /// Whether the score reaches the `care` threshold.
    pub care: bool,
    /// The thresholds that are set, by name, in order.
    pub thresholds: Vec<ThresholdReport>,
    /// The condition on posts under which these thresholds apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

impl CategoryReport {
    /// The category and its score, with the sum if `max` reduced it.
    pub fn score_message(&self) -> Message {
        let CategoryReport { category, score, cut_from, .. } = self;
        match cut_from {
            Some(sum) => message!("{category} {score} (cut from {sum} by max)"),
            None => Message::verbatim(format!("{category} {score}")),
        }
    }

    /// The thresholds, and where they apply.
    pub fn thresholds_message(&self) -> Message {
        let one = |it: &ThresholdReport| message!("{} from {}", it.name, it.from);
        let thresholds = match self.thresholds.as_slice() {
            [] => message!("the policy sets no threshold for it"),
            some => Message::list(some.iter().map(one), &message!(", ")),
        };
        match &self.when {
            Some(when) => message!("{thresholds} where {when}"),
            None => thresholds,
        }
    }
}

/// A threshold of a category.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ThresholdReport {
    /// `flag`, `review`, `block` or `care`.
    pub name: &'static str,
    /// Smallest score that reaches it.
    #[serde(serialize_with = "points")]
    pub from: Score,
}

/// Why there is no explanation: the line is not a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// The line is unreadable.
    Unreadable(ErrorCode, String),
    /// The preset skips such records.
    Skipped,
}

impl LineError {
    /// Why, for people.
    pub fn message(&self) -> Message {
        match self {
            LineError::Unreadable(code, detail) => {
                Message::verbatim(format!("{}: {detail}", code.name()))
            }
            LineError::Skipped => message!("the preset skips such records: they are not posts"),
        }
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for LineError {}

/// A number without a redundant fraction.
pub(super) fn points<S: Serializer>(score: &Score, out: S) -> Result<S::Ok, S::Error> {
    match score.millis() % 1000 {
        0 => out.serialize_i64(score.millis() / 1000),
        _ => out.serialize_f64(score.points()),
    }
}

fn some_points<S: Serializer>(score: &Option<Score>, out: S) -> Result<S::Ok, S::Error> {
    points(&score.unwrap_or_default(), out)
}
