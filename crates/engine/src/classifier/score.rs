//! Points, evidence and the action.

use super::evaluate::meta;
use super::judge::{Classifier, RuleCategories};
use super::scratch::JudgeScratch;
use crate::domain::action::Action;
use crate::domain::field::{FieldId, FieldSet};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::limits::EVIDENCE_PER_MATCHER_MAX;
use crate::domain::score::Score;
use crate::domain::span::Span;
use crate::domain::verdict::{Evidence, Fired, Verdict};
use crate::policy::Mode;
use crate::rules::compiled::{CompiledRule, RuleSet};
use crate::rules::condition::evaluate::{Facts, ProgramScratch};
use crate::rules::condition::program::Program;
use crate::scan::hits::{Hit, Hits};
use crate::scan::scanner::PostHits;
use std::ops::Range;

impl Classifier {
    /// Adds up the points of a rule that matches, and lists its evidence.
    pub(super) fn score_rule(
        &self,
        number: RuleIx,
        post_hits: &PostHits<'_>,
        judge: &mut JudgeScratch,
    ) {
        let (rule, hits) = (self.rules.rule(number), post_hits.hits());
        let mut score = self.policy.weight(number);
        let first_boost = judge.boosts.len() as u32;
        judge.begin_evidence();
        judge.support(post_hits, &rule.program, rule.fields);
        judge.evidence_matchers.extend(&rule.evidence);
        for (at, boost) in rule.boosts.iter().enumerate() {
            let holds = judge.with_facts(post_hits, |facts, scratch, _| {
                boost.program.holds(facts, rule.fields, scratch)
            });
            if holds {
                score += boost.weight;
                judge.boosts.push(at as u16);
                judge.support(post_hits, &boost.program, rule.fields);
                judge.evidence_matchers.extend(&boost.evidence);
            }
        }
        score += self.term_weight(rule, hits);
        let boosts = first_boost..judge.boosts.len() as u32;
        let evidence = judge.list_evidence(&self.rules, rule, hits);
        let shadow = self.policy.mode(number) == Mode::Shadow;
        judge.fired.push(Fired { rule: number, score, shadow, boosts, evidence });
    }

    /// The largest weight among the listed terms that support the rule.
    pub(super) fn term_weight(&self, rule: &CompiledRule, hits: &Hits) -> Score {
        let terms = self.rules.terms();
        if !terms.have_weights() {
            return Score::ZERO;
        }
        let supporting = rule.evidence.iter().flat_map(|matcher| hits.of(*matcher));
        let weights = supporting.filter_map(|hit| hit.term).map(|term| terms.weight(term));
        weights.filter(|weight| *weight != Score::ZERO).max().unwrap_or(Score::ZERO)
    }

    /// Sums the scores by category and lets the policy decide.
    pub(super) fn decide<'s>(
        &self,
        hits: &PostHits<'_>,
        judge: &'s mut JudgeScratch,
    ) -> Verdict<'s> {
        let capped = hits.is_capped() || judge.program.is_capped();
        let RuleCategories { all, of_rule } = &self.categories;
        judge.sums.clear();
        judge.sums.resize(all.len(), None);
        judge.categories.clear();
        for fired in judge.fired.iter().filter(|fired| !fired.shadow) {
            let sum = &mut judge.sums[of_rule[fired.rule.index()] as usize];
            *sum = Some(sum.unwrap_or_default() + fired.score);
        }
        let sums = all.iter().zip(&judge.sums);
        judge.categories.extend(sums.filter_map(|(category, sum)| Some((*category, (*sum)?))));
        let decision = self.policy.decide(&mut judge.categories, &meta(hits.post()));
        let least = if capped { Action::Review } else { Action::Allow };
        Verdict {
            action: decision.action.max(least),
            care: decision.care,
            capped,
            categories: &judge.categories,
            fired: &judge.fired,
            boosts: &judge.boosts,
            evidence: &judge.evidence,
            masked: &judge.masked,
        }
    }
}

impl JudgeScratch {
    /// Begins the evidence of a rule.
    fn begin_evidence(&mut self) {
        self.evidence_matchers.clear();
        self.post_wide.clear();
        self.scoped_hits.clear();
    }

    /// Calls `run` with what conditions read; the last argument is for the hits of scopes.
    fn with_facts<T>(
        &mut self,
        post_hits: &PostHits<'_>,
        run: impl FnOnce(&Facts<'_>, &mut ProgramScratch, &mut Vec<Hit>) -> T,
    ) -> T {
        let mut scratch = std::mem::take(&mut self.program);
        let mut scoped_hits = std::mem::take(&mut self.scoped_hits);
        let length = |fields: FieldSet| post_hits.length(fields);
        let scripts = |fields: FieldSet| post_hits.scripts(fields);
        let fired = |other: RuleIx| self.has_matched(other);
        let (hits, post) = (post_hits.hits(), post_hits.post());
        let facts = Facts { hits, post, length: &length, scripts: &scripts, fired: &fired };
        let result = run(&facts, &mut scratch, &mut scoped_hits);
        self.program = scratch;
        self.scoped_hits = scoped_hits;
        result
    }

    /// Adds what supports a condition that is true.
    fn support(&mut self, post_hits: &PostHits<'_>, program: &Program, fields: FieldSet) {
        self.post_wide.extend(program.post_wide());
        if program.has_scopes() {
            self.with_facts(post_hits, |facts, scratch, found| {
                program.scoped_evidence(facts, fields, scratch, found);
            });
        }
    }

    /// Lists the evidence of a rule that matches; returns its range of `evidence`.
    fn list_evidence(&mut self, rules: &RuleSet, rule: &CompiledRule, hits: &Hits) -> Range<u32> {
        let first = self.evidence.len() as u32;
        for at in 0..self.evidence_matchers.len() {
            let matcher = self.evidence_matchers[at];
            if self.evidence_matchers[..at].contains(&matcher) {
                continue;
            }
            // Of a matcher that only scopes name, the hits in their windows.
            let supporting = if self.post_wide.contains(&matcher) {
                hits.of(matcher)
            } else {
                of_matcher(&self.scoped_hits, matcher)
            };
            for hit in supporting.iter().take(EVIDENCE_PER_MATCHER_MAX) {
                let (term, field, span, view) = (hit.term, hit.field, hit.span, hit.view);
                if let Some(first) = term.and_then(|term| rules.terms().first_byte(term)) {
                    rules.scanner().prefetch(first);
                }
                self.evidence.push(Evidence { matcher, term, field, span, view, redacted: false });
            }
        }
        for matcher in &rule.redact {
            self.masked.extend(hits.of(*matcher).iter().map(|hit| (hit.field, hit.span)));
        }
        first..self.evidence.len() as u32
    }

    /// Marks evidence of any rule that overlaps a masked span.
    pub(super) fn mask_evidence(&mut self) {
        if self.masked.is_empty() {
            return;
        }
        for evidence in &mut self.evidence {
            let overlaps = |masked: &(FieldId, Span)| {
                masked.0 == evidence.field && masked.1.overlaps(evidence.span)
            };
            evidence.redacted = self.masked.iter().any(overlaps);
        }
    }
}

/// The hits of a matcher among sorted hits.
fn of_matcher(sorted: &[Hit], matcher: MatcherIx) -> &[Hit] {
    let start = sorted.partition_point(|hit| hit.matcher < matcher);
    let end = sorted.partition_point(|hit| hit.matcher <= matcher);
    &sorted[start..end]
}
