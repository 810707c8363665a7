//! Allow phrases found in a post.

use crate::domain::field::FieldId;
use crate::domain::ids::MatcherIx;
use crate::domain::span::Span;

/// The allow phrases found in a post: a hit inside a phrase of its matcher does not count. A text
/// may have as many phrases as hits, so that each hit is looked up by binary search.
#[derive(Debug, Default)]
pub struct AllowPhrases {
    /// Sorted by matcher, field and start, after [`AllowPhrases::sort`]. Each phrase then reaches to
    /// the greatest end of those of its matcher and field that do not start after it.
    phrases: Vec<(MatcherIx, FieldId, Span)>,
    /// Phrases were added since they were sorted.
    is_unsorted: bool,
}

impl AllowPhrases {
    /// Forgets the last post.
    pub fn clear(&mut self) {
        self.phrases.clear();
        self.is_unsorted = false;
    }

    /// Adds a phrase of a matcher.
    pub fn push(&mut self, matcher: MatcherIx, field: FieldId, span: Span) {
        self.phrases.push((matcher, field, span));
        self.is_unsorted = true;
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Prepares the phrases for [`AllowPhrases::contains`]. Returns whether there are phrases that
    /// were not prepared before.
    pub fn sort(&mut self) -> bool {
        if !self.is_unsorted {
            return false;
        }
        self.phrases.sort_unstable();
        let mut last: Option<(MatcherIx, FieldId, Span)> = None;
        for phrase in &mut self.phrases {
            if let Some((matcher, field, span)) = last
                && (matcher, field) == (phrase.0, phrase.1)
            {
                phrase.2 = Span::new(phrase.2.start(), phrase.2.end().max(span.end()));
            }
            last = Some(*phrase);
        }
        self.is_unsorted = false;
        true
    }

    /// Is the span inside a phrase of the matcher? The phrases must be sorted.
    pub fn contains(&self, matcher: MatcherIx, field: FieldId, span: Span) -> bool {
        debug_assert!(!self.is_unsorted, "phrases are looked up before they are sorted");
        let is_earlier = |phrase: &(MatcherIx, FieldId, Span)| {
            (phrase.0, phrase.1, phrase.2.start()) <= (matcher, field, span.start())
        };
        let earlier = &self.phrases[..self.phrases.partition_point(is_earlier)];
        earlier.last().is_some_and(|phrase| {
            (phrase.0, phrase.1) == (matcher, field) && span.end() <= phrase.2.end()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Place = (MatcherIx, FieldId, Span);

    fn place() -> impl Strategy<Value = Place> {
        let field = prop::sample::select(vec![FieldId::TITLE, FieldId::TEXT]);
        (0u32..3, field, 0u32..30, 1u32..8).prop_map(|(matcher, field, start, length)| {
            (MatcherIx(matcher), field, Span::new(start, start + length))
        })
    }

    fn contains_slowly(phrases: &[Place], hit: Place) -> bool {
        phrases.iter().any(|own| (own.0, own.1) == (hit.0, hit.1) && own.2.contains(hit.2))
    }

    proptest! {
        #[test]
        fn phrases_equal_their_slow_twin(
            rounds in prop::collection::vec(prop::collection::vec(place(), 0..20), 1..4),
            hits in prop::collection::vec(place(), 1..20),
        ) {
            let (mut phrases, mut all) = (AllowPhrases::default(), Vec::new());
            for round in rounds {
                let is_new = !round.is_empty();
                round.iter().for_each(|(matcher, field, span)| phrases.push(*matcher, *field, *span));
                all.extend(round);
                prop_assert_eq!(phrases.sort(), is_new);
                prop_assert_eq!(phrases.is_empty(), all.is_empty());
                for hit in &hits {
                    let found = phrases.contains(hit.0, hit.1, hit.2);
                    prop_assert_eq!(found, contains_slowly(&all, *hit), "{:?} in {:?}", hit, all);
                }
            }
        }
    }

    #[test]
    fn cleared_phrases_contain_nothing() {
        let (matcher, span) = (MatcherIx(1), Span::new(2, 4));
        let mut phrases = AllowPhrases::default();
        phrases.push(matcher, FieldId::TEXT, span);
        assert!(phrases.sort() && phrases.contains(matcher, FieldId::TEXT, span));
        phrases.clear();
        assert!(!phrases.sort() && !phrases.contains(matcher, FieldId::TEXT, span));
    }
}
