//! What the rules of a model rest on: which matchers wake them, and which are enough
//! for one by themselves.

use super::written::key;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::compile::costs;
use crate::rules::condition::trigger::{self, Trigger};
use crate::rules::model::{Matcher, Model, Rule};

pub(super) struct Needs<'m> {
    model: &'m Model,
    /// Of every rule, in order.
    pub triggers: Vec<Option<Trigger>>,
}

impl<'m> Needs<'m> {
    pub fn of(model: &'m Model) -> Needs<'m> {
        let costs = costs(model);
        let triggers = trigger::of_rules(model, &|matcher| costs[matcher.index()]);
        Needs { model, triggers }
    }

    /// Does a hit of this matcher have a rule judged? Then it is looked for in every post.
    pub fn wakes(&self, matcher: &Matcher) -> bool {
        self.triggers.iter().flatten().any(|trigger| self.holds(trigger, matcher))
    }

    /// A rule that can hold where nothing but this matcher is hit: every trigger that could
    /// be taken holds it, even if it is the last choice.
    pub fn rests_on(&self, matcher: &Matcher) -> Option<&'m Rule> {
        let last = |other: MatcherIx| u32::from(self.is(other, matcher));
        let triggers = trigger::of_rules(self.model, &last);
        let alone = triggers.iter().position(|trigger| {
            trigger.as_ref().is_some_and(|trigger| self.holds(trigger, matcher))
        })?;
        Some(&self.model.rules[RuleIx(alone as u32).index()])
    }

    fn holds(&self, trigger: &Trigger, matcher: &Matcher) -> bool {
        trigger.iter().any(|other| self.is(*other, matcher))
    }

    /// A matcher may stand in the model for several sets of fields; it is written once.
    fn is(&self, other: MatcherIx, matcher: &Matcher) -> bool {
        key(&self.model.matchers[other.index()].place) == key(&matcher.place)
    }
}
