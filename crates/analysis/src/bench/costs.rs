//! Measures the cost of each rule on a sample of posts.

use super::corpus::Corpus;
use super::rounds::Rounds;
use super::rule_cost::RuleCost;
use super::subject::Subject;
use std::time::{Duration, Instant};
use tidegate_engine::classifier::{RuleEvent, Scratch};
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::post::{Batch, Record};

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    checks: [u64; 2],
    time: [Duration; 2],
}

/// Times rules on about `posts_wanted` posts, spread over the corpus. Returns the costs and the
/// number of sampled posts.
pub(super) fn sample(
    subject: Subject<'_>,
    corpus: &Corpus,
    posts_wanted: u64,
    rounds: &Rounds,
) -> (Vec<RuleCost>, u64) {
    let Subject { classifier, plan, .. } = subject;
    let mut sums = vec![Sum::default(); classifier.rules().rules().len()];
    let overhead = overhead();
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    let mut posts = 0;
    let every = every(corpus, posts_wanted);
    for chunk in corpus.chunks().iter().step_by(every) {
        plan.read(chunk, false, &mut batch);
        classifier.scan(chunk, &batch, &mut scratch);
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(chunk, index) else { continue };
            posts += 1;
            let mut began = Instant::now();
            let mut record = |rule: RuleIx, event: RuleEvent| match event {
                RuleEvent::Started => began = Instant::now(),
                RuleEvent::Finished(held) => {
                    let time = began.elapsed().saturating_sub(overhead);
                    let sum = &mut sums[rule.index()];
                    sum.checks[usize::from(held)] += 1;
                    sum.time[usize::from(held)] += time;
                }
            };
            classifier.profile(&post, index, &mut scratch, &mut record);
        }
    }
    let scale = rounds.posts() as f64 / posts.max(1) as f64;
    (costs(subject, &sums, scale, rounds), posts)
}

/// The sampling interval, in chunks.
fn every(corpus: &Corpus, posts_wanted: u64) -> usize {
    let chunks = corpus.chunks().len().max(1) as u64;
    let lines_of_chunk = (corpus.lines() / chunks).max(1);
    let wanted = posts_wanted.div_ceil(lines_of_chunk).max(1);
    (chunks / wanted).max(1) as usize
}

/// The cost of reading the clock, which every measured time includes once.
fn overhead() -> Duration {
    const LOOKS: u32 = 10_000;
    let began = Instant::now();
    for _ in 0..LOOKS {
        std::hint::black_box(Instant::now());
    }
    began.elapsed() / LOOKS
}

fn costs(subject: Subject<'_>, sums: &[Sum], scale: f64, rounds: &Rounds) -> Vec<RuleCost> {
    let all: f64 = sums.iter().flat_map(|sum| sum.time).map(|time| time.as_secs_f64()).sum();
    let rules = subject.classifier.rules().rules();
    let fired = rounds.fired();
    let mut costs: Vec<RuleCost> = Vec::new();
    for (at, (rule, sum)) in rules.iter().zip(sums).enumerate() {
        let hits = fired.get(at).copied().unwrap_or(0);
        let checks: u64 = sum.checks.iter().sum();
        if checks == 0 && hits == 0 {
            continue;
        }
        let nanos = |held: usize| {
            let checks = sum.checks[held];
            (checks > 0).then(|| sum.time[held].as_secs_f64() * 1e9 / checks as f64)
        };
        let own: f64 = sum.time.iter().map(Duration::as_secs_f64).sum();
        costs.push(RuleCost {
            id: rule.id.clone(),
            category: rule.category.name(),
            hits,
            checks,
            held: sum.checks[1],
            nanos_with: nanos(1),
            nanos_without: nanos(0),
            seconds: own * scale,
            share: own / all.max(f64::MIN_POSITIVE),
            of_judge: own * scale / rounds.judge_seconds().max(f64::MIN_POSITIVE),
        });
    }
    costs.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then_with(|| a.id.cmp(&b.id)));
    costs
}
