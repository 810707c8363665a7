//! The hits of one post, by matcher.

use crate::domain::field::FieldId;
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::span::Span;
use crate::domain::view::View;

/// A hit of a matcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The matcher.
    pub matcher: MatcherIx,
    /// Field of the hit.
    pub field: FieldId,
    /// Byte range in the field's decoded text.
    pub span: Span,
    /// The narrowest view that finds it.
    pub view: View,
    /// The listed term; `None` for sequences, regexes and entities.
    pub term: Option<TermIx>,
    /// `distinct` counts hits with equal keys once.
    pub distinct_key: u64,
    /// Units of the field before the hit ([`UnitMap`](crate::fold::UnitMap)).
    pub first: u32,
    /// Units of the field up to the end of the hit.
    pub last: u32,
}

/// Overlapping hits of a matcher that a hit is compared with. Bounds the work on a flood; three
/// projections of one term overlap at most.
const OVERLAPS_MAX: usize = 8;

/// Hits sorted by matcher, field and position, at most one per matcher and span.
#[derive(Debug, Default)]
pub struct Hits {
    hits: Vec<Hit>,
    /// So many were sorted and narrowed; those added later follow them.
    finished: usize,
    /// For each matcher: the generation that wrote the range, and the range of `hits`.
    ranges: Vec<(u32, u32, u32)>,
    generation: u32,
    /// Matchers with hits, ascending.
    matchers: Vec<MatcherIx>,
}

impl Hits {
    /// Empties the set in constant time.
    pub(super) fn reset(&mut self, matchers: usize) {
        self.hits.clear();
        self.finished = 0;
        self.matchers.clear();
        self.ranges.resize(matchers, (0, 0, 0));
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.ranges.fill((0, 0, 0));
            self.generation = 1;
        }
    }

    pub(super) fn push(&mut self, hit: Hit) {
        self.hits.push(hit);
    }

    pub(super) fn count(&self) -> usize {
        self.hits.len()
    }

    /// Number of hits that [`Hits::finish`] left; those added later follow them.
    pub(super) fn finished(&self) -> usize {
        self.finished
    }

    /// Drops hits for which `keep` returns `false`.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Hit) -> bool) {
        self.retain_from(0, keep);
    }

    /// As [`Hits::retain`], from the hit number `first` on.
    pub(super) fn retain_from(&mut self, first: usize, mut keep: impl FnMut(&Hit) -> bool) {
        let mut kept = first;
        for at in first..self.hits.len() {
            let hit = self.hits[at];
            if keep(&hit) {
                self.hits[kept] = hit;
                kept += 1;
            }
        }
        self.hits.truncate(kept);
    }

    /// Sorts, and keeps one hit per matcher and span, at most `max(matcher)` per matcher.
    pub(super) fn finish(&mut self, max: impl Fn(MatcherIx) -> u32) {
        self.hits.sort_unstable();
        self.hits.dedup_by_key(|hit| (hit.matcher, hit.field, hit.span));
        self.drop_contained();
        let mut kept = (MatcherIx(u32::MAX), 0);
        self.hits.retain(|hit| {
            if kept.0 != hit.matcher {
                kept = (hit.matcher, 0);
            }
            kept.1 += 1;
            kept.1 <= max(hit.matcher)
        });
        self.matchers.clear();
        let mut start = 0;
        while let Some(first) = self.hits.get(start) {
            let same = |hit: &Hit| hit.matcher == first.matcher;
            let end = start + self.hits[start..].iter().take_while(|hit| same(hit)).count();
            let range = (self.generation, start as u32, end as u32);
            self.ranges[first.matcher.index()] = range;
            self.matchers.push(first.matcher);
            start = end;
        }
        self.finished = self.hits.len();
    }

    /// Drops hits within another hit of their term: several views may find one disguised word,
    /// each with its own ends.
    fn drop_contained(&mut self) {
        let mut kept = 0;
        for at in 0..self.hits.len() {
            let hit = self.hits[at];
            let overlaps = |own: &&Hit| {
                (own.matcher, own.field) == (hit.matcher, hit.field)
                    && own.span.end() > hit.span.start()
            };
            let same = |own: &Hit| {
                hit.term.is_some() && (own.term, own.distinct_key) == (hit.term, hit.distinct_key)
            };
            let mut near = self.hits[..kept].iter().rev().take(OVERLAPS_MAX).take_while(overlaps);
            let back = near.position(same);
            let other = back.map(|back| &mut self.hits[kept - 1 - back]);
            match other {
                Some(other) if other.span.contains(hit.span) => {}
                Some(other) if hit.span.contains(other.span) => *other = hit,
                Some(_) | None => {
                    self.hits[kept] = hit;
                    kept += 1;
                }
            }
        }
        self.hits.truncate(kept);
        self.hits.sort_unstable();
    }

    /// The set of `hits`, for tests of what reads hits.
    #[cfg(test)]
    pub(crate) fn of_hits(hits: &[Hit], matchers: usize) -> Hits {
        let mut set = Hits::default();
        set.reset(matchers);
        hits.iter().for_each(|hit| set.push(*hit));
        set.finish(|_| u32::MAX);
        set
    }

    /// The hits of one matcher, by field and position.
    #[inline]
    pub fn of(&self, matcher: MatcherIx) -> &[Hit] {
        match self.ranges.get(matcher.index()) {
            Some((generation, start, end)) if *generation == self.generation => {
                &self.hits[*start as usize..*end as usize]
            }
            _ => &[],
        }
    }

    /// Matchers with hits, ascending.
    pub fn matchers(&self) -> &[MatcherIx] {
        &self.matchers
    }

    /// All hits.
    pub fn all(&self) -> &[Hit] {
        &self.hits
    }
}
