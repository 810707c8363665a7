//! Lint of conditions whose upper limit of `length` is below the length of every hit they require.

use crate::diagnostic::Diagnostic;
use crate::domain::field::FieldId;
use crate::domain::ids::MatcherIx;
use crate::fold::{Folded, fold};
use crate::message::message;
use crate::rules::condition::expr::{Compare, Expr, Measure};
use crate::rules::model::{Matcher, Model, Rule, Term};

/// Views find spellings that are shorter than the term, as `㎏` for `kg`. A hit is at least this
/// part of its term. A limit without a measured effect.
const SHORTENED: u32 = 2;

pub(super) fn lint(model: &Model, rule: &Rule, found: &mut Vec<Diagnostic>) {
    for condition in rule.boosts.iter().map(|boost| &boost.condition).chain([&rule.condition]) {
        condition.expr.visit(&mut |expr| {
            let excluded = match expr {
                Expr::And(parts) => excluded(model, parts, &[], Some(&rule.fields)),
                // The window contains the hit that it is around, in any field.
                Expr::Scoped { key, inner, .. } => {
                    excluded(model, inner.required_parts(), &key.any, None)
                }
                Expr::Or(_)
                | Expr::Not(_)
                | Expr::Hit(_)
                | Expr::Near { .. }
                | Expr::AtLeast { .. }
                | Expr::Measure { .. }
                | Expr::Lang { .. }
                | Expr::Meta { .. }
                | Expr::MetaIn { .. }
                | Expr::Has(_)
                | Expr::Fired(_)
                | Expr::Evaded(_) => None,
            };
            let Some((limit, name, units)) = excluded else { return };
            let message = message!(
                "`{limit}` is never true with a hit of `{name}`, whose shortest term has {units} units"
            );
            let place = Some(condition.place.clone());
            let warning = Diagnostic::warning("short_length", message, place);
            found.push(warning.help(message!("raise the limit; `length` counts letters, not words")));
        });
    }
}

/// The limit of a length, and the required matcher whose shortest hit is longer.
fn excluded<'m>(
    model: &'m Model,
    parts: &[Expr],
    key: &[MatcherIx],
    fields: Option<&[FieldId]>,
) -> Option<(String, &'m str, u32)> {
    let limits = parts.iter().filter_map(limit);
    let (most, limit) = limits.min_by(|left, right| left.0.total_cmp(&right.0))?;
    let required =
        parts.iter().flat_map(Expr::required_hits).chain([key]).filter(|set| !set.is_empty());
    required.into_iter().find_map(|set| {
        let hits = set.iter().map(|matcher| &model.matchers[matcher.index()]);
        let shortest = hits.map(|matcher| Some((shortest(matcher, fields)?, &*matcher.name)));
        let all: Option<Vec<(u32, &str)>> = shortest.collect();
        let (units, name) = all?.into_iter().min()?;
        let is_excluded = f64::from(units.div_ceil(SHORTENED)) > most;
        is_excluded.then(|| (limit.clone(), name, units))
    })
}

/// The largest `length` that a part allows, and how it says so.
fn limit(part: &Expr) -> Option<(f64, String)> {
    let Expr::Measure { what: Measure::Length, op, value } = part else { return None };
    let most = match op {
        Compare::Less => value.ceil() - 1.0,
        Compare::LessOrEqual | Compare::Equal => *value,
        Compare::NotEqual | Compare::Greater | Compare::GreaterOrEqual => return None,
    };
    Some((most, format!("length {} {value}", op.sign())))
}

/// The units of the shortest term; `None` if hits may be shorter, or outside of `fields`.
fn shortest(matcher: &Matcher, fields: Option<&[FieldId]>) -> Option<u32> {
    let is_inside = fields.is_none_or(|own| matcher.fields.iter().all(|field| own.contains(field)));
    let is_literal =
        matcher.regexes.is_empty() && matcher.entities.is_empty() && matcher.seq.is_none();
    if !is_inside || !is_literal {
        return None;
    }
    let units = |term: &Term| {
        let symbols = fold(&term.text);
        Folded { symbols: &symbols, signs: &[], signs_base: 0 }.length()
    };
    matcher.terms.iter().map(units).min()
}
