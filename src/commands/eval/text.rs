//! The report as tables.

use crate::term::table::Table;
use crate::term::{one_line, printable, wrap};
use std::fmt::Write;
use tidegate_analysis::disguise::WayReport;
use tidegate_analysis::eval::{
    Example, LabelReport, Report, RuleEvidence, RuleReport, SetReport, TargetReport,
};
use tidegate_analysis::statistics::Rate;
use tidegate_engine::domain::summary::grouped;

/// Number of rules listed for one data set.
const RULES_MAX: usize = 10;

/// Number of rules listed for all data sets together.
const ALL_RULES_MAX: usize = 30;

/// The whole report.
pub fn write(report: &Report) -> String {
    let mut out = String::new();
    for set in &report.sets {
        of_set(&mut out, set, RULES_MAX);
    }
    if report.sets.len() > 1 {
        of_set(&mut out, &report.all, ALL_RULES_MAX);
    }
    examples(&mut out, "worst misses", &report.misses);
    examples(&mut out, "worst false alarms", &report.false_alarms);
    let _ = writeln!(out, "rule set {}", report.ruleset);
    out
}

fn of_set(out: &mut String, set: &SetReport, rules_max: usize) {
    let SetReport { set: name, rows, harmless, ignored, positive, .. } = set;
    let ignored = match ignored {
        0 => String::new(),
        some => format!(", {} ignored", grouped(*some)),
    };
    let _ = writeln!(
        out,
        "{}: {} rows, {} harmless{ignored}; positive from {positive}",
        printable(name),
        grouped(*rows),
        grouped(*harmless)
    );
    labels(out, &set.labels);
    categories(out, &set.categories);
    harmless_rows(out, set);
    rules(out, &set.rules, rules_max);
    disguised(out, &set.disguised);
    if !set.notes.is_empty() {
        out.push('\n');
    }
    for note in &set.notes {
        out.push_str(&wrap::labelled("  note: ", note));
    }
    out.push('\n');
}

fn disguised(out: &mut String, ways: &[WayReport]) {
    let mut table = Table::new(&["<disguised", "flagged", "changed", "kept", "rate", "95 %"]);
    for way in ways {
        table.row(vec![
            way.way.clone(),
            grouped(way.flagged),
            grouped(way.changed),
            grouped(way.kept),
            percent(way.recall_kept),
            interval(way.recall_kept),
        ]);
    }
    section(out, &table);
}

fn labels(out: &mut String, labels: &[LabelReport]) {
    let mut table =
        Table::new(&["<label", "<means", "rows", "found", "recall", "95 %", "any", "rate"]);
    for label in labels {
        let means =
            if label.categories.is_empty() { "none".to_owned() } else { joint(&label.categories) };
        table.row(vec![
            label.label.clone(),
            means,
            grouped(label.rows),
            if label.categories.is_empty() { dash() } else { grouped(label.found) },
            percent(label.recall),
            interval(label.recall),
            grouped(label.flagged),
            percent(label.flagged_rate),
        ]);
    }
    section(out, &table);
}

fn categories(out: &mut String, categories: &[TargetReport]) {
    let head = [
        "<category",
        "right",
        "missed",
        "wrong",
        "elsewhere",
        "precision",
        "95 %",
        "harmless only",
        "recall",
        "95 %",
        "F1",
        "95 %",
    ];
    let mut table = Table::new(&head);
    for one in categories {
        table.row(vec![
            target(one),
            grouped(one.right),
            grouped(one.missed),
            grouped(one.wrong_harmless),
            grouped(one.wrong_elsewhere),
            percent(one.precision),
            interval(one.precision),
            percent(one.precision_against_harmless),
            percent(one.recall),
            interval(one.recall),
            percent(one.f1),
            interval(one.f1),
        ]);
    }
    section(out, &table);
}

/// The category; or, for a group of categories, the labels that mean it. Rows with a list of
/// labels form groups that no single label means.
fn target(one: &TargetReport) -> String {
    match &one.categories[..] {
        [single] => (*single).to_owned(),
        several if one.labels.is_empty() => joint(several),
        _ => one.labels.iter().map(|label| format!("“{label}”")).collect::<Vec<_>>().join(" "),
    }
}

