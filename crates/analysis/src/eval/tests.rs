//! Rows judged and counted end to end, compared with a reference that counts one row at a time.

use super::*;
use crate::disguise::{Disguiser, Way, WayReport};
use crate::labelled::{Reader, RowError, joint_mapping};
use crate::labels::Labels;
use proptest::prelude::*;
use std::sync::Arc;
use tidegate_engine::Engine;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::domain::field::Names;
use tidegate_engine::lines::{Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::post::Mapping;

const PACK: &str = "\
tidegate: 1
pack: demo
version: 1.0.0
title: For tests
license: CC0-1.0
defaults: { fields: [title, text] }
rules:
  - { id: demo.bet, category: gambling, match: { a: [bet] }, condition: a, weight: 4 }
  - { id: demo.ad, category: spam, match: { a: [buy] }, condition: a, weight: 4 }
  - { id: demo.lie, category: fraud, match: { a: [pay] }, condition: a, weight: 4, redact: [a] }
  - { id: demo.low, category: fraud, match: { a: [fee] }, condition: a, weight: 1 }
  - { id: demo.sad, category: self-harm, match: { a: [sad] }, condition: a, weight: 1 }
  - { id: demo.new, category: abuse, status: experimental, match: { a: [oaf] }, condition: a, weight: 9 }
";

const POLICY: &str = "\
tidegate: 1
kind: policy
categories:
  gambling: { flag: 2 }
  spam: { flag: 2, review: 3 }
  fraud: { flag: 2, block: 3 }
  self-harm: { care: 1 }
  abuse: { block: 1 }
";

const LABELS: &str = "\
tidegate: 1
kind: labels
labels: { bet: gambling, ad: [spam, fraud], lie: fraud, ham: none, odd: ignore }
sets:
  heads: { fields: { title: /text }, leave_out: [fraud] }
  chat: { unlabelled: none }
";

fn source(name: &str, text: &str) -> Arc<Source> {
    Arc::new(Source { name: name.to_owned(), text: text.to_owned() })
}

fn labels(text: &str) -> Labels {
    Labels::parse(&source("labels.yaml", text)).unwrap()
}

fn classifier(mapping: &Mapping) -> Classifier {
    let builder = Engine::builder().rules_text("demo.rules.yaml", PACK);
    let builder = builder.policy_text("policy.yaml", POLICY).mapping(mapping.clone());
    builder.build().unwrap().into_parts().0
}

/// Evaluates `files`; the rows of each are spread over `workers` in chunks of `chunk_bytes`.
fn evaluate(
    labels: &Labels,
    files: &[(&str, String)],
    chunk_bytes: usize,
    workers: usize,
) -> Result<Report, Vec<RowError>> {
    evaluate_disguised(labels, files, (chunk_bytes, workers), None)
}

/// The same; flagged rows are judged in `ways`, too.
fn evaluate_disguised(
    labels: &Labels,
    files: &[(&str, String)],
    (chunk_bytes, workers): (usize, usize),
    ways: Option<&str>,
) -> Result<Report, Vec<RowError>> {
    let of_sets = files.iter().map(|(name, _)| labels.of_set(name));
    let mapping = joint_mapping(&Mapping::default(), of_sets).unwrap();
    let classifier = classifier(&mapping);
    let names: &Names = classifier.rules().names();
    let set = |(name, _): &(&str, String)| {
        let labels = labels.of_set(name).clone();
        let reader = Reader::new(&labels, &mapping, names).unwrap();
        Set { name: (*name).to_owned(), labels, reader }
    };
    let sets: Vec<Set> = files.iter().map(set).collect();
    let disguiser = ways.map(|ways| Disguiser::new(Way::parse_list(ways).unwrap(), names).unwrap());
    let mut evaluation = Evaluation::new(&classifier, &sets, 2).disguised(disguiser.as_ref());
    for (number, (name, rows)) in files.iter().enumerate() {
        let mut team: Vec<Worker<'_>> = (0..workers).map(|_| evaluation.worker(number)).collect();
        let settings = CutterSettings { chunk_bytes, line_bytes_max: 200 };
        let (mut cutter, mut rest, mut chunk) =
            (Cutter::new(settings), rows.as_bytes(), Chunk::default());
        let mut turn = 0;
        while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
            team[turn % workers].read(&chunk);
            turn += 1;
        }
        // The order in which workers end must not matter.
        team.rotate_left(turn % workers);
        evaluation.take(number, name, team);
    }
    evaluation.finish()
}

