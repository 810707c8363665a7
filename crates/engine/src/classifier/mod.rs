//! One post, one thread: hits → rules → scores → an action.
//!
//! Input: a batch of posts that was scanned together. Output: a [`Verdict`] for
//! each, borrowed from the worker's [`Scratch`]. No I/O, no clock; nothing is
//! allocated once the scratch is warm. Same post and rules, same verdict.

mod profile;

pub use profile::RuleEvent;

use crate::domain::action::Action;
use crate::domain::category::Category;
use crate::domain::event_time;
use crate::domain::field::{FieldId, FieldSet, MetaId};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::limits::EVIDENCE_PER_MATCHER_MAX;
use crate::domain::score::Score;
use crate::domain::span::Span;
use crate::domain::verdict::{Evidence, Fired, Verdict};
use crate::policy::{Mode, ResolvedPolicy};
use crate::post::{Batch, Post};
use crate::rules::compiled::{CompiledRule, RuleSet};
use crate::rules::condition::program::{Facts, PartialFacts, Program, ProgramScratch};
use crate::scan::hits::Hits;
use crate::scan::scanner::{Depth, Lengths, ScanScratch};
use crate::scan::text::script;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rules and policy, ready to judge. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Classifier {
    rules: Arc<RuleSet>,
    policy: ResolvedPolicy,
    hash: String,
}

/// Why a rule is not judged for a post, whatever its condition says; or why it
/// does not count though the condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The policy switches the rule off.
    Disabled,
    /// The post was written outside the rule's period.
    Inactive,
    /// Neither text nor claim of the post is in a language of the rule.
    Language,
    /// The policy excepts the post from the rule.
    Excepted,
}

/// How much of a post is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// What candidates look at.
    Candidates,
    /// The terms of every matcher: there may be too many hits, which has to be said.
    Flood,
    /// Everything, for people.
    All,
}

/// One worker's reusable buffers. Never shared, never dropped between posts.
#[derive(Debug, Default)]
pub struct Scratch {
    scan: ScanScratch,
    judge: JudgeScratch,
}

#[derive(Debug, Default)]
struct JudgeScratch {
    program: ProgramScratch,
    /// Positions in evaluation order of the rules to look at.
    candidates: Vec<u32>,
    /// For each position, the generation in which it became a candidate.
    stamps: Vec<u32>,
    /// For each rule, the generation in which it held.
    held: Vec<u32>,
    /// Matchers to run next.
    asked: Vec<MatcherIx>,
    /// Rules whose condition holds, in order of evaluation.
    holding: Vec<RuleIx>,
    generation: u32,
    fired: Vec<Fired>,
    boosts: Vec<u16>,
    evidence: Vec<Evidence>,
    /// Matchers whose hits are shown for the rule at hand.
    shown: Vec<MatcherIx>,
    masked: Vec<(FieldId, Span)>,
    sums: Vec<Score>,
    categories: Vec<(Category, Score)>,
}