fn harmless_rows(out: &mut String, set: &SetReport) {
    let Some(rate) = set.false_alarms else { return };
    let by_action: Vec<String> = ["flag", "review", "block", "care"]
        .iter()
        .map(|name| {
            let rows = set.harmless_by_action.get(name).copied().unwrap_or_default();
            format!("{name} {}", grouped(rows))
        })
        .collect();
    let _ = writeln!(
        out,
        "\n  harmless rows: {} false alarms, {}; {}",
        percent(Some(rate)),
        interval(Some(rate)),
        by_action.join(", ")
    );
}

fn rules(out: &mut String, rules: &[RuleReport], most: usize) {
    let mut table =
        Table::new(&["<rule", "<category", "right", "elsewhere", "harmless", "per 10,000", "95 %"]);
    let noisy: Vec<&RuleReport> = rules.iter().filter(|rule| rule.harmless > 0).collect();
    for rule in noisy.iter().take(most) {
        let id = if rule.shadow { format!("{} (shadow)", rule.rule) } else { rule.rule.clone() };
        table.row(vec![
            id,
            rule.category.to_owned(),
            grouped(rule.right),
            grouped(rule.elsewhere),
            grouped(rule.harmless),
            rule.per_10000.map_or_else(dash, |rate| format!("{rate:.1}")),
            rule.harmless_rate
                .map_or_else(dash, |rate| format!("{:.1}–{:.1}", rate.low * 1e4, rate.high * 1e4)),
        ]);
    }
    section(out, &table);
    if noisy.len() > most {
        let _ = writeln!(out, "  and {} more; --json lists all", noisy.len() - most);
    }
}

fn section(out: &mut String, table: &Table) {
    if !table.is_empty() {
        out.push('\n');
        out.push_str(&table.text(2));
    }
}

fn examples(out: &mut String, title: &str, examples: &[Example]) {
    if examples.is_empty() {
        return;
    }
    let _ = writeln!(out, "{title}\n");
    let mut last: &[&str] = &[];
    for example in examples {
        if last != example.categories {
            let _ = writeln!(out, "  {}", joint(&example.categories));
            last = &example.categories;
        }
        of_example(out, example);
    }
    out.push('\n');
}

fn of_example(out: &mut String, example: &Example) {
    let Example { file, line, label, action, texts, fired, near_misses, .. } = example;
    let _ = writeln!(out, "    {}:{line}: {} → {action}", printable(file), one_line(label));
    for text in texts {
        let _ = writeln!(out, "      {}: {}", text.field, one_line(&text.text));
    }
    for proof in fired {
        let shadow = if proof.shadow { ", shadow" } else { "" };
        let _ = writeln!(
            out,
            "      fired {} ({} {}{shadow}){}",
            proof.rule,
            proof.category,
            proof.score,
            evidence(proof)
        );
    }
    for proof in near_misses {
        let missing: Vec<String> = proof.missing.iter().map(|it| one_line(it)).collect();
        let _ = writeln!(out, "      near miss {}: {}", proof.rule, missing.join("; and "));
    }
}

fn evidence(proof: &RuleEvidence) -> String {
    let describe = |hit: &tidegate_analysis::explain::HitReport| {
        let view = if hit.view == "folded" { String::new() } else { format!(" ({})", hit.view) };
        format!("{} “{}”{view}", hit.matcher, one_line(&hit.text))
    };
    let hits: Vec<String> = proof.evidence.iter().map(describe).collect();
    if hits.is_empty() { String::new() } else { format!(": {}", hits.join(", ")) }
}

fn joint(categories: &[&str]) -> String {
    categories.join(" or ")
}

fn dash() -> String {
    "–".to_owned()
}

fn percent(rate: Option<Rate>) -> String {
    rate.map_or_else(dash, |rate| format!("{:.1} %", rate.value * 100.0))
}

fn interval(rate: Option<Rate>) -> String {
    rate.map_or_else(String::new, |rate| {
        format!("{:.1}–{:.1}", rate.low * 100.0, rate.high * 100.0)
    })
}
