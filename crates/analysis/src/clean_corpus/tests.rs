//! Warnings for rates at, below and above the allowed rate.

use super::*;
use std::sync::Arc;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::lines::{Cut, Cutter, CutterSettings};
use tidegate_engine::post::Mapping;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::load::Loader;

const PACK: &str = "tidegate: 1
pack: demo
version: 1.0.0
title: T
license: CC0-1.0
defaults: { category: spam, fields: [text] }
rules:
  - { id: demo.all, condition: length > 0, always: true, weight: 1 }
  - { id: demo.both, match: { wide: [day, night], rare: [pay] }, condition: wide and rare, weight: 1 }
  - { id: demo.one, match: { word: [day, week, week end] }, condition: word, weight: 1 }
";

fn judged(texts: &[&str], chunk_bytes: usize, workers: usize, allowed: &Allowed) -> Vec<String> {
    let loader = Loader::new().text("demo.rules.yaml", PACK.to_owned());
    let model = loader.load().unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}")).model;
    let places: Vec<Place> = model.rules.iter().map(|rule| rule.place.clone()).collect();
    let rules = compile(model).unwrap();
    let classifier = Classifier::without_policy(rules);
    let plan = Plan::new(&Mapping::default(), classifier.rules().names()).unwrap();
    let mut corpus = Corpus::new(&classifier, &plan);
    let mut team: Vec<Worker<'_>> = (0..workers).map(|_| corpus.worker()).collect();
    let lines: String = texts.iter().map(|text| format!("{{\"text\":\"{text}\"}}\n")).collect();
    let settings = CutterSettings { chunk_bytes, ..CutterSettings::default() };
    let (mut cutter, mut rest, mut chunk) =
        (Cutter::new(settings), lines.as_bytes(), Chunk::default());
    let mut turn = 0;
    while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
        team[turn % workers].read(&chunk);
        turn += 1;
    }
    team.rotate_left(turn % workers);
    corpus.take("posts", team);
    assert_eq!(corpus.posts(), texts.len() as u64);
    let found = corpus.warnings(&places, allowed);
    found.iter().map(|found| format!("{found} | {} | {}", found.label, found.help)).collect()
}

const TEXTS: &[&str] =
    &["day", "day of week", "week", "night", "sun", "rain", "wind", "snow", "ice", "hail"];

#[test]
fn rates_are_measured_and_their_causes_named() {
    let allowed = Allowed { fired: 0.25, judged: 0.1 };
    let found = judged(TEXTS, 40, 2, &allowed);
    let expected = [
        "demo.rules.yaml:8:11: warning[hits_clean_corpus]: `demo.all` fires on 10 of 10 ordinary posts: 10000.0 of 10,000 (7224.7–10000.0) | more than 2500 of 10,000",
        "demo.rules.yaml:10:11: warning[hits_clean_corpus]: `demo.one` fires on 3 of 10 ordinary posts: 3000.0 of 10,000 (1077.9–6032.2) | more than 2500 of 10,000",
        "demo.rules.yaml:10:11: warning[weak_trigger]: `demo.one` is judged for 3 of 10 ordinary posts: 30.0 % (10.8–60.3) | more than 10 %",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
    assert!(found[1].contains("66.7 % of them by `day` of `word`"), "{}", found[1]);
    let lines = ["posts:1", "posts:2", "posts:3"];
    assert!(lines.iter().all(|line| found[1].contains(line)), "{}", found[1]);
    assert!(found[2].contains("`word` hits 30.0 % of all posts"), "{}", found[2]);
}

#[test]
fn rates_within_the_limits_cause_no_warning() {
    let warnings = |fired: f64| judged(TEXTS, 1 << 16, 1, &Allowed { fired, judged: 1.0 }).len();
    assert_eq!([warnings(0.29), warnings(0.3), warnings(0.31), warnings(1.0)], [2, 1, 1, 0]);
    let warnings = |judged_share: f64| {
        judged(TEXTS, 1 << 16, 1, &Allowed { fired: 1.0, judged: judged_share }).len()
    };
    assert_eq!([warnings(0.29), warnings(0.3), warnings(0.31)], [1, 0, 0]);
}

#[test]
fn result_is_independent_of_chunks_and_threads() {
    let allowed = Allowed { fired: 0.0, judged: 0.0 };
    let one = judged(TEXTS, 1 << 16, 1, &allowed);
    assert!(one.len() >= 3, "{one:#?}");
    for (chunk_bytes, workers) in [(4, 1), (4, 3), (50, 2)] {
        assert_eq!(judged(TEXTS, chunk_bytes, workers, &allowed), one);
    }
}

#[test]
fn no_warnings_without_posts() {
    assert!(judged(&[], 100, 1, &Allowed { fired: 0.0, judged: 0.0 }).is_empty());
    assert_eq!(Allowed::default(), Allowed { fired: 10.0 / 10_000.0, judged: 1.0 / 100.0 });
}

#[test]
fn places_are_optional() {
    let source = Arc::new(Source { name: "x".to_owned(), text: String::new() });
    let place = Place { source, range: 0..0 };
    let found = at(
        Diagnostic::warning("weak_trigger", tidegate_engine::Message::verbatim("m"), None),
        Some(&place),
    );
    assert_eq!(found.place, Some(place));
}
