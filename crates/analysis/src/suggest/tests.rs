//! Suggestions from hand-written rows.

use super::*;
use crate::labels::CategorySet;
use proptest::prelude::*;

const WANTED: Wanted = Wanted { rows_least: 3, cost_most: 0.05, most: 10 };

fn suggestions(rows: &[String], harmless: &[String], wanted: &Wanted) -> Suggestions {
    let refs = |texts: &[String]| texts.iter().map(String::clone).collect::<Vec<_>>();
    let (rows, harmless) = (refs(rows), refs(harmless));
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let harmless: Vec<&str> = harmless.iter().map(String::as_str).collect();
    choose::choose(&CategorySet::EMPTY, &rows, &harmless, wanted)
}

fn spread(patterns: &[&str], times: usize) -> Vec<String> {
    let fill = ["早", "晚", "去", "来", "天", "地", "水", "火"];
    let one = |n: usize| {
        let pattern = patterns[n % patterns.len()];
        format!(
            "{}{}{}",
            fill[n % 8],
            pattern.replace('_', fill[(n / 8 + n) % 8]),
            fill[(n * 3 + 1) % 8]
        )
    };
    (0..times).map(one).collect()
}

#[test]
fn chinese_terms_are_found_without_a_dictionary() {
    let rows = spread(&["时时彩", "百家乐"], 48);
    let harmless = spread(&["今天", "我们去", "百家"], 240);
    let found = suggestions(&rows, &harmless, &WANTED);
    let mut terms: Vec<&str> = found.terms.iter().map(|it| it.term.as_str()).collect();
    terms.sort_unstable();
    assert_eq!(terms, ["时时彩", "百家乐"], "{found:#?}");
    assert_eq!((found.rows, found.harmless, found.covered), (48, 240, 48));
    let first = &found.terms[0].weight;
    assert_eq!((first.rows, first.new, first.harmless), (24, 24, 0));
    assert!(first.lift.low > 1.1 && first.cost.unwrap().high > 0.0);
}

#[test]
fn expensive_terms_are_tried_in_pairs() {
    let rows = spread(&["加我_返水"], 40);
    let harmless =
        [spread(&["加我"], 100), spread(&["返水"], 100), spread(&["你好"], 100)].concat();
    // No filler occurs often enough to make the whole phrase a term.
    let found = suggestions(&rows, &harmless, &Wanted { rows_least: 12, ..WANTED });
    assert!(found.terms.is_empty(), "{found:#?}");
    let [pair] = &found.pairs[..] else { panic!("{found:#?}") };
    let mut both = [pair.left.as_str(), pair.right.as_str()];
    both.sort_unstable();
    assert_eq!((both, pair.within), (["加我", "返水"], Some(5)));
    assert_eq!((pair.weight.rows, pair.weight.harmless, found.covered), (40, 0, 40));
}

#[test]
fn english_words_and_phrases_are_found() {
    let words = ["now", "today", "here", "soon", "friend", "sir", "all", "you"];
    let row = |n: usize| format!("{} claim your prize {}", words[n % 8], words[(n / 3 + 1) % 8]);
    let rows: Vec<String> = (0..40).map(row).collect();
    let harmless: Vec<String> =
        (0..200).map(|n| format!("your {} {}", words[n % 8], words[(n / 8) % 8])).collect();
    let found = suggestions(&rows, &harmless, &WANTED);
    assert_eq!(found.covered, 40);
    assert!(found.terms[0].term.contains("prize") || found.terms[0].term.contains("claim"));
    assert!(found.terms.iter().all(|it| it.term != "your"), "{found:#?}");
}

#[test]
fn never_suggests_numbers_and_handles() {
    let rows: Vec<String> = spread(&["找 abc12345 或 13800138000 呢"], 40);
    let found = suggestions(&rows, &spread(&["你好"], 100), &WANTED);
    let json = serde_json::to_string(&found).unwrap();
    assert!(!json.contains("abc12345") && !json.contains("13800138000"), "{json}");
}

#[test]
fn suggests_nothing_without_rows() {
    let found = suggestions(&[], &[], &WANTED);
    assert_eq!((found.rows, found.covered, found.terms.len(), found.pairs.len()), (0, 0, 0, 0));
    let alone = suggestions(&spread(&["时时彩"], 40), &[], &WANTED);
    assert!(alone.terms.iter().all(|it| it.weight.cost.is_none()));
    let few = suggestions(&spread(&["时时彩"], 2), &spread(&["你好"], 50), &WANTED);
    assert!(few.terms.is_empty() && few.pairs.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn suggestions_respect_the_limits(
        rows in prop::collection::vec("[时彩加我 ab]{0,10}", 0..30),
        harmless in prop::collection::vec("[时加我好 ab]{0,10}", 0..30),
        most in 0usize..5,
    ) {
        let wanted = Wanted { rows_least: 2, cost_most: 0.2, most };
        let found = suggestions(&rows, &harmless, &wanted);
        prop_assert!(found.terms.len() <= most && found.pairs.len() <= most);
        let weights = found.terms.iter().map(|it| &it.weight).chain(found.pairs.iter().map(|it| &it.weight));
        let mut new = 0;
        for weight in weights {
            prop_assert!(weight.new >= 2 && weight.new <= weight.rows && weight.rows <= rows.len());
            prop_assert!(weight.cost.is_none_or(|cost| cost.value <= 0.2));
            new += weight.new;
        }
        prop_assert_eq!(new, found.covered);
        for term in &found.terms {
            let holds = |text: &&String| text.contains(&term.term);
            prop_assert!(rows.iter().filter(holds).count() >= term.weight.rows, "{:?}", term);
        }
    }
}
