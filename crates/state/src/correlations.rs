//! Correlations of a rule set, as this stage evaluates them.

use crate::model::{Moments, Seconds};
use tidegate_engine::Classifier;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use tidegate_engine::policy::Mode;
use tidegate_engine::rules::compiled_correlation::CompiledCorrelation;
use tidegate_engine::rules::model::CorrelationKind;
use xxhash_rust::xxh3::xxh3_64;

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
    pub kind: CorrelationKind,
    /// Number of its patterns of rules; at most 64.
    pub patterns: usize,
    /// Bits of the patterns that name `campaign.story`.
    pub story: u64,
    /// Events or values that are needed.
    pub at_least: usize,
    /// In seconds.
    pub timespan: Seconds,
    /// Covers everything that its groups depend on: a correlation with another hash starts empty.
    pub hash: u32,
    /// Its position in the rule set.
    pub number: usize,
}

impl Correlation {
    fn of(number: usize, rule: &CompiledCorrelation, classifier: &Classifier) -> Correlation {
        let policy = classifier.policy();
        let is_story = rule.patterns.iter().enumerate().filter(|(_, pattern)| pattern.is_story);
        Correlation {
            id: rule.id.clone(),
            category: rule.category,
            weight: policy.weight_of_correlation(number),
            shadow: policy.mode_of_correlation(number) == Mode::Shadow,
            kind: rule.kind,
            patterns: rule.patterns.len(),
            story: is_story.fold(0, |bits, (place, _)| bits | 1 << place),
            at_least: rule.at_least as usize,
            timespan: rule.timespan,
            hash: rule.hash() as u32,
            number,
        }
    }

    /// What a new group remembers.
    pub fn no_moments(&self) -> Moments {
        match self.kind {
            CorrelationKind::EventCount => Moments::Events(Vec::new()),
            CorrelationKind::ValueCount => Moments::Values(Vec::new()),
            CorrelationKind::Temporal => Moments::Rules(vec![None; self.patterns]),
            CorrelationKind::TemporalOrdered => Moments::Order(vec![None; self.patterns]),
        }
    }
}

/// The correlations of a rule set that the policy does not disable.
#[derive(Clone, Debug, Default)]
pub struct Correlations {
    /// In id order.
    pub all: Vec<Correlation>,
}

impl Correlations {
    /// Those of a classifier.
    pub fn of(classifier: &Classifier) -> Correlations {
        let all = classifier.rules().correlations().iter().enumerate();
        let is_on =
            |number: usize| classifier.policy().mode_of_correlation(number) != Mode::Disabled;
        let all = all.filter(|(number, _)| is_on(*number));
        let all = all.map(|(number, rule)| Correlation::of(number, rule, classifier));
        Correlations { all: all.collect() }
    }

    /// Ids of those that start empty after `before`: new ones, and those that were changed.
    pub fn changed_since(&self, before: &Correlations) -> Vec<&str> {
        let is_known =
            |it: &Correlation| before.all.iter().any(|old| old.id == it.id && old.hash == it.hash);
        self.all.iter().filter(|it| !is_known(it)).map(|it| it.id.as_str()).collect()
    }

    /// 8 hex digits over everything that decides when they fire and what they add.
    pub fn hash_hex(&self) -> String {
        let parts = self.all.iter().map(|it| {
            let (id, category) = (&it.id, it.category.name());
            format!("{id}\u{1f}{category}\u{1f}{}\u{1f}{}\u{1f}{}", it.weight, it.shadow, it.hash)
        });
        let text = parts.collect::<Vec<_>>().join("\n");
        format!("{:08x}", xxh3_64(text.as_bytes()) as u32)
    }
}
