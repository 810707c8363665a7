//! Renders an evaluation as one HTML page.

use super::curves::{CurvePoint, CurveReport};
use super::examples::{Example, RuleEvidence};
use super::report::{LabelReport, Report, RuleReport, SetReport, TargetReport};
use crate::disguise::WayReport;
use crate::html::plot::{Interval, Line, Plot, Point, percent_ticks};
use crate::html::{Count, Head, SafeText};
use crate::statistics::Rate;
use askama::Template;
use std::collections::BTreeSet;
use tidegate_engine::domain::category::Category;
use tidegate_engine::message::{Message, message};
use tidegate_engine::phrase;
use tidegate_messages::Language;

/// Most labels below the curve of a category.
const CURVE_TICKS: usize = 8;

#[derive(Template)]
#[template(path = "eval.html")]
struct Page {
    head: Head,
    rows: Count,
    harmless: Count,
    ruleset: String,
    tiles: Vec<(SafeText, String, String)>,
    sets: Vec<SetView>,
    curves: Vec<CurveView>,
    examples: Vec<(&'static str, Vec<ExampleView>)>,
}

/// Precision and recall of a category by score.
struct CurveView {
    category: &'static str,
    rows: Count,
    plot: Plot,
    table: Table,
}

/// Labels and the categories found in their rows.
struct Confusion {
    categories: Vec<&'static str>,
    rows: Vec<ConfusionRow>,
}

struct ConfusionRow {
    label: SafeText,
    means: String,
    rows: Count,
    /// Rows, percent of the rows of the label, and whether the label means the category.
    cells: Vec<(Count, u64, bool)>,
    none: (Count, u64),
}

struct SetView {
    name: SafeText,
    summary: String,
    notes: Vec<SafeText>,
    tables: Vec<(&'static str, Table)>,
    confusion: Option<Confusion>,
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
    interval: Option<Interval>,
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
pub fn render_page(report: &Report, language: Language) -> Result<String, askama::Error> {
    let several = report.sets.len() > 1;
    let all = several.then_some(&report.all);
    let sets = all.into_iter().chain(&report.sets).map(|it| set(it, language)).collect();
    let shown = |examples: &[Example]| examples.iter().map(|it| example(it, language)).collect();
    let page = Page {
        head: Head {
            language,
            title: SafeText::of(language.phrase(phrase!("Rules on labelled posts"))),
        },
        rows: Count(report.all.rows),
        harmless: Count(report.all.harmless),
        ruleset: report.ruleset.clone(),
        tiles: tiles(&report.all, language),
        sets,
        curves: report.curves.iter().map(|it| curve(it, language)).collect(),
        examples: vec![
            (phrase!("Worst misses"), shown(&report.misses)),
            (phrase!("Worst false alarms"), shown(&report.false_alarms)),
        ],
    };
    page.render()
}

/// F1 of each category that labels mean, and the rate of false alarms.
fn tiles(all: &SetReport, language: Language) -> Vec<(SafeText, String, String)> {
    let labelled = all.categories.iter().filter(|one| one.recall.is_some());
    let mut tiles: Vec<_> = labelled
        .map(|one| {
            let (precision, recall) = (percent(one.precision), percent(one.recall));
            let detail = language.say(&message!("precision {precision}, recall {recall}"));
            let name = target(one, language);
            (SafeText::of(&format!("F1 {name}")), percent(one.f1), detail)
        })
        .collect();
    if let Some(rate) = all.false_alarms {
        let interval = interval(Some(rate)).unwrap_or_default();
        let detail = language.say(&message!("{interval} of harmless rows"));
        tiles.push((
            SafeText::of(language.phrase(phrase!("false alarms"))),
            percent(Some(rate)),
            detail,
        ));
    }
    tiles
}

fn set(set: &SetReport, language: Language) -> SetView {
    let by_action = ["flag", "review", "block", "care"].map(|name| {
        let rows = set.harmless_by_action.get(name).copied().unwrap_or_default();
        format!("{name} {}", Count(rows))
    });
    let summary = message!(
        "{} rows, {} harmless, {} ignored; found from {} on; harmless rows by action: {}",
        Count(set.rows),
        Count(set.harmless),
        Count(set.ignored),
        set.positive,
        by_action.join(", ")
    );
    let notes = set.notes.iter().map(|note| SafeText::of(&language.say(note).replace('`', "")));
    SetView {
        name: SafeText::of(&set.set),
        summary: language.say(&summary),
        notes: notes.collect(),
        tables: vec![
            (phrase!("Labels"), labels(&set.labels, language)),
            (phrase!("Categories"), categories(&set.categories, language)),
            (phrase!("Rules"), rules(&set.rules, language)),
            (phrase!("Disguised"), disguised(&set.disguised)),
        ],
        confusion: confusion(&set.labels, language),
    }
}

fn confusion(labels: &[LabelReport], language: Language) -> Option<Confusion> {
    let found = labels.iter().flat_map(|label| label.by_category.keys());
    let found: BTreeSet<Category> = found.filter_map(|name| Category::from_name(name)).collect();
    let categories: Vec<&'static str> = found.into_iter().map(Category::name).collect();
    if categories.is_empty() {
        return None;
    }
    let row = |label: &LabelReport| {
        let percent = |count: u64| count * 100 / label.rows.max(1);
        let cell = |name: &&'static str| {
            let count = label.by_category.get(name).copied().unwrap_or(0);
            (Count(count), percent(count), label.categories.contains(name))
        };
        let none = label.rows - label.flagged;
        ConfusionRow {
            label: SafeText::of(&label.label),
            means: match label.categories.as_slice() {
                [] => language.phrase(phrase!("harmless")).to_owned(),
                some => either(some, language),
            },
            rows: Count(label.rows),
            cells: categories.iter().map(cell).collect(),
            none: (Count(none), percent(none)),
        }
    };
    let rows = labels.iter().map(row).collect();
    Some(Confusion { categories, rows })
}

/// Two lines over the threshold, from the lowest score to the highest.
fn curve(curve: &CurveReport, language: Language) -> CurveView {
    let points: Vec<&CurvePoint> = curve.points.iter().rev().collect();
    let last = (points.len().max(2) - 1) as f64;
    let line = |class, name: Message, of: fn(&CurvePoint) -> Option<Rate>| {
        let places = points.iter().enumerate().filter_map(|(at, point)| {
            let rate = of(point)?;
            let title = message!("{name} {} from {}", percent(Some(rate)), point.from);
            let title = SafeText::say(language, &title);
            Some(Point { x: at as f64 / last, y: rate.value, title })
        });
        Line { class, points: places.collect() }
    };
    let every = points.len().div_ceil(CURVE_TICKS).max(1);
    let ticks = points.iter().enumerate().step_by(every);
    let across = ticks.map(|(at, point)| (at as f64 / last, point.from.to_string())).collect();
    let lines = vec![
        line("fill-1", message!("precision"), |point| point.precision),
        line("fill-2", message!("recall"), |point| point.recall),
    ];
    let name = language.say(&message!("precision and recall of {} by score", curve.category));
    let row = |point: &&CurvePoint| {
        let from = point.from.to_string();
        let mut score = word(&from);
        score.is_number = true;
        vec![
            score,
            number(point.right),
            number(point.wrong_harmless),
            number(point.wrong_elsewhere),
            rate(point.precision),
            rate(point.recall),
        ]
    };
    CurveView {
        category: curve.category,
        rows: Count(curve.rows),
        plot: Plot::new(&name, (520.0, 200.0), lines, (across, percent_ticks(100.0))),
        table: Table {
            head: vec![
                (phrase!("found from"), true),
                (phrase!("right"), true),
                (phrase!("wrong"), true),
                (phrase!("elsewhere"), true),
                (phrase!("precision"), true),
                (phrase!("recall"), true),
            ],
            rows: points.iter().map(row).collect(),
        },
    }
}

fn labels(labels: &[LabelReport], language: Language) -> Table {
    let row = |one: &LabelReport| {
        let means = match one.categories.as_slice() {
            [] => language.phrase(phrase!("none")).to_owned(),
            some => either(some, language),
        };
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
            (phrase!("label"), false),
            (phrase!("means"), false),
            (phrase!("rows"), true),
            (phrase!("found"), true),
            (phrase!("recall"), true),
            (phrase!("found anything"), true),
            (phrase!("rate of that"), true),
        ],
        rows: labels.iter().map(row).collect(),
    }
}

fn categories(categories: &[TargetReport], language: Language) -> Table {
    let row = |one: &TargetReport| {
        vec![
            word(&target(one, language)),
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
            (phrase!("category"), false),
            (phrase!("right"), true),
            (phrase!("missed"), true),
            (phrase!("wrong"), true),
            (phrase!("elsewhere"), true),
            (phrase!("precision"), true),
            (phrase!("harmless only"), true),
            (phrase!("recall"), true),
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
            (phrase!("way"), false),
            (phrase!("flagged"), true),
            (phrase!("changed"), true),
            (phrase!("kept"), true),
            (phrase!("rate"), true),
        ],
        rows: ways.iter().map(row).collect(),
    }
}

fn rules(rules: &[RuleReport], language: Language) -> Table {
    let row = |one: &RuleReport| {
        let shadow = if one.shadow { language.phrase(phrase!(" (shadow)")) } else { "" };
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
            (phrase!("rule"), false),
            (phrase!("category"), false),
            (phrase!("right"), true),
            (phrase!("elsewhere"), true),
            (phrase!("harmless"), true),
            (phrase!("per 10,000"), true),
        ],
        rows: rules.iter().map(row).collect(),
    }
}

