//! The counts of one worker, and how counts are merged.

use super::counts::{Cells, found};
use super::curves::{self, Scores};
use super::fields_read::{FieldsRead, Unread};
use super::set::Set;
use super::worst_rows::{Candidate, ExampleKind, WorstRows};
use crate::bottom_k_sample::hash;
use crate::disguise::{Disguiser, WayCounts};
use crate::labelled::{FileCounts, Row, Visitor};
use crate::labels::CategorySet;
use std::collections::BTreeMap;
use std::sync::Arc;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use tidegate_engine::lines::Chunk;
use tidegate_engine::post::{Batch, ErrorCode};

/// How often a rule fired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// In rows of its category.
    pub right: u64,
    /// In harmful rows of other categories.
    pub elsewhere: u64,
    /// In harmless rows.
    pub harmless: u64,
}

/// Counts of a file.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows by (label number, true categories, found categories).
    labels: BTreeMap<(usize, CategorySet, CategorySet), u64>,
    /// Harmless rows by action.
    actions: [u64; Action::ALL.len()],
    /// Harmless rows whose author may need help.
    care: u64,
    /// By rule number.
    rules: BTreeMap<usize, RuleCounts>,
    /// Rows by score.
    scores: Scores,
    /// Rows that no rule of their category reads.
    unread: Unread,
    examples: WorstRows,
    disguised: DisguisedRows,
}

/// Rows that were judged disguised, too.
#[derive(Debug, Default)]
pub(super) struct DisguisedRows {
    /// Rows with an action above `allow`.
    pub flagged: u64,
    /// By way.
    pub ways: Vec<WayCounts>,
}

/// Counts of a set.
#[derive(Debug, Default)]
pub struct SetTally {
    pub(super) counts: Tally,
    /// Rows that count.
    pub(super) rows: u64,
    pub(super) ignored: u64,
    pub(super) skipped: u64,
    pub(super) unreadable: BTreeMap<ErrorCode, u64>,
    /// File and line number of the first of each kind.
    pub(super) first_unreadable: BTreeMap<ErrorCode, (String, u64)>,
}

/// Judges the chunks of one file that one thread receives.
#[derive(Debug)]
pub struct Worker<'c> {
    set: &'c Set,
    file_counts: FileCounts,
    counter: Counter<'c>,
}

#[derive(Debug)]
struct Counter<'c> {
    classifier: &'c Classifier,
    set: &'c Set,
    file: usize,
    examples: usize,
    fields_read: Arc<FieldsRead>,
    scratch: Scratch,
    tally: Tally,
    disguiser: Option<&'c Disguiser>,
    /// Of disguised posts; the other one is in use for the batch.
    other: Scratch,
}

impl<'c> Worker<'c> {
    pub(super) fn new(
        classifier: &'c Classifier,
        set: &'c Set,
        fields_read: Arc<FieldsRead>,
        (file, examples): (usize, usize),
    ) -> Worker<'c> {
        let (scratch, tally) = (Scratch::default(), Tally::default());
        let (disguiser, other) = (None, Scratch::default());
        let counter = Counter {
            classifier,
            set,
            file,
            examples,
            fields_read,
            scratch,
            tally,
            disguiser,
            other,
        };
        Worker { set, file_counts: FileCounts::default(), counter }
    }

    pub(super) fn disguised(mut self, disguiser: Option<&'c Disguiser>) -> Worker<'c> {
        self.counter.disguiser = disguiser;
        self
    }

    /// Judges and counts the rows of a chunk.
    pub fn read(&mut self, chunk: &Chunk) {
        let Worker { set, file_counts, counter } = self;
        set.reader.read(chunk, file_counts, counter);
    }

    pub(super) fn finish(self) -> (Tally, FileCounts) {
        (self.counter.tally, self.file_counts)
    }
}

impl Visitor for Counter<'_> {
    fn batch(&mut self, chunk: &[u8], batch: &Batch) {
        self.classifier.scan(chunk, batch, &mut self.scratch);
    }

    fn row(&mut self, row: &Row<'_>) {
        let Counter { classifier, set, scratch, tally, .. } = self;
        let verdict = classifier.judge(&row.post, row.index, scratch);
        let (found, action) = found(classifier, &row.post, &verdict, &set.labels);
        *tally.labels.entry((row.label, row.truth.clone(), found.clone())).or_default() += 1;
        if row.truth.is_empty() {
            tally.actions[action as usize] += 1;
            tally.care += u64::from(verdict.care);
        }
        for (category, score) in verdict.categories {
            if !set.labels.leave_out.has(*category) {
                curves::count(&mut tally.scores, &row.truth, *category, *score);
            }
        }
        self.fields_read.count(&row.post, &row.truth, &mut tally.unread);
        for fired in verdict.fired {
            let category = classifier.rules().rule(fired.rule).category;
            if !set.labels.leave_out.has(category) {
                tally.rules.entry(fired.rule.index()).or_default().add(&row.truth, category);
            }
        }
        keep(tally, row, (self.file, self.examples), &found, verdict.categories);
        if let Some(disguiser) = self.disguiser
            && action > Action::Allow
        {
            let DisguisedRows { flagged, ways } = &mut self.tally.disguised;
            *flagged += 1;
            disguiser.count(self.classifier, &row.post, &self.set.labels, &mut self.other, ways);
        }
    }
}

