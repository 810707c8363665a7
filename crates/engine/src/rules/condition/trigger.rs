//! Triggers: the matchers of which one must hit before a condition can be true.
//!
//! The *trigger* of a condition is a set of matchers of which at least one has a hit whenever
//! the condition is true. A rule is a candidate in a post only if its trigger has a hit, so the
//! set that hits least often is the best. A condition that can be true without any hit
//! (`not x`, `post.age < 7`) has no trigger; its rule is evaluated for every post.
//!
//! This module reads the tree of a condition, not text. The caller says how often a
//! matcher hits ([`Triggers::cost`]).
//!
//! # Example
//!
//! With the costs `game` 40, `bait` 7, `handle` 900, `news` 15 (expected hits in a million
//! posts), the trigger is computed bottom up:
//!
//! | condition | trigger | why |
//! |---|---|---|
//! | `game` | {game} | a hit is required |
//! | `game near/20 handle` | {game} | both sides must hit; {game} is cheaper |
//! | `handle around/20 (bait)` | {bait} | what a window contains, the post contains |
//! | `handle around/20 (not bait)` | {handle} | a window needs a hit |
//! | `game and not news` | {game} | one part suffices; `not news` has none |
//! | `game or bait` | {game, bait} | any part may be the true one: the union |
//! | `2 of (game, bait, news)` | {bait, news} | without one of the two, one hit is left |
//! | `count(bait) >= 3` | {bait} | false at zero hits |
//! | `not (not bait)` | {bait} | negation is pushed down to the leaves |
//! | `not game`, `length > 9` | none | true without a hit |
//!
//! So `(game or bait) and 2 of (game, bait, news)` is triggered by {bait, news} (cost 22), not
//! by {game, bait} (cost 47):
//!
//! ```
//! use tidegate_engine::domain::ids::MatcherIx;
//! use tidegate_engine::rules::condition::expr::{Expr, Operand};
//! use tidegate_engine::rules::condition::trigger::Triggers;
//!
//! let [game, bait, news] = [0, 1, 2].map(MatcherIx);
//! let costs = [40, 7, 15];
//! let triggers = Triggers { cost: &|matcher| costs[matcher.index()], of_rule: &|_| None };
//! let either = Expr::Hit(Operand { any: vec![game, bait] });
//! let two = Expr::AtLeast { count: 2, of: vec![game, bait, news] };
//! assert_eq!(triggers.of(&two), Some(vec![bait, news]));
//! assert_eq!(triggers.of(&Expr::And(vec![either, two])), Some(vec![bait, news]));
//! ```

use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::condition::expr::{Compare, Expr, Measure, Operand};
use crate::rules::model::Model;

/// Matchers of which one must have hit: sorted, no duplicates, never empty.
pub type Trigger = Vec<MatcherIx>;

/// Computes triggers.
pub struct Triggers<'a> {
    /// How often a matcher is expected to hit; lower is better. The cost of a set is the sum.
    pub cost: &'a dyn Fn(MatcherIx) -> u32,
    /// The trigger of another rule, for `fired(rule)`.
    pub of_rule: &'a dyn Fn(RuleIx) -> Option<Trigger>,
}

