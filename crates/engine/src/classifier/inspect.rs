//! A verdict with everything that led to it, for `explain` and `test`.

use super::evaluate::{Stop, meta};
use super::judge::{Classifier, Scope};
use super::scratch::{JudgeScratch, Scratch};
use crate::domain::field::{FieldId, FieldSet};
use crate::domain::ids::RuleIx;
use crate::domain::score::Score;
use crate::domain::span::Span;
use crate::domain::verdict::Verdict;
use crate::post::Post;
use crate::rules::condition::evaluate::{self, Facts};
use crate::rules::condition::expr::{Extent, Operand};
use crate::rules::condition::program::Program;
use crate::rules::condition::window::Window;
use crate::scan::hits::{Hit, Hits};
use crate::scan::scanner::PostHits;
use crate::scan::text::script::Scripts;
use std::collections::BTreeSet;

impl Classifier {
    /// As [`Classifier::judge`], with everything that led to the verdict.
    pub fn inspect<'s>(
        &'s self,
        post: &'s Post<'s>,
        index: usize,
        scratch: &'s mut Scratch,
    ) -> Inspection<'s> {
        let Scratch { scan, judge } = scratch;
        let mut scan = self.rules.scanner().post_for(post, index, scan, Scripts::ALL);
        self.find_candidates(&mut scan, judge);
        let hits = self.evaluate(scan, judge, Scope::All, &mut ());
        let Verdict { action, care, capped, .. } = self.decide(&hits, judge);
        let judge = &*judge;
        let JudgeScratch { categories, fired, boosts, evidence, masked, .. } = judge;
        let verdict = Verdict { action, care, capped, categories, fired, boosts, evidence, masked };
        Inspection { classifier: self, hits, judge, verdict }
    }
}

/// One judged post, with the hits of all matchers.
pub struct Inspection<'s> {
    classifier: &'s Classifier,
    hits: PostHits<'s>,
    judge: &'s JudgeScratch,
    verdict: Verdict<'s>,
}

impl Inspection<'_> {
    /// The verdict.
    pub fn verdict(&self) -> &Verdict<'_> {
        &self.verdict
    }

    /// Hits of all matchers, including those of rules that do not match.
    pub fn hits(&self) -> &Hits {
        self.hits.hits()
    }

    /// Spans that a matching rule masks.
    pub fn masked(&self) -> &[(FieldId, Span)] {
        &self.judge.masked
    }

    /// Why the rule is not evaluated for this post, or does not count.
    pub fn stopped(&self, rule: RuleIx) -> Option<Stop> {
        let scripts = |fields: FieldSet| self.scripts(fields);
        let post = self.hits.post();
        let excepted = || self.classifier.policy.excepted(rule, &meta(post));
        let stopped = self.classifier.stopped(rule, post, &scripts);
        stopped.or_else(|| excepted().then_some(Stop::Excepted))
    }

    /// The rules whose trigger hit, and those without a trigger.
    pub fn triggered(&self) -> BTreeSet<RuleIx> {
        let rules = &self.classifier.rules;
        let by_hits =
            self.hits().matchers().iter().flat_map(|matcher| rules.triggered_by(*matcher));
        let positions = by_hits.chain(rules.untriggered());
        positions.map(|position| rules.order()[*position as usize]).collect()
    }

    /// Does the rule match, and count or run in shadow mode?
    pub fn has_fired(&self, rule: RuleIx) -> bool {
        self.judge.has_matched(rule)
    }

    /// The value of each node of a condition of a rule that reads `fields`; see
    /// [`Program::trace`].
    pub fn trace(&self, program: &Program, fields: FieldSet, window: Option<&Window>) -> Vec<bool> {
        self.with_facts(|facts| program.trace(facts, fields, window))
    }

    /// The windows of a scope; see [`evaluate::windows`].
    pub fn windows(
        &self,
        key: &Operand,
        extent: Extent,
        outer: Option<&Window>,
        most: usize,
    ) -> Vec<(Hit, Window)> {
        self.with_facts(|facts| evaluate::windows(facts, key, extent, outer, most))
    }

    fn with_facts<T>(&self, use_facts: impl FnOnce(&Facts<'_>) -> T) -> T {
        let length = |fields: FieldSet| self.length(fields);
        let scripts = |fields: FieldSet| self.scripts(fields);
        let fired = |rule: RuleIx| self.has_fired(rule);
        let (hits, post) = (self.hits(), self.hits.post());
        let facts = Facts { hits, post, length: &length, scripts: &scripts, fired: &fired };
        use_facts(&facts)
    }

    /// Visible characters over `fields`: the value of `length`.
    pub fn length(&self, fields: FieldSet) -> u64 {
        self.hits.length(fields)
    }

    /// Scripts of the text in `fields`.
    pub fn scripts(&self, fields: FieldSet) -> Scripts {
        self.hits.scripts(fields)
    }

    /// Points that the weights of hit terms add to the rule.
    pub fn term_weight(&self, rule: RuleIx) -> Score {
        self.classifier.term_weight(self.classifier.rules.rule(rule), self.hits())
    }
}

impl std::fmt::Debug for Inspection<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspection").field("verdict", &self.verdict).finish_non_exhaustive()
    }
}
