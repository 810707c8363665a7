//! The automaton against the regex whose prefilter it is.

use super::automaton::POSITIONS_MAX;
use crate::scan::regex::PrefilteredRegex;
use proptest::prelude::*;

fn regex(pattern: &str) -> Option<PrefilteredRegex> {
    PrefilteredRegex::new(pattern, &|character| vec![character]).ok()
}

fn may_match(regex: &PrefilteredRegex, text: &str) -> bool {
    let symbols: Vec<u16> = text.encode_utf16().collect();
    regex.automata().is_none_or(|(nfa, _)| nfa.may_match(&symbols, 0..symbols.len()))
}

/// Patterns over a small alphabet, so that texts meet them.
fn patterns(anchored: bool) -> impl Strategy<Value = String> {
    let leaf = match anchored {
        true => "[abc微🎰]|[.]|\\[\\^a\\]|\\[ab微\\]|\\^|\\$|\\\\b|a[bc]",
        false => "[abc微]|\\[ab微\\]|\\[\\^a🎰\\]|a[bc]|ab微c",
    };
    let leaf = proptest::string::string_regex(leaf).expect("a pattern of patterns");
    leaf.prop_recursive(4, 24, 4, |inner| {
        let many = proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            many.clone().prop_map(|parts| parts.concat()),
            many.prop_map(|parts| format!("(?:{})", parts.join("|"))),
            (inner.clone(), 0u32..4, 0u32..4)
                .prop_map(|(part, least, more)| format!("(?:{part}){{{least},{}}}", least + more)),
            inner.clone().prop_map(|part| format!("(?:{part})*")),
            inner.prop_map(|part| format!("(?:{part})+")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn has_no_false_negatives(pattern in patterns(true), text in "[abc微🎰\u{1F600}d ]{0,14}") {
        if let Some(regex) = regex(&pattern) {
            prop_assume!(regex.automata().is_some());
            let matches = regex.find_at(&text, 0).is_some();
            prop_assert!(!matches || may_match(&regex, &text), "{} in {:?}", pattern, text);
        }
    }

    #[test]
    fn has_no_false_positives_without_anchors_in_the_basic_plane(
        pattern in patterns(false),
        text in "[abc微d ]{0,14}",
    ) {
        if let Some(regex) = regex(&pattern) {
            prop_assume!(regex.automata().is_some());
            let matches = regex.find_at(&text, 0).is_some();
            prop_assert_eq!(may_match(&regex, &text), matches, "{} in {:?}", pattern, text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn every_match_is_within_the_reported_start_and_reach(
        pattern in patterns(true),
        text in "[abc微🎰d ]{0,14}",
    ) {
        if let Some(regex) = regex(&pattern)
            && let Some((forth, back)) = regex.automata()
        {
            let mut starts = Vec::new();
            back.starts(&text, 0..text.len(), &mut starts);
            prop_assert!(starts.is_sorted_by(|one, next| one > next));
            for (at, _) in text.char_indices() {
                let Some(found) = regex.engines().find_there(&text, at..text.len()) else { continue };
                prop_assert!(starts.contains(&(at as u32)), "{} at {} of {:?}", pattern, at, text);
                let (end, read) = forth.reach(&text, at..text.len());
                prop_assert!(end.is_some_and(|end| found.end <= end && end <= read));
                let within = regex.engines().find_there(&text, at..end.unwrap_or(0));
                prop_assert_eq!(within, Some(found), "{} at {} of {:?}", pattern, at, text);
            }
        }
    }
}

#[test]
fn text_anchors_are_respected() {
    for (pattern, text, matches) in [
        ("^ab", "ab", true),
        ("^ab", "cab", false),
        ("ab$", "cab", true),
        ("ab$", "abc", false),
        ("的(?:$|[,])", "好的", true),
        ("的(?:$|[,])", "的好", false),
        ("(?:^|,)来", "来了", true),
        ("(?:^|,)来", "后来", false),
        ("c(?:$|b?)", "cx", true),
        ("a(?:$|b?)c", "ac", true),
        ("a(?:^|b?)c", "ac", true),
        ("(?:^|b?)c", "xc", true),
        ("a$b", "ab", false),
        ("a^b", "ab", false),
        ("x🎰$", "x🎰", true),
        ("x🎰$", "x🎰y", false),
    ] {
        let regex = regex(pattern).expect(pattern);
        assert_eq!(may_match(&regex, text), matches, "{pattern} in {text}");
    }
}

#[test]
fn windows_bound_the_text_that_is_read() {
    let regex = regex("ab.{0,3}cd").expect("a pattern");
    let (nfa, _) = regex.automata().expect("a small pattern");
    let symbols: Vec<u16> = "xxabyycdxx".encode_utf16().collect();
    assert!(nfa.may_match(&symbols, 2..8));
    assert!(!nfa.may_match(&symbols, 3..8) && !nfa.may_match(&symbols, 2..7));
}

#[test]
fn the_largest_pattern_has_an_automaton_and_a_larger_one_has_none() {
    let of = |count: usize| regex(&format!("a{{{count}}}")).expect("a pattern");
    for (count, has) in
        [(POSITIONS_MAX - 1, true), (POSITIONS_MAX, true), (POSITIONS_MAX + 1, false)]
    {
        let regex = of(count);
        assert_eq!(regex.automata().is_some(), has, "{count}");
        assert!(may_match(&regex, &"a".repeat(count)));
        assert!(!has || !may_match(&regex, &"a".repeat(count - 1)));
    }
}
