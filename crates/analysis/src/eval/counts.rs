//! Counts of one group of categories: true positives, false positives, false negatives.

use crate::labels::{CategorySet, SetLabels};
use std::collections::BTreeMap;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::post::Post;

/// Number of rows by (true categories, found categories).
pub type Cells = BTreeMap<(CategorySet, CategorySet), u64>;

/// The categories that count as found, without those of `leave_out`, and the action they lead to.
pub(crate) fn found(
    classifier: &Classifier,
    post: &Post<'_>,
    verdict: &Verdict<'_>,
    set: &SetLabels,
) -> (CategorySet, Action) {
    let mut found = CategorySet::EMPTY;
    let mut action = if verdict.capped { Action::Review } else { Action::Allow };
    for (category, score) in verdict.categories {
        if set.leave_out.has(*category) {
            continue;
        }
        let (limits, _) = classifier.policy().limits(*category, &|path| post.meta(path));
        let own = limits.action(*score);
        action = action.max(own);
        if own >= set.positive || limits.care.is_some_and(|from| *score >= from) {
            found = found.with(*category);
        }
    }
    (found, action)
}

/// Counts of one group of categories over some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Rows of the group in which it was found.
    pub right: u64,
    /// Harmless rows in which it was found.
    pub wrong_harmless: u64,
    /// Rows of other categories in which it was found.
    pub wrong_elsewhere: u64,
    /// Rows of the group in which it was not found.
    pub missed: u64,
}

/// Counts one group of categories, `target`, over cells of (truth, found) → rows.
///
/// A row is a positive for the group if its truth is exactly the group. A find of the group is
/// wrong unless one of the categories found is among those the row is labelled with.
pub(super) fn count(target: &CategorySet, cells: &Cells) -> Counts {
    let mut counts = Counts::default();
    for ((truth, found), rows) in cells {
        let hit = found.and(target);
        if truth == target {
            let side = if hit.is_empty() { &mut counts.missed } else { &mut counts.right };
            *side += rows;
        } else if !hit.is_empty() && !hit.meets(truth) {
            let side = match truth.is_empty() {
                true => &mut counts.wrong_harmless,
                false => &mut counts.wrong_elsewhere,
            };
            *side += rows;
        }
    }
    counts
}

/// The groups of categories that rows are labelled with, in order of category, then single categories that were found
/// although no label means them.
pub(super) fn targets(cells: &Cells) -> Vec<CategorySet> {
    let mut targets: Vec<CategorySet> =
        cells.keys().map(|(truth, _)| truth.clone()).filter(|truth| !truth.is_empty()).collect();
    targets.sort_by_cached_key(|target| target.iter().collect::<Vec<_>>());
    targets.dedup();
    let labelled: CategorySet = targets.iter().flat_map(CategorySet::iter).collect();
    let found: CategorySet = cells.keys().flat_map(|(_, found)| found.iter()).collect();
    targets.extend(found.without(&labelled).iter().map(CategorySet::of));
    targets
}
