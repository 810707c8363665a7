//! How rules depend on matchers: which matchers trigger rules, and which suffice alone for a rule.

use super::written::key;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::compile::costs;
use crate::rules::condition::trigger::{self, Trigger};
use crate::rules::model::{Matcher, Model, Rule};

/// The triggers of all rules of a model.
pub(super) struct TriggerUse<'m> {
    model: &'m Model,
    /// The trigger of every rule, in rule order.
    pub triggers: Vec<Option<Trigger>>,
    costs: Vec<u32>,
}

impl<'m> TriggerUse<'m> {
    pub fn of(model: &'m Model) -> TriggerUse<'m> {
        let costs = costs(model);
        let triggers = trigger::of_rules(model, &|matcher| costs[matcher.index()]);
        TriggerUse { model, triggers, costs }
    }

    /// Posts in a million in which one of the matchers is expected, as estimated.
    pub fn per_million(&self, trigger: &Trigger) -> u64 {
        trigger.iter().map(|matcher| u64::from(self.costs[matcher.index()])).sum()
    }

    /// Does this matcher trigger a rule? Then it is searched in every post.
    pub fn triggers_a_rule(&self, matcher: &Matcher) -> bool {
        self.triggers.iter().flatten().any(|trigger| self.contains(trigger, matcher))
    }

    /// A rule that can fire when no other matcher has a hit: each of its possible triggers
    /// contains this matcher, even if it is the most expensive choice.
    pub fn suffices_for(&self, matcher: &Matcher) -> Option<&'m Rule> {
        let cost = |other: MatcherIx| u32::from(self.is(other, matcher));
        let triggers = trigger::of_rules(self.model, &cost);
        let rule = triggers.iter().position(|trigger| {
            trigger.as_ref().is_some_and(|trigger| self.contains(trigger, matcher))
        })?;
        Some(&self.model.rules[RuleIx(rule as u32).index()])
    }

    fn contains(&self, trigger: &Trigger, matcher: &Matcher) -> bool {
        trigger.iter().any(|other| self.is(*other, matcher))
    }

    /// Are both the same matcher as written?
    fn is(&self, other: MatcherIx, matcher: &Matcher) -> bool {
        key(&self.model.matchers[other.index()].place) == key(&matcher.place)
    }
}