fn rows(rows: &[(&str, &str)]) -> String {
    let row =
        |(label, text): &(&str, &str)| format!("{{\"text\":\"{text}\",\"label\":\"{label}\"}}\n");
    rows.iter().map(row).collect()
}

fn target<'r>(report: &'r SetReport, categories: &[&str]) -> &'r TargetReport {
    let found = report.categories.iter().find(|it| it.categories == categories);
    found.unwrap_or_else(|| panic!("{categories:?}: {report:#?}"))
}

fn numbers(target: &TargetReport) -> [u64; 4] {
    [target.right, target.missed, target.wrong_harmless, target.wrong_elsewhere]
}

#[test]
fn every_row_is_counted_where_it_belongs() {
    let chat = rows(&[
        ("bet", "bet"),
        ("bet", "bet buy"),
        ("bet", "dice"),
        ("ad", "buy"),
        ("ad", "pay"),
        ("ad", "bet"),
        ("lie", "pay"),
        ("lie", "fee"),
        ("lie", "buy"),
        ("ham", "bet buy"),
        ("ham", "sad"),
        ("ham", "oaf"),
        ("ham", "fee"),
        ("ham", "hello"),
        ("odd", "bet"),
    ]) + "{\"text\":\"bet\"}\n\n";
    let report = evaluate(&labels(LABELS), &[("chat", chat)], 4000, 1).unwrap();
    let set = &report.sets[0];
    assert_eq!((set.rows, set.harmless, set.ignored, set.skipped), (15, 6, 1, 0));
    assert_eq!(set.unreadable, [("empty", 1)].into());
    // bet: two of three found; the advertisement and two harmless rows are wrongly found as bets.
    assert_eq!(numbers(target(set, &["gambling"])), [2, 1, 2, 1]);
    // Either is right for an advertisement. The bet that says `buy` and, by `pay` and `buy`,
    // lies: a lie that is found as fraud is no mistake of the group.
    assert_eq!(numbers(target(set, &["fraud", "spam"])), [2, 1, 1, 2]);
    assert_eq!(numbers(target(set, &["fraud"])), [1, 2, 0, 0]);
    assert_eq!(numbers(target(set, &["self-harm"])), [0, 0, 1, 0]);
    assert_eq!(target(set, &["self-harm"]).precision, None);
    assert_eq!(target(set, &["fraud", "spam"]).labels, ["ad"]);
    let by_action = [("allow", 4), ("flag", 1), ("review", 1), ("block", 0), ("care", 1)].into();
    assert_eq!(set.harmless_by_action, by_action);
    let label = |name: &str| set.labels.iter().find(|it| it.label == name).unwrap();
    assert_eq!((label("ad").rows, label("ad").found, label("ad").flagged), (3, 2, 3));
    assert_eq!((label("ham").recall, label("ham").flagged), (None, 2));
    assert_eq!(label("(unlabelled)").rows, 1);
    let rule = |id: &str| set.rules.iter().find(|it| it.rule == id).unwrap();
    let of = |rule: &RuleReport| (rule.right, rule.elsewhere, rule.harmless, rule.shadow);
    assert_eq!(of(rule("demo.bet")), (2, 1, 2, false));
    assert_eq!(of(rule("demo.new")), (0, 0, 1, true));
    assert_eq!(of(rule("demo.low")), (1, 0, 1, false));
    assert_eq!(rule("demo.bet").per_10000, Some(3333.3333));
}

#[test]
fn sets_are_read_and_counted_by_their_own_options() {
    let heads = rows(&[("ham", "pay"), ("ham", "bet"), ("ham", "x"), ("bet", "x")]);
    let report = evaluate(&labels(LABELS), &[("heads", heads)], 4000, 1).unwrap();
    let set = &report.sets[0];
    assert_eq!(set.harmless_by_action["block"], 0);
    assert!(set.rules.iter().all(|rule| rule.rule != "demo.lie"), "{set:#?}");
    let alarm = &report.false_alarms[0];
    assert_eq!(alarm.texts, [TextReport { field: "title".to_owned(), text: "bet".to_owned() }]);
    assert_eq!(set.notes, ["left out here: fraud"]);
}

