//! Correlations of a rule set, as this stage evaluates them.

use crate::model::{Moments, Seconds};
use std::collections::HashMap;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;

/// The rule that fires on members of a fabricated story.
pub const STORY_RULE: &str = "campaign.story";

/// Kinds, with the names of Sigma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// So many posts.
    EventCount,
    /// So many different values of a field.
    ValueCount,
    /// All rules, in any order.
    Temporal,
    /// All rules, in this order.
    TemporalOrdered,
}

impl Kind {
    /// Name in packs and in the output.
    pub fn name(self) -> &'static str {
        match self {
            Kind::EventCount => "event_count",
            Kind::ValueCount => "value_count",
            Kind::Temporal => "temporal",
            Kind::TemporalOrdered => "temporal_ordered",
        }
    }
}

/// A correlation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correlation {
    /// Its id.
    pub id: String,
    /// The category to which it adds.
    pub category: Category,
    /// What it adds.
    pub weight: Score,
    /// It runs in shadow mode.
    pub shadow: bool,
    /// Its kind.
    pub kind: Kind,
    /// Number of its patterns of rules; at most 64.
    pub patterns: usize,
    /// Bits of the patterns that name [`STORY_RULE`].
    pub story: u64,
    /// Events or values that are needed.
    pub at_least: usize,
    /// In seconds.
    pub timespan: Seconds,
    /// Covers everything that its groups depend on: a correlation with another hash starts empty.
    pub hash: u32,
}

impl Correlation {
    /// What a new group remembers.
    pub fn no_moments(&self) -> Moments {
        match self.kind {
            Kind::EventCount => Moments::Events(Vec::new()),
            Kind::ValueCount => Moments::Values(Vec::new()),
            Kind::Temporal => Moments::Rules(vec![None; self.patterns]),
            Kind::TemporalOrdered => Moments::Order(vec![None; self.patterns]),
        }
    }
}

/// All correlations of a rule set.
#[derive(Clone, Debug, Default)]
pub struct Correlations {
    /// In id order.
    pub all: Vec<Correlation>,
    /// By the id of a rule: correlations that count it, and the bits of its patterns.
    pub by_rule: HashMap<String, Vec<(usize, u64)>>,
}

/// Finds the correlations that a post counts for. (Filled when the engine has them.)
#[derive(Debug, Default)]
pub struct Matching {}
