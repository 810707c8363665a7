//! Precision and recall of a category if its threshold were at each score.
//!
//! Scores are those of the rows of all channels; `care` is left out. The current thresholds
//! are not used: a curve shows what other ones would find.

use super::counts::Cells;
use crate::labels::CategorySet;
use crate::statistics::{Proportion, Rate};
use serde::Serialize;
use std::collections::BTreeMap;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;

/// Most points of a curve; of more scores every second, third or later one is shown.
const POINTS_MAX: usize = 40;

/// Row counts by category and score: of the category, harmless, of other categories.
pub(super) type Scores = BTreeMap<(Category, Score), [u64; 3]>;

/// The curve of one category.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveReport {
    /// The category.
    pub category: &'static str,
    /// Its rows.
    pub rows: u64,
    /// From the highest threshold to the lowest.
    pub points: Vec<CurvePoint>,
}

/// What one threshold finds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The threshold.
    pub from: f64,
    /// Rows of the category found.
    pub right: u64,
    /// Harmless rows found.
    pub wrong_harmless: u64,
    /// Rows of other categories found.
    pub wrong_elsewhere: u64,
    /// `right` of all rows found.
    pub precision: Option<Rate>,
    /// `right` of all rows of the category.
    pub recall: Option<Rate>,
}

/// Counts one row.
pub(super) fn count(scores: &mut Scores, truth: &CategorySet, category: Category, score: Score) {
    let kind = if truth.is_only(category) {
        0
    } else if truth.is_empty() {
        1
    } else if truth.has(category) {
        return;
    } else {
        2
    };
    scores.entry((category, score)).or_default()[kind] += 1;
}

/// The curves of all categories that have rows of their own, over all sets.
pub(super) fn curves<'t>(sets: impl Iterator<Item = (&'t Scores, Cells)>) -> Vec<CurveReport> {
    let mut scores = Scores::new();
    let mut rows: BTreeMap<Category, u64> = BTreeMap::new();
    for (scores_of_set, cells) in sets {
        for (key, counts) in scores_of_set {
            let own = scores.entry(*key).or_default();
            own.iter_mut().zip(counts).for_each(|(own, more)| *own += more);
        }
        for ((truth, _), count) in cells {
            let mut own = truth.iter();
            if let (Some(category), None) = (own.next(), own.next()) {
                *rows.entry(category).or_default() += count;
            }
        }
    }
    let curve = |(category, rows): (&Category, &u64)| {
        let points = points(&scores, *category, *rows);
        (!points.is_empty()).then(|| CurveReport { category: category.name(), rows: *rows, points })
    };
    rows.iter().filter_map(curve).collect()
}

fn points(scores: &Scores, category: Category, rows: u64) -> Vec<CurvePoint> {
    let is_own = |of: &Category, score: &Score| *of == category && *score > Score::ZERO;
    let own = scores.iter().rev().filter(|((of, score), _)| is_own(of, score));
    let own: Vec<(Score, [u64; 3])> = own.map(|((_, score), counts)| (*score, *counts)).collect();
    let every = own.len().div_ceil(POINTS_MAX).max(1);
    let [mut right, mut harmless, mut elsewhere] = [0; 3];
    let mut points = Vec::new();
    for (at, (score, counts)) in own.iter().enumerate() {
        right += counts[0];
        harmless += counts[1];
        elsewhere += counts[2];
        if at % every == 0 || at + 1 == own.len() {
            points.push(CurvePoint {
                from: score.points(),
                right,
                wrong_harmless: harmless,
                wrong_elsewhere: elsewhere,
                precision: Proportion::new(right, right + harmless + elsewhere).rate(),
                recall: Proportion::new(right, rows).rate(),
            });
        }
    }
    points
}
