//! Fits to hand-written rows, and the policies written from them.

use super::*;
use crate::eval::{Evaluation, Set, TargetReport};
use crate::labelled::Reader;
use crate::labels::Labels;
use proptest::prelude::*;
use std::sync::Arc;
use tidegate_engine::Engine;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::diagnostic::Source;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::score::Score;
use tidegate_engine::lines::{Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::post::{Batch, Mapping, Plan, Record};

const PACK: &str = "tidegate: 1
pack: demo
version: 1.0.0
title: T
license: CC0-1.0
defaults: { category: gambling, fields: [text] }
rules:
  - { id: demo.good, match: { a: [bet] }, condition: a, weight: 1 }
  - { id: demo.noisy, match: { a: [win], b: [now] }, condition: a, weight: 3, boost: { b: 1 } }
  - { id: demo.sad, category: self-harm, match: { a: [sad] }, condition: a, weight: 1 }
  - { id: demo.spam, category: spam, match: { a: [buy] }, condition: a, weight: 1 }
";

const POLICY: &str = "tidegate: 1
kind: policy
title: \"Old: \\\"quoted\\\"\"
actions: [allow, flag, review, block]
categories:
  gambling: { flag: 2, review: 2.5, block: 9, max: 20 }
  spam: { flag: 3 }
  self-harm: { care: 1 }
channels:
  - when: post.channel == news
    categories: { gambling: { flag: 5 } }
  - when: post.channel == chat
    categories: { gambling: { flag: 1, review: 3, block: 8 }, spam: { review: 4 } }
rules:
  - { rule: 'demo.*', mode: enforce, reason: it stays, expires: 2099-12-31 }
exceptions:
  - { rules: [demo.spam, demo.good], when: 'post.author.id in [a, \"b c\"]', reason: known }
";

const LABELS: &str = "tidegate: 1\nkind: labels\nlabels: { bet: gambling, ad: spam, sad: self-harm, ham: none, odd: [spam, fraud] }\n";

fn source(name: &str, text: &str) -> Arc<Source> {
    Arc::new(Source { name: name.to_owned(), text: text.to_owned() })
}

fn classifier(policy: &Arc<Source>) -> Classifier {
    let builder = Engine::builder().rules_text("demo.rules.yaml", PACK);
    builder.policy_source(policy.clone()).build().unwrap().into_parts().0
}

/// `times` rows of each label and text, each with its own number.
fn rows(kinds: &[(&str, &str, usize)]) -> String {
    let row = |label: &str, text: &str, n: usize| {
        let channel = ["news", "chat", "late"][n % 3];
        format!("{{\"text\":\"{text} {n}\",\"label\":\"{label}\",\"channel\":\"{channel}\"}}\n")
    };
    kinds
        .iter()
        .flat_map(|(label, text, times)| (0..*times).map(move |n| row(label, text, n)))
        .collect()
}

fn tuned(policy: &str, rows: &str, precision: f64, chunk_bytes: usize, workers: usize) -> Tuned {
    let classifier = classifier(&source("policy.yaml", policy));
    let labels = Labels::parse(&source("labels.yaml", LABELS)).unwrap().of_set("x").clone();
    let reader = Reader::new(&labels, &Mapping::default(), classifier.rules().names()).unwrap();
    let sets = [Set { name: "x".to_owned(), labels, reader }];
    let mut training = Training::new(&classifier, &sets);
    let mut team: Vec<Worker<'_>> = (0..workers).map(|_| training.worker(0)).collect();
    let settings = CutterSettings { chunk_bytes, ..CutterSettings::default() };
    let (mut cutter, mut rest, mut chunk) =
        (Cutter::new(settings), rows.as_bytes(), Chunk::default());
    let mut turn = 0;
    while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
        team[turn % workers].read(&chunk);
        turn += 1;
    }
    team.rotate_left(turn % workers);
    training.take("x", team);
    assert!(training.errors().is_empty() || rows.is_empty());
    training.tune(precision, || {})
}

fn without_channels() -> String {
    let (before, rest) = POLICY.split_once("channels:").unwrap();
    format!("{before}{}", &rest[rest.find("rules:").unwrap()..])
}

/// The categories that `eval` counts with this policy.
fn evaluated(policy: &str, rows: &str) -> Vec<TargetReport> {
    let classifier = classifier(&source("policy.yaml", policy));
    let labels = Labels::parse(&source("labels.yaml", LABELS)).unwrap().of_set("x").clone();
    let reader = Reader::new(&labels, &Mapping::default(), classifier.rules().names()).unwrap();
    let sets = [Set { name: "x".to_owned(), labels, reader }];
    let mut evaluation = Evaluation::new(&classifier, &sets, 0);
    let mut worker = evaluation.worker(0);
    let (mut cutter, mut rest, mut chunk) =
        (Cutter::new(CutterSettings::default()), rows.as_bytes(), Chunk::default());
    while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
        worker.read(&chunk);
    }
    evaluation.take(0, "x", vec![worker]);
    evaluation.finish().unwrap().all.categories
}

