//! How a rule is found: what must occur before it is looked at, and how often that is expected.
//!
//! For authors: a rule with a common key costs time in every post that contains it. The figures
//! are estimates from lists of words ([`cost`](crate::scan::cost)), or
//! [measured](crate::rules::measured) on a sample; those of terms are always estimates. They change
//! no verdict.

use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::compiled::RuleSet;
use crate::rules::condition::trigger::{Trigger, Triggers};
use crate::scan::cost::TermCost;

/// One million posts: what frequencies are out of.
pub const MILLION: u64 = 1_000_000;

/// Matchers of which one must hit before the rule can match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Sorted.
    pub matchers: Vec<MatcherIx>,
    /// Posts per million in which one is expected or was measured, at most [`MILLION`]: those in
    /// which it is looked for in vain count in part.
    pub per_million: u64,
}

/// A term, and how often it is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonTerm {
    /// As its list writes it.
    pub text: String,
    /// What is looked for to find it: its symbols in the widest view.
    pub searched: String,
    /// How often it is expected.
    pub cost: TermCost,
}

impl RuleSet {
    /// What must hit before the rule can match, the rarest first. The first is the key: the rule
    /// is looked at in posts in which a key may hit. Empty for a rule that is looked at in
    /// every post.
    pub fn clauses(&self, rule: RuleIx) -> Vec<Clause> {
        let of_rule = |other: RuleIx| self.key(other);
        let triggers = Triggers { cost: &|matcher| self.cost(matcher), of_rule: &of_rule };
        let clause = |matchers: Trigger| {
            let per_million = triggers.sum(&matchers).min(MILLION);
            Clause { matchers, per_million }
        };
        let key = self.key(rule);
        let mut clauses = triggers.all_of(&self.rule(rule).expr);
        clauses.sort_by_key(|own| key.as_ref() != Some(own));
        clauses.into_iter().map(clause).collect()
    }

    /// The trigger of a rule that another one names. The loader refuses rules that name each other
    /// in a circle.
    fn key(&self, rule: RuleIx) -> Option<Trigger> {
        let of_rule = |other: RuleIx| self.key(other);
        let triggers = Triggers { cost: &|matcher| self.cost(matcher), of_rule: &of_rule };
        triggers.of(&self.rule(rule).expr)
    }

    /// The terms of a matcher that are expected most often, at most `most`.
    pub fn common_terms(&self, matcher: MatcherIx, most: usize) -> Vec<CommonTerm> {
        let scanner = self.scanner();
        let mut terms: Vec<CommonTerm> = scanner
            .terms_of(matcher)
            .into_iter()
            .map(|term| {
                let text = self.term_text(term).to_owned();
                let (cost, searched) = scanner.term_cost(matcher, &text);
                CommonTerm { text, searched, cost }
            })
            .collect();
        terms.sort_by_key(|term| std::cmp::Reverse((term.cost.all(), term.text.clone())));
        terms.truncate(most);
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::compile::compile;
    use crate::rules::load::Loader;

    const PACK: &str = "
tidegate: 1
pack: p
defaults: { category: spam }
define:
  rare: { words: [superclone, 'aaa+'], view: [look] }
  common: [the, that]
  news: [report]
rules:
  - { id: p.both, condition: common and rare near/9 common and not news, weight: 1 }
  - { id: p.other, condition: fired(p.both) and common, weight: 1 }
  - { id: p.always, condition: not news, weight: 1, always: true }
";

    fn rules() -> RuleSet {
        let loaded = Loader::new().text("p.rules.yaml", PACK).load().expect("it loads");
        compile(loaded.model).expect("it compiles")
    }

    fn clauses(rules: &RuleSet, id: &str) -> Vec<Vec<String>> {
        let rule = rules.rules().iter().position(|rule| rule.id == id).expect("the rule");
        let names = |clause: &Clause| {
            let names = clause.matchers.iter().map(|own| rules.matcher_name(*own).to_owned());
            names.collect()
        };
        rules.clauses(RuleIx(rule as u32)).iter().map(names).collect()
    }

    #[test]
    fn the_key_is_first_and_triggers_the_rule() {
        let rules = rules();
        assert_eq!(clauses(&rules, "p.both"), [["rare"], ["common"]]);
        assert_eq!(clauses(&rules, "p.other"), [["rare"], ["common"]]);
        assert!(clauses(&rules, "p.always").is_empty());
        for (number, rule) in rules.rules().iter().enumerate() {
            let Some(key) = rules.clauses(RuleIx(number as u32)).into_iter().next() else {
                continue;
            };
            for matcher in key.matchers {
                let triggered = rules.triggered_by(matcher).iter();
                let mut triggered = triggered.map(|at| rules.order()[*at as usize].index());
                assert!(triggered.any(|own| own == number), "{}", rule.id);
            }
        }
    }

    #[test]
    fn common_terms_say_what_is_searched() {
        let rules = rules();
        let rare = rules.clauses(RuleIx(1)).remove(0).matchers[0];
        let terms = rules.common_terms(rare, 9);
        let searched: Vec<_> = terms.iter().map(|own| (&*own.text, &*own.searched)).collect();
        assert_eq!(searched, [("aaa+", "a+"), ("superclone", "supercione")]);
        assert!(
            terms[0].cost.found >= terms[0].cost.hits && rules.common_terms(rare, 1).len() == 1
        );
    }
}
