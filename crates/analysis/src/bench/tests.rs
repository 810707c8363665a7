//! What benchmarks count and compare; of times only the presence is checked.

use super::result::median;
use super::*;
use std::num::NonZeroUsize;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::post::Plan;

const PACK: &str = "\
tidegate: 1
pack: demo
version: 1.0.0
title: For tests
license: CC0-1.0
defaults: { category: spam }
rules:
  - id: demo.word
    match: { a: [lottery] }
    condition: a
    weight: 3
  - id: demo.pair
    match: { a: [lottery], n: { regex: '[0-9]{6}' } }
    condition: a near/20 n
    weight: 3
  - id: demo.after
    match: { b: [prize] }
    condition: b and fired(demo.word)
    weight: 3
  - id: demo.never
    match: { c: [zzzz] }
    condition: c
    weight: 3
";

fn classifier() -> (Classifier, Plan) {
    let builder = tidegate_packs::builder().embedded(false);
    builder.rules_text("demo.rules.yaml", PACK).build().unwrap().into_parts()
}

fn corpus() -> Corpus {
    let mut corpus = Corpus::default();
    for chunk in 0..10 {
        let mut lines = String::from("nonsense\n");
        for text in ["lottery", "lottery 123456", "a prize", "prize of the lottery", "fine"] {
            lines += &format!("{{\"id\":{chunk},\"text\":\"{text}\"}}\n");
        }
        corpus.push(lines.as_bytes());
    }
    corpus
}

fn effort(rounds: usize, threads: usize, sampled_posts: u64) -> Effort {
    Effort { rounds, threads: NonZeroUsize::new(threads).unwrap(), sampled_posts }
}

#[test]
fn counts_are_exact_for_any_number_of_threads() {
    let (classifier, plan) = classifier();
    let subject = Subject { name: "demo", classifier: &classifier, plan: &plan };
    let corpus = corpus();
    for threads in [1, 3] {
        let done = std::sync::atomic::AtomicU64::new(0);
        let bench = bench(&[subject], &corpus, effort(2, threads, 1000), &|bytes| {
            done.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
        });
        assert_eq!(done.into_inner(), 3 * corpus.bytes());
        assert_eq!((bench.lines, bench.ratio), (60, None));
        let set = &bench.sets[0];
        assert_eq!((set.posts, set.hit, set.flagged), (50, 30, 30));
        assert_eq!((set.seconds.len(), set.rules_total, set.sampled_posts), (2, 4, 50));
        assert!(set.bytes_per_second > 0.0);
        let shares: f64 = set.stages.iter().map(|stage| stage.share).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{shares}");
        let mut costs: Vec<(&str, u64, u64, u64)> =
            set.rules.iter().map(|it| (it.id.as_str(), it.hits, it.checks, it.held)).collect();
        costs.sort_unstable();
        let expected =
            [("demo.after", 10, 30, 10), ("demo.pair", 10, 30, 10), ("demo.word", 30, 30, 30)];
        assert_eq!(costs, expected);
        assert!(set.rules.is_sorted_by(|a, b| a.seconds >= b.seconds));
    }
}

#[test]
fn a_sample_is_spread_over_the_corpus() {
    let (classifier, plan) = classifier();
    let subject = Subject { name: "demo", classifier: &classifier, plan: &plan };
    let bench = bench(&[subject], &corpus(), effort(1, 1, 12), &|_| {});
    let set = &bench.sets[0];
    assert_eq!(set.sampled_posts, 10, "every fifth chunk");
    let word = set.rules.iter().find(|rule| rule.id == "demo.word").unwrap();
    assert_eq!((word.hits, word.checks), (30, 6));
}

#[test]
fn two_sets_are_compared_round_by_round() {
    assert_eq!(
        Ratio::of(&[2.0, 3.0, 4.0], &[1.0, 1.0, 4.0]),
        Ratio { median: 2.0, least: 1.0, most: 3.0 }
    );
    assert_eq!([median(&[]), median(&[5.0]), median(&[4.0, 1.0, 3.0, 2.0])], [0.0, 5.0, 2.5]);
    let (classifier, plan) = classifier();
    let subject = |name| Subject { name, classifier: &classifier, plan: &plan };
    let sets = [subject("<old>"), subject("new")];
    let bench = bench(&sets, &corpus(), effort(3, 1, 10), &|_| {});
    let ratio = bench.ratio.unwrap();
    assert!(ratio.least <= ratio.median && ratio.median <= ratio.most);
    let page =
        render_page(&bench, "tidegate bench <x>", tidegate_messages::Language::English).unwrap();
    assert!(
        page.contains("&#60;old&#62;")
            && (page.contains("times as fast") || page.contains("no difference")),
        "{page}"
    );
    assert!(!page.contains("<old>") && !page.contains("bench <x>"));
}

/// Profiling matches exactly the rules that fire when posts are judged.
#[test]
fn profiling_agrees_with_judging() {
    let (classifier, plan) = classifier();
    let corpus = corpus();
    let chunk = &corpus.chunks()[0];
    let (mut batch, mut scratch) = (tidegate_engine::post::Batch::default(), Default::default());
    plan.read(chunk, false, &mut batch);
    classifier.scan(chunk, &batch, &mut scratch);
    for index in 0..batch.len() {
        let tidegate_engine::post::Record::Post(post) = batch.record(chunk, index) else {
            continue;
        };
        let verdict = classifier.judge(&post, index, &mut scratch);
        let fired: Vec<_> = verdict.fired.iter().map(|fired| fired.rule).collect();
        let mut held = Vec::new();
        let mut record = |rule, event| {
            if event == tidegate_engine::classifier::RuleEvent::Finished(true) {
                held.push(rule);
            }
        };
        classifier.profile(&post, index, &mut scratch, &mut record);
        held.sort_unstable();
        assert_eq!(held, fired, "post {index}");
    }
}

#[test]
fn speeds_whose_range_includes_one_are_equal() {
    let ratio = |one: &[f64], other: &[f64]| Ratio::of(one, other);
    assert!(ratio(&[1.0, 1.0], &[0.9, 1.1]).is_equal());
    assert!(!ratio(&[1.0, 1.0], &[0.5, 0.9]).is_equal());
    assert!(!ratio(&[1.0, 1.0], &[1.2, 1.1]).is_equal());
}
