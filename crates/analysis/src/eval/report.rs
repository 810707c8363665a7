//! Converts counts to rates, notes and examples.

use super::counts::{Cells, Counts, count, targets};
use super::curves::{CurveReport, curves};
use super::evaluation::Evaluation;
use super::examples::{Example, worst_examples};
use super::set::Set;
use super::tally::{DisguisedRows, RuleCounts, SetTally, Tally};
use super::worst_rows::ExampleKind;
use crate::disguise::{Disguiser, WayReport};
use crate::labelled::RowError;
use crate::labels::{CategorySet, Truth};
use crate::statistics::{Proportion, Rate, f1};
use crate::unreadable::what;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::message::{Message, message};
use tidegate_engine::policy::Mode;
use tidegate_engine::post::ErrorCode;

/// The result of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Hash of packs, lists and policy: eight hex digits.
    pub ruleset: String,
    /// Each set, in the order given.
    pub sets: Vec<SetReport>,
    /// All sets together.
    pub all: SetReport,
    /// What other thresholds would find, over all sets.
    pub curves: Vec<CurveReport>,
    /// The worst misses, by category.
    pub misses: Vec<Example>,
    /// The worst false alarms, by category.
    pub false_alarms: Vec<Example>,
}

/// One set, or all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetReport {
    /// Its name.
    pub set: String,
    /// The weakest action that counts as found.
    pub positive: &'static str,
    /// Rows that count.
    pub rows: u64,
    /// Harmless ones among them.
    pub harmless: u64,
    /// Rows whose label is ignored.
    pub ignored: u64,
    /// Records that are not posts, according to the preset.
    pub skipped: u64,
    /// Lines that are not a usable post, by kind.
    pub unreadable: BTreeMap<&'static str, u64>,
    /// Harmless rows by action, and those with `care`.
    pub harmless_by_action: BTreeMap<&'static str, u64>,
    /// Harmless rows for which anything was found.
    pub false_alarms: Option<Rate>,
    /// Each label.
    pub labels: Vec<LabelReport>,
    /// Each category or group of categories.
    pub categories: Vec<TargetReport>,
    /// Rules that fired, those with the most harmless rows first.
    pub rules: Vec<RuleReport>,
    /// Ways of disguise that were tried; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disguised: Vec<WayReport>,
    /// Remarks on these figures.
    pub notes: Vec<Message>,
}

/// One label of a set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelReport {
    /// The label.
    pub label: String,
    /// Its meaning: any of these categories; harmless if there are none.
    pub categories: Vec<&'static str>,
    /// Its rows.
    pub rows: u64,
    /// Rows in which one of its categories was found.
    pub found: u64,
    /// Rows in which any category was found.
    pub flagged: u64,
    /// Rows in which each category was found; a row counts in each of them.
    pub by_category: BTreeMap<&'static str, u64>,
    /// `found` of `rows`; not of a harmless label.
    pub recall: Option<Rate>,
    /// `flagged` of `rows`.
    pub flagged_rate: Option<Rate>,
}

/// One category, or a group of categories that one label means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetReport {
    /// The categories.
    pub categories: Vec<&'static str>,
    /// Labels that mean exactly these.
    pub labels: Vec<String>,
    /// Rows of it in which it was found.
    pub right: u64,
    /// Harmless rows in which it was found.
    pub wrong_harmless: u64,
    /// Rows of other categories in which it was found.
    pub wrong_elsewhere: u64,
    /// Rows of it in which it was not found.
    pub missed: u64,
    /// `right` of all rows in which it was found.
    pub precision: Option<Rate>,
    /// The same, with only harmless rows counted as wrong.
    pub precision_against_harmless: Option<Rate>,
    /// `right` of all its rows.
    pub recall: Option<Rate>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<Rate>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReport {
    /// Its id.
    pub rule: String,
    /// Its category.
    pub category: &'static str,
    /// Whether it is a shadow rule, which does not affect scores or the action.
    pub shadow: bool,
    /// Rows of its category for which it fired.
    pub right: u64,
    /// Rows of other categories.
    pub elsewhere: u64,
    /// Harmless rows.
    pub harmless: u64,
    /// `harmless` of all harmless rows.
    pub harmless_rate: Option<Rate>,
    /// The same per 10,000 harmless rows.
    pub per_10000: Option<f64>,
}

impl Evaluation<'_> {
    /// The report.
    ///
    /// # Errors
    ///
    /// Rows whose label is missing or unknown, and sets without any row: all of them, each with its
    /// file and line.
    pub fn finish(self) -> Result<Report, Vec<RowError>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        Ok(of(&self))
    }
}

