//! Hits of terms, and parts of sequences.

use super::collector::HitCollector;
use super::state::PartHit;
use crate::domain::ids::MatcherIx;
use crate::domain::span::Span;
use crate::domain::view::View;
use crate::fold;
use crate::scan::index::{LiteralUse, Matcher, Role, Spelling};
use crate::scan::literals::Occurrence;
use crate::scan::text::projection::Projection;
use crate::scan::verify::{FoldedSpan, lookalike};
use std::ops::Range;

impl HitCollector<'_> {
    /// Adds the hits, parts and allow phrases that these occurrences in a projection give.
    pub fn collect_literal_hits(&mut self, projection: Projection, occurrences: &[Occurrence]) {
        let index = self.index;
        let literals = index.literals_of(projection);
        let mut field = 0;
        for occurrence in occurrences {
            while occurrence.start >= self.text.fields[field].range(projection).1 {
                field += 1;
            }
            let base = self.text.fields[field].range(projection).0;
            let start = (occurrence.start - base) as usize;
            let length = literals.literals.length(occurrence.literal) as usize;
            for own in literals.uses_of(occurrence.literal) {
                if !makes_hits(own.role) || !self.is_wanted(own.matcher) {
                    continue;
                }
                let verified =
                    self.verifier().verify(own, projection, field, start..start + length);
                if let Some((span, view)) = verified {
                    self.add_use(own, span, view);
                }
            }
        }
    }

    fn is_wanted(&self, matcher: MatcherIx) -> bool {
        self.work.collects_all || self.work.wanted.contains(matcher)
    }

    /// Adds one use of a literal that occurs at `span`.
    fn add_use(&mut self, own: &LiteralUse, span: FoldedSpan, view: View) {
        let matcher = self.index.matcher(own.matcher);
        if !self.reads(matcher, span.field) || self.is_full() {
            return;
        }
        match own.role {
            Role::Gate { .. } | Role::FoldedHint { .. } => {}
            Role::Term(term) => {
                if self.edges_match(matcher.edge, span)
                    && let Some(view) = self.spelled(matcher, own.source.as_deref(), span, view)
                {
                    let key = u64::from(own.distinct_key);
                    self.push(own.matcher, span, view, Some(term), key);
                }
            }
            Role::Except => {
                if let Some(original) = self.original_span(span) {
                    let field = self.text.fields[span.field].field;
                    self.work.phrases.push(own.matcher, field, original);
                }
            }
            Role::Part { sequence, part } => {
                if self.edges_match(matcher.edge, span)
                    && let Some(view) = self.spelled(matcher, own.source.as_deref(), span, view)
                {
                    self.push_part(sequence, part, span, view);
                }
            }
        }
    }

    /// Checks `cased` and `exact` against the original text. Returns the view that the hit
    /// counts for; `None` if the spelling is not accepted.
    fn spelled(
        &mut self,
        matcher: &Matcher,
        source: Option<&Spelling>,
        span: FoldedSpan,
        view: View,
    ) -> Option<View> {
        let Some(source) = source else { return Some(view) };
        let is_checked = matcher.cased || matcher.views.has(View::Exact);
        if !is_checked || view > View::Folded && !matcher.cased {
            return Some(view);
        }
        let bytes = self.original_span(span)?;
        let text = self.text.original(span.field);
        let original = text.get(bytes.range())?;
        if original == &*source.text || is_written_around(text, bytes, &source.text) {
            return Some(if matcher.views.has(View::Exact) { View::Exact } else { view });
        }
        let has_same_case =
            !matcher.cased || same_case(original, &source.text, view > View::Folded);
        (has_same_case && !matcher.views.is_exact_only()).then_some(view)
    }

    fn push_part(&mut self, sequence: u32, part: u16, span: FoldedSpan, view: View) {
        let (first, last) = self.units(span);
        self.work.parts.push(PartHit {
            sequence,
            field: span.field as u32,
            part,
            view,
            start: span.start as u32,
            end: span.end as u32,
            first,
            last,
            origin: None,
        });
    }
}

fn makes_hits(role: Role) -> bool {
    match role {
        Role::Term(_) | Role::Except | Role::Part { .. } => true,
        Role::Gate { .. } | Role::FoldedHint { .. } => false,
    }
}

/// Is a term that begins or ends with white space, which folding drops, written as it is around
/// the rest of it?
fn is_written_around(text: &str, span: Span, term: &str) -> bool {
    let before = term.len() - term.trim_start().len();
    let after = term.len() - term.trim_end().len();
    let Range { start, end } = span.range();
    let start = start.checked_sub(before);
    before + after > 0 && start.and_then(|start| text.get(start..end + after)) == Some(term)
}

/// Are the texts equal when everything but case is folded? Noise is ignored if it was skipped.
fn same_case(original: &str, term: &str, skip_noise: bool) -> bool {
    let (original, term) = (fold::fold_cased(original), fold::fold_cased(term));
    if skip_noise {
        lookalike::without_noise(&original).eq(lookalike::without_noise(&term))
    } else {
        original == term
    }
}
