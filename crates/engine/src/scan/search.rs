//! Bulk literal search over a folded batch.

use super::index::LiteralIndex;
use super::literals::{Candidates, Occurrence};
use super::spec::Edge;
use super::text::batch::FoldedBatch;
use super::text::projection::Projection;
use super::verify::edges_may_match;
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
    /// Records with too many occurrences, which may be incomplete; sorted.
    capped: Vec<u32>,
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

    /// May occurrences of the record be missing?
    pub fn is_capped(&self, record: usize) -> bool {
        self.capped.binary_search(&(record as u32)).is_ok()
    }

    /// Replaces the content by the occurrences of the literals of `index` in a projection of
    /// `batch`. An occurrence inside a word is left out if all uses of its literal are for words.
    pub fn search(
        &mut self,
        index: &LiteralIndex,
        batch: &FoldedBatch,
        projection: Projection,
        candidates: &mut Candidates,
    ) {
        self.all.clear();
        self.records.clear();
        self.capped.clear();
        let LiteralIndex { literals, edges, .. } = index;
        if literals.is_empty() {
            return;
        }
        let is_kept = |Occurrence { start, literal }: Occurrence| {
            let (edge, start) = (edges[literal as usize], start as usize);
            edge == Edge::None || {
                let end = start + literals.length(literal) as usize;
                edges_may_match(edge, batch, projection, start, end)
            }
        };
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
            let mut at = start;
            while at < end {
                let stop = end.min(at + CHUNK_SYMBOLS);
                literals.find_where(text, at..stop, candidates, &mut self.all, is_kept);
                at = stop;
                if record == first + 1 && self.all.len() - from > HITS_PER_POST_MAX {
                    break;
                }
            }
            self.assign(first..record, from, bounds);
        }
    }

    /// Assigns the occurrences from number `from` on to the records in which they are. A record has
    /// too many of them or not, whether it was searched alone or together with others.
    fn assign(
        &mut self,
        records: Range<usize>,
        from: usize,
        bounds: impl Fn(usize) -> Option<(usize, usize)>,
    ) {
        let mut next = from;
        for record in records {
            if let Some((_, end)) = bounds(record) {
                let rest = &self.all[next..];
                let count = rest.partition_point(|occurrence| (occurrence.start as usize) < end);
                if count > HITS_PER_POST_MAX {
                    self.capped.push(record as u32);
                }
                next += count;
            }
            self.records.push(next as u32);
        }
    }
}

/// The symbols of a record in a projection of a batch; `None` if it has no text.
fn bounds(batch: &FoldedBatch, projection: Projection, record: usize) -> Option<(usize, usize)> {
    let fields = batch.fields_of(record);
    let first = fields.first().map(|field| field.range(projection).0 as usize);
    first.zip(fields.last().map(|field| field.range(projection).1 as usize))
}