/// Keeps the row as an example if it is among the worst of its kind.
fn keep(
    tally: &mut Tally,
    row: &Row<'_>,
    (file, most): (usize, usize),
    found: &CategorySet,
    scores: &[(Category, Score)],
) {
    let score = |of: &CategorySet| {
        let own = scores.iter().filter(|(category, _)| of.has(*category));
        own.map(|(_, score)| *score).max().unwrap_or_default().millis()
    };
    let is_missed = !row.truth.is_empty() && !found.meets(&row.truth);
    // A miss is worse the lower its score; a false alarm, the higher its score.
    let miss = is_missed.then(|| (ExampleKind::Miss, row.truth.clone(), score(&row.truth)));
    let wrong = found.without(&row.truth);
    let wrong = wrong.iter().map(CategorySet::of).map(|only| {
        let badness = -score(&only);
        (ExampleKind::FalseAlarm, only, badness)
    });
    for (kind, target, badness) in miss.into_iter().chain(wrong) {
        let key = (badness, hash(row.post.texts().map(|text| text.text)), file, row.at);
        let candidate = || Candidate { key, label: row.label, line: row.line.to_vec() };
        tally.examples.offer((kind, target), key, most, candidate);
    }
}

impl RuleCounts {
    fn add(&mut self, truth: &CategorySet, category: Category) {
        let side = if truth.is_empty() {
            &mut self.harmless
        } else if truth.has(category) {
            &mut self.right
        } else {
            &mut self.elsewhere
        };
        *side += 1;
    }

    pub(super) fn merge(&mut self, other: RuleCounts) {
        self.right += other.right;
        self.elsewhere += other.elsewhere;
        self.harmless += other.harmless;
    }
}

impl Tally {
    /// Adds the counts of another worker; keeps `examples` examples of each kind.
    pub(super) fn merge(&mut self, other: Tally, examples: usize) {
        for (key, rows) in other.labels {
            *self.labels.entry(key).or_default() += rows;
        }
        for (own, other) in self.actions.iter_mut().zip(other.actions) {
            *own += other;
        }
        self.care += other.care;
        for (rule, counts) in other.rules {
            self.rules.entry(rule).or_default().merge(counts);
        }
        for (key, counts) in other.scores {
            let own = self.scores.entry(key).or_default();
            own.iter_mut().zip(counts).for_each(|(own, more)| *own += more);
        }
        for (category, rows) in other.unread {
            let own = self.unread.entry(category).or_default();
            own.rows += rows.rows;
            own.fields |= rows.fields;
        }
        self.examples.merge(other.examples, examples);
        self.disguised.merge(&other.disguised);
    }

    /// Rows by (label number, true categories, found categories).
    pub(super) fn labels(&self) -> &BTreeMap<(usize, CategorySet, CategorySet), u64> {
        &self.labels
    }

    /// The same, summed over labels.
    pub(super) fn cells(&self) -> Cells {
        let mut cells = Cells::new();
        for ((_, truth, found), rows) in &self.labels {
            *cells.entry((truth.clone(), found.clone())).or_default() += rows;
        }
        cells
    }

    /// Harmless rows by action.
    pub(super) fn actions(&self) -> &[u64; Action::ALL.len()] {
        &self.actions
    }

    /// Harmless rows whose author may need help.
    pub(super) fn care(&self) -> u64 {
        self.care
    }

    /// By rule number.
    pub(super) fn rules(&self) -> &BTreeMap<usize, RuleCounts> {
        &self.rules
    }

    /// Rows by score.
    pub(super) fn scores(&self) -> &Scores {
        &self.scores
    }

    /// Rows that no rule of their category reads.
    pub(super) fn unread(&self) -> &Unread {
        &self.unread
    }

    pub(super) fn examples(&self) -> &WorstRows {
        &self.examples
    }

    pub(super) fn disguised(&self) -> &DisguisedRows {
        &self.disguised
    }
}

impl DisguisedRows {
    pub(super) fn merge(&mut self, other: &DisguisedRows) {
        self.flagged += other.flagged;
        self.ways.resize(self.ways.len().max(other.ways.len()), WayCounts::default());
        for (own, other) in self.ways.iter_mut().zip(&other.ways) {
            own.changed += other.changed;
            own.kept += other.kept;
        }
    }
}

impl SetTally {
    pub(super) fn add(&mut self, tally: Tally, file_counts: &FileCounts, examples: usize) {
        self.counts.merge(tally, examples);
        self.rows += file_counts.rows;
        self.ignored += file_counts.ignored;
        self.skipped += file_counts.skipped;
        for (code, kind) in &file_counts.unreadable {
            *self.unreadable.entry(*code).or_default() += kind.count;
        }
    }
}