#[test]
fn examples_have_places_and_are_masked() {
    let chat =
        rows(&[("ham", "hello"), ("ham", "you pay, friend"), ("bet", "dice"), ("bet", "dice")]);
    let report = evaluate(&labels(LABELS), &[("chat", chat)], 30, 2).unwrap();
    let [miss] = &report.misses[..] else { panic!("equal texts count once: {report:#?}") };
    assert_eq!((miss.line, miss.label.as_str(), miss.action), (3, "bet", "allow"));
    let [alarm] = &report.false_alarms[..] else { panic!("{report:#?}") };
    assert_eq!((alarm.line, alarm.file.as_str(), alarm.action), (2, "chat", "block"));
    assert_eq!(alarm.texts[0].text, "you ***, friend");
    assert_eq!((alarm.fired[0].rule.as_str(), alarm.fired[0].score), ("demo.lie", 4.0));
    assert!(!serde_json::to_string(&report).unwrap().contains("pay"));
}

#[test]
fn reports_unknown_labels_with_their_lines() {
    let errors_of = |rows: String| {
        let diagnostics = evaluate(&labels(LABELS), &[("x", rows)], 40, 2).unwrap_err();
        diagnostics.iter().map(RowError::to_string).collect::<Vec<_>>()
    };
    let unlabelled =
        rows(&[("ham", "a")]) + "{\"text\":\"b\"}\n{\"text\":\"c\",\"label\":{\"ham\":1}}\n";
    let diagnostics = errors_of(unlabelled);
    assert!(diagnostics[0].starts_with("x:2: 2 rows without a label"), "{diagnostics:?}");
    let diagnostics = errors_of(rows(&[("ham", "a"), ("spam", "b"), ("Ham", "c"), ("spam", "d")]));
    assert!(diagnostics[0].starts_with("x:2: the label `spam` has no meaning"), "{diagnostics:?}");
    assert!(diagnostics[0].contains("(3 rows of this file"), "{diagnostics:?}");
    assert!(diagnostics[1].starts_with("x:3: the label `Ham`"), "{diagnostics:?}");
    assert_eq!(diagnostics.len(), 2);
    assert!(errors_of(String::new())[0].starts_with("x: no labelled rows"), "an empty set");
    assert!(
        errors_of("\n\n".to_owned())[0].starts_with("x: no labelled rows"),
        "a file without posts"
    );
}

#[test]
fn limits_errors_about_unknown_labels() {
    let many = |labels: usize| -> String {
        (0..labels).map(|n| format!("{{\"text\":\"a\",\"label\":{}}}\n", 900 - n)).collect()
    };
    for (rows, reported) in [(19, 19), (20, 20), (21, 20), (300, 20)] {
        for workers in [1, 3] {
            let diagnostics =
                evaluate(&labels(LABELS), &[("x", many(rows))], 60, workers).unwrap_err();
            assert_eq!(diagnostics.len(), reported);
            assert_eq!((diagnostics[0].line, diagnostics[reported - 1].line), (1, reported as u64));
            assert!(
                diagnostics[0].message.to_string().contains(&format!("({rows} rows")),
                "{diagnostics:?}"
            );
        }
    }
}

