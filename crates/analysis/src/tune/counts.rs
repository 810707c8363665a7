//! Row counts by category and by pattern of fired rules.

use std::collections::BTreeMap;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;

/// The rules of a category that fired for a row, each with its points beyond its weight.
pub(super) type Pattern = Vec<(RuleIx, Score)>;

/// Positive and harmless row counts, each `[training, held-out]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub right: [u64; 2],
    pub harmless: [u64; 2],
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
            }
        }
    }
}

fn add(own: &mut [u64; 2], other: [u64; 2]) {
    own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
}
