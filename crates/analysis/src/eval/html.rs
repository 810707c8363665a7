//! Renders an evaluation as one HTML page.

use super::examples::{Example, RuleEvidence};
use super::report::{LabelReport, Report, RuleReport, SetReport, TargetReport};
use crate::disguise::WayReport;
use crate::html::{Count, Head, Language, SafeText};
use crate::statistics::Rate;
use askama::Template;

#[derive(Template)]
#[template(path = "eval.html")]
struct Page {
    head: Head,
    rows: Count,
    harmless: Count,
    ruleset: String,
    tiles: Vec<(SafeText, String, String)>,
    sets: Vec<SetView>,
    examples: Vec<(&'static str, Vec<ExampleView>)>,
}

struct SetView {
    name: SafeText,
    summary: String,
    notes: Vec<SafeText>,
    tables: Vec<(&'static str, Table)>,
}

#[derive(Default)]
struct Table {
    /// Name, and whether the column contains numbers.
    head: Vec<(&'static str, bool)>,
    rows: Vec<Vec<Cell>>,
}

struct Cell {
    text: SafeText,
    detail: Option<String>,
    /// Sort key.
    sort: SafeText,
    is_number: bool,
}

struct ExampleView {
    categories: String,
    place: SafeText,
    label: SafeText,
    action: &'static str,
    texts: Vec<(SafeText, SafeText)>,
    rules_of_example: Vec<EvidenceView>,
}

struct EvidenceView {
    rule: SafeText,
    summary: SafeText,
    evidence: Vec<(SafeText, SafeText)>,
}

/// Renders the page. It is self-contained and loads nothing.
///
/// # Errors
///
/// None that depend on the data: the template is compiled.
pub fn render_page(report: &Report) -> Result<String, askama::Error> {
    let several = report.sets.len() > 1;
    let all = several.then_some(&report.all);
    let sets = all.into_iter().chain(&report.sets).map(set).collect();
    let shown = |examples: &[Example]| examples.iter().map(example).collect();
    let page = Page {
        head: Head { language: Language::English, title: SafeText::of("Rules on labelled posts") },
        rows: Count(report.all.rows),
        harmless: Count(report.all.harmless),
        ruleset: report.ruleset.clone(),
        tiles: tiles(&report.all),
        sets,
        examples: vec![
            ("Worst misses", shown(&report.misses)),
            ("Worst false alarms", shown(&report.false_alarms)),
        ],
    };
    page.render()
}

/// F1 of each category that labels mean, and the rate of false alarms.
fn tiles(all: &SetReport) -> Vec<(SafeText, String, String)> {
    let labelled = all.categories.iter().filter(|one| one.recall.is_some());
    let mut tiles: Vec<_> = labelled
        .map(|one| {
            let detail =
                format!("precision {}, recall {}", percent(one.precision), percent(one.recall));
            (SafeText::of(&format!("F1 {}", target(one))), percent(one.f1), detail)
        })
        .collect();
    if let Some(rate) = all.false_alarms {
        let detail = format!("{} of harmless rows", interval(Some(rate)).unwrap_or_default());
        tiles.push((SafeText::of("false alarms"), percent(Some(rate)), detail));
    }
    tiles
}

fn set(set: &SetReport) -> SetView {
    let by_action = ["flag", "review", "block", "care"].map(|name| {
        let rows = set.harmless_by_action.get(name).copied().unwrap_or_default();
        format!("{name} {}", Count(rows))
    });
    let summary = format!(
        "{} rows, {} harmless, {} ignored; found from {} on; harmless rows by action: {}",
        Count(set.rows),
        Count(set.harmless),
        Count(set.ignored),
        set.positive,
        by_action.join(", ")
    );
    SetView {
        name: SafeText::of(&set.set),
        summary,
        notes: set.notes.iter().map(|note| SafeText::of(note)).collect(),
        tables: vec![
            ("Labels", labels(&set.labels)),
            ("Categories", categories(&set.categories)),
            ("Rules", rules(&set.rules)),
            ("Disguised", disguised(&set.disguised)),
        ],
    }
}

fn labels(labels: &[LabelReport]) -> Table {
    let row = |one: &LabelReport| {
        let means =
            if one.categories.is_empty() { "none".to_owned() } else { one.categories.join(" or ") };
        vec![
            word(&one.label),
            word(&means),
            number(one.rows),
            number(one.found),
            rate(one.recall),
            number(one.flagged),
            rate(one.flagged_rate),
        ]
    };
    Table {
        head: vec![
            ("label", false),
            ("means", false),
            ("rows", true),
            ("found", true),
            ("recall", true),
            ("any", true),
            ("rate", true),
        ],
        rows: labels.iter().map(row).collect(),
    }
}

fn categories(categories: &[TargetReport]) -> Table {
    let row = |one: &TargetReport| {
        vec![
            word(&target(one)),
            number(one.right),
            number(one.missed),
            number(one.wrong_harmless),
            number(one.wrong_elsewhere),
            rate(one.precision),
            rate(one.precision_against_harmless),
            rate(one.recall),
            rate(one.f1),
        ]
    };
    Table {
        head: vec![
            ("category", false),
            ("right", true),
            ("missed", true),
            ("wrong", true),
            ("elsewhere", true),
            ("precision", true),
            ("harmless only", true),
            ("recall", true),
            ("F1", true),
        ],
        rows: categories.iter().map(row).collect(),
    }
}

fn disguised(ways: &[WayReport]) -> Table {
    let row = |one: &WayReport| {
        vec![
            word(&one.way),
            number(one.flagged),
            number(one.changed),
            number(one.kept),
            rate(one.recall_kept),
        ]
    };
    Table {
        head: vec![
            ("way", false),
            ("flagged", true),
            ("changed", true),
            ("kept", true),
            ("rate", true),
        ],
        rows: ways.iter().map(row).collect(),
    }
}

fn rules(rules: &[RuleReport]) -> Table {
    let row = |one: &RuleReport| {
        let shadow = if one.shadow { " (shadow)" } else { "" };
        vec![
            word(&format!("{}{shadow}", one.rule)),
            word(one.category),
            number(one.right),
            number(one.elsewhere),
            number(one.harmless),
            per_10000(one),
        ]
    };
    Table {
        head: vec![
            ("rule", false),
            ("category", false),
            ("right", true),
            ("elsewhere", true),
            ("harmless", true),
            ("per 10,000", true),
        ],
        rows: rules.iter().map(row).collect(),
    }
}

fn per_10000(rule: &RuleReport) -> Cell {
    let of = |rate: Rate| format!("{:.1}", rate.value * 1e4);
    Cell {
        text: SafeText::of(&rule.harmless_rate.map_or("–".to_owned(), of)),
        detail: rule.harmless_rate.map(|it| format!("{:.1}–{:.1}", it.low * 1e4, it.high * 1e4)),
        sort: SafeText::of(&rule.per_10000.unwrap_or(-1.0).to_string()),
        is_number: true,
    }
}

/// The category; or for a group of categories, the labels that mean it.
fn target(one: &TargetReport) -> String {
    match &one.categories[..] {
        [single] => (*single).to_owned(),
        _ => one.labels.iter().map(|label| format!("“{label}”")).collect::<Vec<_>>().join(" "),
    }
}

fn word(text: &str) -> Cell {
    Cell { text: SafeText::of(text), detail: None, sort: SafeText::of(text), is_number: false }
}

fn number(count: u64) -> Cell {
    let (text, sort) = (SafeText::of(&Count(count).to_string()), SafeText::of(&count.to_string()));
    Cell { text, detail: None, sort, is_number: true }
}

fn rate(rate: Option<Rate>) -> Cell {
    let sort = SafeText::of(&rate.map_or(-1.0, |rate| rate.value).to_string());
    Cell { text: SafeText::of(&percent(rate)), detail: interval(rate), sort, is_number: true }
}

fn percent(rate: Option<Rate>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1} %", rate.value * 100.0))
}

fn interval(rate: Option<Rate>) -> Option<String> {
    rate.map(|rate| format!("{:.1}–{:.1}", rate.low * 100.0, rate.high * 100.0))
}

fn example(example: &Example) -> ExampleView {
    let Example { categories, file, line, label, action, texts, fired, near_misses, .. } = example;
    ExampleView {
        categories: categories.join(" or "),
        place: SafeText::of(&format!("{file}:{line}")),
        label: SafeText::of(label),
        action,
        texts: texts.iter().map(|it| (SafeText::of(&it.field), SafeText::of(&it.text))).collect(),
        rules_of_example: fired.iter().chain(near_misses).map(evidence_of).collect(),
    }
}

fn evidence_of(rule: &RuleEvidence) -> EvidenceView {
    let summary = match rule.missing.as_slice() {
        [] if rule.shadow => {
            format!("{} {}, shadow", rule.category, rule.score)
        }
        [] => format!("{} {}", rule.category, rule.score),
        missing => format!("almost fired: {}", missing.join("; and ")),
    };
    let evidence = rule.evidence.iter().filter(|_| rule.missing.is_empty());
    EvidenceView {
        rule: SafeText::of(&rule.rule),
        summary: SafeText::of(&summary),
        evidence: evidence
            .map(|hit| (SafeText::of(&hit.matcher), SafeText::of(&hit.text)))
            .collect(),
    }
}
