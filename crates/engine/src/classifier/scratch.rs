//! One worker's reusable buffers.

use crate::domain::category::Category;
use crate::domain::field::FieldId;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::score::Score;
use crate::domain::span::Span;
use crate::domain::verdict::{Evidence, Fired};
use crate::rules::compiled::{CompiledRule, RuleSet};
use crate::rules::condition::evaluate::ProgramScratch;
use crate::scan::hits::Hit;
use crate::scan::scanner::ScanScratch;

/// One worker's reusable buffers. Never shared, never dropped between posts.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) scan: ScanScratch,
    pub(super) judge: JudgeScratch,
}

#[derive(Debug, Default)]
pub struct JudgeScratch {
    pub program: ProgramScratch,
    /// Candidate rules, as positions in the order of evaluation.
    pub candidates: Vec<u32>,
    /// For each position, the generation in which it became a candidate.
    stamps: Vec<u32>,
    /// For each rule, the generation in which it matched.
    matched_in: Vec<u32>,
    /// Matchers to evaluate next.
    pub matchers: Vec<MatcherIx>,
    /// Rules whose condition is true, in the order of evaluation.
    pub matching: Vec<RuleIx>,
    generation: u32,
    pub fired: Vec<Fired>,
    pub boosts: Vec<u16>,
    pub evidence: Vec<Evidence>,
    /// Matchers whose hits are evidence for the current rule.
    pub evidence_matchers: Vec<MatcherIx>,
    /// Those whose hits are evidence wherever they are in the post.
    pub post_wide: Vec<MatcherIx>,
    /// Hits that support scopes of the current rule, sorted.
    pub scoped_hits: Vec<Hit>,
    pub masked: Vec<(FieldId, Span)>,
    /// By number of the category of rules; `None` if none of its rules counts.
    pub sums: Vec<Option<Score>>,
    pub categories: Vec<(Category, Score)>,
}

impl JudgeScratch {
    /// Forgets the last post. Rules without a trigger are candidates.
    pub fn reset(&mut self, rules: &RuleSet) {
        self.stamps.resize(rules.rules().len(), 0);
        self.matched_in.resize(rules.rules().len(), 0);
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.stamps.fill(0);
            self.matched_in.fill(0);
            self.generation = 1;
        }
        self.program.begin_post();
        self.candidates.clear();
        self.candidates.extend(rules.untriggered());
        self.matching.clear();
        self.fired.clear();
        self.boosts.clear();
        self.evidence.clear();
        self.masked.clear();
    }

    /// Adds the rules that `matcher` triggers.
    pub fn add_candidates(&mut self, rules: &RuleSet, matcher: MatcherIx) {
        for position in rules.triggered_by(matcher) {
            let stamp = &mut self.stamps[*position as usize];
            if *stamp != self.generation {
                *stamp = self.generation;
                self.candidates.push(*position);
            }
        }
    }

    /// Records that the condition of a rule is true.
    #[inline]
    pub fn set_matched(&mut self, rule: RuleIx) {
        self.matched_in[rule.index()] = self.generation;
    }

    /// Is the condition of the rule true? Valid for rules that were evaluated.
    #[inline]
    pub fn has_matched(&self, rule: RuleIx) -> bool {
        self.matched_in.get(rule.index()) == Some(&self.generation)
    }

    /// Lists the matchers that `of` names for the candidates; may repeat.
    pub fn list_matchers<'r>(
        &mut self,
        rules: &'r RuleSet,
        of: impl Fn(&'r CompiledRule) -> &'r [MatcherIx],
    ) {
        let rule = |position: &u32| rules.rule(rules.order()[*position as usize]);
        self.matchers.clear();
        self.matchers.extend(self.candidates.iter().flat_map(|position| of(rule(position))));
    }

    /// Lists the first deferred matcher of each candidate's condition that was not evaluated: of
    /// all of them, or of those that can make the condition true.
    pub fn list_deferred(
        &mut self,
        rules: &RuleSet,
        part: Part,
        is_evaluated: impl Fn(MatcherIx) -> bool,
    ) {
        self.matchers.clear();
        for position in &self.candidates {
            let rule = rules.rule(rules.order()[*position as usize]);
            let opposing = rule.program.opposing();
            let is_next = |matcher: &&MatcherIx| {
                let is_wanted = part == Part::All || opposing.binary_search(matcher).is_err();
                is_wanted && !is_evaluated(**matcher)
            };
            self.matchers.extend(rule.deferred.iter().find(is_next));
        }
    }
}

/// The matchers of a condition that are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those whose hits can make it true.
    Supporting,
    /// All.
    All,
}