#[test]
fn flagged_rows_are_judged_disguised() {
    // `fee` has no action, and `odd` is ignored.
    let chat = rows(&[("bet", "bet now"), ("ham", "pay"), ("lie", "fee"), ("odd", "bet")]);
    let files = [("chat", chat.clone()), ("heads", rows(&[("bet", "bet")]))];
    let ways = Some("width,double-spaces,look-alikes:100");
    for (chunk_bytes, workers) in [(4000, 1), (30, 3)] {
        let report =
            evaluate_disguised(&labels(LABELS), &files, (chunk_bytes, workers), ways).unwrap();
        let counts = |set: &SetReport| {
            let of = |one: &WayReport| (one.flagged, one.changed, one.kept);
            set.disguised.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(counts(&report.sets[0]), [(2, 2, 2), (2, 1, 2), (2, 2, 0)]);
        assert_eq!(counts(&report.sets[1]), [(1, 1, 1), (1, 0, 1), (1, 1, 0)]);
        assert_eq!(counts(&report.all), [(3, 3, 3), (3, 1, 3), (3, 3, 0)]);
        assert_eq!(report.all.disguised[2].way, "look-alikes:100");
        assert_eq!(report.all.disguised[2].recall_kept.unwrap().value, 0.0);
        assert!(
            render_page(&report, tidegate_messages::Language::English)
                .unwrap()
                .contains("look-alikes:100")
        );
    }
    let plain = evaluate(&labels(LABELS), &[("chat", chat)], 4000, 1).unwrap();
    assert!(!serde_json::to_string(&plain).unwrap().contains("disguised"));
}

#[test]
fn sets_with_one_class_have_notes() {
    let report = |text: String| evaluate(&labels(LABELS), &[("x", text)], 4000, 1).unwrap();
    let harmful = report(rows(&[("bet", "bet"), ("bet", "x")]));
    let set = &harmful.sets[0];
    assert!(set.notes[0].to_string().starts_with("no harmless rows"), "{:?}", set.notes);
    assert_eq!((set.false_alarms, set.rules[0].per_10000), (None, None));
    assert_eq!(target(set, &["gambling"]).recall.unwrap().value, 0.5);
    let harmless = report(rows(&[("ham", "bet"), ("ham", "x")]));
    let set = &harmless.sets[0];
    assert!(set.notes[0].to_string().starts_with("only harmless rows"), "{:?}", set.notes);
    let bets = target(set, &["gambling"]);
    assert_eq!((bets.precision, bets.recall, bets.f1), (None, None, None));
    let ignored = report(rows(&[("odd", "bet")]));
    assert!(ignored.sets[0].notes[0].to_string().starts_with("every row is ignored"));
    assert_eq!(ignored.all.rows, 0);
}

#[test]
fn page_is_complete_escaped_and_masked() {
    let chat = rows(&[
        ("ham", "you pay <img src=x>, bet"),
        ("bet", "<script>dice</script>\\u202e"),
        ("ham", "hello"),
    ]);
    let report = evaluate(&labels(LABELS), &[("<b>chat", chat)], 4000, 1).unwrap();
    let page = render_page(&report, tidegate_messages::Language::English).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for bad in ["<img", "<script>dice", "<b>chat", "\u{202e}", "pay ", "https://"] {
        assert!(!page.contains(bad), "{bad}");
    }
    for expected in ["you ***", "50.0\u{a0}%", "demo.lie", "Worst false alarms", r"\u{202e}"] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
}

/// The counts of one group of categories, counted one row at a time.
fn by_hand(rows: &[(usize, usize)], target: &[&str]) -> [u64; 4] {
    let mut counts = [0; 4];
    for (label, text) in rows {
        let truth: &[&str] = TRUTHS[*label].1;
        let found: Vec<&str> =
            TEXTS[*text].1.iter().copied().filter(|it| target.contains(it)).collect();
        let is_of_group = truth == target;
        if is_of_group {
            counts[usize::from(found.is_empty())] += 1;
        } else if !found.is_empty() && !found.iter().any(|it| truth.contains(it)) {
            counts[if truth.is_empty() { 2 } else { 3 }] += 1;
        }
    }
    counts
}

const TRUTHS: &[(&str, &[&str])] =
    &[("bet", &["gambling"]), ("ad", &["fraud", "spam"]), ("lie", &["fraud"]), ("ham", &[])];

const TEXTS: &[(&str, &[&str])] = &[
    ("x", &[]),
    ("bet", &["gambling"]),
    ("buy", &["spam"]),
    ("pay", &["fraud"]),
    ("buy pay", &["fraud", "spam"]),
    ("bet pay", &["fraud", "gambling"]),
    ("sad", &["self-harm"]),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn counts_agree_with_counting_by_hand(
        picks in prop::collection::vec((0..TRUTHS.len(), 0..TEXTS.len()), 1..40),
        chunk_bytes in 4usize..300,
        workers in 1usize..4,
    ) {
        let text = |(label, text): &(usize, usize)| (TRUTHS[*label].0, TEXTS[*text].0);
        let chat = rows(&picks.iter().map(text).collect::<Vec<_>>());
        let report = evaluate(&labels(LABELS), &[("chat", chat.clone())], chunk_bytes, workers).unwrap();
        for one in &report.sets[0].categories {
            prop_assert_eq!(numbers(one), by_hand(&picks, &one.categories), "{:?}", one.categories);
        }
        for (label, rows) in report.sets[0].labels.iter().map(|it| (&it.label, it.rows)) {
            let own = picks.iter().filter(|(pick, _)| TRUTHS[*pick].0 == label).count();
            prop_assert_eq!(rows, own as u64);
        }
        let plain = evaluate(&labels(LABELS), &[("chat", chat)], 1 << 16, 1).unwrap();
        prop_assert_eq!(report, plain, "neither chunks nor threads may show");
    }
}

#[test]
fn rows_may_have_lists_of_labels() {
    let labels = labels(LABELS);
    let rows = [
        r#"{"text":"buy","label":["bet","ad"]}"#,
        r#"{"text":"fee","label":["ham","bet"]}"#,
        r#"{"text":"bet","label":["ham"]}"#,
        r#"{"text":"bet","label":["bet","odd"]}"#,
    ];
    let report = evaluate(&labels, &[("x", rows.join("\n") + "\n")], 1 << 16, 1).unwrap();
    let set = &report.sets[0];
    assert_eq!((set.rows, set.harmless, set.ignored), (3, 1, 1));
    let group = &set.categories.iter().find(|it| it.categories.len() == 3).unwrap();
    assert_eq!((group.right, group.missed, group.labels.len()), (1, 0, 0));
    let bet = set.labels.iter().find(|it| it.label == "bet").unwrap();
    assert_eq!((bet.rows, bet.found), (2, 1));
    let unknown = "{\"text\":\"x\",\"label\":[\"bet\",\"new\"]}\n".to_owned();
    let errors = evaluate(&labels, &[("x", unknown)], 1 << 16, 1).unwrap_err();
    assert!(errors[0].message.to_string().contains("`new` has no meaning"), "{errors:?}");
}

#[test]
fn rows_that_no_rule_of_their_category_reads_are_noted() {
    let pack = PACK.replace("id: demo.bet,", "id: demo.bet, fields: [title],");
    let builder = Engine::builder().rules_text("demo.rules.yaml", &pack);
    let builder = builder.policy_text("policy.yaml", POLICY);
    let classifier = builder.build().unwrap().into_parts().0;
    let labels = labels(LABELS).of_set("x").clone();
    let reader = Reader::new(&labels, &Mapping::default(), classifier.rules().names()).unwrap();
    let sets = [Set { name: "x".to_owned(), labels, reader }];
    let mut evaluation = Evaluation::new(&classifier, &sets, 0);
    let mut worker = evaluation.worker(0);
    let rows = b"{\"text\":\"bet\",\"label\":\"bet\"}\n{\"title\":\"bet\",\"label\":\"bet\"}\n";
    let (mut cutter, mut rest, mut chunk) =
        (Cutter::new(CutterSettings::default()), &rows[..], Chunk::default());
    while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
        worker.read(&chunk);
    }
    evaluation.take(0, "x", vec![worker]);
    let notes = evaluation.finish().unwrap().sets[0]
        .notes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    let wanted = "rows of gambling without a text that its rules read: 1; the rules read title, the \
                  rows have text; if that is the title, write `fields: { title: /text }`";
    assert!(notes.contains(wanted), "{notes}");
}

