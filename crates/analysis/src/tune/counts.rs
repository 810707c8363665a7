//! Row counts by category and by everything that the score and the action of a row depend on.

use std::collections::BTreeMap;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;

/// Rows that any weights and thresholds treat alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    /// The channel of the policy.
    pub channel: usize,
    /// The weakest action that counts as found in the set of the row.
    pub positive: Action,
    /// The rules of the category that fired, each with its points beyond its weight.
    pub fired: Vec<(RuleIx, Score)>,
}

/// Row counts, each `[training, held-out]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Rows of the category.
    pub right: [u64; 2],
    /// Harmless rows.
    pub harmless: [u64; 2],
    /// Rows of other categories.
    pub elsewhere: [u64; 2],
}

/// Training data of one category.
#[derive(Clone, Debug, Default)]
pub(super) struct TrainingCounts {
    /// All its rows, including those on which no rule fired; harmless rows are counted separately.
    pub rows: [u64; 2],
    pub patterns: BTreeMap<Pattern, Counts>,
}

#[derive(Debug, Default)]
pub(super) struct TrainingData {
    pub categories: BTreeMap<Category, TrainingCounts>,
    pub harmless: [u64; 2],
}

impl TrainingData {
    pub fn merge(&mut self, other: TrainingData) {
        add(&mut self.harmless, other.harmless);
        for (category, counts_of_category) in other.categories {
            let own = self.categories.entry(category).or_default();
            add(&mut own.rows, counts_of_category.rows);
            for (pattern, counts) in counts_of_category.patterns {
                let known = own.patterns.entry(pattern).or_default();
                add(&mut known.right, counts.right);
                add(&mut known.harmless, counts.harmless);
                add(&mut known.elsewhere, counts.elsewhere);
            }
        }
    }
}

fn add(own: &mut [u64; 2], other: [u64; 2]) {
    own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
}
