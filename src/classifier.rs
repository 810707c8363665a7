//! One post, one thread: hits → rules → scores → an action.
//!
//! Input: a batch of posts that was scanned together. Output: a [`Verdict`] for
//! each, borrowed from the worker's [`Scratch`]. No I/O, no clock; nothing is
//! allocated once the scratch is warm. Same post and rules, same verdict.

use crate::action::Action;
use crate::category::Category;
use crate::event_time;
use crate::field::MetaId;
use crate::ids::{MatcherIx, RuleIx};
use crate::limits::EVIDENCE_PER_MATCHER_MAX;
use crate::policy::{Mode, ResolvedPolicy};
use crate::post::{Batch, Post};
use crate::ruleset::compiled::{CompiledRule, RuleSet};
use crate::ruleset::program::{Facts, ProgramScratch};
use crate::scan::hits::Hits;
use crate::scan::language;
use crate::scan::scanner::ScanScratch;
use crate::score::Score;
use crate::span::Span;
use crate::verdict::{Evidence, Fired, Verdict};

/// Rules and policy, ready to judge. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Classifier {
    rules: RuleSet,
    policy: ResolvedPolicy,
    hash: String,
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
    generation: u32,
    fired: Vec<Fired>,
    boosts: Vec<u16>,
    evidence: Vec<Evidence>,
    /// Matchers whose hits are shown for the rule at hand.
    shown: Vec<MatcherIx>,
    masked: Vec<(crate::field::FieldId, Span)>,
    sums: Vec<Score>,
    categories: Vec<(Category, Score)>,
}

impl Classifier {
    /// Joins rules and a policy that was resolved against them.
    pub fn new(rules: RuleSet, policy: ResolvedPolicy) -> Classifier {
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
        let Scratch { scan, judge } = scratch;
        if self.rules.untriggered().is_empty() && !self.rules.scanner().may_hit(index, scan) {
            return Verdict::default();
        }
        let capped = self.rules.scanner().collect(post, index, scan);
        judge.begin(&self.rules);
        judge.find_candidates(&self.rules, scan.hits());
        let length = |fields: u32| scan.characters(post, fields);
        let scripts = |fields: u32| scan.scripts(index, fields);
        for at in 0..judge.candidates.len() {
            let rule = self.rules.order()[judge.candidates[at] as usize];
            self.judge_rule(rule, post, scan.hits(), &length, &scripts, judge);
        }
        judge.fired.sort_unstable_by_key(|fired| fired.rule);
        judge.mask();
        self.verdict(post, capped, judge)
    }

    fn judge_rule(
        &self,
        number: RuleIx,
        post: &Post<'_>,
        hits: &Hits,
        length: &dyn Fn(u32) -> u64,
        scripts: &dyn Fn(u32) -> language::Scripts,
        judge: &mut JudgeScratch,
    ) {
        let rule = self.rules.rule(number);
        let mode = self.policy.mode(number);
        if mode == Mode::Disabled || !is_active(rule, post) || !speaks(rule, post, scripts) {
            return;
        }
        let JudgeScratch { program, held, generation, .. } = judge;
        let fired = |other: RuleIx| held[other.index()] == *generation;
        let facts = Facts { hits, post, length, scripts, fired: &fired };
        if !rule.program.holds(&facts, rule.fields, program)
            || self.policy.excepted(number, &meta(post))
        {
            return;
        }
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
        held[number.index()] = *generation;
        score += self.term_weight(rule, hits);
        let boosts = first_boost..judge.boosts.len() as u32;
        let evidence = judge.show(rule, hits);
        let shadow = mode == Mode::Shadow;
        judge.fired.push(Fired { rule: number, score, shadow, boosts, evidence });
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
        self.fired.clear();
        self.boosts.clear();
        self.evidence.clear();
        self.masked.clear();
    }

    /// Rules whose trigger was hit, and those that have none, in order of evaluation.
    fn find_candidates(&mut self, rules: &RuleSet, hits: &Hits) {
        self.candidates.extend(rules.untriggered());
        for matcher in hits.matchers() {
            for position in rules.triggered_by(*matcher) {
                let stamp = &mut self.stamps[*position as usize];
                if *stamp != self.generation {
                    *stamp = self.generation;
                    self.candidates.push(*position);
                }
            }
        }
        self.candidates.sort_unstable();
    }

    /// Lists the evidence of a rule that holds.
    fn show(&mut self, rule: &CompiledRule, hits: &Hits) -> std::ops::Range<u32> {
        let first = self.evidence.len() as u32;
        for at in 0..self.shown.len() {
            let matcher = self.shown[at];
            if self.shown[..at].contains(&matcher) {
                continue;
            }
            for hit in hits.of(matcher).iter().take(EVIDENCE_PER_MATCHER_MAX) {
                let (term, field, span, view) = (hit.term, hit.field, hit.span, hit.view);
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
            let overlaps = |masked: &(crate::field::FieldId, Span)| {
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
    scripts: &dyn Fn(u32) -> language::Scripts,
) -> bool {
    rule.languages.is_empty()
        || scripts(rule.fields).meets(rule.scripts)
        || language::claims(post.meta(MetaId::LANG), &rule.languages)
}

/// The hash of rules and the hash of a policy, as one.
fn joint_hash(rules: &str, policy: &str) -> String {
    format!("{:08x}", xxhash_rust::xxh3::xxh3_64(format!("{rules}+{policy}").as_bytes()) as u32)
}