fn of(evaluation: &Evaluation<'_>) -> Report {
    let sets = evaluation.sets.iter().zip(&evaluation.tallies);
    let reports: Vec<SetReport> = sets.map(|(set, tally)| of_set(evaluation, set, tally)).collect();
    let tallies = evaluation.tallies.iter();
    Report {
        ruleset: evaluation.classifier.hash_hex().to_owned(),
        all: of_all(evaluation, &reports),
        sets: reports,
        curves: curves(tallies.map(|tally| (tally.counts.scores(), tally.counts.cells()))),
        misses: worst_examples(evaluation, ExampleKind::Miss),
        false_alarms: worst_examples(evaluation, ExampleKind::FalseAlarm),
    }
}

fn of_set(evaluation: &Evaluation<'_>, set: &Set, tally: &SetTally) -> SetReport {
    let counts = &tally.counts;
    let harmless = counts.actions().iter().sum();
    let cells = counts.cells();
    let mut report = SetReport {
        set: set.name.clone(),
        positive: set.labels.positive.name(),
        rows: tally.rows,
        harmless,
        ignored: tally.ignored,
        skipped: tally.skipped,
        unreadable: tally.unreadable.iter().map(|(code, rows)| (code.name(), *rows)).collect(),
        harmless_by_action: by_action(counts),
        false_alarms: Proportion::new(flagged(&cells, true), harmless).rate(),
        labels: labels(set, counts),
        categories: categories(&cells, &[set]),
        rules: rules(evaluation, counts.rules(), harmless),
        disguised: disguised(evaluation, counts.disguised()),
        notes: Vec::new(),
    };
    report.notes = notes(&report, &set.labels.leave_out, &tally.first_unreadable);
    let names = evaluation.classifier.rules().names();
    report.notes.extend(evaluation.fields_read.notes(counts.unread(), names));
    report
}

/// The sums over all sets.
fn of_all(evaluation: &Evaluation<'_>, sets: &[SetReport]) -> SetReport {
    let mut cells = Cells::new();
    let mut by_rule: BTreeMap<usize, RuleCounts> = BTreeMap::new();
    let mut in_disguise = DisguisedRows::default();
    for tally in &evaluation.tallies {
        for (cell, rows) in tally.counts.cells() {
            *cells.entry(cell).or_default() += rows;
        }
        for (rule, counts) in tally.counts.rules() {
            by_rule.entry(*rule).or_default().merge(*counts);
        }
        in_disguise.merge(tally.counts.disguised());
    }
    let harmless = sets.iter().map(|set| set.harmless).sum();
    let sum = |of: fn(&SetReport) -> &BTreeMap<&'static str, u64>| {
        let mut sum = BTreeMap::new();
        for (name, rows) in sets.iter().flat_map(of) {
            *sum.entry(*name).or_default() += rows;
        }
        sum
    };
    let mut positives: Vec<&str> = sets.iter().map(|set| set.positive).collect();
    positives.dedup();
    let mut report = SetReport {
        set: "all sets".to_owned(),
        positive: if let [one] = positives[..] { one } else { "as each set has it" },
        rows: sets.iter().map(|set| set.rows).sum(),
        harmless,
        ignored: sets.iter().map(|set| set.ignored).sum(),
        skipped: sets.iter().map(|set| set.skipped).sum(),
        unreadable: sum(|set| &set.unreadable),
        harmless_by_action: sum(|set| &set.harmless_by_action),
        false_alarms: Proportion::new(flagged(&cells, true), harmless).rate(),
        labels: Vec::new(),
        categories: categories(&cells, &evaluation.sets.iter().collect::<Vec<_>>()),
        rules: rules(evaluation, &by_rule, harmless),
        disguised: disguised(evaluation, &in_disguise),
        notes: Vec::new(),
    };
    report.notes = notes(&report, &CategorySet::EMPTY, &BTreeMap::new());
    report
}

fn disguised(evaluation: &Evaluation<'_>, rows: &DisguisedRows) -> Vec<WayReport> {
    let report = |disguiser: &Disguiser| disguiser.report(rows.flagged, &rows.ways);
    evaluation.disguiser.map_or_else(Vec::new, report)
}

fn by_action(counts: &Tally) -> BTreeMap<&'static str, u64> {
    let actions = Action::ALL.into_iter().zip(counts.actions());
    let mut all: BTreeMap<_, _> = actions.map(|(action, rows)| (action.name(), *rows)).collect();
    all.insert("care", counts.care());
    all
}

/// Rows, harmless or not, for which anything was found.
fn flagged(cells: &Cells, harmless: bool) -> u64 {
    let own = cells
        .iter()
        .filter(|((truth, found), _)| truth.is_empty() == harmless && !found.is_empty());
    own.map(|(_, rows)| rows).sum()
}

