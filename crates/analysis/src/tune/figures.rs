//! What weights and thresholds find, counted as `eval` counts.

use super::counts::{Pattern, TrainingCounts};
use crate::statistics::{Proportion, Rate};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;
use tidegate_engine::policy::Limits;

/// What is found of a category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Rows of the category found.
    pub right: u64,
    /// Rows of the category not found.
    pub missed: u64,
    /// Harmless rows found.
    pub wrong: u64,
    /// Rows of other categories found.
    pub elsewhere: u64,
    /// `right` of all rows found.
    pub precision: Option<Rate>,
    /// The same, with only harmless rows counted as wrong: what is fitted.
    pub precision_against_harmless: Option<Rate>,
    /// `right` of all rows of the category.
    pub recall: Option<Rate>,
}

/// Points by rule.
pub(super) type Weights = BTreeMap<RuleIx, Score>;

/// The score of a row, before the cap of its channel.
pub(super) fn sum(pattern: &Pattern, weights: &Weights) -> Score {
    let points = pattern.fired.iter().map(|(rule, extra)| weights[rule].millis() + extra.millis());
    Score::from_millis(points.sum())
}

/// Whether a row counts as found: by its action, or by `care`.
pub(super) fn is_found(limits: &Limits, pattern: &Pattern, weights: &Weights) -> bool {
    let sum = sum(pattern, weights);
    let score = limits.max.map_or(sum, |max| sum.min(max));
    limits.action(score) >= pattern.positive || limits.care.is_some_and(|from| score >= from)
}

/// The figures with these weights and these thresholds by channel. `sides` are 0 for training rows
/// and 1 for held-out ones.
pub(super) fn figures(
    counts_of_category: &TrainingCounts,
    weights: &Weights,
    channels: &[Limits],
    sides: Range<usize>,
) -> Figures {
    let total = |of: &[u64; 2]| of[sides.clone()].iter().sum::<u64>();
    let (mut right, mut wrong, mut elsewhere) = (0, 0, 0);
    for (pattern, counts) in &counts_of_category.patterns {
        if is_found(&channels[pattern.channel], pattern, weights) {
            right += total(&counts.right);
            wrong += total(&counts.harmless);
            elsewhere += total(&counts.elsewhere);
        }
    }
    let rows = total(&counts_of_category.rows);
    Figures {
        right,
        missed: rows - right,
        wrong,
        elsewhere,
        precision: Proportion::new(right, right + wrong + elsewhere).rate(),
        precision_against_harmless: Proportion::new(right, right + wrong).rate(),
        recall: Proportion::new(right, rows).rate(),
    }
}
