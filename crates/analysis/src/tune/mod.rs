//! Weights and thresholds for a wanted precision, learnt from labelled rows.
//!
//! Input: a classifier and labelled rows, chunk by chunk, on any number of threads. Output:
//! [`Tuned`], one fit a category, plain data, the same for every number of threads; and a
//! policy to write (`written`). Nothing is applied here.
//!
//! * A row teaches a category if its label means that category alone (then it is to be
//!   found) or that it is harmless (then it is not). Rows of other harm teach nothing: what
//!   is found in them is no harm to readers.
//! * [`HOLD_OUT`] in ten of the rows, by the hash of their texts, are held back: nothing is
//!   fitted to them, and their figures say how much of the fit is chance.
//! * The `flag` threshold of the policy for posts of no special channel is fitted, and the
//!   weights of rules; boosts and weights of terms stay as they are.
//! * Thresholds of `review` and `block` are raised only where `flag` would pass them.

mod fit;
mod written;

pub use fit::{Figures, Fit, WeightChange};
pub use written::written;

use super::eval::Set;
use super::labelled::{Problem, Row, Seen, Visitor, take_lines};
use super::labels::CategorySet;
use super::sample::hash;
use std::collections::BTreeMap;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;
use tidegate_engine::lines::Chunk;
use tidegate_engine::post::Batch;

/// Of ten rows, so many are held back.
pub const HOLD_OUT: u64 = 3;

/// Rows of a category that teach: with less, chance teaches.
pub const ROWS_LEAST: u64 = 20;

/// The rules of a category that fired for a row, each with its points beyond its weight.
type Pattern = Vec<(RuleIx, Score)>;

/// Rows to be found, and harmless ones; of those that teach, then of those held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    right: [u64; 2],
    harmless: [u64; 2],
}

/// What is known of one category.
#[derive(Clone, Debug, Default)]
struct Lessons {
    /// All its rows, those without any rule included; harmless ones are counted apart.
    rows: [u64; 2],
    patterns: BTreeMap<Pattern, Counts>,
}

#[derive(Debug, Default)]
struct Learnt {
    categories: BTreeMap<Category, Lessons>,
    harmless: [u64; 2],
}

/// Learning under way.
#[derive(Debug)]
pub struct Learning<'c> {
    classifier: &'c Classifier,
    sets: &'c [Set],
    learnt: Learnt,
    problems: Vec<Problem>,
}

/// Judges the rows of a file that one thread gets.
#[derive(Debug)]
pub struct Worker<'c> {
    set: &'c Set,
    seen: Seen,
    pupil: Pupil<'c>,
}

#[derive(Debug)]
struct Pupil<'c> {
    classifier: &'c Classifier,
    set: &'c Set,
    scratch: Scratch,
    learnt: Learnt,
}

/// What was fitted.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Tuned {
    /// The precision that was wanted.
    pub precision: f64,
    /// Harmless rows that teach, and that are held back.
    pub harmless: [u64; 2],
    /// Category by category.
    pub categories: Vec<Fit>,
}

impl<'c> Learning<'c> {
    /// From `sets`.
    pub fn new(classifier: &'c Classifier, sets: &'c [Set]) -> Learning<'c> {
        Learning { classifier, sets, learnt: Learnt::default(), problems: Vec::new() }
    }

    /// A worker for a file that belongs to this set.
    pub fn worker(&self, set: usize) -> Worker<'c> {
        let (classifier, set) = (self.classifier, &self.sets[set]);
        let pupil =
            Pupil { classifier, set, scratch: Scratch::default(), learnt: Learnt::default() };
        Worker { set, seen: Seen::default(), pupil }
    }

    /// Takes in what all workers made of a file called `name`.
    pub fn take(&mut self, name: &str, workers: Vec<Worker<'c>>) {
        let mut seen = Seen::default();
        for worker in workers {
            self.learnt.merge(worker.pupil.learnt);
            seen.merge(worker.seen);
        }
        take_lines(&mut self.problems, name, seen);
    }

    /// Rows that cannot be told by their label, and files without any.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Harmless rows that teach, and that are held back.
    pub fn harmless(&self) -> [u64; 2] {
        self.learnt.harmless
    }

    /// Fits every category that there are rows of. `told` is called after each.
    pub fn tune(&self, precision: f64, told: impl Fn()) -> Tuned {
        let fit = |(category, lessons): (&Category, &Lessons)| {
            let fit = fit::fit(self.classifier, *category, lessons, precision);
            told();
            fit
        };
        let taught = self.learnt.categories.iter().filter(|(_, it)| it.rows != [0, 0]);
        Tuned { precision, harmless: self.learnt.harmless, categories: taught.map(fit).collect() }
    }

    /// The categories that there are rows of.
    pub fn categories(&self) -> usize {
        self.learnt.categories.values().filter(|it| it.rows != [0, 0]).count()
    }
}

impl Worker<'_> {
    /// Judges the rows of a chunk.
    pub fn read(&mut self, chunk: &Chunk) {
        let Worker { set, seen, pupil } = self;
        set.reader.read(chunk, seen, pupil);
    }
}

impl Visitor for Pupil<'_> {
    fn batch(&mut self, chunk: &[u8], batch: &Batch) {
        self.classifier.scan(chunk, batch, &mut self.scratch);
    }

    fn row(&mut self, row: &Row<'_>) {
        let Pupil { classifier, set, scratch, learnt } = self;
        let side = usize::from(hash(row.post.texts().map(|text| text.text)) % 10 < HOLD_OUT);
        let verdict = classifier.judge(&row.post, row.index, scratch);
        let mut patterns: BTreeMap<Category, Pattern> = BTreeMap::new();
        for fired in verdict.fired.iter().filter(|fired| !fired.shadow) {
            let category = classifier.rules().rule(fired.rule).category;
            let weight = classifier.policy().weight(fired.rule);
            let extra = Score::from_millis(fired.score.millis() - weight.millis());
            patterns.entry(category).or_default().push((fired.rule, extra));
        }
        learnt.harmless[side] += u64::from(row.truth.is_empty());
        let mut own = row.truth.without(set.labels.leave_out).iter();
        if let (Some(category), None) = (own.next(), own.next())
            && row.truth == CategorySet::of(category)
        {
            learnt.categories.entry(category).or_default().rows[side] += 1;
        }
        for (category, pattern) in patterns {
            let is_own = row.truth == CategorySet::of(category);
            if set.labels.leave_out.has(category) || !is_own && !row.truth.is_empty() {
                continue;
            }
            let lessons = learnt.categories.entry(category).or_default();
            let counts = lessons.patterns.entry(pattern).or_default();
            let kind = if is_own { &mut counts.right } else { &mut counts.harmless };
            kind[side] += 1;
        }
    }
}

impl Learnt {
    fn merge(&mut self, other: Learnt) {
        add(&mut self.harmless, other.harmless);
        for (category, lessons) in other.categories {
            let own = self.categories.entry(category).or_default();
            add(&mut own.rows, lessons.rows);
            for (pattern, counts) in lessons.patterns {
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

#[cfg(test)]
mod tests;
