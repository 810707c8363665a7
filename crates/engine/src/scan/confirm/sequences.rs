//! Hits of sequences: parts joined over gaps.

use super::collector::HitCollector;
use super::state::PartHit;
use crate::scan::verify::FoldedSpan;

impl HitCollector<'_> {
    /// Joins the parts found to sequences.
    ///
    /// Each part takes the start of the nearest chain that ends within the gap before it.
    /// Chains are tried from the nearest back. The nearest chain always gives the shortest
    /// sequence, so one pass is enough.
    pub fn collect_sequence_hits(&mut self) {
        let mut parts = std::mem::take(&mut self.work.parts);
        parts.sort_unstable_by_key(|hit| (hit.sequence, hit.field, hit.part, hit.last, hit.start));
        let same = |a: &PartHit, b: &PartHit| (a.sequence, a.field) == (b.sequence, b.field);
        for group in parts.chunk_by_mut(same) {
            let sequence = &self.index.sequences[group[0].sequence as usize];
            chain(group, sequence.gap);
            for hit in group.iter().filter(|hit| hit.part + 1 == sequence.parts) {
                let Some(start) = hit.origin else { continue };
                let (field, start, end) = (hit.field as usize, start as usize, hit.end as usize);
                let span = FoldedSpan { field, start, end };
                let edge = self.index.matcher(sequence.matcher).edge;
                if self.edges_match(edge, span) && !self.is_full() {
                    let key = self.distinct_key(span);
                    self.push(sequence.matcher, span, hit.view, None, key);
                }
            }
        }
        parts.clear();
        self.work.parts = parts;
    }
}

/// Sets the origin of each part. `group` is sorted by part, then by end.
fn chain(group: &mut [PartHit], gap: u32) {
    let mut previous = 0..0;
    let mut start = 0;
    while start < group.len() {
        let part = group[start].part;
        let end = start + group[start..].iter().take_while(|hit| hit.part == part).count();
        let follows = !previous.is_empty() && group[previous.start].part + 1 == part;
        let (before, now) = group.split_at_mut(start);
        let before = &before[previous.clone()];
        for hit in &mut now[..end - start] {
            if part == 0 {
                hit.origin = Some(hit.start);
            } else if follows {
                let until = before.partition_point(|earlier| earlier.last <= hit.first);
                let near = |earlier: &&PartHit| hit.first - earlier.last <= gap;
                let mut chains = before[..until].iter().rev().take_while(near);
                if let Some(earlier) = chains.find(|earlier| earlier.origin.is_some()) {
                    hit.origin = earlier.origin;
                    hit.view = hit.view.max(earlier.view);
                }
            }
        }
        previous = start..end;
        start = end;
    }
}
