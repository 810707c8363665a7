//! Judges labelled rows, counts which rules fired for them, and fits every category.

use super::counts::{Pattern, TrainingCounts, TrainingData};
use super::fit::{Fit, fit};
use crate::bottom_k_sample::hash;
use crate::eval::Set;
use crate::labelled::{FileCounts, Row, RowError, Visitor, finish_file};
use std::collections::BTreeMap;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;
use tidegate_engine::lines::Chunk;
use tidegate_engine::post::Batch;

/// Held-out rows of every ten.
pub const HOLD_OUT: u64 = 3;

/// Training data being collected.
#[derive(Debug)]
pub struct Training<'c> {
    classifier: &'c Classifier,
    sets: &'c [Set],
    data: TrainingData,
    errors: Vec<RowError>,
}

/// Judges the rows of one file that one thread receives.
#[derive(Debug)]
pub struct Worker<'c> {
    set: &'c Set,
    file_counts: FileCounts,
    trainer: Trainer<'c>,
}

#[derive(Debug)]
struct Trainer<'c> {
    classifier: &'c Classifier,
    set: &'c Set,
    scratch: Scratch,
    data: TrainingData,
}

/// All fits.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Tuned {
    /// The precision that was wanted.
    pub precision: f64,
    /// Harmless rows, `[training, held-out]`.
    pub harmless: [u64; 2],
    /// One fit per category.
    pub categories: Vec<Fit>,
}

impl<'c> Training<'c> {
    /// Collects rows of `sets`.
    pub fn new(classifier: &'c Classifier, sets: &'c [Set]) -> Training<'c> {
        Training { classifier, sets, data: TrainingData::default(), errors: Vec::new() }
    }

    /// A worker for a file of this set.
    pub fn worker(&self, set: usize) -> Worker<'c> {
        let (classifier, set) = (self.classifier, &self.sets[set]);
        let trainer =
            Trainer { classifier, set, scratch: Scratch::default(), data: TrainingData::default() };
        Worker { set, file_counts: FileCounts::default(), trainer }
    }

    /// Adds the results of all workers for the file `name`.
    pub fn take(&mut self, name: &str, workers: Vec<Worker<'c>>) {
        let mut file_counts = FileCounts::default();
        for worker in workers {
            self.data.merge(worker.trainer.data);
            file_counts.merge(worker.file_counts);
        }
        finish_file(&mut self.errors, name, file_counts);
    }

    /// Errors: rows whose label is missing or unknown, and files without rows.
    pub fn errors(&self) -> &[RowError] {
        &self.errors
    }

    /// Harmless rows, `[training, held-out]`.
    pub fn harmless(&self) -> [u64; 2] {
        self.data.harmless
    }

    /// Fits every category that has rows. `step` is called after each.
    pub fn tune(&self, precision: f64, step: impl Fn()) -> Tuned {
        let fit_one = |(category, counts_of_category): (&Category, &TrainingCounts)| {
            let fit = fit(self.classifier, *category, counts_of_category, precision);
            step();
            fit
        };
        let taught = self.data.categories.iter().filter(|(_, it)| it.rows != [0, 0]);
        Tuned { precision, harmless: self.data.harmless, categories: taught.map(fit_one).collect() }
    }

    /// Number of categories that have rows.
    pub fn categories(&self) -> usize {
        self.data.categories.values().filter(|it| it.rows != [0, 0]).count()
    }
}

impl Worker<'_> {
    /// Judges the rows of a chunk.
    pub fn read(&mut self, chunk: &Chunk) {
        let Worker { set, file_counts, trainer } = self;
        set.reader.read(chunk, file_counts, trainer);
    }
}

impl Visitor for Trainer<'_> {
    fn batch(&mut self, chunk: &[u8], batch: &Batch) {
        self.classifier.scan(chunk, batch, &mut self.scratch);
    }

    fn row(&mut self, row: &Row<'_>) {
        let Trainer { classifier, set, scratch, data } = self;
        let side = usize::from(hash(row.post.texts().map(|text| text.text)) % 10 < HOLD_OUT);
        let verdict = classifier.judge(&row.post, row.index, scratch);
        let mut patterns: BTreeMap<Category, Vec<(RuleIx, Score)>> = BTreeMap::new();
        for fired in verdict.fired.iter().filter(|fired| !fired.shadow) {
            let category = classifier.rules().rule(fired.rule).category;
            let weight = classifier.policy().weight(fired.rule);
            let extra = Score::from_millis(fired.score.millis() - weight.millis());
            patterns.entry(category).or_default().push((fired.rule, extra));
        }
        let channel = classifier.policy().channel(&|path| row.post.meta(path));
        let positive = set.labels.positive;
        data.harmless[side] += u64::from(row.truth.is_empty());
        let mut own = row.truth.iter();
        if let (Some(category), None) = (own.next(), own.next()) {
            data.categories.entry(category).or_default().rows[side] += 1;
        }
        for (category, fired) in patterns {
            let is_own = row.truth.is_only(category);
            // As `eval` counts: a find is not wrong if the label names the category, among others.
            if set.labels.leave_out.has(category) || !is_own && row.truth.has(category) {
                continue;
            }
            let counts_of_category = data.categories.entry(category).or_default();
            let pattern = Pattern { channel, positive, fired };
            let counts = counts_of_category.patterns.entry(pattern).or_default();
            let kind = if is_own {
                &mut counts.right
            } else if row.truth.is_empty() {
                &mut counts.harmless
            } else {
                &mut counts.elsewhere
            };
            kind[side] += 1;
        }
    }
}
