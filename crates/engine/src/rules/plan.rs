//! How a rule is found: what must occur before it is looked at, and how often that is expected.
//!
//! For authors: a rule with a common key costs time in every post that contains it. The estimates
//! come from lists of words ([`cost`](crate::scan::cost)); they change no verdict.

use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::compiled::RuleSet;
use crate::rules::condition::trigger::{Trigger, Triggers};

/// One million posts: what frequencies are out of.
pub const MILLION: u64 = 1_000_000;

/// Matchers of which one must hit before the rule can match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Sorted.
    pub matchers: Vec<MatcherIx>,
    /// Posts per million in which one is expected, at most [`MILLION`]: those in which it is looked
    /// for in vain count in part.
    pub per_million: u64,
}

/// A term, and how often it is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonTerm {
    /// As its list writes it.
    pub text: String,
    /// What is looked for to find it: its symbols in the widest view.
    pub searched: String,
    /// Posts per million in which it is expected to hit.
    pub hits: u32,
    /// Posts per million in which what is looked for is expected.
    pub found: u32,
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
                CommonTerm { text, searched, hits: cost.hits, found: cost.found }
            })
            .collect();
        terms
            .sort_by_key(|term| std::cmp::Reverse((term.hits + term.found / 8, term.text.clone())));
        terms.truncate(most);
        terms
    }
}
