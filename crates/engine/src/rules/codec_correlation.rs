//! Encodes rules over several posts, and checks them when a compiled file is read.

use crate::codec::{DecodeError, codec_enum, codec_struct, ensure};
use crate::domain::limits::{
    CORRELATION_COUNT_MAX, CORRELATION_RULES_MAX, GROUP_PATHS_MAX, TIMESPAN_MAX,
};
use crate::rules::compiled_correlation::{CompiledCorrelation, CompiledPattern};
use crate::rules::condition::expr::Expr;
use crate::rules::model::{CorrelationKind, PostPath};

codec_enum!(CorrelationKind {
    EventCount = 0,
    ValueCount = 1,
    Temporal = 2,
    TemporalOrdered = 3,
});
codec_struct!(PostPath { meta, name });
codec_struct!(CompiledPattern { text, rules, is_story });
codec_struct!(CompiledCorrelation {
    id,
    pack,
    aliases,
    title,
    category,
    level,
    status,
    weight,
    kind,
    patterns,
    group_by,
    timespan,
    at_least,
    field,
    filter_text,
    filter,
    active,
});

/// Checks what a correlation refers to, and that its numbers are those that a pack may state.
pub(super) fn check(
    own: &CompiledCorrelation,
    rules: usize,
    metas: &[String],
) -> Result<(), DecodeError> {
    let CompiledCorrelation { kind, patterns, group_by, timespan, at_least, field, filter, .. } =
        own;
    let are_rules = |pattern: &CompiledPattern| {
        pattern.rules.is_sorted_by(|one, next| one < next)
            && pattern.rules.iter().all(|rule| rule.index() < rules)
            && (pattern.is_story || !pattern.rules.is_empty())
    };
    let is_path = |path: &PostPath| metas.get(path.meta.index()) == Some(&path.name);
    ensure(patterns.iter().all(are_rules), "the rules of a correlation")?;
    ensure(group_by.iter().chain(field).all(is_path), "a path of a correlation")?;
    ensure(group_by.len() <= GROUP_PATHS_MAX, "the groups of a correlation")?;
    ensure((1..=TIMESPAN_MAX).contains(timespan), "the timespan of a correlation")?;
    ensure((2..=CORRELATION_COUNT_MAX).contains(at_least), "the number of a correlation")?;
    ensure(!own.category.is_self_harm(), "the category of a correlation")?;
    let has_field = field.is_some() == (*kind == CorrelationKind::ValueCount);
    ensure(has_field, "what a correlation counts")?;
    let number = patterns.len();
    let has_order = number <= CORRELATION_RULES_MAX && number == *at_least as usize;
    ensure(if kind.is_temporal() { has_order } else { number > 0 }, "what a correlation counts")?;
    let mut is_of_post = true;
    if let Some(filter) = filter {
        filter.visit(&mut |node| {
            is_of_post &= match node {
                Expr::And(_) | Expr::Or(_) | Expr::Not(_) => true,
                Expr::Meta { path, .. } | Expr::MetaIn { path, .. } | Expr::Has(path) => {
                    path.index() < metas.len()
                }
                Expr::Hit(_)
                | Expr::Near { .. }
                | Expr::Scoped { .. }
                | Expr::AtLeast { .. }
                | Expr::Measure { .. }
                | Expr::Lang { .. }
                | Expr::Fired(_)
                | Expr::Evaded(_) => false,
            };
        });
    }
    ensure(is_of_post, "the condition of a correlation")
}
