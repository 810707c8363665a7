//! What label files mean, and what is rejected.

use super::*;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;

fn parse(text: &str) -> Result<Labels, Vec<String>> {
    let source = Source { name: "labels.yaml".to_owned(), text: text.to_owned() };
    let describe = |diagnostic: Diagnostic| format!("{diagnostic} | {}", diagnostic.help);
    Labels::parse(&Arc::new(source))
        .map_err(|diagnostics| diagnostics.into_iter().map(describe).collect())
}

fn category(name: &str) -> Category {
    Category::from_name(name).unwrap()
}

const FILE: &str = "\
tidegate: 1
kind: labels
labels:
  gambling: gambling
  ad: [spam, false-advertising]
  neutral: none
  odd: ignore
  1: fraud
sets:
  heads: { fields: { title: /text }, leave_out: clickbait, labels: { odd: none } }
  'news-*':
    label: /meta/kind
    positive: block
    unlabelled: none
";

#[test]
fn labels_have_their_meaning() {
    let labels = parse(FILE).unwrap();
    let base = labels.of_set("anything");
    let ad = CategorySet::of(category("spam")).with(category("false-advertising"));
    assert_eq!(base.labels["ad"], Truth::Is(ad));
    assert_eq!(base.labels["neutral"], Truth::Is(CategorySet::EMPTY));
    assert_eq!(base.labels["odd"], Truth::Ignored);
    assert_eq!(base.labels["1"], Truth::Is(CategorySet::of(category("fraud"))));
    assert_eq!((base.label_path.as_str(), base.positive), ("label", Action::Flag));
    assert_eq!((&base.unlabelled, &base.fields), (&None, &None));
}

#[test]
fn sets_differ_by_name_and_inherit_the_rest() {
    let mut labels = parse(FILE).unwrap();
    let heads = labels.of_set("heads");
    let title = vec![("title".to_owned(), vec!["/text".to_owned()])];
    assert_eq!(heads.fields, Some(title));
    assert_eq!(heads.leave_out.names(), ["clickbait"]);
    assert_eq!(heads.labels["odd"], Truth::Is(CategorySet::EMPTY));
    assert_eq!(heads.labels.len(), 5);
    let news = labels.of_set("news-en");
    assert_eq!((news.label_path.as_str(), news.positive), ("meta.kind", Action::Block));
    assert_eq!(news.unlabelled, Some(Truth::Is(CategorySet::EMPTY)));
    assert_eq!(labels.of_set("news"), labels.of_set("other"));
    labels.set_positive(Action::Review);
    assert_eq!(labels.of_set("news-en").positive, Action::Review);
    assert_eq!(labels.of_set("other").positive, Action::Review);
}

#[test]
fn reports_every_error_with_its_place() {
    let head = "tidegate: 1\nkind: labels\n";
    let cases = [
        ("", ":1:1", "expected labels"),
        ("kind: labels\nlabels: { a: none }\n", "missing_key", "`tidegate: 1`"),
        ("tidegate: 2\nkind: labels\nlabels: { a: none }\n", ":1:11", "bad_version"),
        (&format!("{head}labels: {{}}\n"), "missing_key", "`labels`"),
        (&format!("{head}labels: {{ a: gamblin }}\n"), ":3:14", "did you mean `gambling`?"),
        (&format!("{head}labels: {{ a: [none, spam] }}\n"), ":3:15", "cannot be combined"),
        (&format!("{head}labels: {{ a: [] }}\n"), ":3:11", "bad_value"),
        (&format!("{head}labels: {{ a: none, a: spam }}\n"), ":3:20", "duplicate_key"),
        (&format!("{head}label: kind\nlabels: {{ a: none }}\n"), ":3:8", "no JSON Pointer"),
        (&format!("{head}label: /a.b\nlabels: {{ a: none }}\n"), ":3:8", "dot"),
        (&format!("{head}label: /a/*\nlabels: {{ a: none }}\n"), ":3:8", "`*`"),
        (&format!("{head}positive: allow\nlabels: {{ a: none }}\n"), ":3:11", "bad_value"),
        (
            &format!("{head}labels: {{ a: none }}\nsets: {{ x: {{ leave_out: spma }} }}\n"),
            ":4:25",
            "`spam`",
        ),
        (
            &format!("{head}labels: {{ a: none }}\nsets: {{ x: {{ fields: {{ T: /a }} }} }}\n"),
            ":4:24",
            "text field",
        ),
        (
            &format!("{head}labels: {{ a: none }}\nsets: {{ x: {{ fields: {{ text: a }} }} }}\n"),
            ":4:30",
            "no JSON Pointer",
        ),
        (&format!("{head}lables: {{ a: none }}\n"), ":3:1", "unknown_key"),
    ];
    for (text, one, two) in cases {
        let diagnostics = parse(text).expect_err(text).join("\n");
        assert!(diagnostics.contains(one) && diagnostics.contains(two), "{text}\n{diagnostics}");
    }
}

#[test]
fn category_sets_have_set_operations() {
    let (spam, fraud) = (category("spam"), category("fraud"));
    let both = CategorySet::of(spam).with(fraud).with(spam);
    assert_eq!(both.names(), ["fraud", "spam"]);
    assert_eq!(both.without(&CategorySet::of(fraud)), CategorySet::of(spam));
    assert_eq!(both.and(&CategorySet::of(fraud)), CategorySet::of(fraud));
    assert!(both.has(fraud) && both.meets(&CategorySet::of(spam)) && !both.is_empty());
    assert!(!both.meets(&CategorySet::EMPTY) && CategorySet::EMPTY.is_empty());
}
