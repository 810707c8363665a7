//! Evaluates rule by rule, so that each rule can be timed.
//!
//! The outcome equals [`Classifier::judge`]; only the order of the work differs. The cost of a
//! shared matcher is charged to the first rule that uses it. There is no clock here: the
//! caller is called when a rule starts and when it finishes.

use super::judge::Classifier;
use super::prune::FilterFacts;
use super::scratch::{JudgeScratch, Scratch};
use crate::domain::field::FieldSet;
use crate::domain::ids::RuleIx;
use crate::post::Post;
use crate::scan::scanner::{FilterStage, PostHits};

/// A point in the evaluation of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleEvent {
    /// The evaluation starts.
    Started,
    /// The evaluation is finished; does the rule match?
    Finished(bool),
}

impl Classifier {
    /// Evaluates the candidate rules of `post`, record `index` of the batch last scanned, one
    /// after another. Calls `on_event` when a rule starts and when it finishes.
    pub fn profile(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &mut Scratch,
        on_event: &mut dyn FnMut(RuleIx, RuleEvent),
    ) {
        let Scratch { scan, judge } = scratch;
        let mut scan = self.rules.scanner().post(post, index, scan);
        self.find_candidates(&mut scan, judge);
        let mut hits = scan.collect_literal_hits(None).run_deferred(&[]);
        let candidates = std::mem::take(&mut judge.candidates);
        for position in &candidates {
            let number = self.rules.order()[*position as usize];
            on_event(number, RuleEvent::Started);
            let matches = self.evaluate_rule(number, &mut hits, judge);
            if matches {
                judge.set_matched(number);
            }
            on_event(number, RuleEvent::Finished(matches));
        }
        judge.candidates = candidates;
    }

    fn evaluate_rule(
        &self,
        number: RuleIx,
        hits: &mut PostHits<'_>,
        judge: &mut JudgeScratch,
    ) -> bool {
        for matcher in &self.rules.rule(number).deferred {
            let mut facts = FilterFacts::new(&self.rules, hits.scan(), FilterStage::RegexPrefilter);
            if !facts.may_match(number) {
                return false;
            }
            if !hits.is_evaluated(*matcher) {
                hits.run_deferred(&[*matcher]);
            }
        }
        let scripts = |fields: FieldSet| hits.scripts(fields);
        self.matches(number, hits, &scripts, judge)
    }
}
