//! An evaluation in progress: joins the counts of all workers.

use super::fields_read::FieldsRead;
use super::set::Set;
use super::tally::{SetTally, Tally, Worker};
use crate::disguise::Disguiser;
use crate::labelled::{FileCounts, RowError, finish_file};
use crate::line_numbers::{LineNumbers, LinePosition};
use std::sync::Arc;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::post::ErrorCode;

/// An evaluation in progress.
#[derive(Debug)]
pub struct Evaluation<'c> {
    pub(super) classifier: &'c Classifier,
    pub(super) sets: &'c [Set],
    pub(super) examples: usize,
    pub(super) disguiser: Option<&'c Disguiser>,
    pub(super) fields_read: Arc<FieldsRead>,
    /// By set.
    pub(super) tallies: Vec<SetTally>,
    /// Set, name and line numbers of each file.
    pub(super) files: Vec<(usize, String, LineNumbers)>,
    pub(super) errors: Vec<RowError>,
}

impl<'c> Evaluation<'c> {
    /// An evaluation of `sets` that keeps `examples` examples of each kind.
    pub fn new(classifier: &'c Classifier, sets: &'c [Set], examples: usize) -> Evaluation<'c> {
        let tallies = sets.iter().map(|_| SetTally::default()).collect();
        Evaluation {
            classifier,
            sets,
            examples,
            disguiser: None,
            fields_read: Arc::new(FieldsRead::of(classifier)),
            tallies,
            files: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Rows that are flagged are judged disguised, too.
    #[must_use]
    pub fn disguised(self, disguiser: Option<&'c Disguiser>) -> Evaluation<'c> {
        Evaluation { disguiser, ..self }
    }

    /// A worker for the next file, which belongs to this set.
    pub fn worker(&self, set: usize) -> Worker<'c> {
        let (file, fields_read) = (self.files.len(), self.fields_read.clone());
        let worker =
            Worker::new(self.classifier, &self.sets[set], fields_read, (file, self.examples));
        worker.disguised(self.disguiser)
    }

    /// Adds the results of all workers for the file `name`.
    pub fn take(&mut self, set: usize, name: &str, workers: Vec<Worker<'c>>) {
        let mut file_counts = FileCounts::default();
        let mut tally = Tally::default();
        for worker in workers {
            let (own, own_counts) = worker.finish();
            tally.merge(own, self.examples);
            file_counts.merge(own_counts);
        }
        self.tallies[set].add(tally, &file_counts, self.examples);
        let first: Vec<(ErrorCode, LinePosition)> =
            file_counts.unreadable.iter().map(|(code, kind)| (*code, kind.first)).collect();
        let lines = finish_file(&mut self.errors, name, file_counts);
        for (code, at) in first {
            let place = || (name.to_owned(), lines.number(at));
            self.tallies[set].first_unreadable.entry(code).or_insert_with(place);
        }
        self.files.push((set, name.to_owned(), lines));
    }
}
