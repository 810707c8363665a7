//! Which rules nearly fired.
//!
//! A rule is near when its trigger was hit, the rarest of what it asks for, and
//! little is missing: a distance, a contact, the absence of an excuse. How much is
//! missing is counted in facts of the condition; the period, language or policy
//! that keeps a rule from being judged is one more.

use super::condition::tree;
use super::context::Context;
use std::cmp::Reverse;
use tidegate_engine::classifier::Stop;
use tidegate_engine::domain::ids::{MatcherIx, RuleIx};

/// More than this many facts away is not near.
const MISSING_MAX: u32 = 2;

/// Facts that are otherwise; those of them that are not there; then how many
/// matchers speak for the rule, most first; then the rule.
type Rank = (u32, u32, Reverse<usize>, RuleIx);

/// At most `most` rules but for `others`, the nearest first.
pub(super) fn rules(context: &Context<'_>, most: usize, others: &[RuleIx]) -> Vec<RuleIx> {
    let triggered = context.seen.triggered().into_iter();
    let wanted = triggered.filter(|rule| !context.seen.has_fired(*rule) && !others.contains(rule));
    let mut near: Vec<Rank> = wanted.filter_map(|rule| rank(context, rule)).collect();
    near.sort_unstable();
    near.truncate(most);
    near.into_iter().map(|(.., rule)| rule).collect()
}

fn rank(context: &Context<'_>, number: RuleIx) -> Option<Rank> {
    let rule = context.rule(number);
    let is_hit = |matcher: &&MatcherIx| !context.seen.hits().of(**matcher).is_empty();
    let speaking = rule.evidence.iter().filter(is_hit).count();
    let stopped = context.seen.stopped(number);
    if speaking == 0 || stopped == Some(Stop::Disabled) {
        return None;
    }
    let missing = tree(context, rule, &rule.expr, &rule.program).missing();
    let count = missing.count + u32::from(stopped.is_some());
    // One hit word is no reason to tell of a rule that asks for two others.
    let is_near = count <= MISSING_MAX && count as usize <= speaking;
    is_near.then_some((count, missing.absent, Reverse(speaking), number))
}
