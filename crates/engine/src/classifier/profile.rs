//! The rules that a post wakes, tried one after the other, for whoever wants to know
//! what each costs.
//!
//! What comes of a rule is what comes of it when posts are judged; the work is done rule
//! by rule instead of matcher by matcher. A matcher that several rules ask about is paid
//! for by the first. No clock here: the caller is told when a rule begins and ends.

use super::{Classifier, JudgeScratch, Look, Scratch, meta};
use crate::domain::field::FieldSet;
use crate::domain::ids::RuleIx;
use crate::post::Post;
use crate::rules::condition::program::Facts;
use crate::scan::scanner::{Depth, ScanScratch};

/// What happens to a rule in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleEvent {
    /// It is about to be looked at.
    Started,
    /// It is done with; did it hold?
    Finished(bool),
}

impl Classifier {
    /// Tries the rules for `post`, record `index` of the batch last scanned, telling of
    /// each as it begins and ends.
    pub fn profile(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &mut Scratch,
        tell: &mut dyn FnMut(RuleIx, RuleEvent),
    ) {
        let Scratch { scan, judge } = scratch;
        let scanner = self.rules.scanner();
        self.find_candidates(post, index, scan, judge);
        scanner.gather(post, index, scan, None);
        scanner.complete(post, index, scan, &[]);
        let candidates = std::mem::take(&mut judge.candidates);
        for position in &candidates {
            let number = self.rules.order()[*position as usize];
            tell(number, RuleEvent::Started);
            let holds = self.try_rule(number, post, index, scan, judge);
            if holds {
                judge.held[number.index()] = judge.generation;
            }
            tell(number, RuleEvent::Finished(holds));
        }
        judge.candidates = candidates;
    }

    fn try_rule(
        &self,
        number: RuleIx,
        post: &Post<'_>,
        index: usize,
        scan: &mut ScanScratch,
        judge: &mut JudgeScratch,
    ) -> bool {
        let (rule, scanner) = (self.rules.rule(number), self.rules.scanner());
        for matcher in &rule.deferred {
            if !Look::new(&self.rules, post, index, scan, Depth::Sieved).may_hold(number) {
                return false;
            }
            if !scan.was_asked(*matcher) {
                scanner.complete(post, index, scan, &[*matcher]);
            }
        }
        let scripts = |fields: FieldSet| scan.scripts(index, fields);
        if self.stopped(number, post, &scripts).is_some() {
            return false;
        }
        let length = |fields: FieldSet| scan.characters(post, index, fields);
        let JudgeScratch { program, held, generation, .. } = judge;
        let fired = |other: RuleIx| held[other.index()] == *generation;
        let hits = scan.hits();
        let facts = Facts { hits, post, length: &length, scripts: &scripts, fired: &fired };
        rule.program.holds(&facts, rule.fields, program)
            && !self.policy.excepted(number, &meta(post))
    }
}
