//! Selects the rules that almost fired (near misses).
//!
//! A rule is a near miss if its trigger, the rarest part of its condition, was hit and few facts
//! are missing: a distance, a contact, the absence of an exception. The number of missing facts is
//! the distance; a period, language or policy that prevents judging the rule adds one.

use super::condition::tree;
use super::context::Context;
use std::cmp::Reverse;
use tidegate_engine::classifier::Stop;
use tidegate_engine::domain::ids::{MatcherIx, RuleIx};

/// Largest number of missing facts of a near miss.
const MISSING_MAX: u32 = 2;

/// Sort key: number of missing facts; how many of them are absent; number of matchers that are
/// evidence, most first; the rule.
type Rank = (u32, u32, Reverse<usize>, RuleIx);

/// At most `most` rules that are not in `others`, the nearest first.
pub(super) fn rules(context: &Context<'_>, most: usize, others: &[RuleIx]) -> Vec<RuleIx> {
    let triggered = context.inspection.triggered().into_iter();
    let wanted =
        triggered.filter(|rule| !context.inspection.has_fired(*rule) && !others.contains(rule));
    let mut near: Vec<Rank> = wanted.filter_map(|rule| rank(context, rule)).collect();
    near.sort_unstable();
    near.truncate(most);
    near.into_iter().map(|(.., rule)| rule).collect()
}

fn rank(context: &Context<'_>, number: RuleIx) -> Option<Rank> {
    let rule = context.rule(number);
    let is_hit = |matcher: &&MatcherIx| !context.inspection.hits().of(**matcher).is_empty();
    let evidence_hit = rule.evidence.iter().filter(is_hit).count();
    let stopped = context.inspection.stopped(number);
    if evidence_hit == 0 || stopped == Some(Stop::Disabled) {
        return None;
    }
    let missing = tree(context, rule, &rule.expr, &rule.program).missing();
    let count = missing.count + u32::from(stopped.is_some());
    // One hit does not make a rule a near miss if two others are missing.
    let is_near = count <= MISSING_MAX && count as usize <= evidence_hit;
    is_near.then_some((count, missing.absent, Reverse(evidence_hit), number))
}
