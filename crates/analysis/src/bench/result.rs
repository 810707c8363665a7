//! Runs a benchmark and collects its results.

use super::corpus::Corpus;
use super::costs;
use super::rounds::{self, Rounds, STAGES, Stage};
use super::rule_cost::RuleCost;
use super::subject::{Effort, Subject};
use serde::Serialize;
use std::time::Duration;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::summary::Summary;

/// The results of a benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct Bench {
    /// Bytes of the corpus.
    pub bytes: u64,
    /// Lines of the corpus.
    pub lines: u64,
    /// Number of rounds.
    pub rounds: usize,
    /// Number of worker threads.
    pub threads: usize,
    /// Each rule set.
    pub sets: Vec<SetResult>,
    /// Speed of the second rule set relative to the first.
    pub ratio: Option<Ratio>,
}

/// The results of one rule set.
#[derive(Clone, Debug, Serialize)]
pub struct SetResult {
    /// Display name.
    pub name: String,
    /// Hash of rules and policy: eight hex digits.
    pub ruleset: String,
    /// Number of rules.
    pub rules_total: usize,
    /// Usable posts.
    pub posts: u64,
    /// Posts with an action other than `allow`, or with `care`.
    pub flagged: u64,
    /// Posts on which a rule fired.
    pub hit: u64,
    /// Seconds of each round.
    pub seconds: Vec<f64>,
    /// Bytes per second, from the median round.
    pub bytes_per_second: f64,
    /// Time of a worker by stage.
    pub stages: Vec<Stage>,
    /// Posts on which rules were timed.
    pub sampled_posts: u64,
    /// Cost of each rule, the most expensive first; rules that were neither triggered nor fired are
    /// omitted.
    pub rules: Vec<RuleCost>,
}

/// Speed ratio of two rule sets over the rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The median.
    pub median: f64,
    /// The smallest of any round.
    pub least: f64,
    /// The largest of any round.
    pub most: f64,
}

/// Judges `corpus` with one or more rule sets. `step` is called after each round with the bytes
/// processed.
pub fn bench(
    subjects: &[Subject<'_>],
    corpus: &Corpus,
    effort: Effort,
    step: &dyn Fn(u64),
) -> Bench {
    let measured = rounds::run(subjects, corpus, effort, step);
    let sets: Vec<SetResult> = subjects
        .iter()
        .zip(measured)
        .map(|(subject, rounds)| {
            let (rules, sampled_posts) =
                costs::sample(*subject, corpus, effort.sampled_posts, &rounds);
            let rules_total = subject.classifier.rules().rules().len();
            rounds.into_result(*subject, corpus, rules_total, rules, sampled_posts)
        })
        .collect();
    let ratio = match sets.as_slice() {
        [one, other, ..] => Some(Ratio::of(&one.seconds, &other.seconds)),
        _ => None,
    };
    let Effort { rounds, threads, .. } = effort;
    Bench {
        bytes: corpus.bytes(),
        lines: corpus.lines(),
        rounds,
        threads: threads.get(),
        sets,
        ratio,
    }
}

impl Ratio {
    /// Whether the rounds show no difference: in some the one was faster, in some the other.
    pub fn is_equal(&self) -> bool {
        self.least <= 1.0 && self.most >= 1.0
    }

    /// From the seconds of each round.
    pub(super) fn of(one: &[f64], other: &[f64]) -> Ratio {
        let ratios: Vec<f64> = one.iter().zip(other).map(|(one, other)| one / other).collect();
        Ratio {
            median: median(&ratios),
            least: ratios.iter().copied().fold(f64::INFINITY, f64::min),
            most: ratios.iter().copied().fold(0.0, f64::max),
        }
    }
}

/// The median.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}

impl Rounds {
    pub fn into_result(
        self,
        subject: Subject<'_>,
        corpus: &Corpus,
        rules_total: usize,
        rules: Vec<RuleCost>,
        sampled_posts: u64,
    ) -> SetResult {
        let rounds = self.seconds.len().max(1) as f64;
        let all: f64 = self.stages.iter().map(Duration::as_secs_f64).sum();
        let bytes = corpus.bytes() as f64;
        let stage = |((name, what), time): ((&'static str, &'static str), Duration)| {
            let seconds = time.as_secs_f64() / rounds;
            let share = time.as_secs_f64() / all.max(f64::MIN_POSITIVE);
            let bytes_per_second = bytes / seconds.max(f64::MIN_POSITIVE);
            Stage { name, what, seconds, share, bytes_per_second }
        };
        let summary = self.summary.unwrap_or_else(|| Summary::new(0));
        SetResult {
            name: subject.name.to_owned(),
            ruleset: subject.classifier.hash_hex().to_owned(),
            rules_total,
            posts: summary.posts,
            flagged: summary.at_least(Action::Flag),
            hit: self.hit,
            bytes_per_second: bytes / median(&self.seconds).max(f64::MIN_POSITIVE),
            seconds: self.seconds,
            stages: STAGES.into_iter().zip(self.stages).map(stage).collect(),
            sampled_posts,
            rules,
        }
    }
}
