//! The codes of all lints.

/// Every lint: its code, and what it warns of.
pub const LINTS: &[(&str, &str)] = &[
    ("allow_hides_term", "An allow phrase equals a term, so that the term never hits."),
    ("always_on_cost", "A rule says `always: true` although a matcher must hit first."),
    ("covered_term", "A term contains a shorter term of its matcher and adds nothing."),
    ("duplicate_term", "Two terms of a matcher are equal after folding."),
    ("hits_clean_corpus", "A rule fires on ordinary posts more often than is allowed."),
    ("lang_mismatch", "Terms or tests are in a script that the rule's languages do not use."),
    ("no_miss_test", "A rule has no test that it must miss."),
    ("no_tests", "A rule has no tests."),
    ("no_trigger", "A rule can hold without any hit, and is judged on every post."),
    ("pii_in_tests", "A test holds what may be somebody's personal data."),
    ("regex_no_literal", "A regex without a literal part wakes a rule, and searches every post."),
    ("short_term", "A rule can hold on a term so short that ordinary words hold it."),
    ("unknown_lint", "A comment silences a lint that does not exist."),
    ("untested_boost", "A rule has boosts, and no test says what score they lead to."),
    ("unused_matcher", "No rule uses a matcher."),
    ("weak_trigger", "Little has a rule judged: a common character, or what many posts hold."),
    ("wide_gap", "The parts of a sequence may stand far apart."),
    ("wide_not", "One word, appended to a post, clears it."),
];
