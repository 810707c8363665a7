//! The codes of all lints.

/// Codes of earlier versions that comments still name, and the lints that report the same now.
pub(super) const RENAMED: &[(&str, &str)] = &[("wide_not", "post_wide_guard")];

/// Every lint: its code and its meaning.
pub const LINTS: &[(&str, &str)] = &[
    ("allow_hides_term", "An allow phrase equals a term, so that the term never hits."),
    ("always_on_cost", "A rule says `always: true` although a matcher must hit first."),
    ("common_key", "A rule waits for words that most posts contain, so that most are evaluated."),
    ("covered_term", "A term contains a shorter term of its matcher and adds nothing."),
    ("duplicate_term", "Two terms of a matcher are equal after folding."),
    ("hits_clean_corpus", "A rule fires on clean posts more often than is allowed."),
    ("lang_mismatch", "Terms or tests are in a script that the rule's languages do not use."),
    ("no_miss_test", "A rule has no test that it must miss."),
    ("no_tests", "A rule has no tests."),
    ("no_trigger", "A rule can fire without any hit, and is evaluated for every post."),
    ("pii_in_tests", "A test contains what may be the personal data of a person."),
    ("post_wide_guard", "Text anywhere in a post, or its length, prevents a rule from firing."),
    ("regex_newline_never", "A regex over folded text names a line break, which is a space there."),
    (
        "regex_no_literal",
        "A regex without a literal part triggers a rule, and searches every post.",
    ),
    ("short_term", "A rule can fire on a term so short that ordinary words contain it."),
    ("unknown_lint", "A comment silences a lint that does not exist."),
    ("untested_boost", "A rule has boosts, and no test states the resulting score."),
    ("unused_matcher", "No rule uses a matcher."),
    (
        "weak_trigger",
        "A rule is triggered by a common character, so that many posts are evaluated.",
    ),
    ("wide_gap", "The parts of a sequence may be far from each other."),
];
