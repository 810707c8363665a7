//! Candidate rules, and the filters that remove those that cannot match.

use super::judge::Classifier;
use super::scratch::JudgeScratch;
use super::stages::{JudgeStage, Observer};
use crate::domain::field::FieldSet;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::policy::Mode;
use crate::post::Post;
use crate::rules::compiled::RuleSet;
use crate::rules::condition::partial::PartialFacts;
use crate::scan::scanner::{FilterStage, PostScan};
use crate::scan::text::script::Scripts;

impl Classifier {
    /// Lists the rules whose trigger may have hit, and those without a trigger.
    pub(super) fn find_candidates(&self, scan: &mut PostScan<'_>, judge: &mut JudgeScratch) {
        let rules = &self.rules;
        judge.reset(rules);
        for matcher in scan.candidates() {
            judge.add_candidates(rules, matcher);
        }
        for matcher in rules.can_hit_without_literal() {
            if scan.may_have(*matcher, FilterStage::RegexPrefilter) {
                judge.add_candidates(rules, *matcher);
            }
        }
        let scripts = scan.scripts_or_declared();
        judge
            .candidates
            .retain(|position| self.may_fire(rules.order()[*position as usize], scripts));
        judge.candidates.sort_unstable();
    }

    /// Is the rule switched on, and for a language of a post with these scripts?
    fn may_fire(&self, number: RuleIx, scripts: Scripts) -> bool {
        let rule = self.rules.rule(number);
        self.policy.mode(number) != Mode::Disabled
            && (rule.languages.is_empty() || rule.scripts.meets(scripts))
    }

    /// Removes candidate rules that cannot match, in three filter stages, cheapest first.
    /// Never removes a rule that matches.
    pub(super) fn prune_candidates(
        &self,
        scan: &mut PostScan<'_>,
        judge: &mut JudgeScratch,
        observer: &mut impl Observer,
    ) {
        for (stage, name) in [
            (FilterStage::Literals, JudgeStage::Literals),
            (FilterStage::Verified, JudgeStage::Verified),
            (FilterStage::RegexPrefilter, JudgeStage::RegexPrefilter),
        ] {
            self.prune_at(stage, scan, judge);
            observer.judged(name, &judge.candidates);
        }
    }
}

impl Classifier {
    /// Removes candidate rules that cannot match, as far as one stage examines the post and the
    /// hits collected so far.
    pub(super) fn prune_at(
        &self,
        stage: FilterStage,
        scan: &mut PostScan<'_>,
        judge: &mut JudgeScratch,
    ) {
        let mut facts = FilterFacts::new(&self.rules, scan, stage);
        judge.candidates.retain(|position| facts.may_match(self.rules.order()[*position as usize]));
    }
}

/// What one filter stage knows about a post, for three-valued evaluation of conditions.
pub(super) struct FilterFacts<'f, 'p> {
    rules: &'f RuleSet,
    scan: &'f mut PostScan<'p>,
    stage: FilterStage,
    /// Fields of the rule being evaluated.
    fields: FieldSet,
}

impl<'f, 'p> FilterFacts<'f, 'p> {
    pub fn new(
        rules: &'f RuleSet,
        scan: &'f mut PostScan<'p>,
        stage: FilterStage,
    ) -> FilterFacts<'f, 'p> {
        FilterFacts { rules, scan, stage, fields: FieldSet::NONE }
    }

    /// Can the rule match? A `false` is certain.
    pub fn may_match(&mut self, rule: RuleIx) -> bool {
        let rule = self.rules.rule(rule);
        self.fields = rule.fields;
        rule.program.may_hold(self)
    }
}

impl PartialFacts for FilterFacts<'_, '_> {
    fn post(&self) -> &Post<'_> {
        self.scan.post()
    }

    fn length(&self) -> Option<u64> {
        self.scan.length_if_folded(self.fields)
    }

    fn may_have(&mut self, matcher: MatcherIx) -> bool {
        self.scan.may_have(matcher, self.stage)
    }

    fn must_have(&mut self, matcher: MatcherIx) -> bool {
        self.scan.must_have(matcher)
    }
}
