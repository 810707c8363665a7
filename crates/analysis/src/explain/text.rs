//! The texts of a post with their hits, and as rendered by each view.

use super::context::Context;
use serde::Serialize;
use std::collections::BTreeSet;
use tidegate_engine::domain::field::FieldId;
use tidegate_engine::domain::ids::{MatcherIx, RuleIx};
use tidegate_engine::domain::limits::EVIDENCE_PER_MATCHER_MAX;
use tidegate_engine::domain::span::Span;
use tidegate_engine::domain::verdict::Evidence;
use tidegate_engine::domain::view::View;
use tidegate_engine::message::{Message, message};
use tidegate_engine::post::TextRef;
use tidegate_engine::scan::hits::Hit;
use tidegate_engine::scan::text::render::{self, RenderedView, Unit};

/// A text field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldReport {
    /// Its name.
    pub field: String,
    /// Whether it is HTML, read without tags and with entities decoded.
    pub html: bool,
    /// The decoded text, with redacted parts masked.
    pub text: String,
    /// Hits, by position, of matchers that the explained rules mention.
    pub hits: Vec<HitReport>,
    /// Number of hits of other matchers.
    pub other_hits: usize,
    /// The text as rendered by each view, `folded` first.
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
    /// The field that contains it.
    pub field: String,
    /// Start, in bytes of the field's decoded text.
    pub start: u32,
    /// End, exclusive.
    pub end: u32,
    /// The text, masked if redacted.
    pub text: String,
    /// The narrowest view that finds it.
    pub view: &'static str,
    /// Whether its text is masked.
    pub redacted: bool,
    /// The span in characters, which masking does not change.
    #[serde(skip)]
    pub characters: (usize, usize),
}

impl HitReport {
    /// Its field, bytes and view.
    pub fn place_message(&self) -> Message {
        let HitReport { field, start, end, view, .. } = self;
        match self.redacted {
            true => message!("{field} {start}..{end}, {view}, redacted"),
            false => message!("{field} {start}..{end}, {view}"),
        }
    }
}

/// A text as rendered by some views.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewReport {
    /// Views with this rendering: `folded`, or `squeezed+look` for two composed views. A
    /// composition that renders like one of its parts is omitted.
    pub views: Vec<String>,
    /// The rendering; syllables are separated by `·`.
    pub text: String,
}

/// Every text field of the post.
pub(super) fn fields(context: &Context<'_>, mentioned: &BTreeSet<MatcherIx>) -> Vec<FieldReport> {
    context.post.texts().map(|text| field(context, text, mentioned)).collect()
}

fn field(context: &Context<'_>, text: TextRef<'_>, mentioned: &BTreeSet<MatcherIx>) -> FieldReport {
    let matchers: Vec<MatcherIx> = mentioned.iter().copied().collect();
    let mut hits: Vec<Hit> =
        hits(context, &matchers).filter(|hit| hit.field == text.field).collect();
    hits.sort_unstable_by_key(|hit| (hit.span.start(), hit.span.end(), hit.matcher));
    let all = context.inspection.hits().all().iter().filter(|hit| hit.field == text.field).count();
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

/// Hits of these matchers; of each matcher at most as many as a verdict lists.
fn hits<'s>(context: &'s Context<'_>, matchers: &'s [MatcherIx]) -> impl Iterator<Item = Hit> + 's {
    let of = |matcher: &MatcherIx| {
        context.inspection.hits().of(*matcher).iter().take(EVIDENCE_PER_MATCHER_MAX)
    };
    matchers.iter().flat_map(of).copied()
}

/// The evidence of a rule, as its verdict lists it; of a rule that did not fire, the hits of its
/// evidence matchers.
pub(super) fn evidence(
    context: &Context<'_>,
    rule: RuleIx,
    matchers: &[MatcherIx],
) -> Vec<HitReport> {
    let verdict = context.inspection.verdict();
    let fired = verdict.fired.iter().find(|fired| fired.rule == rule);
    let listed = fired
        .map(|fired| &verdict.evidence[fired.evidence.start as usize..fired.evidence.end as usize]);
    let is_listed = |hit: &Hit| {
        let is = |own: &Evidence| {
            (own.matcher, own.field, own.span) == (hit.matcher, hit.field, hit.span)
        };
        listed.is_none_or(|listed| listed.iter().any(is))
    };
    let of = |matcher: &MatcherIx| {
        let all = context.inspection.hits().of(*matcher).iter();
        all.filter(|hit| is_listed(hit)).take(EVIDENCE_PER_MATCHER_MAX)
    };
    matchers.iter().flat_map(of).map(|hit| hit_report(context, hit)).collect()
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
        let read = joined(context, text.field, &units);
        let name = views.iter().copied().map(View::name).collect::<Vec<_>>().join("+");
        match reports.iter_mut().find(|known| known.text == read) {
            Some(known) if views.len() == 1 => known.views.push(name),
            Some(_) => {}
            None => reports.push(ViewReport { views: vec![name], text: read }),
        }
    }
    reports
}

fn joined(context: &Context<'_>, field: FieldId, units: &[Unit]) -> String {
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
