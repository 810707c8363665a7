//! Verifies a literal occurrence against the folded text: its span there, and the narrowest
//! view of the term that accepts it.
//!
//! Projections are coarse, so that one search serves all terms. Only the folded symbols show
//! whether a term's own views accept the text.

pub mod lookalike;
pub mod pinyin;

use super::index::{Index, LiteralUse};
use super::spec::Edge;
use super::text::batch::FoldedBatch;
use super::text::noise::is_noise_in;
use super::text::post::PostText;
use super::text::projection::Projection;
use crate::domain::view::View;
use crate::fold::tables;
use std::ops::Range;

/// A range of folded symbols in a field of the post.
#[derive(Clone, Copy, Debug)]
pub struct FoldedSpan {
    /// Index in [`PostText::fields`].
    pub field: usize,
    pub start: usize,
    pub end: usize,
}

/// Which fields of a post contain Han characters. Filled on demand.
#[derive(Debug, Default)]
pub struct HanFields {
    /// By field; `None` before the first use.
    fields: Vec<Option<bool>>,
}

impl HanFields {
    /// Forgets the last post.
    pub fn reset(&mut self, fields: usize) {
        self.fields.clear();
        self.fields.resize(fields, None);
    }
}

/// Verification in one post.
pub struct Verifier<'v> {
    pub index: &'v Index,
    pub text: PostText<'v>,
    pub han: &'v mut HanFields,
}

impl<'v> Verifier<'v> {
    /// The folded span of a literal found at `range` of a projection, and the narrowest view
    /// of its matcher that accepts it. `None` if no view does. Edges and case are not checked.
    pub fn verify(
        &mut self,
        own: &LiteralUse,
        projection: Projection,
        field: usize,
        range: Range<usize>,
    ) -> Option<(FoldedSpan, View)> {
        let span = self.folded_span(projection, field, range.clone());
        let Some(source) = own.source.as_deref() else { return Some((span, View::Folded)) };
        let views = self.index.matcher(own.matcher).views;
        if let Some(anchor) = own.anchor {
            let comparison = pinyin::Comparison {
                text: self.text.symbols(Projection::FOLDED, field),
                term: &source.symbols,
                skips_noise: views.has(View::Squeezed),
                has_han: self.has_han(field),
            };
            let (start, end) = comparison.span(usize::from(anchor), span.start)?;
            return Some((FoldedSpan { field, start, end }, View::Sound));
        }
        if projection == Projection::FOLDED {
            return Some((span, View::Folded));
        }
        let narrowest = |verifier: &Self, span| {
            let view = lookalike::narrowest(verifier.symbols(span), &source.symbols, views)?;
            Some((span, if source.is_split { View::Look } else { view }))
        };
        narrowest(self, span).or_else(|| {
            let shorter = self.shorter_spans(projection, field, range);
            shorter.into_iter().flatten().find_map(|span| narrowest(self, span))
        })
    }

    /// Does the field contain Han characters? Cached, because a flood of pinyin needs the
    /// answer at every occurrence.
    fn has_han(&mut self, field: usize) -> bool {
        let text = self.text.symbols(Projection::FOLDED, field);
        *self.han.fields[field]
            .get_or_insert_with(|| text.iter().any(|symbol| tables::han().has(*symbol)))
    }

    /// The folded symbols that a range of a projection is derived from.
    pub fn folded_span(
        &self,
        projection: Projection,
        field: usize,
        range: Range<usize>,
    ) -> FoldedSpan {
        if projection == Projection::FOLDED {
            return FoldedSpan { field, start: range.start, end: range.end };
        }
        let (whole, first_end, last_start) = self.whole_span(projection, field, range);
        if !projection.looks() {
            return whole;
        }
        let base = self.text.folded_start(field);
        let text = self.text.batch.symbols(Projection::FOLDED);
        let letters = tables::latin_or_digit();
        let is_letter = |at: usize| letters.has(text[base + at]);
        let mut touches =
            (letters.has(text[base + whole.start - 1]), letters.has(text[base + whole.end]));
        if !projection.squeezes() {
            // Noise at an end belongs to the term, which is written with it.
            touches.0 &= is_letter(whole.start);
            touches.1 &= is_letter(whole.end - 1);
        }
        self.without_neighbours(whole, first_end, last_start, touches)
    }

