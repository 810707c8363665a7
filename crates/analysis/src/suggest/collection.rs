//! Collects the texts that suggestions are chosen from.

use super::choose::{Suggestions, Wanted, choose};
use super::units::folded;
use crate::bottom_k_sample::{BottomKSample, hash};
use crate::eval::{Set, found};
use crate::labelled::{FileCounts, Row, RowError, Visitor, finish_file};
use crate::labels::CategorySet;
use crate::line_numbers::LinePosition;
use std::collections::BTreeMap;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::limits::{SUGGEST_ROWS_MAX, SUGGEST_UNITS_MAX};
use tidegate_engine::lines::Chunk;
use tidegate_engine::post::Batch;

/// The rows collected so far.
#[derive(Debug)]
pub struct Collection<'c> {
    /// Rules whose findings are left out.
    found_by: Option<&'c Classifier>,
    sets: &'c [Set],
    rows: Rows,
    files: usize,
    errors: Vec<RowError>,
}

/// File number and position of a row.
type Where = (usize, LinePosition);

/// Folded texts by category set; harmless texts under the empty set.
#[derive(Debug, Default)]
struct Rows {
    kinds: BTreeMap<CategorySet, BottomKSample<Where, String>>,
    /// Rows left out because rules find them.
    found: u64,
}

/// Collects the rows of one file that one thread receives.
#[derive(Debug)]
pub struct Worker<'c> {
    set: &'c Set,
    file_counts: FileCounts,
    collector: Collector<'c>,
}

#[derive(Debug)]
struct Collector<'c> {
    found_by: Option<&'c Classifier>,
    set: &'c Set,
    file: usize,
    scratch: Scratch,
    rows: Rows,
}

impl<'c> Collection<'c> {
    /// A collection of `sets`, without the rows in which `found_by` already finds the labelled
    /// category.
    pub fn new(sets: &'c [Set], found_by: Option<&'c Classifier>) -> Collection<'c> {
        Collection { found_by, sets, rows: Rows::default(), files: 0, errors: Vec::new() }
    }

    /// A worker for the next file, which belongs to this set.
    pub fn worker(&self, set: usize) -> Worker<'c> {
        let (set, rows, scratch) = (&self.sets[set], Rows::default(), Scratch::default());
        let collector = Collector { found_by: self.found_by, set, file: self.files, scratch, rows };
        Worker { set, file_counts: FileCounts::default(), collector }
    }

    /// Adds the results of all workers for the file `name`.
    pub fn take(&mut self, name: &str, workers: Vec<Worker<'c>>) {
        let mut file_counts = FileCounts::default();
        for worker in workers {
            self.rows.merge(worker.collector.rows);
            file_counts.merge(worker.file_counts);
        }
        self.files += 1;
        finish_file(&mut self.errors, name, file_counts);
    }

    /// Errors: rows whose label is missing or unknown, and files without rows.
    pub fn errors(&self) -> &[RowError] {
        &self.errors
    }

    /// The groups of categories with rows.
    pub fn groups(&self) -> Vec<CategorySet> {
        self.rows.kinds.keys().filter(|group| !group.is_empty()).cloned().collect()
    }

    /// Number of distinct harmless texts.
    pub fn harmless(&self) -> usize {
        self.rows.kinds.get(&CategorySet::EMPTY).map_or(0, BottomKSample::len)
    }

    /// Rows left out because rules find them.
    pub fn found(&self) -> u64 {
        self.rows.found
    }

    /// Suggestions that separate the rows of `group` from harmless ones.
    pub fn suggest(&self, group: &CategorySet, wanted: &Wanted) -> Suggestions {
        let texts = |kind: &CategorySet| -> Vec<&str> {
            let rows = self.rows.kinds.get(kind);
            rows.into_iter().flat_map(BottomKSample::iter).map(|(_, text)| text.as_str()).collect()
        };
        choose(group, &texts(group), &texts(&CategorySet::EMPTY), wanted)
    }
}

impl Worker<'_> {
    /// Collects the rows of a chunk.
    pub fn read(&mut self, chunk: &Chunk) {
        let Worker { set, file_counts, collector } = self;
        set.reader.read(chunk, file_counts, collector);
    }
}

impl Visitor for Collector<'_> {
    fn batch(&mut self, chunk: &[u8], batch: &Batch) {
        if let Some(classifier) = self.found_by {
            classifier.scan(chunk, batch, &mut self.scratch);
        }
    }

    fn row(&mut self, row: &Row<'_>) {
        if let Some(classifier) = self.found_by.filter(|_| !row.truth.is_empty()) {
            let verdict = classifier.judge(&row.post, row.index, &mut self.scratch);
            let (found, _) = found(classifier, &row.post, &verdict, &self.set.labels);
            if found.meets(&row.truth) {
                self.rows.found += 1;
                return;
            }
        }
        let kind = self.rows.kinds.entry(row.truth.clone()).or_default();
        let hash = hash(row.post.texts().map(|text| text.text));
        kind.offer(hash, (self.file, row.at), SUGGEST_ROWS_MAX, || {
            let text = folded(row.post.texts());
            // A prefix that contains the first [`SUGGEST_UNITS_MAX`] units of usual texts.
            let cut = text.char_indices().nth(SUGGEST_UNITS_MAX * CHARS_PER_UNIT);
            text[..cut.map_or(text.len(), |(at, _)| at)].to_owned()
        });
    }
}

/// Characters kept per unit: English words have about five and a space.
const CHARS_PER_UNIT: usize = 6;

impl Rows {
    fn merge(&mut self, other: Rows) {
        self.found += other.found;
        for (kind, sample) in other.kinds {
            self.kinds.entry(kind).or_default().merge(sample, SUGGEST_ROWS_MAX);
        }
    }
}
