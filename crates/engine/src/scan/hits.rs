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
        let mut finished = self.finished;
        for at in first..self.hits.len() {
            let hit = self.hits[at];
            if keep(&hit) {
                self.hits[kept] = hit;
                kept += 1;
            } else if at < self.finished {
                finished -= 1;
            }
        }
        self.hits.truncate(kept);
        self.finished = finished;
    }

    /// Sorts, and keeps one hit per matcher and span, at most `max(matcher)` per matcher.
    pub(super) fn finish(&mut self, max: impl Fn(MatcherIx) -> u32) {
        self.drop_contained();
        self.hits.sort_unstable();
        self.hits.dedup_by_key(|hit| (hit.matcher, hit.field, hit.span));
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

    /// Drops new hits within another hit of their term: several views may find one disguised word,
    /// each with its own ends. All hits of the terms of a matcher are added at once. Its other hits
    /// may be added later, so that they must not decide which of these are dropped.
    fn drop_contained(&mut self) {
        let new = &mut self.hits[self.finished..];
        new.sort_unstable_by_key(|hit| (hit.term.is_none(), *hit));
        let terms = new.partition_point(|hit| hit.term.is_some());
        let mut last = None;
        let mut kept = 0;
        for at in 0..terms {
            let hit = new[at];
            let place = Some((hit.matcher, hit.field, hit.span));
            if last == place {
                continue;
            }
            last = place;
            let overlaps = |own: &&Hit| {
                (own.matcher, own.field) == (hit.matcher, hit.field)
                    && own.span.end() > hit.span.start()
            };
            let same = |own: &Hit| (own.term, own.distinct_key) == (hit.term, hit.distinct_key);
            let mut near = new[..kept].iter().rev().take(OVERLAPS_MAX).take_while(overlaps);
            let back = near.position(same);
            let other = back.map(|back| &mut new[kept - 1 - back]);
            match other {
                Some(other) if other.span.contains(hit.span) => {}
                Some(other) if hit.span.contains(other.span) => *other = hit,
                Some(_) | None => {
                    new[kept] = hit;
                    kept += 1;
                }
            }
        }
        let others = new.len() - terms;
        new.copy_within(terms.., kept);
        self.hits.truncate(self.finished + kept + others);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MATCHERS: usize = 3;

    fn hit(matcher: u32, term: Option<u32>, start: u32, length: u32, view: View) -> Hit {
        Hit {
            matcher: MatcherIx(matcher),
            field: FieldId::TEXT,
            span: Span::new(start, start + length),
            view,
            term: term.map(TermIx),
            distinct_key: u64::from(term.unwrap_or(start)),
            first: start,
            last: start + length,
        }
    }

    fn some_hits(terms: bool) -> impl Strategy<Value = Vec<Hit>> {
        let view = prop::sample::select(vec![View::Folded, View::Squeezed, View::Look]);
        let own = (0..MATCHERS as u32, 0u32..2, 0u32..12, 1u32..6, view);
        let own = own.prop_map(move |(matcher, term, start, length, view)| {
            hit(matcher, terms.then_some(term), start, length, view)
        });
        prop::collection::vec(own, 0..20)
    }

    /// The hits after all `rounds`, each of which adds some.
    fn finished(rounds: &[&[Hit]]) -> Vec<Hit> {
        let mut hits = Hits::default();
        hits.reset(MATCHERS);
        for round in rounds {
            round.iter().for_each(|hit| hits.push(*hit));
            hits.finish(|matcher| 3 + 3 * matcher.0);
        }
        hits.all().to_vec()
    }

    proptest! {
        #[test]
        fn regexes_may_be_evaluated_in_any_round(terms in some_hits(true), regexes in some_hits(false), at in 0usize..20) {
            let (some, rest) = regexes.split_at(at.min(regexes.len()));
            let at_once = finished(&[&[&*terms, &*regexes].concat()]);
            prop_assert_eq!(&finished(&[&terms, some, &[], rest]), &at_once);
            prop_assert_eq!(&finished(&[&[&*terms, some].concat(), rest]), &at_once);
        }
    }

    #[test]
    fn a_term_is_dropped_within_another_hit_of_it_that_a_regex_equals() {
        let inner = hit(0, Some(1), 0, 7, View::Squeezed);
        let outer = hit(0, Some(1), 0, 8, View::Look);
        let regex = hit(0, None, 0, 8, View::Squeezed);
        assert_eq!(finished(&[&[inner, outer]]), [outer]);
        assert_eq!(finished(&[&[inner, outer, regex]]), [regex]);
        assert_eq!(finished(&[&[inner, outer], &[regex]]), [regex]);
    }

    #[test]
    fn dropped_hits_leave_the_finished_ones_in_front() {
        let mut hits = Hits::default();
        hits.reset(MATCHERS);
        (0..4).for_each(|at| hits.push(hit(0, None, at, 1, View::Folded)));
        hits.finish(|_| u32::MAX);
        hits.push(hit(0, None, 9, 1, View::Folded));
        hits.retain_from(4, |hit| hit.span.start() == 9);
        assert_eq!((hits.finished(), hits.count()), (4, 5));
        hits.retain(|hit| hit.span.start() > 1);
        assert_eq!((hits.finished(), hits.count()), (2, 3));
    }
}
