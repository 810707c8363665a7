//! Bulk literal search over a folded batch.

use super::literals::{Candidates, Literals, Occurrence};
use super::text::batch::FoldedBatch;
use super::text::projection::Projection;
use crate::domain::limits::HITS_PER_POST_MAX;
use std::ops::Range;

/// Symbols searched per call of the literal engine. Short posts are searched together up to
/// this size; a long post is searched piece by piece, so that a flood of occurrences is
/// noticed before all of them are stored. Equal to the engine's block size, which keeps a
/// block in the first-level cache (`benches/stages -- literals`); not measured separately.
const CHUNK_SYMBOLS: usize = 8192;

/// Occurrences of the literals of one projection in a batch.
#[derive(Debug, Default)]
pub struct Occurrences {
    all: Vec<Occurrence>,
    /// First occurrence of each record, and one past the last.
    records: Vec<u32>,
    /// Records whose occurrences are incomplete because there were too many; sorted.
    capped: Vec<u32>,
    /// Occurrences of further literals in the record at hand.
    others: Vec<Occurrence>,
    /// The others are incomplete.
    others_capped: bool,
}

impl Occurrences {
    /// The occurrences in a record, in the order of their positions.
    pub fn of(&self, record: usize) -> &[Occurrence] {
        match (self.records.get(record), self.records.get(record + 1)) {
            (Some(start), Some(end)) => &self.all[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// The occurrences of a record followed by those of later records, and the number of its
    /// own: the caller prefetches past the record.
    pub fn from(&self, record: usize) -> (&[Occurrence], usize) {
        match self.records.get(record) {
            Some(start) => (&self.all[*start as usize..], self.of(record).len()),
            None => (&[], 0),
        }
    }

    /// Are occurrences of the record at hand missing?
    pub fn is_capped(&self, record: usize) -> bool {
        self.others_capped || self.capped.binary_search(&(record as u32)).is_ok()
    }

    /// The occurrences found by [`Occurrences::search_record`], in the order of their positions.
    pub fn others(&self) -> &[Occurrence] {
        &self.others
    }

    /// Forgets the others of the last record.
    pub fn clear_others(&mut self) {
        self.others.clear();
        self.others_capped = false;
    }

    /// Finds further literals in one record. Their numbers begin with `first`.
    pub fn search_record(
        &mut self,
        literals: &Literals,
        first: u32,
        batch: &FoldedBatch,
        projection: Projection,
        record: usize,
        candidates: &mut Candidates,
    ) {
        self.clear_others();
        let Some((start, end)) = bounds(batch, projection, record) else { return };
        if literals.is_empty() {
            return;
        }
        let text = batch.symbols(projection);
        self.others_capped = find(literals, text, start..end, candidates, &mut self.others);
        self.others.iter_mut().for_each(|found| found.literal += first);
    }

    /// Replaces the content by the occurrences of `literals` in a projection of `batch`.
    pub fn search(
        &mut self,
        literals: &Literals,
        batch: &FoldedBatch,
        projection: Projection,
        candidates: &mut Candidates,
    ) {
        self.all.clear();
        self.records.clear();
        self.capped.clear();
        if literals.is_empty() {
            return;
        }
        let text = batch.symbols(projection);
        let bounds = |record: usize| bounds(batch, projection, record);
        self.records.push(0);
        let mut record = 0;
        while record < batch.records() {
            let Some((start, mut end)) = bounds(record) else {
                self.records.push(self.all.len() as u32);
                record += 1;
                continue;
            };
            let first = record;
            record += 1;
            while record < batch.records() && end - start < CHUNK_SYMBOLS {
                match bounds(record) {
                    Some((_, next)) if next - start > CHUNK_SYMBOLS => break,
                    Some((_, next)) => end = next,
                    None => {}
                }
                record += 1;
            }
            let from = self.all.len();
            if record == first + 1 {
                if find(literals, text, start..end, candidates, &mut self.all) {
                    self.capped.push(first as u32);
                }
            } else {
                literals.find(text, start..end, candidates, &mut self.all);
            }
            let mut next = from;
            for each in first..record {
                if let Some((_, end)) = bounds(each) {
                    let rest = &self.all[next..];
                    next += rest.partition_point(|occurrence| (occurrence.start as usize) < end);
                }
                self.records.push(next as u32);
            }
        }
    }
}

/// The symbols of a record in a projection; `None` if it has no fields.
fn bounds(batch: &FoldedBatch, projection: Projection, record: usize) -> Option<(usize, usize)> {
    let fields = batch.fields_of(record);
    let first = fields.first().map(|field| field.range(projection).0 as usize);
    first.zip(fields.last().map(|field| field.range(projection).1 as usize))
}

/// Finds literals in one record. Are there so many that the rest was not searched?
fn find(
    literals: &Literals,
    text: &[u16],
    range: Range<usize>,
    candidates: &mut Candidates,
    found: &mut Vec<Occurrence>,
) -> bool {
    let before = found.len();
    let mut at = range.start;
    while at < range.end {
        let stop = range.end.min(at + CHUNK_SYMBOLS);
        literals.find(text, at..stop, candidates, found);
        at = stop;
        if found.len() - before > HITS_PER_POST_MAX {
            return true;
        }
    }
    false
}
