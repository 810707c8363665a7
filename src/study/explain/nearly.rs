//! Which rules nearly fired.
//!
//! A rule is near when something speaks for it and little is missing: a term that
//! no list has, a distance, a word of news. How much is missing is counted in
//! facts of the condition; the period, language or policy that keeps a rule from
//! being judged is one more.

use super::condition::tree;
use super::scene::Scene;
use crate::classifier::Stop;
use crate::ids::RuleIx;
use std::cmp::Reverse;

/// More than this many facts away is not near.
const MISSING_MAX: u32 = 2;

/// At most `most` rules but for `others`, the nearest first; of equally near ones
/// those that more speaks for.
pub(super) fn rules(scene: &Scene<'_>, most: usize, others: &[RuleIx]) -> Vec<RuleIx> {
    let numbers = (0..scene.rules().rules().len() as u32).map(RuleIx);
    let mut near: Vec<(u32, Reverse<u32>, RuleIx)> = numbers
        .filter(|rule| !others.contains(rule))
        .filter_map(|rule| rank(scene, rule))
        .collect();
    near.sort_unstable();
    near.truncate(most);
    near.into_iter().map(|(_, _, rule)| rule).collect()
}

fn rank(scene: &Scene<'_>, number: RuleIx) -> Option<(u32, Reverse<u32>, RuleIx)> {
    let rule = scene.rule(number);
    let is_hit = |matcher: &&_| !scene.seen.hits().of(**matcher).is_empty();
    let speaking = rule.evidence.iter().filter(is_hit).count() as u32;
    if speaking == 0 || scene.seen.has_fired(number) {
        return None;
    }
    let stopped = scene.seen.stopped(number);
    if stopped == Some(Stop::Disabled) {
        return None;
    }
    let condition = tree(scene, rule, &rule.expr, &rule.program);
    let missing = condition.missing().count + u32::from(stopped.is_some());
    // One hit word is no reason to tell of a rule that asks for two others.
    let is_near = missing <= MISSING_MAX && missing <= speaking;
    is_near.then_some((missing, Reverse(speaking), number))
}