impl Classifier {
    /// Joins rules and a policy that was resolved against them. One rule set may
    /// serve several classifiers.
    pub fn new(rules: impl Into<Arc<RuleSet>>, policy: ResolvedPolicy) -> Classifier {
        let rules = rules.into();
        let hash = joint_hash(rules.hash_hex(), policy.hash_hex());
        Classifier { rules, policy, hash }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The policy.
    pub fn policy(&self) -> &ResolvedPolicy {
        &self.policy
    }

    /// Eight hex digits over packs, lists and policy.
    pub fn hash_hex(&self) -> &str {
        &self.hash
    }

    /// Folds and scans every post of the batch. Then [`Classifier::judge`] answers
    /// for each.
    pub fn scan(&self, chunk: &[u8], batch: &Batch, scratch: &mut Scratch) {
        self.rules.scanner().scan(chunk, batch, &mut scratch.scan);
    }

    /// The verdict for `post`, record `index` of the batch last scanned.
    pub fn judge<'s>(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &'s mut Scratch,
    ) -> Verdict<'s> {
        let Scratch { scan, judge } = &mut *scratch;
        let waits_for_literals =
            self.rules.untriggered().is_empty() && self.rules.can_hit_without_literal().is_empty();
        if waits_for_literals && !self.rules.scanner().has_found(index, scan) {
            return Verdict::default();
        }
        self.find_candidates(post, index, scan, judge);
        if self.rules.scanner().may_be_flooded(scan) {
            return self.examine(post, index, scratch, Scope::Flood);
        }
        self.drop_hopeless(post, index, scan, judge);
        if judge.candidates.is_empty() {
            return Verdict::default();
        }
        self.examine(post, index, scratch, Scope::Candidates)
    }

    /// As [`Classifier::judge`], with all that led to the verdict.
    pub fn inspect<'s>(
        &'s self,
        post: &'s Post<'s>,
        index: usize,
        scratch: &'s mut Scratch,
    ) -> Inspection<'s> {
        let Scratch { scan, judge } = &mut *scratch;
        self.find_candidates(post, index, scan, judge);
        let verdict = self.examine(post, index, scratch, Scope::All);
        let Verdict { action, care, capped, .. } = verdict;
        let Scratch { scan, judge } = scratch;
        let JudgeScratch { categories, fired, boosts, evidence, .. } = &*judge;
        let verdict = Verdict { action, care, capped, categories, fired, boosts, evidence };
        Inspection { classifier: self, post, index, scan, judge, verdict }
    }

    /// Rules whose trigger may have been hit, and those that have none.
    fn find_candidates(
        &self,
        post: &Post<'_>,
        index: usize,
        scan: &mut ScanScratch,
        judge: &mut JudgeScratch,
    ) {
        let (rules, scanner) = (&self.rules, self.rules.scanner());
        scanner.note(post, index, scan);
        judge.begin(rules);
        for matcher in scan.noted() {
            judge.add_candidates(rules, matcher);
        }
        for matcher in rules.can_hit_without_literal() {
            if scanner.may_have(*matcher, Depth::Sieved, post, index, scan) {
                judge.add_candidates(rules, *matcher);
            }
        }
        judge.candidates.sort_unstable();
    }

    /// Drops candidates that cannot hold whatever the text says around what was found in
    /// it: first by what is known, then by looking closer and closer.
    fn drop_hopeless(
        &self,
        post: &Post<'_>,
        index: usize,
        scan: &mut ScanScratch,
        judge: &mut JudgeScratch,
    ) {
        for depth in [Depth::Noted, Depth::Seen, Depth::Sieved] {
            let mut look = Look::new(&self.rules, post, index, scan, depth);
            judge
                .candidates
                .retain(|position| look.may_hold(self.rules.order()[*position as usize]));
        }
    }

    /// Judges the candidates.
    fn examine<'s>(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &'s mut Scratch,
        scope: Scope,
    ) -> Verdict<'s> {
        let Scratch { scan, judge } = scratch;
        let scanner = self.rules.scanner();
        self.settle(post, index, scan, judge, scope);
        let last_scripts = Cell::new(None);
        let scripts = |fields: FieldSet| match last_scripts.get() {
            Some((known, scripts)) if known == fields => scripts,
            _ => {
                let scripts = scan.scripts(index, fields);
                last_scripts.set(Some((fields, scripts)));
                scripts
            }
        };
        self.find_holding(post, index, scan, &scripts, judge);
        judge.asked.clear();
        let later = judge.holding.iter().map(|rule| &self.rules.rule(*rule).deferred_for_score);
        judge.asked.extend(later.flatten());
        if !judge.asked.is_empty() {
            scanner.complete(post, index, scan, &judge.asked);
        }
        for at in 0..judge.holding.len() {
            self.weigh(judge.holding[at], post, index, scan, judge);
        }
        judge.fired.sort_unstable_by_key(|fired| fired.rule);
        judge.mask();
        self.verdict(post, scanner.is_capped(index, scan), judge)
    }

    /// Gathers the hits of terms, and runs what candidates ask about, a matcher of each at
    /// a time, the rarest first; candidates that can no longer hold are dropped between.
    fn settle(
        &self,
        post: &Post<'_>,
        index: usize,
        scan: &mut ScanScratch,
        judge: &mut JudgeScratch,
        scope: Scope,
    ) {
        let scanner = self.rules.scanner();
        if scope == Scope::All {
            let all: Vec<MatcherIx> = (0..scanner.matchers() as u32).map(MatcherIx).collect();
            scanner.gather(post, index, scan, None);
            scanner.complete(post, index, scan, &all);
            return;
        }
        judge.list_reads(&self.rules);
        let wanted = (scope == Scope::Candidates).then_some(judge.asked.as_slice());
        scanner.gather(post, index, scan, wanted);
        // The names of a million terms lie far away: they are asked for in two steps, here
        // and where evidence is listed, and read where it is written.
        for term in scan.hits().all().iter().filter_map(|hit| hit.term) {
            scanner.prefetch(self.rules.terms().bounds(term));
        }
        let mut is_settled = false;
        loop {
            self.drop_hopeless(post, index, scan, judge);
            judge.ask_next(&self.rules, &|matcher| scan.was_asked(matcher));
            if judge.asked.is_empty() && is_settled {
                return;
            }
            scanner.complete(post, index, scan, &judge.asked);
            is_settled = true;
        }
    }

    /// Evaluates the conditions of the candidates.
    fn find_holding(
        &self,
        post: &Post<'_>,
        index: usize,
        scan: &ScanScratch,
        scripts: &dyn Fn(FieldSet) -> script::Scripts,
        judge: &mut JudgeScratch,
    ) {
        let length = |fields: FieldSet| scan.characters(post, index, fields);
        let JudgeScratch { program, held, generation, candidates, holding, .. } = judge;
        for position in candidates.iter() {
            let number = self.rules.order()[*position as usize];
            let rule = self.rules.rule(number);
            if self.stopped(number, post, scripts).is_some() {
                continue;
            }
            let fired = |other: RuleIx| held[other.index()] == *generation;
            let facts = Facts { hits: scan.hits(), post, length: &length, scripts, fired: &fired };
            if rule.program.holds(&facts, rule.fields, program)
                && !self.policy.excepted(number, &meta(post))
            {
                held[number.index()] = *generation;
                holding.push(number);
            }
        }
    }

    /// Adds up the points of a rule that holds, and lists its evidence.
    fn weigh(
        &self,
        number: RuleIx,
        post: &Post<'_>,
        index: usize,
        scan: &ScanScratch,
        judge: &mut JudgeScratch,
    ) {
        let (rule, hits) = (self.rules.rule(number), scan.hits());
        let length = |fields: FieldSet| scan.characters(post, index, fields);
        let scripts = |fields: FieldSet| scan.scripts(index, fields);
        let JudgeScratch { program, held, generation, .. } = judge;
        let fired = |other: RuleIx| held[other.index()] == *generation;
        let facts = Facts { hits, post, length: &length, scripts: &scripts, fired: &fired };
        let mut score = self.policy.weight(number);
        let first_boost = judge.boosts.len() as u32;
        judge.shown.clear();
        judge.shown.extend(&rule.evidence);
        for (at, boost) in rule.boosts.iter().enumerate() {
            if boost.program.holds(&facts, rule.fields, program) {
                score += boost.weight;
                judge.boosts.push(at as u16);
                judge.shown.extend(&boost.evidence);
            }
        }
        score += self.term_weight(rule, hits);
        let boosts = first_boost..judge.boosts.len() as u32;
        let evidence = judge.show(&self.rules, rule, hits);
        let shadow = self.policy.mode(number) == Mode::Shadow;
        judge.fired.push(Fired { rule: number, score, shadow, boosts, evidence });
    }

    /// Why the rule is not to be judged for the post.
    fn stopped(
        &self,
        number: RuleIx,
        post: &Post<'_>,
        scripts: &dyn Fn(FieldSet) -> script::Scripts,
    ) -> Option<Stop> {
        let rule = self.rules.rule(number);
        if self.policy.mode(number) == Mode::Disabled {
            Some(Stop::Disabled)
        } else if !is_active(rule, post) {
            Some(Stop::Inactive)
        } else if !speaks(rule, post, scripts) {
            Some(Stop::Language)
        } else {
            None
        }
    }

    /// The largest weight among the listed terms that speak for the rule.
    fn term_weight(&self, rule: &CompiledRule, hits: &Hits) -> Score {
        let terms = self.rules.terms();
        if !terms.have_weights() {
            return Score::ZERO;
        }
        let speaking = rule.evidence.iter().flat_map(|matcher| hits.of(*matcher));
        let weights = speaking.filter_map(|hit| hit.term).map(|term| terms.weight(term));
        weights.filter(|weight| *weight != Score::ZERO).max().unwrap_or(Score::ZERO)
    }

    fn verdict<'s>(
        &self,
        post: &Post<'_>,
        capped: bool,
        judge: &'s mut JudgeScratch,
    ) -> Verdict<'s> {
        judge.sums.clear();
        judge.sums.resize(Category::COUNT, Score::ZERO);
        judge.categories.clear();
        let mut has = [false; Category::COUNT];
        for fired in judge.fired.iter().filter(|fired| !fired.shadow) {
            let category = self.rules.rule(fired.rule).category;
            judge.sums[category.index()] += fired.score;
            has[category.index()] = true;
        }
        let sums = &judge.sums;
        let present = Category::all().filter(|category| has[category.index()]);
        judge.categories.extend(present.map(|category| (category, sums[category.index()])));
        let decision = self.policy.decide(&mut judge.categories, &meta(post));
        let least = if capped { Action::Review } else { Action::Allow };
        Verdict {
            action: decision.action.max(least),
            care: decision.care,
            capped,
            categories: &judge.categories,
            fired: &judge.fired,
            boosts: &judge.boosts,
            evidence: &judge.evidence,
        }
    }
}

