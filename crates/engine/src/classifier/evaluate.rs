//! Collects the hits that candidates need, and evaluates their conditions.

use super::judge::{Classifier, Scope};
use super::scratch::{JudgeScratch, Part};
use super::stages::{JudgeStage, Observer};
use crate::domain::event_time;
use crate::domain::field::{FieldSet, MetaId};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::policy::Mode;
use crate::post::Post;
use crate::rules::compiled::CompiledRule;
use crate::rules::condition::evaluate::Facts;
use crate::scan::scanner::{FilterStage, LiteralHits, PostHits, PostScan};
use crate::scan::text::script::{self, Scripts};
use std::cell::Cell;

/// Why a rule is not evaluated for a post; or why it does not count although its condition is
/// true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The policy disables the rule.
    Disabled,
    /// The post was written outside the rule's period.
    Inactive,
    /// Neither the text nor the declared language of the post is in a language of the rule.
    Language,
    /// The policy excepts the post from the rule.
    Excepted,
}

impl Classifier {
    /// Collects the hits that the conditions of the candidates read, and removes candidates that
    /// cannot match.
    pub(super) fn collect_hits<'p>(
        &self,
        scan: PostScan<'p>,
        judge: &mut JudgeScratch,
        scope: Scope,
        observer: &mut impl Observer,
    ) -> PostHits<'p> {
        let rules = &self.rules;
        match scope {
            Scope::All => {
                let all: Vec<MatcherIx> =
                    (0..rules.scanner().matchers() as u32).map(MatcherIx).collect();
                scan.collect_literal_hits(None).run_deferred(&all)
            }
            Scope::Flood => {
                let hits = scan.collect_literal_hits(None);
                self.add_deferred_hits(hits, judge, Part::All, observer)
            }
            Scope::Candidates => self.collect_in_two_parts(scan, judge, observer),
        }
    }

    /// Collects first the hits that can make conditions true. What can only make them false is
    /// looked for if they are true without it, which few are.
    fn collect_in_two_parts<'p>(
        &self,
        scan: PostScan<'p>,
        judge: &mut JudgeScratch,
        observer: &mut impl Observer,
    ) -> PostHits<'p> {
        let rules = &self.rules;
        judge.list_matchers(rules, |rule| rule.program.supporting());
        let hits = scan.collect_literal_hits(Some(&judge.matchers));
        let mut hits = self.add_deferred_hits(hits, judge, Part::Supporting, observer);
        self.drop_unsupported(&hits, judge);
        observer.judged(JudgeStage::Supported, &judge.candidates);
        judge.list_matchers(rules, |rule| rule.program.opposing());
        if !judge.matchers.is_empty() {
            hits.add_literal_hits(&judge.matchers);
            self.drop_unsupported(&hits, judge);
            self.run_rounds(&mut hits, judge, Part::All);
        }
        hits
    }

    /// Adds the hits of the deferred matchers of the candidates to those of literals.
    fn add_deferred_hits<'p>(
        &self,
        mut hits: LiteralHits<'p>,
        judge: &mut JudgeScratch,
        part: Part,
        observer: &mut impl Observer,
    ) -> PostHits<'p> {
        let rules = &self.rules;
        // The texts of a million terms are not in the caches. They are prefetched in two
        // steps, here and where evidence is listed, and read where it is written.
        for term in hits.unsorted().iter().filter_map(|hit| hit.term) {
            rules.scanner().prefetch(rules.terms().bounds(term));
        }
        self.prune_at(FilterStage::RegexPrefilter, hits.scan(), judge);
        observer.judged(JudgeStage::LiteralHits, &judge.candidates);
        judge.list_deferred(rules, part, |_| false);
        let mut hits = hits.run_deferred(&judge.matchers);
        self.run_rounds(&mut hits, judge, part);
        observer.judged(JudgeStage::DeferredHits, &judge.candidates);
        hits
    }

    /// Evaluates deferred matchers in rounds: each round evaluates the rarest deferred matcher of
    /// each candidate and removes candidates that cannot match any more.
    fn run_rounds(&self, hits: &mut PostHits<'_>, judge: &mut JudgeScratch, part: Part) {
        loop {
            self.prune_at(FilterStage::RegexPrefilter, hits.scan(), judge);
            judge.list_deferred(&self.rules, part, |matcher| hits.is_evaluated(matcher));
            if judge.matchers.is_empty() {
                return;
            }
            hits.run_deferred(&judge.matchers);
        }
    }

    /// Removes candidates whose conditions are false without the hits that were not collected:
    /// those could only make them false.
    fn drop_unsupported(&self, hits: &PostHits<'_>, judge: &mut JudgeScratch) {
        let mut candidates = std::mem::take(&mut judge.candidates);
        with_scripts(hits, |scripts| {
            candidates.retain(|position| {
                let rule = self.rules.order()[*position as usize];
                self.rules.rule(rule).program.opposing().is_empty()
                    || self.is_supported(rule, hits, scripts, judge)
            });
        });
        judge.candidates = candidates;
    }

    /// Is the condition true for the hits collected, or may it be true although it is false for
    /// them? Where it looks at more windows than it may, it may look at fewer once all hits are
    /// collected; and some hits may be dropped when all are.
    fn is_supported(
        &self,
        rule: RuleIx,
        hits: &PostHits<'_>,
        scripts: &dyn Fn(FieldSet) -> Scripts,
        judge: &mut JudgeScratch,
    ) -> bool {
        let was_capped = judge.program.set_capped(false);
        let holds = self.holds(rule, hits, scripts, judge);
        let is_capped = judge.program.set_capped(was_capped);
        let opposing = self.rules.rule(rule).program.opposing();
        holds || is_capped || opposing.iter().any(|matcher| hits.may_lose_hits(*matcher))
    }

    /// Evaluates the conditions of the candidates.
    pub(super) fn evaluate_conditions(&self, hits: &PostHits<'_>, judge: &mut JudgeScratch) {
        with_scripts(hits, |scripts| {
            for at in 0..judge.candidates.len() {
                let number = self.rules.order()[judge.candidates[at] as usize];
                if self.matches(number, hits, scripts, judge) {
                    judge.set_matched(number);
                    judge.matching.push(number);
                }
            }
        });
    }

    /// Is the condition of the rule true, and is the rule in force for the post?
    pub(super) fn matches(
        &self,
        number: RuleIx,
        hits: &PostHits<'_>,
        scripts: &dyn Fn(FieldSet) -> Scripts,
        judge: &mut JudgeScratch,
    ) -> bool {
        let post = hits.post();
        self.stopped(number, post, scripts).is_none()
            && self.holds(number, hits, scripts, judge)
            && !self.policy.excepted(number, &meta(post))
    }

    /// Is the condition of the rule true for the hits collected?
    fn holds(
        &self,
        number: RuleIx,
        hits: &PostHits<'_>,
        scripts: &dyn Fn(FieldSet) -> Scripts,
        judge: &mut JudgeScratch,
    ) -> bool {
        let post = hits.post();
        let rule = self.rules.rule(number);
        let mut program = std::mem::take(&mut judge.program);
        let length = |fields: FieldSet| hits.length(fields);
        let fired = |other: RuleIx| judge.has_matched(other);
        let facts = Facts { hits: hits.hits(), post, length: &length, scripts, fired: &fired };
        let holds = rule.program.holds(&facts, rule.fields, &mut program);
        judge.program = program;
        holds
    }

    /// Why the rule is not evaluated for the post.
    pub(super) fn stopped(
        &self,
        number: RuleIx,
        post: &Post<'_>,
        scripts: &dyn Fn(FieldSet) -> Scripts,
    ) -> Option<Stop> {
        let rule = self.rules.rule(number);
        if self.policy.mode(number) == Mode::Disabled {
            Some(Stop::Disabled)
        } else if !is_active(rule, post) {
            Some(Stop::Inactive)
        } else if !supports_language(rule, post, scripts) {
            Some(Stop::Language)
        } else {
            None
        }
    }
}