impl Triggers<'_> {
    /// The cheapest trigger of `expr`, or `None` if it can be true without a hit.
    pub fn of(&self, expr: &Expr) -> Option<Trigger> {
        self.when(expr, true)
    }

    /// Triggers of `expr`, the cheapest first: of each part that must be true for itself, one.
    pub fn all_of(&self, expr: &Expr) -> Vec<Trigger> {
        let mut parts = Vec::new();
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            if let Expr::And(all) = expr {
                open.extend(all);
            } else if let Expr::Scoped { key, extent: _, inner } = expr {
                parts.push(key.any.clone());
                open.push(inner);
            } else if let Expr::Near { left, right, .. } = expr {
                parts.extend([left.any.clone(), right.any.clone()]);
            } else {
                parts.extend(self.of(expr));
            }
        }
        parts.sort_by_key(|trigger| (self.sum(trigger), trigger.clone()));
        parts.dedup();
        parts
    }

    /// The trigger of "`expr` is `wanted`". The parser limits the depth of a condition, and
    /// thereby of this recursion.
    fn when(&self, expr: &Expr, wanted: bool) -> Option<Trigger> {
        match expr {
            Expr::Not(inner) => self.when(inner, !wanted),
            Expr::And(parts) if wanted => self.cheapest(parts, wanted),
            Expr::Or(parts) if !wanted => self.cheapest(parts, wanted),
            Expr::And(parts) | Expr::Or(parts) => self.union(parts, wanted),
            Expr::Measure { what, op, value } => of_measure(*what, *op, *value, wanted),
            // To be true, these need a hit. To be false, they need none.
            Expr::Hit(operand) => wanted.then(|| operand.any.clone()),
            Expr::Near { left, right, .. } => wanted.then(|| self.cheaper(left, right)),
            // Without a hit of the key there is no window; and the hits that the inner condition
            // needs in a window are hits of the post.
            Expr::Scoped { key, extent: _, inner } if wanted => {
                Some(match self.when(inner, wanted) {
                    Some(inner) if self.sum(&inner) < self.sum(&key.any) => inner,
                    Some(_) | None => key.any.clone(),
                })
            }
            Expr::Scoped { .. } => None,
            Expr::AtLeast { count, of } if wanted => self.of_at_least(*count, of),
            Expr::Fired(rule) if wanted => (self.of_rule)(*rule),
            Expr::Evaded(matcher) => wanted.then(|| vec![*matcher]),
            Expr::AtLeast { .. } | Expr::Fired(_) => None,
            Expr::Lang { .. } | Expr::Meta { .. } | Expr::MetaIn { .. } | Expr::Has(_) => None,
        }
    }

    fn cheaper(&self, left: &Operand, right: &Operand) -> Trigger {
        let is_left = self.sum(&left.any) <= self.sum(&right.any);
        if is_left { left.any.clone() } else { right.any.clone() }
    }

    /// The trigger of one child suffices: all of them must be as wanted.
    fn cheapest(&self, parts: &[Expr], wanted: bool) -> Option<Trigger> {
        let each = parts.iter().filter_map(|part| self.when(part, wanted));
        each.min_by_key(|trigger| (self.sum(trigger), trigger.len()))
    }

    /// Every child needs a trigger: any of them may be as wanted.
    fn union(&self, parts: &[Expr], wanted: bool) -> Option<Trigger> {
        let mut all = Vec::new();
        for part in parts {
            all.extend(self.when(part, wanted)?);
        }
        Some(sorted(all))
    }

    /// With N of S hit, at most |S| − N are not: any |S| − N + 1 of them contain a hit.
    fn of_at_least(&self, count: u32, of: &[MatcherIx]) -> Option<Trigger> {
        let count = count as usize;
        if count == 0 || count > of.len() {
            return None;
        }
        let mut rarest_first = of.to_vec();
        rarest_first.sort_by_key(|matcher| ((self.cost)(*matcher), *matcher));
        rarest_first.truncate(of.len() - count + 1);
        Some(sorted(rarest_first))
    }

    /// The cost of a set.
    pub fn sum(&self, set: &[MatcherIx]) -> u64 {
        set.iter().map(|matcher| u64::from((self.cost)(*matcher))).sum()
    }
}

/// A measure needs a hit if it is not as wanted at zero.
fn of_measure(what: Measure, op: Compare, value: f64, wanted: bool) -> Option<Trigger> {
    match what {
        Measure::Count(matcher) | Measure::Distinct(matcher) => {
            (op.holds(&0.0, &value) != wanted).then(|| vec![matcher])
        }
        Measure::Length => None,
    }
}

fn sorted(mut set: Vec<MatcherIx>) -> Trigger {
    set.sort_unstable();
    set.dedup();
    set
}

/// The trigger of every rule of a model, in rule order.
pub fn of_rules(model: &Model, cost: &dyn Fn(MatcherIx) -> u32) -> Vec<Option<Trigger>> {
    let conditions: Vec<&Expr> = model.rules.iter().map(|rule| &rule.condition.expr).collect();
    of_conditions(&conditions, &fired_order(model), cost)
}

/// The trigger of every condition; rule `n` has condition `n`. In `order`, rules reached by
/// `fired()` come first; a cycle, which the loader refuses, has no trigger.
pub fn of_conditions(
    conditions: &[&Expr],
    order: &[RuleIx],
    cost: &dyn Fn(MatcherIx) -> u32,
) -> Vec<Option<Trigger>> {
    let mut known: Vec<Option<Trigger>> = vec![None; conditions.len()];
    for rule in order {
        let of_rule = |other: RuleIx| known[other.index()].clone();
        let found = Triggers { cost, of_rule: &of_rule }.of(conditions[rule.index()]);
        known[rule.index()] = found;
    }
    known
}