    /// All folded symbols of a range of a projection; the end of those merged into its first
    /// symbol, and the start of those merged into its last.
    fn whole_span(
        &self,
        projection: Projection,
        field: usize,
        range: Range<usize>,
    ) -> (FoldedSpan, usize, usize) {
        let base = self.text.folded_start(field);
        let from = self.text.fields[field].range(projection).0 as usize;
        let place = |at: usize| self.text.batch.place(projection, from + at);
        let (first, last) = (place(range.start), place(range.end - 1));
        let whole = FoldedSpan { field, start: first.start - base, end: last.end - base };
        (whole, first.end - base, last.start - base)
    }

    /// The spans to try when the whole span does not verify: the letter at an end may be a
    /// word of its own (`u ugly`).
    fn shorter_spans(
        &self,
        projection: Projection,
        field: usize,
        range: Range<usize>,
    ) -> Option<[FoldedSpan; 3]> {
        if !(projection.squeezes() && projection.looks()) {
            return None;
        }
        let (whole, first_end, last_start) = self.whole_span(projection, field, range);
        Some(
            [(true, true), (true, false), (false, true)]
                .map(|cut| self.without_neighbours(whole, first_end, last_start, cut)),
        )
    }

    /// Removes from `whole` what belongs to the neighbouring words. Repeated letters are
    /// merged over noise, so the first letter of a term may include the end of the word before
    /// it (`you ugly`), and its last letter the beginning of the next word. Where `cut` is set
    /// for an end, only the letters on the term's side of the noise are kept.
    fn without_neighbours(
        &self,
        whole: FoldedSpan,
        first_end: usize,
        last_start: usize,
        cut: (bool, bool),
    ) -> FoldedSpan {
        let base = self.text.folded_start(whole.field);
        let text = self.text.batch.symbols(Projection::FOLDED);
        let is_noise = |at: &usize| is_noise_in(text, base + at);
        let FoldedSpan { field, mut start, mut end } = whole;
        if cut.0 {
            start = (start..first_end).rev().find(is_noise).map_or(start, |at| at + 1);
        }
        if cut.1 {
            end = (last_start.max(start)..end).find(is_noise).unwrap_or(end);
        }
        FoldedSpan { field, start, end }
    }

    /// The folded symbols of a span.
    pub fn symbols(&self, span: FoldedSpan) -> &'v [u16] {
        &self.text.symbols(Projection::FOLDED, span.field)[span.start..span.end]
    }

    /// Do the neighbours of the span satisfy the matcher's edges?
    pub fn edges_match(&self, edge: Edge, span: FoldedSpan) -> bool {
        let base = self.text.folded_start(span.field);
        edges_match(edge, self.text.batch, base + span.start, base + span.end)
    }
}

/// Do the neighbours of `start..end` of the folded symbols of a batch satisfy `edge`? Invisible
/// characters have no symbols, so the neighbours are the next visible characters. A sign that
/// folded to letters (™, 🆓) continues no word.
#[inline]
pub fn edges_match(edge: Edge, batch: &FoldedBatch, start: usize, end: usize) -> bool {
    edge == Edge::None
        || !(touches(edge, batch, start, start - 1) || touches(edge, batch, end - 1, end))
}

/// Does the symbol `outer` continue the word of its neighbour `inner`, against the condition `edge`
/// of a span that ends with `inner`?
#[inline]
fn touches(edge: Edge, batch: &FoldedBatch, inner: usize, outer: usize) -> bool {
    let text = batch.symbols(Projection::FOLDED);
    let class = tables::word_class(text[inner]);
    let is_guarded = edge == Edge::Word || class.is_spaced();
    is_guarded
        && class.continues(tables::word_class(text[outer]))
        && !batch.is_sign(inner)
        && !batch.is_sign(outer)
}

/// Can `start..end` of a projection of a batch be a span whose neighbours satisfy `edge`? A `false`
/// is certain. Reads an end only where its symbol is derived from letters or digits without noise
/// between: elsewhere the end of the span depends on the term.
#[inline]
pub fn edges_may_match(
    edge: Edge,
    batch: &FoldedBatch,
    projection: Projection,
    start: usize,
    end: usize,
) -> bool {
    /// Longest run of repeated letters that is read.
    const RUN_MAX: usize = 8;
    if projection == Projection::FOLDED {
        return edges_match(edge, batch, start, end);
    }
    let text = batch.symbols(Projection::FOLDED);
    let is_plain = |run: Range<usize>| {
        run.len() <= RUN_MAX && run.into_iter().all(|at| !is_noise_in(text, at))
    };
    let (first, last) = (batch.place(projection, start), batch.place(projection, end - 1));
    !(touches(edge, batch, first.start, first.start - 1) && is_plain(first)
        || touches(edge, batch, last.end - 1, last.end) && is_plain(last))
}