fn per_10000(rule: &RuleReport) -> Cell {
    let of = |rate: Rate| format!("{:.1}", rate.value * 1e4);
    Cell {
        text: SafeText::of(&rule.harmless_rate.map_or("–".to_owned(), of)),
        detail: rule.harmless_rate.map(|it| format!("{:.1}–{:.1}", it.low * 1e4, it.high * 1e4)),
        interval: None,
        sort: SafeText::of(&rule.per_10000.unwrap_or(-1.0).to_string()),
        is_number: true,
    }
}

/// The category; or for a group of categories, the labels that mean it.
fn target(one: &TargetReport, language: Language) -> String {
    match &one.categories[..] {
        [single] => (*single).to_owned(),
        several if one.labels.is_empty() => either(several, language),
        _ => one.labels.iter().map(|label| format!("“{label}”")).collect::<Vec<_>>().join(" "),
    }
}

/// `fraud or spam`.
fn either(categories: &[&str], language: Language) -> String {
    categories.join(language.phrase(phrase!(" or ")))
}

fn word(text: &str) -> Cell {
    let (text, sort) = (SafeText::of(text), SafeText::of(text));
    Cell { text, detail: None, interval: None, sort, is_number: false }
}

fn number(count: u64) -> Cell {
    let (text, sort) = (SafeText::of(&Count(count).to_string()), SafeText::of(&count.to_string()));
    Cell { text, detail: None, interval: None, sort, is_number: true }
}