/// All rules, each after the rules that its condition and boosts name by `fired()`; otherwise
/// in id order. Rules in a cycle are last.
pub fn fired_order(model: &Model) -> Vec<RuleIx> {
    let mut waits_for: Vec<Vec<RuleIx>> = Vec::with_capacity(model.rules.len());
    for rule in &model.rules {
        let mut named = rule.fired_rules();
        named.sort_unstable();
        named.dedup();
        waits_for.push(named);
    }
    in_order(&waits_for)
}

/// Kahn's algorithm, smallest rule first.
fn in_order(waits_for: &[Vec<RuleIx>]) -> Vec<RuleIx> {
    let mut open: Vec<usize> = waits_for.iter().map(Vec::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); waits_for.len()];
    for (rule, others) in waits_for.iter().enumerate() {
        for other in others {
            needed_by[other.index()].push(rule);
        }
    }
    let mut ready: std::collections::BTreeSet<usize> =
        (0..open.len()).filter(|rule| open[*rule] == 0).collect();
    let mut order = Vec::with_capacity(open.len());
    while let Some(rule) = ready.pop_first() {
        order.push(RuleIx(rule as u32));
        for dependent in &needed_by[rule] {
            open[*dependent] -= 1;
            if open[*dependent] == 0 {
                ready.insert(*dependent);
            }
        }
    }
    order.extend((0..open.len()).filter(|rule| open[*rule] > 0).map(|rule| RuleIx(rule as u32)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::MetaId;
    use crate::rules::condition::expr::{Extent, Value};
    use proptest::prelude::*;

    /// Matchers cost their number: 0 is the rarest.
    fn trigger(expr: &Expr) -> Option<Vec<u32>> {
        let triggers = Triggers { cost: &|matcher| matcher.0, of_rule: &|_| None };
        triggers.of(expr).map(|set| set.into_iter().map(|matcher| matcher.0).collect())
    }

    fn operand(any: &[u32]) -> Operand {
        Operand { any: any.iter().map(|n| MatcherIx(*n)).collect() }
    }

    fn hit(any: &[u32]) -> Expr {
        Expr::Hit(operand(any))
    }

    fn not(expr: Expr) -> Expr {
        Expr::Not(Box::new(expr))
    }

    fn scoped(key: u32, inner: Expr) -> Expr {
        Expr::Scoped { key: operand(&[key]), extent: Extent::Around(9), inner: Box::new(inner) }
    }

    fn at_least(count: u32, of: &[u32]) -> Expr {
        Expr::AtLeast { count, of: operand(of).any }
    }

    fn count(matcher: u32, op: Compare, value: f64) -> Expr {
        Expr::Measure { what: Measure::Count(MatcherIx(matcher)), op, value }
    }

    #[test]
    fn each_operator() {
        let meta =
            Expr::Meta { path: MetaId::LANG, op: Compare::Equal, value: Value::Text("zh".into()) };
        let near =
            Expr::Near { left: operand(&[5]), right: operand(&[1, 2]), within: 9, ordered: false };
        for (expr, expected) in [
            (hit(&[3]), Some(vec![3])),
            (Expr::And(vec![hit(&[7]), hit(&[2]), meta.clone()]), Some(vec![2])),
            (Expr::And(vec![meta.clone(), not(hit(&[1]))]), None),
            (Expr::Or(vec![hit(&[7]), hit(&[2])]), Some(vec![2, 7])),
            (Expr::Or(vec![hit(&[7]), meta.clone()]), None),
            (not(hit(&[1])), None),
            (not(not(hit(&[1]))), Some(vec![1])),
            (not(Expr::Or(vec![not(hit(&[4])), not(hit(&[1]))])), Some(vec![1])),
            (near, Some(vec![1, 2])),
            (scoped(5, hit(&[2])), Some(vec![2])),
            (scoped(2, hit(&[5])), Some(vec![2])),
            (scoped(5, not(hit(&[2]))), Some(vec![5])),
            (scoped(5, scoped(3, Expr::And(vec![hit(&[4]), hit(&[1])]))), Some(vec![1])),
            (not(scoped(5, hit(&[2]))), None),
            (at_least(1, &[1, 2, 3, 4]), Some(vec![1, 2, 3, 4])),
            (at_least(3, &[9, 2, 3, 4]), Some(vec![2, 3])),
            (at_least(4, &[9, 2, 3, 4]), Some(vec![2])),
            (not(at_least(1, &[1])), None),
            (count(6, Compare::GreaterOrEqual, 3.0), Some(vec![6])),
            (count(6, Compare::Less, 3.0), None),
            (not(count(6, Compare::Less, 3.0)), Some(vec![6])),
            (count(6, Compare::NotEqual, 0.0), Some(vec![6])),
            (Expr::Evaded(MatcherIx(4)), Some(vec![4])),
            (Expr::Has(MetaId::LANG), None),
            (meta, None),
        ] {
            assert_eq!(trigger(&expr), expected, "{expr:?}");
        }
    }

    #[test]
    fn fired_borrows_the_other_rules_trigger() {
        let triggers = Triggers {
            cost: &|_| 1,
            of_rule: &|rule| (rule == RuleIx(0)).then(|| vec![MatcherIx(8)]),
        };
        assert_eq!(triggers.of(&Expr::Fired(RuleIx(0))), Some(vec![MatcherIx(8)]));
        assert_eq!(triggers.of(&Expr::Fired(RuleIx(1))), None);
    }

    #[test]
    fn rules_follow_the_rules_they_name() {
        let rule = |n| RuleIx(n);
        let order =
            in_order(&[vec![rule(2)], vec![], vec![rule(3)], vec![], vec![rule(5)], vec![rule(4)]]);
        assert_eq!(order, [1, 3, 2, 0, 4, 5].map(rule));
    }

    /// Is `expr` true if exactly the matchers in `hits` have one hit each, far from each other?
    /// A window then contains its own hit alone.
    fn holds(expr: &Expr, hits: u8) -> bool {
        let is_hit = |matcher: MatcherIx| hits >> matcher.0 & 1 == 1;
        match expr {
            Expr::And(parts) => parts.iter().all(|part| holds(part, hits)),
            Expr::Or(parts) => parts.iter().any(|part| holds(part, hits)),
            Expr::Not(inner) => !holds(inner, hits),
            Expr::Hit(operand) => operand.any.iter().any(|matcher| is_hit(*matcher)),
            Expr::AtLeast { count, of } => {
                of.iter().filter(|matcher| is_hit(**matcher)).count() >= *count as usize
            }
            Expr::Measure { what: Measure::Count(matcher), op, value } => {
                op.holds(&f64::from(u8::from(is_hit(*matcher))), value)
            }
            Expr::Scoped { key, extent: _, inner } => {
                let keys = key.any.iter().filter(|matcher| is_hit(**matcher));
                keys.into_iter().any(|matcher| holds(inner, 1 << matcher.0))
            }
            Expr::Near { .. }
            | Expr::Measure { what: Measure::Distinct(_) | Measure::Length, .. }
            | Expr::Lang { .. }
            | Expr::Meta { .. }
            | Expr::MetaIn { .. }
            | Expr::Has(_)
            | Expr::Fired(_)
            | Expr::Evaded(_) => unreachable!("not generated"),
        }
    }

    fn exprs() -> impl Strategy<Value = Expr> {
        let set = proptest::collection::btree_set(0u32..6, 1..5);
        let op =
            prop_oneof![Just(Compare::Less), Just(Compare::Equal), Just(Compare::GreaterOrEqual)];
        let leaf = prop_oneof![
            set.clone().prop_map(|set| hit(&set.into_iter().collect::<Vec<_>>())),
            (1u32..6, set).prop_map(|(n, set)| at_least(n, &set.into_iter().collect::<Vec<_>>())),
            (0u32..6, op, 0u8..2).prop_map(|(matcher, op, value)| count(matcher, op, value.into())),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
                inner.clone().prop_map(not),
                (0u32..6, inner).prop_map(|(key, inner)| scoped(key, inner)),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_condition_is_never_true_without_its_trigger(expr in exprs()) {
            let found = trigger(&expr);
            for hits in 0..64u8 {
                if holds(&expr, hits)
                    && let Some(set) = &found {
                        prop_assert!(set.iter().any(|n| hits >> n & 1 == 1), "{expr:?} with {hits:b}");
                    }
            }
        }
    }
}
