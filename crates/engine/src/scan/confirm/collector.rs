//! The hit collector, and what all kinds of hits share: spans, edges, checks, caps.

use super::state::{ConfirmScratch, RegexText};
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::limits::HITS_PER_POST_MAX;
use crate::domain::span::Span;
use crate::domain::view::View;
use crate::fold::{OffsetMap, Source};
use crate::scan::checks::Check;
use crate::scan::hits::Hit;
use crate::scan::index::{Index, Matcher};
use crate::scan::prefilter::{Prefilter, PrefilterState};
use crate::scan::spec::Edge;
use crate::scan::text::batch::FieldText;
use crate::scan::text::post::PostText;
use crate::scan::text::projection::Projection;
use crate::scan::verify::{FoldedSpan, Verifier, lookalike};
use xxhash_rust::xxh3::xxh3_64;

/// Collects the hits of one post.
pub struct HitCollector<'c> {
    pub index: &'c Index,
    pub text: PostText<'c>,
    pub work: &'c mut ConfirmScratch,
    pub state: &'c mut PrefilterState,
}

impl<'c> HitCollector<'c> {
    pub(super) fn verifier(&mut self) -> Verifier<'_> {
        Verifier { index: self.index, text: self.text, han: self.state.han() }
    }

    pub(super) fn prefilter(&mut self) -> Prefilter<'_> {
        Prefilter { index: self.index, text: self.text, state: self.state }
    }

    /// Are there so many hits that no more are kept? Marks the post as capped then.
    pub(super) fn is_full(&mut self) -> bool {
        let full = self.work.hits.count() + self.work.parts.len() >= HITS_PER_POST_MAX;
        self.work.capped |= full;
        full
    }

    pub(super) fn reads(&self, matcher: &Matcher, field: usize) -> bool {
        self.text.is_in(field, matcher.fields)
    }

    pub(super) fn edges_match(&mut self, edge: Edge, span: FoldedSpan) -> bool {
        self.verifier().edges_match(edge, span)
    }

    /// The map from the folded symbols of a field to its original text, and that text.
    pub(super) fn map(&mut self, field: usize) -> (&mut OffsetMap, Source<'c>) {
        let FieldText { is_html, one_to_one, .. } = self.text.fields[field];
        let source = Source { text: self.text.original(field), is_html, one_to_one };
        let work = &mut self.work.fields[field];
        if !work.map_begun {
            work.map.begin();
            work.map_begun = true;
        }
        (&mut work.map, source)
    }

    /// The folded symbols of a span.
    fn folded(&self, span: FoldedSpan) -> &'c [u16] {
        &self.text.symbols(Projection::FOLDED, span.field)[span.start..span.end]
    }

    /// Bytes of the original text; `None` if an end of the span is inside a character.
    pub(super) fn original_span(&mut self, span: FoldedSpan) -> Option<Span> {
        let (map, source) = self.map(span.field);
        let (start, end) = map.span(source, span.start, span.end)?;
        Some(Span::new(start, end))
    }

    /// Units of the field before a span and up to its end.
    pub(super) fn units(&mut self, span: FoldedSpan) -> (u32, u32) {
        let text = self.text.folded(span.field);
        let work = &mut self.work.fields[span.field];
        if !work.units_begun {
            work.units.begin();
            work.units_begun = true;
        }
        work.units.around(text, span.start, span.end)
    }

    /// Adds a hit if the span is made of whole characters and passes the matcher's check.
    /// Returns whether it was added.
    pub(super) fn push(
        &mut self,
        number: MatcherIx,
        span: FoldedSpan,
        view: View,
        term: Option<TermIx>,
        distinct_key: u64,
    ) -> bool {
        let Some(original) = self.original_span(span) else { return false };
        let matcher = self.index.matcher(number);
        if matcher.check.is_some_and(|check| !self.passes(check, span)) {
            return false;
        }
        let (first, last) = self.units(span);
        let field = self.text.fields[span.field].field;
        self.work.marked.insert(number);
        self.work.hits.push(Hit {
            matcher: number,
            field,
            span: original,
            view,
            term,
            distinct_key,
            first,
            last,
        });
        true
    }

    fn passes(&mut self, check: Check, span: FoldedSpan) -> bool {
        let symbols = self.folded(span);
        let text = &mut self.work.text;
        text.clear();
        text.extend(decoded(symbols.iter().copied()));
        check.holds(text)
    }

    /// The `distinct` key of a hit without a term: a hash of its folded text without noise.
    pub(super) fn distinct_key(&mut self, span: FoldedSpan) -> u64 {
        let symbols = self.folded(span);
        let kept = &mut self.work.symbols;
        kept.clear();
        kept.extend(lookalike::without_noise(symbols));
        let bytes = &mut self.work.text;
        bytes.clear();
        bytes.extend(decoded(kept.iter().copied()));
        xxh3_64(bytes.as_bytes())
    }
}

/// Does a regex of the matcher read this text?
pub(super) fn is_read(matcher: &Matcher, text: RegexText) -> bool {
    match text {
        RegexText::Raw => matcher.views.is_exact_only(),
        RegexText::Folded => !matcher.views.is_exact_only(),
        RegexText::Squeezed => matcher.views.has(View::Squeezed),
    }
}

/// Characters of UTF-16 symbols; lone surrogates become U+FFFD.
pub(super) fn decoded(symbols: impl Iterator<Item = u16>) -> impl Iterator<Item = char> {
    char::decode_utf16(symbols).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
}
