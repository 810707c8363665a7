//! How well rules find what labels say is there, and what else they find.
//!
//! Input: a classifier and labelled rows, chunk by chunk, on any number of threads.
//! Output: a [`Report`], plain data, the same for every number of threads.
//!
//! * A category is *found* in a post if its score leads to the action that the set counts
//!   as positive or a stronger one, or to care.
//! * A label that means several categories is met by any of them. Such a group is counted
//!   as a category of its own, so that each row is asked for one thing.
//! * Rates have 95 % Wilson intervals; a rate of nothing is left out, and a note says why.
//! * What a rule wants masked is masked in examples.

mod examples;
mod html;
mod report;
mod tally;

pub use examples::{Example, ExampleKind, RuleEvidence, TextReport};
pub use html::render_page;
pub use report::{LabelReport, Report, RuleReport, SetReport, TargetReport};
pub use tally::{SetTally, Tally, Worker};

use super::labelled::{FileCounts, Reader, RowError, take_lines};
use super::labels::{CategorySet, SetLabels};
use super::line_numbers::LineNumbers;
use tally::Cells;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::post::Post;

/// A set of labelled rows: one kind of label, one or several files.
#[derive(Debug)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// What its labels mean.
    pub labels: SetLabels,
    /// Reads its rows.
    pub reader: Reader,
}

/// An evaluation under way.
#[derive(Debug)]
pub struct Evaluation<'c> {
    classifier: &'c Classifier,
    sets: &'c [Set],
    examples: usize,
    /// By set.
    tallies: Vec<SetTally>,
    /// What was seen of each file: its set, its name, its lines.
    files: Vec<(usize, String, LineNumbers)>,
    problems: Vec<RowError>,
}

impl<'c> Evaluation<'c> {
    /// Of `sets`, with so many examples of each kind.
    pub fn new(classifier: &'c Classifier, sets: &'c [Set], examples: usize) -> Evaluation<'c> {
        let tallies = sets.iter().map(|_| SetTally::default()).collect();
        Evaluation { classifier, sets, examples, tallies, files: Vec::new(), problems: Vec::new() }
    }

    /// A worker for the file that comes next, which belongs to this set.
    pub fn worker(&self, set: usize) -> Worker<'c> {
        Worker::new(self.classifier, &self.sets[set], self.files.len(), self.examples)
    }

    /// Takes in what all workers made of a file called `name`.
    pub fn take(&mut self, set: usize, name: &str, workers: Vec<Worker<'c>>) {
        let mut seen = FileCounts::default();
        let mut tally = Tally::default();
        for worker in workers {
            let (own, worker_seen) = worker.finish();
            tally.merge(own, self.examples);
            seen.merge(worker_seen);
        }
        self.tallies[set].add(tally, &seen, self.examples);
        let lines = take_lines(&mut self.problems, name, seen);
        self.files.push((set, name.to_owned(), lines));
    }

    /// What came of it.
    ///
    /// # Errors
    ///
    /// Rows that cannot be told by their label, and sets without any row: all of them,
    /// each with its file and line.
    pub fn finish(self) -> Result<Report, Vec<RowError>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(report::of(&self))
    }
}

/// The categories that count as found, those of `leave_out` apart, and the action they
/// lead to.
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

/// What a group of categories comes to in some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    right: u64,
    wrong_harmless: u64,
    wrong_elsewhere: u64,
    missed: u64,
}

/// Counts one group of categories, `target`, over cells of (truth, found) → rows.
///
/// A row is asked for the group if its truth is exactly that. A find of the group is
/// wrong unless one of the categories found is among those the row is labelled with.
fn count(target: CategorySet, cells: &Cells) -> Counts {
    let mut counts = Counts::default();
    for ((truth, found), rows) in cells {
        let hit = found.and(target);
        if *truth == target {
            let side = if hit.is_empty() { &mut counts.missed } else { &mut counts.right };
            *side += rows;
        } else if !hit.is_empty() && !hit.meets(*truth) {
            let side = match truth.is_empty() {
                true => &mut counts.wrong_harmless,
                false => &mut counts.wrong_elsewhere,
            };
            *side += rows;
        }
    }
    counts
}

/// The groups of categories that rows are asked for, and single categories that were
/// found, and no set asks for them.
fn targets(cells: &Cells) -> Vec<CategorySet> {
    let mut targets: Vec<CategorySet> =
        cells.keys().map(|(truth, _)| *truth).filter(|truth| !truth.is_empty()).collect();
    targets.sort_by_key(|target| order(*target));
    targets.dedup();
    let asked =
        targets.iter().fold(CategorySet::EMPTY, |all, one| one.iter().fold(all, CategorySet::with));
    let found = cells
        .keys()
        .fold(CategorySet::EMPTY, |all, (_, one)| one.iter().fold(all, CategorySet::with));
    targets.extend(found.without(asked).iter().map(CategorySet::of));
    targets
}

/// In the order of the table, single categories before groups that begin with them.
fn order(target: CategorySet) -> Vec<usize> {
    target.iter().map(Category::index).collect()
}

#[cfg(test)]
mod tests;
