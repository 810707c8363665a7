//! The texts of a post with their hits, and as each view reads them.

use super::context::Context;
use serde::Serialize;
use std::collections::BTreeSet;
use tidegate_engine::domain::field::FieldId;
use tidegate_engine::domain::ids::MatcherIx;
use tidegate_engine::domain::limits::EVIDENCE_PER_MATCHER_MAX;
use tidegate_engine::domain::span::Span;
use tidegate_engine::domain::view::View;
use tidegate_engine::post::TextRef;
use tidegate_engine::scan::hits::Hit;
use tidegate_engine::scan::text::render::{self, RenderedView, Unit};

/// A text field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldReport {
    /// Its name.
    pub field: String,
    /// It is read through tags and entities.
    pub html: bool,
    /// The decoded text, masked where a rule wants it.
    pub text: String,
    /// Hits, by place, of matchers that the rules told of mention.
    pub hits: Vec<HitReport>,
    /// Hits that are not among them.
    pub other_hits: usize,
    /// What the views make of it, `folded` first.
    pub readings: Vec<ViewReport>,
}

/// A hit of a matcher.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HitReport {
    /// The matcher, as `pack.name`.
    pub matcher: String,
    /// The listed term, unless masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// The field it stands in.
    pub field: String,
    /// First byte in the field's decoded text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The text, masked where a rule wants it.
    pub text: String,
    /// The narrowest view that finds it.
    pub view: &'static str,
    /// Its text is masked.
    pub redacted: bool,
    /// The place in characters, which masking does not move.
    #[serde(skip)]
    pub characters: (usize, usize),
}

/// A text as some views read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewReport {
    /// Views that read it so: `folded`, or `squeezed+look` for two that compose. What
    /// composes and reads as one of its views alone is left out.
    pub views: Vec<String>,
    /// What they read; syllables are set off by `·`.
    pub text: String,
}

/// Every text field of the post.
pub(super) fn fields(context: &Context<'_>, told: &BTreeSet<MatcherIx>) -> Vec<FieldReport> {
    context.post.texts().map(|text| field(context, text, told)).collect()
}

fn field(context: &Context<'_>, text: TextRef<'_>, told: &BTreeSet<MatcherIx>) -> FieldReport {
    let matchers: Vec<MatcherIx> = told.iter().copied().collect();
    let mut hits: Vec<Hit> =
        hits(context, &matchers).filter(|hit| hit.field == text.field).collect();
    hits.sort_unstable_by_key(|hit| (hit.span.start(), hit.span.end(), hit.matcher));
    let all = context.seen.hits().all().iter().filter(|hit| hit.field == text.field).count();
    let whole = Span::new(0, text.text.len() as u32);
    FieldReport {
        field: context.rules().names().field_name(text.field).to_owned(),
        html: text.html,
        text: context.text(text.field, whole),
        other_hits: all - hits.len(),
        hits: hits.iter().map(|hit| hit_report(context, hit)).collect(),
        readings: view_reports(context, text),
    }
}

/// Hits of these matchers, of each as many as verdicts tell.
fn hits<'s>(context: &'s Context<'_>, matchers: &'s [MatcherIx]) -> impl Iterator<Item = Hit> + 's {
    let of = |matcher: &MatcherIx| {
        context.seen.hits().of(*matcher).iter().take(EVIDENCE_PER_MATCHER_MAX)
    };
    matchers.iter().flat_map(of).copied()
}

/// Hits that speak for a rule.
pub(super) fn evidence(context: &Context<'_>, matchers: &[MatcherIx]) -> Vec<HitReport> {
    hits(context, matchers).map(|hit| hit_report(context, &hit)).collect()
}

fn hit_report(context: &Context<'_>, hit: &Hit) -> HitReport {
    let text = context.post.text(hit.field).unwrap_or_default();
    let count = |to: u32| text.get(..to as usize).map_or(0, |before| before.chars().count());
    let redacted = context.is_masked(hit.field, hit.span);
    let term =
        hit.term.filter(|_| !redacted).map(|term| context.rules().term_text(term).to_owned());
    HitReport {
        matcher: context.matcher(hit.matcher, ""),
        term,
        field: context.rules().names().field_name(hit.field).to_owned(),
        start: hit.span.start(),
        end: hit.span.end(),
        text: context.hit_text(hit),
        view: hit.view.name(),
        redacted,
        characters: (count(hit.span.start()), count(hit.span.end())),
    }
}

fn view_reports(context: &Context<'_>, text: TextRef<'_>) -> Vec<ViewReport> {
    let mut reports: Vec<ViewReport> = Vec::new();
    for RenderedView { views, units } in render::render_views(text.text, text.html) {
        let read = written(context, text.field, &units);
        let name = views.iter().copied().map(View::name).collect::<Vec<_>>().join("+");
        match reports.iter_mut().find(|known| known.text == read) {
            Some(known) if views.len() == 1 => known.views.push(name),
            Some(_) => {}
            None => reports.push(ViewReport { views: vec![name], text: read }),
        }
    }
    reports
}

fn written(context: &Context<'_>, field: FieldId, units: &[Unit]) -> String {
    let mut out = String::new();
    let mut after_syllable = false;
    for unit in units {
        let joins = |c: char| c.is_alphanumeric();
        let touches = unit.text.starts_with(joins) && out.ends_with(joins);
        if touches && (after_syllable || unit.is_syllable) {
            out.push('·');
        }
        if context.is_masked(field, unit.span) {
            out.push('*')
        } else {
            out.push_str(&unit.text)
        }
        after_syllable = unit.is_syllable;
    }
    out
}
