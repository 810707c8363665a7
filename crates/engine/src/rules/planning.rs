//! Plans the rules of a rule set by the costs of its matchers: triggers, and the order in which
//! parts of conditions and deferred matchers are tried.
//!
//! A plan decides how fast posts are judged. It is no part of the hash of the rule set and changes
//! no verdict, except of posts that exceed a limit on hits: a regex that is not run cannot exceed
//! it. Every plan follows from the conditions and the costs alone, so a rule set can be
//! planned again when better costs are known.

use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::compiled::RuleSet;
use crate::rules::condition::expr::Expr;
use crate::rules::condition::trigger::{self, Trigger};

impl RuleSet {
    /// Plans all rules by the costs of the matchers, which were measured on a sample of so many
    /// posts, or estimated.
    pub(super) fn plan_by(&mut self, costs: Vec<u32>, sampled_posts: Option<u64>) {
        self.costs = costs;
        self.sampled_posts = sampled_posts;
        self.plan_triggers();
        self.order_conditions();
        let costs = &self.costs;
        for rule in &mut self.rules {
            // Equal costs stay in order of number: the plan follows from the costs alone.
            rule.deferred.sort_by_key(|matcher| (costs[matcher.index()], *matcher));
        }
    }

    /// Lists, for each matcher, the positions in `order` of the rules that it triggers; then the
    /// positions of rules without a trigger.
    fn plan_triggers(&mut self) {
        let conditions: Vec<&Expr> = self.rules.iter().map(|rule| &rule.expr).collect();
        let cost = |matcher: MatcherIx| self.costs[matcher.index()];
        let triggers = trigger::of_conditions(&conditions, &self.order, &cost);
        let mut by_matcher: Vec<Vec<u32>> = vec![Vec::new(); self.matchers.len()];
        self.untriggered.clear();
        for (position, rule) in (0..).zip(&self.order) {
            match &triggers[rule.index()] {
                Some(trigger) => add_position(&mut by_matcher, trigger, position),
                None => self.untriggered.push(position),
            }
        }
        let triggering = (0..self.matchers.len() as u32).map(MatcherIx);
        self.can_hit_without_literal = triggering
            .filter(|matcher| !by_matcher[matcher.index()].is_empty())
            .filter(|matcher| self.scanner.can_hit_without_literal(*matcher))
            .collect();
        self.trigger_starts = vec![0];
        self.triggered.clear();
        for positions in by_matcher {
            self.triggered.extend(positions);
            self.trigger_starts.push(self.triggered.len() as u32);
        }
    }

    /// The matchers that trigger a rule, sorted. Empty for a rule that is evaluated for every
    /// post.
    pub fn trigger(&self, rule: RuleIx) -> Vec<MatcherIx> {
        let matchers = (0..self.matchers.len() as u32).map(MatcherIx);
        let triggers = |matcher: &MatcherIx| {
            let mut positions = self.triggered_by(*matcher).iter();
            positions.any(|position| self.order[*position as usize] == rule)
        };
        matchers.filter(triggers).collect()
    }
}

fn add_position(by_matcher: &mut [Vec<u32>], trigger: &Trigger, position: u32) {
    for matcher in trigger {
        by_matcher[matcher.index()].push(position);
    }
}