#[test]
fn a_file_without_posts_says_what_it_is() {
    let csv = "text,label\nbet,bet\n".to_owned();
    let errors = evaluate(&labels(LABELS), &[("x", csv)], 1 << 16, 1).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "x:1: no line is a post (2 read); this one is no JSON object; if it is a table with \
         a header, read it with --csv"
    );
}

#[test]
fn curves_and_confusion_count_every_row() {
    let rows = rows(&[("bet", "bet"), ("bet", "x"), ("ham", "bet"), ("ham", "x"), ("lie", "bet")]);
    let report = evaluate(&labels(LABELS), &[("x", rows)], 40, 2).unwrap();
    let [bet] = &report.curves[..] else { panic!("{:#?}", report.curves) };
    let point = &bet.points[0];
    assert_eq!((bet.category, bet.rows, bet.points.len(), point.from), ("gambling", 2, 1, 4.0));
    assert_eq!((point.right, point.wrong_harmless, point.wrong_elsewhere), (1, 1, 1));
    let label = |name: &str| report.sets[0].labels.iter().find(|it| it.label == name).unwrap();
    assert_eq!(label("lie").by_category, [("gambling", 1)].into());
    assert_eq!(label("bet").by_category, [("gambling", 1)].into());
    let page = render_page(&report, tidegate_messages::Language::English).unwrap();
    assert!(page.contains("Labels and the categories found") && page.contains("<polyline"));
    assert!(page.contains(r#"class="interval""#), "intervals are drawn");
}
