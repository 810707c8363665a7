//! The codes of all lints.

use crate::message::phrase;

/// Codes of earlier versions that comments still name, and the lints that report the same now.
pub(super) const RENAMED: &[(&str, &str)] = &[("wide_not", "post_wide_guard")];

/// Every lint: its code and its meaning.
pub const LINTS: &[(&str, &str)] = &[
    ("allow_hides_term", phrase!("An allow phrase equals a term, so that the term never hits.")),
    ("always_on_cost", phrase!("A rule says `always: true` although a matcher must hit first.")),
    (
        "common_key",
        phrase!("A rule waits for words that most posts contain, so that most are evaluated."),
    ),
    ("covered_term", phrase!("A term contains a shorter term of its matcher and adds nothing.")),
    ("duplicate_term", phrase!("Two terms of a matcher are equal after folding.")),
    ("empty_list", phrase!("A word list has no terms.")),
    ("hits_clean_corpus", phrase!("A rule fires on clean posts more often than is allowed.")),
    (
        "idle_default",
        "A key under `defaults:`, or `active` of a pack, that no rule or matcher uses.",
    ),
    ("idle_key", phrase!("A key or value is written and changes nothing.")),
    (
        "idle_phrase",
        phrase!("An allow phrase contains no term of its matcher, and excuses nothing."),
    ),
    ("idle_test", phrase!("A test states what the rule does not read, or what is not compared.")),
    (
        "joined_term",
        phrase!("A term contains a sign that was meant to separate or to quote terms."),
    ),
    (
        "lang_mismatch",
        phrase!("Terms or tests are in a script that the rule's languages do not use."),
    ),
    ("no_miss_test", phrase!("A rule has no test that it must miss.")),
    ("no_tests", phrase!("A rule has no tests.")),
    ("no_trigger", phrase!("A rule can fire without any hit, and is evaluated for every post.")),
    ("only_list", phrase!("Comparisons of a `post.` value that only a list can satisfy together.")),
    ("pattern_term", phrase!("A term looks like a pattern, or a regex is written in slashes.")),
    ("pii_in_tests", phrase!("A test contains what may be the personal data of a person.")),
    (
        "post_wide_guard",
        phrase!("Text anywhere in a post, or its length, prevents a rule from firing."),
    ),
    (
        "redundant_test",
        phrase!("A part of a condition is written twice, or a count says what a name says."),
    ),
    (
        "regex_newline_never",
        "A regex over folded text names a line break or two spaces, which are one space there.",
    ),
    (
        "regex_no_literal",
        "A regex without a literal part triggers a rule, and searches every post.",
    ),
    (
        "regex_sign_letters",
        "A class of signs contains some that fold to letters, and matches these.",
    ),
    (
        "short_length",
        phrase!("An upper limit of `length` excludes every hit that the condition requires."),
    ),
    ("short_term", phrase!("A rule can fire on a term so short that ordinary words contain it.")),
    (
        "unknown_field",
        phrase!("A field resembles one that every run has, and is probably misspelt."),
    ),
    ("unknown_lang", phrase!("A language does not exist, or texts do not show it.")),
    ("unknown_lint", phrase!("A comment silences a lint that does not exist.")),
    (
        "unknown_path",
        phrase!("A `post.` path resembles one that every run has, and is probably misspelt."),
    ),
    ("untested_boost", phrase!("A rule has boosts, and no test states the resulting score.")),
    ("unused_matcher", phrase!("No rule uses a matcher.")),
    (
        "weak_trigger",
        "A rule is triggered by a common character, so that many posts are evaluated.",
    ),
    ("wide_gap", phrase!("The parts of a sequence may be far from each other.")),
    (
        "yaml_sign",
        phrase!("A sign of YAML (`#`, `&`, an escape) was probably meant as part of a text."),
    ),
];