/// One post, judged, with everything that was looked at on the way.
pub struct Inspection<'s> {
    classifier: &'s Classifier,
    post: &'s Post<'s>,
    index: usize,
    scan: &'s ScanScratch,
    judge: &'s JudgeScratch,
    verdict: Verdict<'s>,
}

impl Inspection<'_> {
    /// The verdict.
    pub fn verdict(&self) -> &Verdict<'_> {
        &self.verdict
    }

    /// Hits of all matchers, those of rules that do not hold included.
    pub fn hits(&self) -> &Hits {
        self.scan.hits()
    }

    /// Stretches of text that a rule which holds wants masked.
    pub fn masked(&self) -> &[(FieldId, Span)] {
        &self.judge.masked
    }

    /// Why the rule is not judged for this post, or does not count.
    pub fn stopped(&self, rule: RuleIx) -> Option<Stop> {
        let scripts = |fields: FieldSet| self.scripts(fields);
        let excepted = || self.classifier.policy.excepted(rule, &meta(self.post));
        let stopped = self.classifier.stopped(rule, self.post, &scripts);
        stopped.or_else(|| excepted().then_some(Stop::Excepted))
    }

    /// The rules whose trigger was hit, and those that have none.
    pub fn triggered(&self) -> BTreeSet<RuleIx> {
        let rules = &self.classifier.rules;
        let by_hits =
            self.hits().matchers().iter().flat_map(|matcher| rules.triggered_by(*matcher));
        let positions = by_hits.chain(rules.untriggered());
        positions.map(|position| rules.order()[*position as usize]).collect()
    }

    /// Does the rule hold, and count or run in shadow?
    pub fn has_fired(&self, rule: RuleIx) -> bool {
        self.judge.held.get(rule.index()) == Some(&self.judge.generation)
    }

    /// What each node of a condition of a rule that reads `fields` comes out as; see
    /// [`Program::trace`].
    pub fn trace(&self, program: &Program, fields: FieldSet) -> Vec<bool> {
        let length = |fields: FieldSet| self.characters(fields);
        let scripts = |fields: FieldSet| self.scripts(fields);
        let fired = |rule: RuleIx| self.has_fired(rule);
        let (hits, post) = (self.scan.hits(), self.post);
        let facts = Facts { hits, post, length: &length, scripts: &scripts, fired: &fired };
        program.trace(&facts, fields)
    }

    /// Characters over a set of fields: what `length` is.
    pub fn characters(&self, fields: FieldSet) -> u64 {
        self.scan.characters(self.post, self.index, fields)
    }

    /// Scripts over a set of fields.
    pub fn scripts(&self, fields: FieldSet) -> script::Scripts {
        self.scan.scripts(self.index, fields)
    }

    /// Points that the terms hit give the rule on top.
    pub fn term_weight(&self, rule: RuleIx) -> Score {
        self.classifier.term_weight(self.classifier.rules.rule(rule), self.hits())
    }
}

