//! The worst misses and false alarms, with the evidence of rules that fired or almost fired.
//!
//! A fixed number of each kind is kept, independent of the size of the corpus: the worst by score,
//! and among equal scores those with the smallest hash. Neither the order of rows nor the number of
//! threads changes the selection. Equal texts count once.

use super::evaluation::Evaluation;
use super::set::Set;
use super::worst_rows::{Candidate, ExampleKind, WorstRows};
use crate::explain::{Explanation, HitReport, RuleReport, explain};
use crate::labels::CategorySet;
use serde::Serialize;
use tidegate_engine::Message;

/// Most characters of a text in an example.
const TEXT_CHARS_MAX: usize = 300;

/// Characters kept before the first piece of evidence, in a text that is cut.
const TEXT_CHARS_BEFORE: usize = 60;

/// Most hits of one rule in an example.
const HITS_MAX: usize = 8;

/// Most rules that almost fired in an example.
const NEAR_MISSES_MAX: usize = 2;

/// A miss or a false alarm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Whether it is a miss or a false alarm.
    pub kind: ExampleKind,
    /// The categories that were missed, or found wrongly.
    pub categories: Vec<&'static str>,
    /// The set.
    pub set: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// Its label.
    pub label: String,
    /// The action of the verdict.
    pub action: &'static str,
    /// Scores by category.
    pub scores: Vec<(&'static str, f64)>,
    /// Its texts, redacted parts masked, long texts cut.
    pub texts: Vec<TextReport>,
    /// Rules that fired.
    pub fired: Vec<RuleEvidence>,
    /// Rules that almost fired; only for misses.
    #[serde(rename = "nearly", skip_serializing_if = "Vec::is_empty")]
    pub near_misses: Vec<RuleEvidence>,
}

/// A text of an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextReport {
    /// The field.
    pub field: String,
    /// The text; `…` marks where it is cut.
    pub text: String,
}

/// A rule that fired, or almost fired, for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleEvidence {
    /// Its id.
    pub rule: String,
    /// Its category.
    pub category: &'static str,
    /// Whether it is a shadow rule, which does not affect the score.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// Its score.
    pub score: f64,
    /// Its hits.
    pub evidence: Vec<HitReport>,
    /// What it lacks to fire; empty if it fired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Message>,
}

/// The examples of a kind over all sets, worst first within each group of categories.
pub(super) fn worst_examples(evaluation: &Evaluation<'_>, kind: ExampleKind) -> Vec<Example> {
    let mut joint = WorstRows::default();
    for tally in &evaluation.tallies {
        for (of, candidate) in tally.counts.examples().iter().filter(|((own, _), _)| *own == kind) {
            joint.offer(of, candidate.key, evaluation.examples, || candidate.clone());
        }
    }
    let kept = joint.into_kept().into_iter();
    let examples = |((_, categories), all): (_, Vec<Candidate>)| {
        let one = move |it: Candidate| example(evaluation, kind, &categories, &it);
        all.into_iter().filter_map(one)
    };
    kept.flat_map(examples).collect()
}

fn example(
    evaluation: &Evaluation<'_>,
    kind: ExampleKind,
    categories: &CategorySet,
    candidate: &Candidate,
) -> Option<Example> {
    let (_, _, file, at) = candidate.key;
    let (set, name, lines) = &evaluation.files[file];
    let Set { name: set, reader, .. } = &evaluation.sets[*set];
    let explanation = explain(evaluation.classifier, reader.plan(), &candidate.line, &[]).ok()?;
    let is_wanted = |rule: &&RuleReport| categories.names().contains(&rule.category);
    let near_misses =
        explanation.near_misses.iter().filter(|rule| kind == ExampleKind::Miss && is_wanted(rule));
    Some(Example {
        kind,
        categories: categories.names(),
        set: set.clone(),
        file: name.clone(),
        line: lines.number(at),
        label: reader.labels()[candidate.label].0.clone(),
        action: explanation.action,
        scores: explanation.categories.iter().map(|it| (it.category, it.score.points())).collect(),
        texts: texts(&explanation),
        fired: explanation.fired.iter().map(evidence_of).collect(),
        near_misses: near_misses.take(NEAR_MISSES_MAX).map(evidence_of).collect(),
    })
}

fn evidence_of(rule: &RuleReport) -> RuleEvidence {
    RuleEvidence {
        rule: rule.id.clone(),
        category: rule.category,
        shadow: rule.shadow,
        score: rule.score.total.points(),
        evidence: rule.evidence.iter().take(HITS_MAX).cloned().collect(),
        missing: rule.stopped.iter().chain(&rule.missing).cloned().collect(),
    }
}

/// The texts; long ones are cut around the first hit of a rule that fired.
fn texts(explanation: &Explanation) -> Vec<TextReport> {
    let first = |field: &str| {
        let hits = explanation.fired.iter().flat_map(|rule| &rule.evidence);
        hits.filter(|hit| hit.field == field).map(|hit| hit.characters.0).min().unwrap_or(0)
    };
    let fields = explanation.fields.iter();
    fields
        .map(|shown| TextReport {
            field: shown.field.clone(),
            text: cut(&shown.text, first(&shown.field)),
        })
        .collect()
}

/// At most [`TEXT_CHARS_MAX`] characters of `text`, around the character `around`.
fn cut(text: &str, around: usize) -> String {
    let length = text.chars().count();
    if length <= TEXT_CHARS_MAX {
        return text.to_owned();
    }
    let from = around.saturating_sub(TEXT_CHARS_BEFORE).min(length - TEXT_CHARS_MAX);
    let shown: String = text.chars().skip(from).take(TEXT_CHARS_MAX).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + TEXT_CHARS_MAX < length { "…" } else { "" };
    format!("{before}{shown}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_around_the_evidence() {
        let text = |length: usize| "字".repeat(length);
        assert_eq!(cut(&text(300), 299), text(300));
        assert_eq!(cut(&text(301), 0), format!("{}…", text(300)));
        assert_eq!(cut(&text(301), 300), format!("…{}", text(300)));
        assert_eq!(cut(&text(900), 400), format!("…{}…", text(300)));
    }
}
