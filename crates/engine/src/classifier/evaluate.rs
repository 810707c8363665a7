//! Collects the hits that candidates need, and evaluates their conditions.

use super::judge::{Classifier, Scope};
use super::scratch::JudgeScratch;
use super::stages::{JudgeStage, Observer};
use crate::domain::event_time;
use crate::domain::field::{FieldSet, MetaId};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::policy::Mode;
use crate::post::Post;
use crate::rules::compiled::CompiledRule;
use crate::rules::condition::evaluate::Facts;
use crate::scan::scanner::{FilterStage, PostHits, PostScan};
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
    /// Collects the hits of terms, then evaluates deferred matchers in rounds: each round evaluates
    /// the rarest deferred matcher of each candidate and removes candidates that cannot match
    /// any more.
    pub(super) fn collect_hits<'p>(
        &self,
        scan: PostScan<'p>,
        judge: &mut JudgeScratch,
        scope: Scope,
        observer: &mut impl Observer,
    ) -> PostHits<'p> {
        let rules = &self.rules;
        judge.list_operands(rules);
        let mut literal_hits = match scope {
            Scope::All => {
                let all: Vec<MatcherIx> =
                    (0..rules.scanner().matchers() as u32).map(MatcherIx).collect();
                return scan.collect_literal_hits(None).run_deferred(&all);
            }
            Scope::Flood => scan.collect_literal_hits(None),
            Scope::Candidates => scan.collect_literal_hits(Some(&judge.matchers)),
        };
        // The texts of a million terms are not in the caches. They are prefetched in two
        // steps, here and where evidence is listed, and read where it is written.
        for term in literal_hits.unsorted().iter().filter_map(|hit| hit.term) {
            rules.scanner().prefetch(rules.terms().bounds(term));
        }
        self.prune_at(FilterStage::RegexPrefilter, literal_hits.scan(), judge);
        observer.judged(JudgeStage::LiteralHits, &judge.candidates);
        judge.list_deferred(rules, |_| false);
        let mut hits = literal_hits.run_deferred(&judge.matchers);
        loop {
            self.prune_at(FilterStage::RegexPrefilter, hits.scan(), judge);
            judge.list_deferred(rules, |matcher| hits.is_evaluated(matcher));
            if judge.matchers.is_empty() {
                observer.judged(JudgeStage::DeferredHits, &judge.candidates);
                return hits;
            }
            hits.run_deferred(&judge.matchers);
        }
    }

    /// Evaluates the conditions of the candidates.
    pub(super) fn evaluate_conditions(&self, hits: &PostHits<'_>, judge: &mut JudgeScratch) {
        let last_scripts = Cell::new(None);
        let scripts = |fields: FieldSet| match last_scripts.get() {
            Some((known, scripts)) if known == fields => scripts,
            _ => {
                let scripts = hits.scripts(fields);
                last_scripts.set(Some((fields, scripts)));
                scripts
            }
        };
        for at in 0..judge.candidates.len() {
            let number = self.rules.order()[judge.candidates[at] as usize];
            if self.matches(number, hits, &scripts, judge) {
                judge.set_matched(number);
                judge.matching.push(number);
            }
        }
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
        if self.stopped(number, post, scripts).is_some() {
            return false;
        }
        let rule = self.rules.rule(number);
        let mut program = std::mem::take(&mut judge.program);
        let length = |fields: FieldSet| hits.length(fields);
        let fired = |other: RuleIx| judge.has_matched(other);
        let facts = Facts { hits: hits.hits(), post, length: &length, scripts, fired: &fired };
        let holds = rule.program.holds(&facts, rule.fields, &mut program);
        judge.program = program;
        holds && !self.policy.excepted(number, &meta(post))
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

/// The metadata of a post, by path.
pub(super) fn meta<'p>(post: &'p Post<'_>) -> impl Fn(MetaId) -> Option<&'p str> {
    |path| post.meta(path)
}

/// Was the rule in force when the post was written? Rules are evaluated for posts without a
/// time.
fn is_active(rule: &CompiledRule, post: &Post<'_>) -> bool {
    let Some(active) = rule.active else { return true };
    let Some(time) = post.meta(MetaId::CREATED_AT).and_then(event_time::parse) else { return true };
    active.from.is_none_or(|from| from <= time) && active.until.is_none_or(|until| time <= until)
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