/// The action for each row.
fn actions(policy: &str, rows: &str) -> Vec<Action> {
    let engine = Engine::builder().rules_text("demo.rules.yaml", PACK);
    let engine = engine.policy_source(source("policy.yaml", policy)).build().unwrap();
    let mut scratch = Scratch::default();
    let (classifier, _) = engine.into_parts();
    let plan = Plan::new(&Mapping::default(), classifier.rules().names()).unwrap();
    let mut batch = Batch::default();
    plan.read(rows.as_bytes(), false, &mut batch);
    classifier.scan(rows.as_bytes(), &batch, &mut scratch);
    let judged = |index| match batch.record(rows.as_bytes(), index) {
        Record::Post(post) => classifier.judge(&post, index, &mut scratch).action,
        _ => Action::Allow,
    };
    (0..batch.len()).map(judged).collect()
}

fn fit<'t>(tuned: &'t Tuned, category: &str) -> &'t Fit {
    tuned.categories.iter().find(|fit| fit.category == category).unwrap()
}

const NOISY: &[(&str, &str, usize)] =
    &[("bet", "bet win", 100), ("bet", "bet", 60), ("ham", "win", 100), ("ham", "hello", 200)];

#[test]
fn a_noisy_rule_loses_weight_until_the_precision_is_reached() {
    let tuned = tuned(&without_channels(), &rows(NOISY), 0.9, 1 << 16, 1);
    let fit = fit(&tuned, "gambling");
    let [before, after] = fit.taught;
    assert_eq!(before.right + before.missed, after.right + after.missed);
    assert!(before.precision.unwrap().value < 0.65, "{fit:#?}");
    assert!(after.precision_against_harmless.unwrap().value >= 0.9, "{fit:#?}");
    let [_, held_back] = fit.held_back;
    assert_eq!(held_back.wrong, 0);
    assert!(held_back.right > 20, "three in ten of 160 are held back: {fit:#?}");
    let noisy = fit.weights.iter().find(|it| it.rule == "demo.noisy").unwrap();
    assert!(noisy.new < noisy.old && noisy.harmless > 50, "{fit:#?}");
}

#[test]
fn the_written_policy_applies_the_fit() {
    let text = rows(NOISY);
    let first = tuned(POLICY, &text, 0.9, 1 << 16, 1);
    let policy = policy_text(
        &[source("old.policy.yaml", POLICY)],
        &first,
        tidegate_messages::Language::English,
    );
    let again = tuned(&policy, &text, 0.9, 1 << 16, 1);
    let (first, again) = (fit(&first, "gambling"), fit(&again, "gambling"));
    assert_eq!(again.taught[0], first.taught[1], "{policy}");
    assert_eq!(again.held_back[0], first.held_back[1]);
    assert!(
        again.new_flag.is_none_or(|flag| flag < Score::from_millis(2000)),
        "precision is reached"
    );
    assert_eq!(again.weights.len(), 0, "weights fall only for precision");
    let kept = [
        "title: \"Old: \\\"quoted\\\"\"",
        "actions: [allow, flag, review, block]",
        "  spam: { flag: 3 }",
        "  self-harm: { care: 1 }",
        "  - when: \"post.channel == news\"\n    categories: { gambling: { flag: 5 } }",
        "  - { rule: \"demo.*\", mode: enforce, reason: \"it stays\", expires: 2099-12-31 }",
        "  - { rules: [\"demo.spam\", \"demo.good\"], when: \"post.author.id in [a, \\\"b c\\\"]\", reason: \"known\" }",
        "reason: \"tuned from 3: fired on ",
    ];
    for line in kept {
        assert!(policy.contains(line), "{line}\n{policy}");
    }
}

#[test]
fn channels_follow_the_fitted_threshold() {
    // The noise has boosts, which a fit does not change, so the threshold has to rise.
    let kinds = [("bet", "bet win now", 90), ("ham", "win now", 90), ("ham", "hello", 60)];
    let text = rows(&kinds);
    let tuned = tuned(POLICY, &text, 0.95, 1 << 16, 1);
    let fit = fit(&tuned, "gambling");
    assert!(fit.all[1].precision_against_harmless.unwrap().value >= 0.95, "{fit:#?}");
    let policy = policy_text(
        &[source("old.policy.yaml", POLICY)],
        &tuned,
        tidegate_messages::Language::English,
    );
    let before = actions(POLICY, &text);
    assert!(before.iter().zip(actions(&policy, &text)).all(|(old, new)| new <= *old), "{policy}");
}

#[test]
fn warns_if_half_of_the_finds_are_lost() {
    let kinds = [("bet", "bet win now", 40), ("bet", "win", 150), ("ham", "win", 150)];
    let tuned = tuned(POLICY, &rows(&kinds), 0.95, 1 << 16, 1);
    let fit = fit(&tuned, "gambling");
    assert!(fit.all[1].right * 2 <= fit.all[0].right, "{fit:#?}");
    let warnings = fit.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    assert!(warnings.contains("recall falls from 100.0 % to "), "{fit:#?}");
    let policy = policy_text(
        &[source("old.policy.yaml", POLICY)],
        &tuned,
        tidegate_messages::Language::English,
    );
    assert!(policy.contains("# WARNING, gambling: "), "{policy}");
}

