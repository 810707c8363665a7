//! Judges the whole corpus repeatedly and times the stages.

use super::corpus::Corpus;
use super::subject::{Effort, Subject};
use serde::Serialize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tidegate_engine::classifier::Scratch;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::output::{Encoder, Labels, Style};
use tidegate_engine::phrase;
use tidegate_engine::post::{Batch, Record};

/// A stage of judging a post.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Seconds per worker and round, on average.
    pub seconds: f64,
    /// Its share of the total time.
    pub share: f64,
    /// Bytes of posts per second, if only this stage ran.
    pub bytes_per_second: f64,
}

/// Names of the stages, and what they do.
pub(super) const STAGES: [(&str, &str); 4] = [
    ("read", phrase!("JSON lines to posts")),
    ("scan", phrase!("folding, and the search for literals of all rules")),
    ("judge", phrase!("regexes, entities, conditions, scores; lines of clean verdicts")),
    ("write", phrase!("lines of other verdicts")),
];

/// Measurements of the rounds of one rule set.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    pub seconds: Vec<f64>,
    pub stages: [Duration; STAGES.len()],
    pub summary: Option<Summary>,
    pub hit: u64,
}

impl Rounds {
    /// Posts on which each rule fired, enforced or in shadow.
    pub fn fired(&self) -> Vec<u64> {
        let Some(summary) = &self.summary else { return Vec::new() };
        summary.rules.iter().zip(&summary.shadow).map(|(own, shadow)| own + shadow).collect()
    }

    /// Usable posts of the corpus.
    pub fn posts(&self) -> u64 {
        self.summary.as_ref().map_or(0, |summary| summary.posts)
    }

    /// Seconds of the stage `judge`, per worker and round.
    pub fn judge_seconds(&self) -> f64 {
        self.stages[2].as_secs_f64() / self.seconds.len().max(1) as f64
    }
}

/// Judges the corpus with each subject in each round. A first extra round warms up and is not
/// counted.
pub(super) fn run(
    subjects: &[Subject<'_>],
    corpus: &Corpus,
    effort: Effort,
    step: &dyn Fn(u64),
) -> Vec<Rounds> {
    let mut all: Vec<Rounds> = subjects.iter().map(|_| Rounds::default()).collect();
    for round in 0..=effort.rounds {
        let mut turns: Vec<usize> = (0..subjects.len()).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for at in turns {
            let (seconds, workers) = one_round(subjects[at], corpus, effort.threads.get());
            step(corpus.bytes());
            if round > 0 {
                all[at].take(seconds, workers);
            }
        }
    }
    all
}

impl Rounds {
    fn take(&mut self, seconds: f64, workers: Vec<Worker>) {
        self.seconds.push(seconds);
        let mut whole: Option<Summary> = None;
        let mut hit = 0;
        for worker in workers {
            for (sum, time) in self.stages.iter_mut().zip(worker.stages) {
                *sum += time;
            }
            hit += worker.hit;
            match &mut whole {
                Some(whole) => whole.merge(&worker.summary),
                None => whole = Some(worker.summary),
            }
        }
        (self.summary, self.hit) = (whole, hit);
    }
}

struct Worker {
    summary: Summary,
    stages: [Duration; STAGES.len()],
    hit: u64,
}

fn one_round(subject: Subject<'_>, corpus: &Corpus, threads: usize) -> (f64, Vec<Worker>) {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let workers = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| work(subject, corpus, &next));
        let others: Vec<_> = (1..threads).map(start).collect();
        let mut workers = vec![work(subject, corpus, &next)];
        workers.extend(others.into_iter().filter_map(|other| other.join().ok()));
        workers
    });
    (started.elapsed().as_secs_f64(), workers)
}

fn work(subject: Subject<'_>, corpus: &Corpus, next: &AtomicUsize) -> Worker {
    let Subject { classifier, plan, .. } = subject;
    let encoder = Encoder::new(Labels::of(classifier), Style::default());
    let (mut batch, mut scratch, mut out) = (Batch::default(), Scratch::default(), Vec::new());
    let summary = Summary::new(classifier.rules().rules().len());
    let mut worker = Worker { summary, stages: Default::default(), hit: 0 };
    while let Some(chunk) = corpus.chunks().get(next.fetch_add(1, Ordering::Relaxed)) {
        out.clear();
        let start = Instant::now();
        plan.read(chunk, false, &mut batch);
        let read = Instant::now();
        classifier.scan(chunk, &batch, &mut scratch);
        let scanned = Instant::now();
        let mut writing = Duration::ZERO;
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(chunk, index) else { continue };
            let verdict = classifier.judge(&post, index, &mut scratch);
            worker.summary.count_post(&verdict);
            let line = &chunk[batch.line_span(index)];
            if verdict.is_clean() {
                encoder.post(&mut out, line, &post, &verdict);
                continue;
            }
            worker.hit += 1;
            let began = Instant::now();
            encoder.post(&mut out, line, &post, &verdict);
            writing += began.elapsed();
        }
        let judged = scanned.elapsed().saturating_sub(writing);
        let times = [read - start, scanned - read, judged, writing];
        worker.stages.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
        std::hint::black_box(&out);
    }
    worker
}
