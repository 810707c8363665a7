//! The codes of all lints.

/// Lints that are silent unless a comment requests them: `# tidegate: warn(code)`.
///
/// `post_wide_guard`: most packs were written before conditions had scopes. A pack requests the
/// lint once its rules are moved to scopes; when all are, it becomes a lint like the others.
pub(super) const ON_REQUEST: &[&str] = &["post_wide_guard"];

/// Every lint: its code and its meaning.
pub const LINTS: &[(&str, &str)] = &[
    ("allow_hides_term", "An allow phrase equals a term, so that the term never hits."),
    ("always_on_cost", "A rule says `always: true` although a matcher must hit first."),
    ("covered_term", "A term contains a shorter term of its matcher and adds nothing."),
    ("duplicate_term", "Two terms of a matcher are equal after folding."),
    ("hits_clean_corpus", "A rule fires on clean posts more often than is allowed."),
    ("lang_mismatch", "Terms or tests are in a script that the rule's languages do not use."),
    ("no_miss_test", "A rule has no test that it must miss."),
    ("no_tests", "A rule has no tests."),
    ("no_trigger", "A rule can fire without any hit, and is evaluated for every post."),
    ("pii_in_tests", "A test contains what may be the personal data of a person."),
    (
        "post_wide_guard",
        "A rule depends on the length or the other words of the whole post. Only on request.",
    ),
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
    ("wide_not", "One word, appended to a post, prevents the rule from firing."),
];