/// Calls `f` with the scripts of the post by fields; those of the last fields are kept.
fn with_scripts(hits: &PostHits<'_>, f: impl FnOnce(&dyn Fn(FieldSet) -> Scripts)) {
    let last_scripts = Cell::new(None);
    f(&|fields: FieldSet| match last_scripts.get() {
        Some((known, scripts)) if known == fields => scripts,
        _ => {
            let scripts = hits.scripts(fields);
            last_scripts.set(Some((fields, scripts)));
            scripts
        }
    });
}

/// The metadata of a post, by path.
pub(super) fn meta<'p>(post: &'p Post<'_>) -> impl Fn(MetaId) -> Option<&'p str> {
    |path| post.meta(path)
}

/// Was the rule in force when the post was written? Rules are evaluated for posts without a
/// time.
fn is_active(rule: &CompiledRule, post: &Post<'_>) -> bool {
    let Some(active) = rule.active else { return true };
    let time = post.meta(MetaId::CREATED_AT).and_then(event_time::parse);
    time.is_none_or(|time| active.contains(time))
}

/// Is the rule for a language of the post's text, or for its declared language?
fn supports_language(
    rule: &CompiledRule,
    post: &Post<'_>,
    scripts: &dyn Fn(FieldSet) -> Scripts,
) -> bool {
    rule.languages.is_empty()
        || scripts(rule.fields).meets(rule.scripts)
        || script::claims(post.meta(MetaId::LANG), &rule.languages)
}
