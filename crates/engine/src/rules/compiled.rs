//! A compiled rule set: names, programs, triggers and the scanner.

use crate::domain::category::{Category, DeclaredCategory};
use crate::domain::field::{FieldSet, Names};
use crate::domain::ids::{MatcherIx, RuleIx, TermIx};
use crate::domain::score::Score;
use crate::rules::compiled_correlation::CompiledCorrelation;
use crate::rules::condition::expr::Expr;
use crate::rules::condition::program::Program;
use crate::rules::model::{Active, Level, Status};
use crate::scan::scanner::Scanner;
use crate::scan::text::script::Scripts;

/// Compiled rules. Immutable, `Send + Sync`, shared by all workers.
#[derive(Debug)]
pub struct RuleSet {
    pub(super) rules: Vec<CompiledRule>,
    pub(super) correlations: Vec<CompiledCorrelation>,
    pub(super) matchers: Vec<MatcherName>,
    pub(super) terms: Terms,
    pub(super) scanner: Scanner,
    pub(super) names: Names,
    /// The categories that packs and policies declare, in order.
    pub(super) declared: Vec<DeclaredCategory>,
    pub(super) hash: String,
    pub(super) origin: Origin,
    /// For each matcher: roughly in how many of a million posts it hits ([`cost::of`]).
    ///
    /// [`cost::of`]: crate::scan::cost::of
    pub(super) costs: Vec<u32>,
    /// Posts of the sample that `costs` were measured on; `None` if they are estimates.
    pub(super) sampled_posts: Option<u64>,
    /// First entry of `triggered` of each matcher, and one past the last.
    pub(super) trigger_starts: Vec<u32>,
    /// Positions in `order` of the rules that a matcher triggers.
    pub(super) triggered: Vec<u32>,
    /// Matchers that trigger rules and can hit without an occurrence of one of their literals.
    pub(super) can_hit_without_literal: Vec<MatcherIx>,
    /// Positions in `order` of rules without a trigger.
    pub(super) untriggered: Vec<u32>,
    /// Rules in the order of evaluation: each after those that its `fired()` names.
    pub(super) order: Vec<RuleIx>,
}

/// Where the rules come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Rules of embedded packs.
    pub embedded: usize,
    /// Embedded packs that others replace, in name order.
    pub replaced: Vec<String>,
}

/// One rule.
#[derive(Debug)]
pub struct CompiledRule {
    /// `id:`, unique and permanent.
    pub id: String,
    /// The name of its pack.
    pub pack: String,
    /// Former ids.
    pub aliases: Vec<String>,
    /// `title:`; may be empty.
    pub title: String,
    /// The category its score is added to.
    pub category: Category,
    /// Severity; does not affect scores.
    pub level: Level,
    /// Stage.
    pub status: Status,
    /// Points of the rule.
    pub weight: Score,
    /// Additional points.
    pub boosts: Vec<CompiledBoost>,
    /// The condition as written.
    pub condition: String,
    /// The condition as a tree, for reports and the compiled file; evaluation uses `program`.
    pub expr: Expr,
    /// The condition as evaluated.
    pub program: Program,
    /// Scripts of which one must occur in its fields; see `languages`.
    pub scripts: Scripts,
    /// Languages it is for; empty means any.
    pub languages: Vec<String>,
    /// Fields it reads.
    pub fields: FieldSet,
    /// When it is in force.
    pub active: Option<Active>,
    /// Matchers whose hits are evidence for the condition, in order of mention.
    pub evidence: Vec<MatcherIx>,
    /// Matchers whose hits are masked.
    pub redact: Vec<MatcherIx>,
    /// Matchers that the condition, boosts and redactions use.
    pub operands: Vec<MatcherIx>,
    /// Matchers with regexes or entities in the condition, the rarest first. They are evaluated
    /// only if the rule is a candidate.
    pub deferred: Vec<MatcherIx>,
    /// Matchers with regexes or entities in boosts and redactions. They are evaluated only if
    /// the rule fired.
    pub deferred_for_score: Vec<MatcherIx>,
}

/// Points that are added if a further condition is true.
#[derive(Debug)]
pub struct CompiledBoost {
    /// As written; verdicts quote it.
    pub text: String,
    /// The condition as a tree, for reports and the compiled file; evaluation uses `program`.
    pub expr: Expr,
    /// The condition as evaluated.
    pub program: Program,
    /// Points.
    pub weight: Score,
    /// Matchers whose hits are evidence for it.
    pub evidence: Vec<MatcherIx>,
}

/// The name of a matcher.
#[derive(Debug)]
pub struct MatcherName {
    /// The name inside its pack or rule.
    pub name: String,
    /// The pack.
    pub pack: String,
}

/// All terms of word lists and `words:`, as written, with their weights.
#[derive(Debug, Default)]
pub struct Terms {
    pub(super) text: String,
    /// Start of each term in `text`, and one past the last.
    pub(super) starts: Vec<u32>,
    /// Terms with a weight, in order.
    pub(super) weights: Vec<(TermIx, Score)>,
}

impl Terms {
    /// Adds a term.
    pub(super) fn push(&mut self, text: &str, weight: Score) -> TermIx {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        let term = TermIx(self.starts.len() as u32 - 1);
        self.text.push_str(text);
        self.starts.push(self.text.len() as u32);
        if weight != Score::ZERO {
            self.weights.push((term, weight));
        }
        term
    }