fn labels(set: &Set, counts: &Tally) -> Vec<LabelReport> {
    let mut by_label: BTreeMap<usize, LabelReport> = BTreeMap::new();
    for ((label, truth, found), rows) in counts.labels() {
        let report = by_label.entry(*label).or_insert_with(|| LabelReport {
            label: set.reader.labels()[*label].0.clone(),
            categories: truth.names(),
            rows: 0,
            found: 0,
            flagged: 0,
            by_category: BTreeMap::new(),
            recall: None,
            flagged_rate: None,
        });
        report.rows += rows;
        report.found += if found.meets(truth) { *rows } else { 0 };
        report.flagged += if found.is_empty() { 0 } else { *rows };
        for category in found.iter() {
            *report.by_category.entry(category.name()).or_default() += rows;
        }
    }
    let mut all: Vec<LabelReport> = by_label.into_values().collect();
    for report in &mut all {
        let LabelReport { categories, rows, found, flagged, .. } = report;
        let recall = Proportion::new(*found, *rows).rate();
        report.flagged_rate = Proportion::new(*flagged, *rows).rate();
        report.recall = recall.filter(|_| !categories.is_empty());
    }
    all
}

/// Labels of these sets that mean exactly `target`, each once, in order.
fn labels_of(target: &CategorySet, sets: &[&Set]) -> Vec<String> {
    let all = sets.iter().flat_map(|set| set.reader.labels());
    let own = all
        .filter(|(_, truth)| matches!(truth, Truth::Is(own) if own == target))
        .map(|(label, _)| label.clone());
    own.collect::<BTreeSet<_>>().into_iter().collect()
}

fn categories(cells: &Cells, sets: &[&Set]) -> Vec<TargetReport> {
    targets(cells)
        .into_iter()
        .map(|target| {
            let Counts { right, wrong_harmless, wrong_elsewhere, missed } = count(&target, cells);
            let wrong = wrong_harmless + wrong_elsewhere;
            let has_rows = right + missed > 0;
            let only = |rate: Option<Rate>| rate.filter(|_| has_rows);
            TargetReport {
                categories: target.names(),
                labels: labels_of(&target, sets),
                right,
                wrong_harmless,
                wrong_elsewhere,
                missed,
                precision: only(Proportion::new(right, right + wrong).rate()),
                precision_against_harmless: only(
                    Proportion::new(right, right + wrong_harmless).rate(),
                ),
                recall: only(Proportion::new(right, right + missed).rate()),
                f1: only(f1(right, wrong, missed)),
            }
        })
        .collect()
}

fn rules(
    evaluation: &Evaluation<'_>,
    counts: &BTreeMap<usize, RuleCounts>,
    harmless: u64,
) -> Vec<RuleReport> {
    let classifier = evaluation.classifier;
    let report = |(number, counts): (&usize, &RuleCounts)| {
        let number = RuleIx(*number as u32);
        let rule = classifier.rules().rule(number);
        let rate = Proportion::new(counts.harmless, harmless).rate();
        RuleReport {
            rule: rule.id.clone(),
            category: rule.category.name(),
            shadow: classifier.policy().mode(number) == Mode::Shadow,
            right: counts.right,
            elsewhere: counts.elsewhere,
            harmless: counts.harmless,
            harmless_rate: rate,
            per_10000: rate.map(|rate| (rate.value * 1e8).round() / 1e4),
        }
    };
    let mut all: Vec<RuleReport> = counts.iter().map(report).collect();
    // The sort is stable, and rules are in id order already.
    all.sort_by_key(|rule| std::cmp::Reverse(rule.harmless));
    all
}

/// `first_unreadable` has file and line of the first unreadable line of each kind.
fn notes(
    report: &SetReport,
    leave_out: &CategorySet,
    first_unreadable: &BTreeMap<ErrorCode, (String, u64)>,
) -> Vec<Message> {
    let mut notes = Vec::new();
    if report.harmless == 0 && report.rows > 0 {
        notes.push(message!(
            "no harmless rows: no false alarm rate; precision counts only rows of \
             other labels as wrong"
        ));
    }
    if report.harmless == report.rows && report.rows > 0 {
        notes.push(message!("only harmless rows: recall and precision are undefined"));
    }
    if report.rows == 0 {
        notes.push(message!("every row is ignored: there are no figures"));
    }
    if !report.unreadable.is_empty() {
        let kind = |code: &ErrorCode| {
            let rows = report.unreadable.get(code.name())?;
            let (rows, what, name) = (grouped(*rows), what(*code), code.name());
            Some(match first_unreadable.get(code) {
                Some((file, line)) => {
                    message!("{rows} {what} ({name}, the first is {file}:{line})")
                }
                None => message!("{rows} {what} ({name})"),
            })
        };
        let kinds = Message::list(ErrorCode::ALL.iter().filter_map(kind), &message!(", "));
        notes.push(message!("lines that are not a usable post were not counted: {kinds}"));
    }
    if !leave_out.is_empty() {
        notes.push(message!("left out here: {}", leave_out.names().join(", ")));
    }
    notes
}
