//! Distances between hits: `near`, `before`, and what explanations say of them.
//!
//! Hits are given in the order of [`Hits`]: by field and position, each
//! span once. One pass over both sides decides.

use crate::domain::field::FieldId;
use crate::domain::ids::MatcherIx;
use crate::rules::condition::window::Window;
use crate::scan::hits::{Hit, Hits};

/// Characters between two hits, 0 if they overlap; `None` if they are in different fields.
pub fn gap(one: &Hit, other: &Hit) -> Option<u32> {
    let (earlier, later) = if one.first <= other.first { (one, other) } else { (other, one) };
    (one.field == other.field).then(|| later.first.saturating_sub(earlier.last))
}

/// The fewest characters between a hit of `left` and one of `right`, as
/// `left near/N right` (or `before`, if `ordered`) counts them, of the hits that are seen in
/// `window`. `None` if no two are in one field, in that order.
pub fn distance(
    hits: &Hits,
    left: &[MatcherIx],
    right: &[MatcherIx],
    ordered: bool,
    window: Option<&Window>,
) -> Option<u32> {
    let seen = |matcher: MatcherIx| {
        let all = hits.of(matcher).iter();
        all.filter(move |hit| window.is_none_or(|window| window.sees(hit)))
    };
    let is_within = |within: u32| {
        left.iter().any(|left| {
            right
                .iter()
                .any(|right| is_near((*left, seen(*left)), (*right, seen(*right)), within, ordered))
        })
    };
    if !is_within(u32::MAX) {
        return None;
    }
    // Binary search for the least distance that suffices.
    let (mut short, mut long) = (0, u32::MAX);
    while short < long {
        let middle = short + (long - short) / 2;
        if is_within(middle) {
            long = middle;
        } else {
            short = middle + 1;
        }
    }
    Some(long)
}

/// Is a hit of `left` within `within` characters of another hit, one of `right`, in one field?
/// With `ordered`, the left hit must start first. Both sides are a matcher and its hits.
pub(super) fn is_near<'h>(
    left: (MatcherIx, impl Iterator<Item = &'h Hit> + Clone),
    right: (MatcherIx, impl Iterator<Item = &'h Hit> + Clone),
    within: u32,
    ordered: bool,
) -> bool {
    if ordered {
        return follows(left.1, right.1, within, true);
    }
    if left.0 == right.0 {
        return repeats(left.1, within);
    }
    follows(left.1.clone(), right.1.clone(), within, false)
        || follows(right.1, left.1, within, false)
}

/// The field and the greatest end in it so far.
#[derive(Clone, Copy, Default)]
struct Reach(Option<(FieldId, u32)>);

impl Reach {
    fn add(&mut self, hit: &Hit) {
        self.0 = match self.0 {
            Some((field, end)) if field == hit.field => Some((field, end.max(hit.last))),
            _ => Some((hit.field, hit.last)),
        };
    }

    fn is_within(self, hit: &Hit, within: u32) -> bool {
        self.0.is_some_and(|(field, end)| {
            field == hit.field && hit.first.saturating_sub(end) <= within
        })
    }
}

/// Does a hit of `later` start after a hit of `earlier` (or with it, unless `strictly`), at
/// most `within` characters after its end?
///
/// For each later hit, the earlier ones that start no later are a prefix, and the greatest end
/// of the prefix decides.
fn follows<'h>(
    earlier: impl Iterator<Item = &'h Hit>,
    later: impl Iterator<Item = &'h Hit>,
    within: u32,
    strictly: bool,
) -> bool {
    let mut earlier = earlier.peekable();
    let mut reach = Reach::default();
    for hit in later {
        let starts_before = |before: &&Hit| {
            let is_first =
                if strictly { before.first < hit.first } else { before.first <= hit.first };
            before.field < hit.field || (before.field == hit.field && is_first)
        };
        while let Some(before) = earlier.next_if(starts_before) {
            reach.add(before);
        }
        if reach.is_within(hit, within) {
            return true;
        }
    }
    false
}

/// Are two of these hits at most `within` characters from each other? One hit is not near itself.
fn repeats<'h>(hits: impl Iterator<Item = &'h Hit>, within: u32) -> bool {
    let mut reach = Reach::default();
    for hit in hits {
        if reach.is_within(hit, within) {
            return true;
        }
        reach.add(hit);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::span::Span;
    use crate::domain::view::View;
    use proptest::prelude::*;

    fn hit(field: u8, first: u32, length: u32) -> Hit {
        Hit {
            matcher: MatcherIx(0),
            field: FieldId(field),
            span: Span::new(first, first + length),
            view: View::Folded,
            term: None,
            distinct_key: 0,
            first,
            last: first + length,
        }
    }

    /// The slow twin: checks every pair.
    fn near_slowly(left: &[Hit], right: &[Hit], within: u32, ordered: bool) -> bool {
        left.iter().any(|a| {
            right.iter().any(|b| {
                gap(a, b).is_some_and(|gap| gap <= within) && (!ordered || a.first < b.first)
            })
        })
    }

    fn some_hits() -> impl Strategy<Value = Vec<Hit>> {
        prop::collection::vec((0u8..2, 0u32..40, 1u32..8), 0..8).prop_map(|places| {
            let mut hits: Vec<Hit> = places
                .into_iter()
                .map(|(field, first, length)| hit(field, first, length))
                .collect();
            hits.sort();
            hits.dedup();
            hits
        })
    }

    fn fast(left: &[Hit], right: &[Hit], within: u32, ordered: bool) -> bool {
        let (one, other) = (MatcherIx(0), MatcherIx(1));
        is_near((one, left.iter()), (other, right.iter()), within, ordered)
    }

    proptest! {
        #[test]
        fn near_equals_its_slow_twin(
            left in some_hits(), right in some_hits(), within in 0u32..6, ordered: bool,
        ) {
            let fast = fast(&left, &right, within, ordered);
            prop_assert_eq!(fast, near_slowly(&left, &right, within, ordered));
        }

        #[test]
        fn a_matcher_near_itself_needs_two_hits(hits in some_hits(), within in 0u32..6) {
            let own = (MatcherIx(0), hits.iter());
            let pairs = (0..hits.len()).flat_map(|later| (0..later).map(move |one| (one, later)));
            let near = |(one, later): (usize, usize)| near_slowly(&hits[one..=one], &hits[later..=later], within, false);
            prop_assert_eq!(is_near(own.clone(), own, within, false), pairs.into_iter().any(near));
        }
    }

    #[test]
    fn distances_count_the_characters_between() {
        // Ends at 4, starts at 6: two characters between.
        let (left, right) = ([hit(0, 2, 2)], [hit(0, 6, 1)]);
        assert!(fast(&left, &right, 2, true) && !fast(&left, &right, 1, true));
        assert!(fast(&right, &left, 2, false) && !fast(&right, &left, 1, false));
        assert!(!fast(&right, &left, 2, true), "before is an order");
        assert!(!fast(&left, &[hit(1, 6, 1)], 9, false), "another field");
        assert!(fast(&left, &[hit(0, 3, 4)], 0, true), "overlap is distance zero");
    }
}