    /// The term as its list writes it.
    pub fn text(&self, term: TermIx) -> &str {
        let (start, end) = (self.starts[term.index()], self.starts[term.index() + 1]);
        &self.text[start as usize..end as usize]
    }

    /// The bounds of the term: the first memory that [`Terms::text`] reads, for prefetching.
    pub(crate) fn bounds(&self, term: TermIx) -> &u32 {
        &self.starts[term.index()]
    }

    /// The first byte of the term: the next memory that [`Terms::text`] reads.
    pub(crate) fn first_byte(&self, term: TermIx) -> Option<&u8> {
        self.text.as_bytes().get(*self.bounds(term) as usize)
    }

    /// The points of the term in its list; 0 without `weight=`.
    pub fn weight(&self, term: TermIx) -> Score {
        let found = self.weights.binary_search_by_key(&term, |(weighted, _)| *weighted);
        found.map_or(Score::ZERO, |at| self.weights[at].1)
    }

    /// Does any term have a weight?
    pub fn have_weights(&self) -> bool {
        !self.weights.is_empty()
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Are there no terms?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl RuleSet {
    /// Every rule, in id order: the index is the [`RuleIx`].
    pub fn rules(&self) -> &[CompiledRule] {
        &self.rules
    }

    /// One rule.
    pub fn rule(&self, rule: RuleIx) -> &CompiledRule {
        &self.rules[rule.index()]
    }

    /// Every rule over several posts, in id order. The classifier never fires them.
    pub fn correlations(&self) -> &[CompiledCorrelation] {
        &self.correlations
    }

    /// The position in [`RuleSet::correlations`] of the one with this id, or that had it before.
    pub fn find_correlation(&self, id: &str) -> Option<usize> {
        let is_it =
            |own: &CompiledCorrelation| own.id == id || own.aliases.iter().any(|it| it == id);
        self.correlations.iter().position(is_it)
    }

    /// The rule with exactly this id, in logarithmic time: for ids that verdicts name.
    pub fn rule_by_id(&self, id: &str) -> Option<RuleIx> {
        let found = self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id));
        found.ok().map(|at| RuleIx(at as u32))
    }

    /// The rule with this id, or that had it before (`aliases:`).
    pub fn find_rule(&self, id: &str) -> Option<RuleIx> {
        let is_it =
            |rule: &CompiledRule| rule.id == id || rule.aliases.iter().any(|alias| alias == id);
        self.rules.iter().position(is_it).map(|at| RuleIx(at as u32))
    }

    /// The name of a matcher, as conditions of its pack write it.
    pub fn matcher_name(&self, matcher: MatcherIx) -> &str {
        &self.matchers[matcher.index()].name
    }

    /// The pack that a matcher belongs to.
    pub fn matcher_pack(&self, matcher: MatcherIx) -> &str {
        &self.matchers[matcher.index()].pack
    }

    /// A listed term as written.
    pub fn term_text(&self, term: TermIx) -> &str {
        self.terms.text(term)
    }

    /// Listed terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Field and path names, as the rules use them.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The same, mutable: a policy and a mapping add names before any post is read.
    pub fn names_mut(&mut self) -> &mut Names {
        &mut self.names
    }

    /// The categories that its packs, and the policies in the same folders, declare, in order.
    pub fn declared(&self) -> &[DeclaredCategory] {
        &self.declared
    }

    /// Eight hex digits over packs and lists; the policy is added by the classifier.
    pub fn hash_hex(&self) -> &str {
        &self.hash
    }

    /// Where the rules come from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The compiled matchers.
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// The same, mutable, for tests of the search.
    #[cfg(test)]
    pub(crate) fn scanner_mut(&mut self) -> &mut Scanner {
        &mut self.scanner
    }

    /// Roughly in how many of a million posts the matcher hits, and a part of those in which it is
    /// looked for in vain. Measured if there was a sample, else estimated from lists of words.
    pub fn cost(&self, matcher: MatcherIx) -> u32 {
        self.costs[matcher.index()]
    }

    /// Posts of the sample that the costs were measured on; `None` if they are estimates.
    pub fn sampled_posts(&self) -> Option<u64> {
        self.sampled_posts
    }

    /// Orders the parts of all conditions by the costs of their matchers.
    pub(super) fn order_conditions(&mut self) {
        let costs = &self.costs;
        for rule in &mut self.rules {
            rule.program.order_by(&|matcher| costs[matcher.index()]);
        }
    }

    /// Positions in [`RuleSet::order`] of the rules that a hit of `matcher` triggers.
    pub fn triggered_by(&self, matcher: MatcherIx) -> &[u32] {
        let (start, end) =
            (self.trigger_starts[matcher.index()], self.trigger_starts[matcher.index() + 1]);
        &self.triggered[start as usize..end as usize]
    }

    /// Matchers that trigger rules and can hit without an occurrence of one of their literals.
    pub fn can_hit_without_literal(&self) -> &[MatcherIx] {
        &self.can_hit_without_literal
    }

    /// Positions in [`RuleSet::order`] of the rules that are evaluated for every post.
    pub fn untriggered(&self) -> &[u32] {
        &self.untriggered
    }

    /// Rules in the order of evaluation.
    pub fn order(&self) -> &[RuleIx] {
        &self.order
    }
}