impl std::fmt::Debug for Inspection<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspection").field("verdict", &self.verdict).finish_non_exhaustive()
    }
}

/// A post that was noted, as conditions ask about it before hits are known.
struct Look<'l> {
    rules: &'l RuleSet,
    post: &'l Post<'l>,
    index: usize,
    scan: &'l mut ScanScratch,
    depth: Depth,
    lengths: Lengths,
    /// Fields of the rule asked about.
    fields: FieldSet,
}

impl<'l> Look<'l> {
    fn new(
        rules: &'l RuleSet,
        post: &'l Post<'l>,
        index: usize,
        scan: &'l mut ScanScratch,
        depth: Depth,
    ) -> Look<'l> {
        let lengths = scan.lengths(index);
        Look { rules, post, index, scan, depth, lengths, fields: FieldSet::NONE }
    }

    /// May the rule hold? A `false` is certain.
    fn may_hold(&mut self, rule: RuleIx) -> bool {
        let rule = self.rules.rule(rule);
        self.fields = rule.fields;
        rule.program.may_hold(self)
    }
}

impl PartialFacts for Look<'_> {
    fn post(&self) -> &Post<'_> {
        self.post
    }

    fn length(&self) -> Option<u64> {
        self.lengths.of(self.fields)
    }

    fn may_have(&mut self, matcher: MatcherIx) -> bool {
        self.rules.scanner().may_have(matcher, self.depth, self.post, self.index, self.scan)
    }

    fn must_have(&mut self, matcher: MatcherIx) -> bool {
        self.rules.scanner().must_have(matcher, self.post, self.index, self.scan)
    }
}

