//! The report as tables.

use crate::term;
use crate::term::say;
use crate::term::table::Table;
use crate::term::{one_line, printable, wrap};
use std::fmt::Write;
use tidegate_analysis::disguise::WayReport;
use tidegate_analysis::eval::{
    Example, LabelReport, Report, RuleEvidence, RuleReport, SetReport, TargetReport,
};
use tidegate_analysis::statistics::Rate;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::phrase;

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
    examples(&mut out, &say!("worst misses"), &report.misses);
    examples(&mut out, &say!("worst false alarms"), &report.false_alarms);
    let _ = writeln!(out, "{}", say!("rule set {}", report.ruleset));
    out
}

fn of_set(out: &mut String, set: &SetReport, rules_max: usize) {
    let SetReport { set: name, rows, harmless, ignored, positive, .. } = set;
    let ignored = match ignored {
        0 => String::new(),
        some => say!(", {} ignored", grouped(*some)),
    };
    let _ = writeln!(
        out,
        "{}",
        say!(
            "{}: {} rows, {} harmless{ignored}; positive from {positive}",
            printable(name),
            grouped(*rows),
            grouped(*harmless)
        )
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
        out.push_str(&wrap::labelled(&say!("  note: "), &term::say(note)));
    }
    out.push('\n');
}

fn disguised(out: &mut String, ways: &[WayReport]) {
    let mut table = Table::new(&[
        phrase!("<disguised"),
        phrase!("flagged"),
        phrase!("changed"),
        phrase!("kept"),
        phrase!("rate"),
        "95 %",
    ]);
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
    let mut table = Table::new(&[
        phrase!("<label"),
        phrase!("<means"),
        phrase!("rows"),
        phrase!("found"),
        phrase!("recall"),
        "95 %",
        phrase!("any"),
        phrase!("rate"),
    ]);
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
        phrase!("<category"),
        phrase!("right"),
        phrase!("missed"),
        phrase!("wrong"),
        phrase!("elsewhere"),
        phrase!("precision"),
        "95 %",
        phrase!("harmless only"),
        phrase!("recall"),
        "95 %",
        phrase!("F1"),
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
        "\n{}",
        say!(
            "  harmless rows: {} false alarms, {}; {}",
            percent(Some(rate)),
            interval(Some(rate)),
            by_action.join(", ")
        )
    );
}

fn rules(out: &mut String, rules: &[RuleReport], most: usize) {
    let mut table = Table::new(&[
        phrase!("<rule"),
        phrase!("<category"),
        phrase!("right"),
        phrase!("elsewhere"),
        phrase!("harmless"),
        phrase!("per 10,000"),
        "95 %",
    ]);
    let noisy: Vec<&RuleReport> = rules.iter().filter(|rule| rule.harmless > 0).collect();
    for rule in noisy.iter().take(most) {
        let id = if rule.shadow { say!("{} (shadow)", rule.rule) } else { rule.rule.clone() };
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
        let _ = writeln!(out, "{}", say!("  and {} more; --json lists all", noisy.len() - most));
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
        let shadow = if proof.shadow { say!(", shadow") } else { String::new() };
        let _ = writeln!(
            out,
            "{}",
            say!(
                "      fired {} ({} {}{shadow}){}",
                proof.rule,
                proof.category,
                proof.score,
                evidence(proof)
            )
        );
    }
    for proof in near_misses {
        let missing: Vec<String> =
            proof.missing.iter().map(|it| one_line(&term::say(it))).collect();
        let _ = writeln!(
            out,
            "{}",
            say!("      near miss {}: {}", proof.rule, missing.join(&say!("; and ")))
        );
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
    categories.join(&say!(" or "))
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
