//! The classifier, and the order of its steps.

use super::scratch::{JudgeScratch, Scratch};
use super::stages::{JudgeStage, Observer};
use crate::domain::category::Category;
use crate::domain::verdict::Verdict;
use crate::policy::{ResolvedPolicy, RuleSetFacts};
use crate::post::{Batch, Post};
use crate::rules::compiled::RuleSet;
use crate::scan::scanner::{PostHits, PostScan};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rules and policy, ready to judge. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Classifier {
    pub(super) rules: Arc<RuleSet>,
    pub(super) policy: ResolvedPolicy,
    pub(super) categories: RuleCategories,
    hash: String,
}

/// The categories of the rules, numbered without gaps, so that scores are summed by number.
#[derive(Debug)]
pub(super) struct RuleCategories {
    /// In order, each once.
    pub all: Vec<Category>,
    /// For each rule, the position of its category in `all`.
    pub of_rule: Vec<u16>,
}

impl RuleCategories {
    fn of(rules: &RuleSet) -> RuleCategories {
        let all: BTreeSet<Category> = rules.rules().iter().map(|rule| rule.category).collect();
        let all: Vec<Category> = all.into_iter().collect();
        // At most the built-in and the declared categories: the number fits.
        let number = |category: Category| all.partition_point(|it| *it < category) as u16;
        let of_rule = rules.rules().iter().map(|rule| number(rule.category)).collect();
        RuleCategories { all, of_rule }
    }
}

/// The matchers whose hits are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that candidate rules read.
    Candidates,
    /// The terms of all: the hits may exceed the cap, which the verdict must report.
    Flood,
    /// All, deferred ones included, for `inspect`.
    All,
}

impl Classifier {
    /// Joins rules and a policy that was resolved against them. Several classifiers can share
    /// one rule set.
    pub fn new(rules: impl Into<Arc<RuleSet>>, policy: ResolvedPolicy) -> Classifier {
        let rules = rules.into();
        let hash = joint_hash(rules.hash_hex(), policy.hash_hex());
        let categories = RuleCategories::of(&rules);
        Classifier { rules, policy, categories, hash }
    }

    /// The rules with the settings of their packs, and no policy: posts get points and evidence,
    /// and no score has an action. For uses that only ask what rules find.
    pub fn without_policy(rules: impl Into<Arc<RuleSet>>) -> Classifier {
        let rules = rules.into();
        let policy = ResolvedPolicy::none(&RuleSetFacts::of(&rules));
        Classifier::new(rules, policy)
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The policy.
    pub fn policy(&self) -> &ResolvedPolicy {
        &self.policy
    }

    /// Hash of packs, lists and policy: eight hex digits.
    pub fn hash_hex(&self) -> &str {
        &self.hash
    }

    /// Folds and scans every post of the batch, for [`Classifier::judge`].
    pub fn scan(&self, chunk: &[u8], batch: &Batch, scratch: &mut Scratch) {
        self.scan_observed(chunk, batch, scratch, &mut ());
    }

    /// As [`Classifier::scan`], and informs `observer` when a stage has finished.
    pub fn scan_observed(
        &self,
        chunk: &[u8],
        batch: &Batch,
        scratch: &mut Scratch,
        observer: &mut impl Observer,
    ) {
        let scanned = |stage| observer.scanned(stage);
        self.rules.scanner().scan_observed(chunk, batch, &mut scratch.scan, scanned);
    }

    /// The verdict for `post`, record `index` of the batch last scanned.
    pub fn judge<'s>(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &'s mut Scratch,
    ) -> Verdict<'s> {
        self.judge_observed(post, index, scratch, &mut ())
    }

    /// As [`Classifier::judge`], and informs `observer` when a stage has finished.
    pub fn judge_observed<'s>(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &'s mut Scratch,
        observer: &mut impl Observer,
    ) -> Verdict<'s> {
        let Scratch { scan, judge } = scratch;
        let scanner = self.rules.scanner();
        let needs_literal =
            self.rules.untriggered().is_empty() && self.rules.can_hit_without_literal().is_empty();
        if needs_literal && !scanner.has_occurrences(index, scan) {
            return Verdict::default();
        }
        let mut scan = scanner.post(post, index, scan);
        self.find_candidates(&mut scan, judge);
        observer.judged(JudgeStage::Noted, &judge.candidates);
        let mut scope = Scope::Flood;
        if !scan.may_be_flooded() {
            self.prune_candidates(&mut scan, judge, observer);
            if judge.candidates.is_empty() {
                return Verdict::default();
            }
            scope = Scope::Candidates;
        }
        let hits = self.evaluate(scan, judge, scope, observer);
        let verdict = self.decide(&hits, judge);
        observer.judged(JudgeStage::Scored, &[]);
        verdict
    }

    /// Evaluates the candidates and scores those that match.
    pub(super) fn evaluate<'p>(
        &self,
        scan: PostScan<'p>,
        judge: &mut JudgeScratch,
        scope: Scope,
        observer: &mut impl Observer,
    ) -> PostHits<'p> {
        let mut hits = self.collect_hits(scan, judge, scope, observer);
        self.evaluate_conditions(&hits, judge);
        observer.judged(JudgeStage::Conditions, &judge.candidates);
        let rules = || judge.matching.iter().map(|rule| self.rules.rule(*rule));
        judge.matchers.clear();
        judge.matchers.extend(rules().flat_map(|rule| &rule.operands));
        hits.add_literal_hits(&judge.matchers);
        judge.matchers.clear();
        judge.matchers.extend(rules().flat_map(|rule| &rule.deferred_for_score));
        if !judge.matchers.is_empty() {
            hits.run_deferred(&judge.matchers);
        }
        for at in 0..judge.matching.len() {
            self.score_rule(judge.matching[at], &hits, judge);
        }
        judge.fired.sort_unstable_by_key(|fired| fired.rule);
        judge.mask_evidence();
        hits
    }
}

/// One hash of the hash of the rules and the hash of the policy.
fn joint_hash(rules: &str, policy: &str) -> String {
    format!("{:08x}", xxhash_rust::xxh3::xxh3_64(format!("{rules}+{policy}").as_bytes()) as u32)
}