impl JudgeScratch {
    fn begin(&mut self, rules: &RuleSet) {
        self.stamps.resize(rules.rules().len(), 0);
        self.held.resize(rules.rules().len(), 0);
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.stamps.fill(0);
            self.held.fill(0);
            self.generation = 1;
        }
        self.candidates.clear();
        self.candidates.extend(rules.untriggered());
        self.holding.clear();
        self.fired.clear();
        self.boosts.clear();
        self.evidence.clear();
        self.masked.clear();
    }

    /// Adds the rules that `matcher` triggers.
    fn add_candidates(&mut self, rules: &RuleSet, matcher: MatcherIx) {
        for position in rules.triggered_by(matcher) {
            let stamp = &mut self.stamps[*position as usize];
            if *stamp != self.generation {
                *stamp = self.generation;
                self.candidates.push(*position);
            }
        }
    }

    /// Lists every matcher that candidates look at.
    fn list_reads(&mut self, rules: &RuleSet) {
        let rule = |position: &u32| rules.rule(rules.order()[*position as usize]);
        self.asked.clear();
        self.asked.extend(self.candidates.iter().flat_map(|position| &rule(position).operands));
    }

    /// The first matcher of each candidate's condition that was not asked yet.
    fn ask_next(&mut self, rules: &RuleSet, was_asked: &dyn Fn(MatcherIx) -> bool) {
        self.asked.clear();
        for position in &self.candidates {
            let deferred = &rules.rule(rules.order()[*position as usize]).deferred;
            self.asked.extend(deferred.iter().find(|matcher| !was_asked(**matcher)));
        }
    }

    /// Lists the evidence of a rule that holds.
    fn show(&mut self, rules: &RuleSet, rule: &CompiledRule, hits: &Hits) -> std::ops::Range<u32> {
        let first = self.evidence.len() as u32;
        for at in 0..self.shown.len() {
            let matcher = self.shown[at];
            if self.shown[..at].contains(&matcher) {
                continue;
            }
            for hit in hits.of(matcher).iter().take(EVIDENCE_PER_MATCHER_MAX) {
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

    /// Marks evidence that overlaps a masked span, whichever rule it belongs to.
    fn mask(&mut self) {
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

fn meta<'p>(post: &'p Post<'_>) -> impl Fn(MetaId) -> Option<&'p str> {
    |path| post.meta(path)
}

/// Is the rule in force when the post was written? A post that does not say is judged.
fn is_active(rule: &CompiledRule, post: &Post<'_>) -> bool {
    let Some(active) = rule.active else { return true };
    let Some(time) = post.meta(MetaId::CREATED_AT).and_then(event_time::parse) else { return true };
    active.from.is_none_or(|from| from <= time) && active.until.is_none_or(|until| time <= until)
}

/// Is the rule for a language of the post's text, or one that the post claims?
fn speaks(
    rule: &CompiledRule,
    post: &Post<'_>,
    scripts: &dyn Fn(FieldSet) -> script::Scripts,
) -> bool {
    rule.languages.is_empty()
        || scripts(rule.fields).meets(rule.scripts)
        || script::claims(post.meta(MetaId::LANG), &rule.languages)
}

/// The hash of rules and the hash of a policy, as one.
fn joint_hash(rules: &str, policy: &str) -> String {
    format!("{:08x}", xxhash_rust::xxh3::xxh3_64(format!("{rules}+{policy}").as_bytes()) as u32)
}
