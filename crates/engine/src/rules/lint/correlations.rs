//! Lints of rules over several posts: their tests.

use super::rules::personal_data;
use crate::diagnostic::Diagnostic;
use crate::message::message;
use crate::rules::model::{Correlation, Model};

pub(super) fn lint(model: &Model, found: &mut Vec<Diagnostic>) {
    for rule in &model.correlations {
        tests(rule, found);
        let sequences = rule.hits.iter().chain(&rule.misses);
        for post in sequences.flat_map(|sequence| &sequence.posts) {
            personal_data(&post.example, found);
        }
    }
}

fn tests(rule: &Correlation, found: &mut Vec<Diagnostic>) {
    let place = || Some(rule.place.clone());
    if rule.hits.is_empty() && rule.misses.is_empty() {
        let warning =
            Diagnostic::warning("no_tests", message!("`{}` has no tests", rule.id), place());
        found.push(warning.help(message!(
            "add `tests: {{ hit: [[{{ text: …, at: 0s }}, {{ text: …, at: 5m }}]] }}`"
        )));
    } else if rule.misses.is_empty() {
        let message = message!("`{}` has no test that it must miss", rule.id);
        let warning = Diagnostic::warning("no_miss_test", message, place());
        found.push(warning.help(message!(
            "add the same posts by several authors, or over a longer time, under `miss:`"
        )));
    }
}
