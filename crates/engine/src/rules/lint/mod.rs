//! What an author should look at: rules that work, but badly.
//!
//! Input: a loaded [`Model`]. Output: warnings with places, in order of files and
//! places, without those that a comment silences (`# tidegate: allow(code)` on the
//! same line, alone on the line before, or for the whole file above its first
//! key). [`lint`] sees what the rules themselves show; what only a corpus shows
//! has its codes in [`LINTS`] too, so that comments can allow it.

mod needs;
mod pii;
mod rules;
mod silence;
mod terms;

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::rules::model::{Matcher, Model};
use needs::Needs;
use std::collections::HashSet;
use std::sync::Arc;

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

/// All warnings about `model`.
pub fn lint(model: &Model) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let needs = Needs::of(model);
    for matcher in written_once(model) {
        terms::lint(model, matcher, &needs, &mut found);
    }
    rules::lint(model, &needs.triggers, &mut found);
    drop_silenced(&model.sources, &mut found);
    found.extend(silence::unknown(&model.sources));
    let key = |warning: &Diagnostic| {
        let place = warning.place.as_ref();
        (place.map(|place| (place.source.name.clone(), place.range.start)), warning.code)
    };
    found.sort_by_cached_key(key);
    found.dedup();
    found
}

/// Removes warnings that comments of these files allow.
pub fn drop_silenced(sources: &[Arc<Source>], found: &mut Vec<Diagnostic>) {
    silence::drop_silenced(sources, found);
}

/// Each matcher once, though it may stand in the model for several sets of fields.
fn written_once(model: &Model) -> impl Iterator<Item = &Matcher> {
    let mut seen = HashSet::new();
    model.matchers.iter().filter(move |matcher| seen.insert(key(&matcher.place)))
}

/// Tells places apart without comparing texts.
fn key(place: &Place) -> (*const u8, usize) {
    (place.source.text.as_ptr(), place.range.start)
}

#[cfg(test)]
mod tests;