fn rate(rate: Option<Rate>) -> Cell {
    let sort = SafeText::of(&rate.map_or(-1.0, |rate| rate.value).to_string());
    let bar = rate.map(|rate| Interval::new(rate.low, rate.value, rate.high));
    let text = SafeText::of(&percent(rate));
    Cell { text, detail: interval(rate), interval: bar, sort, is_number: true }
}

fn percent(rate: Option<Rate>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1}\u{a0}%", rate.value * 100.0))
}

fn interval(rate: Option<Rate>) -> Option<String> {
    rate.map(|rate| format!("{:.1}–{:.1}", rate.low * 100.0, rate.high * 100.0))
}

fn example(example: &Example, language: Language) -> ExampleView {
    let Example { categories, file, line, label, action, texts, fired, near_misses, .. } = example;
    ExampleView {
        categories: either(categories, language),
        place: SafeText::of(&format!("{file}:{line}")),
        label: SafeText::of(label),
        action,
        texts: texts.iter().map(|it| (SafeText::of(&it.field), SafeText::of(&it.text))).collect(),
        rules_of_example: fired
            .iter()
            .chain(near_misses)
            .map(|rule| evidence_of(rule, language))
            .collect(),
    }
}

fn evidence_of(rule: &RuleEvidence, language: Language) -> EvidenceView {
    let summary = match rule.missing.as_slice() {
        [] if rule.shadow => {
            message!("{} {}, shadow", rule.category, rule.score)
        }
        [] => Message::verbatim(format!("{} {}", rule.category, rule.score)),
        missing => {
            let missing = Message::list(missing.iter().cloned(), &message!("; and "));
            message!("almost fired: {missing}")
        }
    };
    let evidence = rule.evidence.iter().filter(|_| rule.missing.is_empty());
    EvidenceView {
        rule: SafeText::of(&rule.rule),
        summary: SafeText::say(language, &summary),
        evidence: evidence
            .map(|hit| (SafeText::of(&hit.matcher), SafeText::of(&hit.text)))
            .collect(),
    }
}