#[test]
fn changes_nothing_without_enough_data() {
    let note = |kinds: &[(&str, &str, usize)], category: &str, precision: f64| {
        let tuned = tuned(POLICY, &rows(kinds), precision, 1 << 16, 1);
        let fit = fit(&tuned, category).clone();
        assert_eq!((fit.new_flag, fit.weights.len()), (None, 0), "{fit:#?}");
        assert_eq!(fit.taught[0], fit.taught[1]);
        fit.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let few = note(&[("bet", "bet", 8), ("ham", "hello", 50)], "gambling", 0.9);
    assert!(few.contains("training rows, at least 20"), "{few}");
    let silent = note(&[("bet", "dice", 80), ("ham", "hello", 50)], "gambling", 0.9);
    assert!(silent.contains("no rule fires"), "{silent}");
    let care = note(&[("sad", "sad", 80), ("ham", "hello", 50)], "self-harm", 0.9);
    assert!(care.contains("no `flag` threshold"), "{care}");
    let hopeless = note(&[("bet", "win", 60), ("ham", "win", 60)], "gambling", 0.9);
    assert!(hopeless.contains("no threshold reaches a precision of 0.9"), "{hopeless}");
    let fine = note(&[("bet", "win", 60), ("ham", "hello", 60)], "gambling", 0.9);
    assert!(fine.contains("nothing finds more"), "{fine}");
}

#[test]
fn ignores_rows_of_other_categories() {
    let kinds = [("bet", "bet", 60), ("ad", "bet", 200), ("odd", "buy", 100), ("ham", "hello", 60)];
    let tuned = tuned(&without_channels(), &rows(&kinds), 0.9, 1 << 16, 1);
    let bets = fit(&tuned, "gambling");
    assert_eq!((bets.taught[1].missed, bets.taught[1].wrong), (0, 0), "{bets:#?}");
    assert_eq!(fit(&tuned, "spam").taught[0].right, 0);
    assert!(tuned.categories.iter().all(|fit| fit.category != "fraud"));
}

#[test]
fn fits_nothing_without_rows() {
    assert!(tuned(POLICY, "", 0.9, 100, 1).categories.is_empty());
    let harmless = tuned(POLICY, &rows(&[("ham", "win", 30)]), 0.9, 100, 2);
    assert!(harmless.categories.is_empty());
    assert_eq!(harmless.harmless.iter().sum::<u64>(), 30);
}

const TEXTS: &[&str] = &["bet", "win", "win now", "bet win", "hello", "buy", "buy bet"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn fits_reach_the_wanted_precision(
        picks in prop::collection::vec((0usize..3, 0..TEXTS.len(), 1usize..25), 1..12),
        precision in 0.5f64..=1.0,
        workers in 1usize..4,
    ) {
        let kinds: Vec<(&str, &str, usize)> = picks
            .iter()
            .map(|(label, text, times)| (["bet", "ad", "ham"][*label], TEXTS[*text], *times))
            .collect();
        let text = rows(&kinds);
        let fitted = tuned(POLICY, &text, precision, 500, workers);
        for fit in &fitted.categories {
            let [before, after] = fit.taught;
            let is_changed = fit.new_flag.is_some() || !fit.weights.is_empty();
            if is_changed {
                prop_assert!(after.right as f64 >= precision * (after.right + after.wrong) as f64);
            }
            if before.precision_against_harmless.is_some_and(|rate| rate.value >= precision) {
                prop_assert!(after.right >= before.right, "{:?}", fit);
            }
        }
        let policy = policy_text(&[source("old.policy.yaml", POLICY)], &fitted, tidegate_messages::Language::English);
        for category in evaluated(&policy, &text) {
            let fit = fitted.categories.iter().find(|fit| [fit.category] == category.categories[..]);
            if let Some(fit) = fit {
                let printed = [category.right, category.missed, category.wrong_harmless];
                let all = fit.all[1];
                prop_assert_eq!([all.right, all.missed, all.wrong], printed, "{}", policy);
                prop_assert_eq!(all.elsewhere, category.wrong_elsewhere);
                prop_assert_eq!((all.precision, all.recall), (category.precision, category.recall));
            }
        }
        let imprecise = |fit: &Fit| {
            fit.taught[0].precision_against_harmless.is_some_and(|rate| rate.value < precision)
        };
        let for_precision = fitted.categories.iter().all(imprecise);
        for (old, new) in actions(POLICY, &text).into_iter().zip(actions(&policy, &text)) {
            prop_assert!(new <= old || !for_precision && (old, new) == (Action::Allow, Action::Flag));
        }
        let again = tuned(&policy, &text, precision, 1 << 16, 1);
        for (first, again) in fitted.categories.iter().zip(&again.categories) {
            prop_assert_eq!(&first.taught[1], &again.taught[0], "{}", policy);
        }
        prop_assert_eq!(fitted, tuned(POLICY, &text, precision, 1 << 16, 1));
    }
}
