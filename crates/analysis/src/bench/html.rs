//! Renders a benchmark as one HTML page.

use super::result::{Bench, Ratio, SetResult};
use super::rounds::Stage;
use super::rule_cost::RuleCost;
use crate::html::chart::{Bar, Piece};
use crate::html::{Count, Head, SafeText, Share};
use askama::Template;
use tidegate_engine::domain::summary::human_bytes;
use tidegate_engine::message::{Message, message};
use tidegate_messages::Language;

/// Most rules listed for each set; the JSON output has all.
const ROWS_MAX: usize = 100;

#[derive(Debug, Template)]
#[template(path = "bench.html")]
struct Page {
    head: Head,
    corpus: String,
    comparison: Option<SafeText>,
    sets: Vec<Set>,
    command: SafeText,
}

#[derive(Debug)]
struct Set {
    name: SafeText,
    ruleset: SafeText,
    rules_total: Count,
    speed: String,
    spread: String,
    hit: Share,
    flagged: Share,
    stages: Vec<(Stage, String, String, Bar)>,
    sampled: Count,
    rules: Vec<Row>,
    rules_left: Count,
}

#[derive(Debug)]
struct Row {
    cost: RuleCost,
    id: SafeText,
    share: String,
    bar: Bar,
    hits: Count,
    checks: Count,
    with: String,
    without: String,
}

/// Renders the page. `command` is the command line that produced it.
///
/// # Errors
///
/// None that depend on the data: the template is compiled.
pub fn render_page(
    bench: &Bench,
    command: &str,
    language: Language,
) -> Result<String, askama::Error> {
    let page = Page {
        head: Head { language, title: SafeText::say(language, &title(bench)) },
        corpus: language.say(&corpus(bench)),
        comparison: bench.ratio.map(|ratio| SafeText::say(language, &comparison(bench, ratio))),
        sets: bench.sets.iter().map(|set| set_rows(bench, set, language)).collect(),
        command: SafeText::of(command),
    };
    page.render()
}

fn title(bench: &Bench) -> Message {
    let names = bench.sets.iter().map(|set| Message::verbatim(set.name.as_str()));
    message!("Benchmark of {}", Message::list(names, &message!(" and ")))
}

/// The lines measured, and how.
fn corpus(bench: &Bench) -> Message {
    let rounds = match bench.rounds {
        1 => message!("1 round"),
        rounds => message!("{rounds} rounds"),
    };
    let threads = match bench.threads {
        1 => message!("1 thread"),
        threads => message!("{threads} threads"),
    };
    let (lines, bytes) = (Count(bench.lines), human_bytes(bench.bytes));
    message!("{lines} lines, {bytes} · {rounds} · {threads}")
}

/// The second set compared with the first.
fn comparison(bench: &Bench, ratio: Ratio) -> Message {
    let [first, second] = [0, 1].map(|at| bench.sets.get(at).map_or("", |set| &set.name));
    let (rounds, median) = (bench.rounds, ratio.median);
    let (least, most) = (ratio.least, ratio.most);
    match ratio.is_equal() {
        true => message!(
            "{second} is as fast as {first}: no difference. Ratio {median:.2}, median of {rounds} \
             interleaved rounds, from {least:.2} to {most:.2}."
        ),
        false => message!(
            "{second} is {median:.2} times as fast as {first}: median of {rounds} interleaved \
             rounds, from {least:.2} to {most:.2}."
        ),
    }
}

fn set_rows(bench: &Bench, set: &SetResult, language: Language) -> Set {
    let speed = |bytes_per_second: f64| format!("{}/s", human_bytes(bytes_per_second as u64));
    let bytes = bench.bytes as f64;
    let fastest = set.seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let slowest = set.seconds.iter().copied().fold(0.0, f64::max);
    let most = set.rules.first().map_or(0.0, |rule| rule.share);
    let stages = set.stages.iter().map(|stage| {
        let bar = bar(stage.share, 1.0);
        (stage.clone(), percent(stage.share), speed(stage.bytes_per_second), bar)
    });
    Set {
        name: SafeText::of(&set.name),
        ruleset: SafeText::of(&set.ruleset),
        rules_total: Count(set.rules_total as u64),
        speed: speed(set.bytes_per_second),
        spread: language.say(&message!("{} to {}", speed(bytes / slowest), speed(bytes / fastest))),
        hit: Share { part: set.hit, whole: set.posts },
        flagged: Share { part: set.flagged, whole: set.posts },
        stages: stages.collect(),
        sampled: Count(set.sampled_posts),
        rules: set.rules.iter().take(ROWS_MAX).map(|rule| row(rule, most)).collect(),
        rules_left: Count(set.rules.len().saturating_sub(ROWS_MAX) as u64),
    }
}

fn row(cost: &RuleCost, most: f64) -> Row {
    Row {
        id: SafeText::of(&cost.id),
        share: percent(cost.share),
        bar: bar(cost.share, most),
        hits: Count(cost.hits),
        checks: Count(cost.checks),
        with: nanos(cost.nanos_with),
        without: nanos(cost.nanos_without),
        cost: cost.clone(),
    }
}

fn bar(part: f64, whole: f64) -> Bar {
    let parts = |share: f64| (share * 1e6) as u64;
    let piece = Piece { class: "fill-1", value: parts(part), title: SafeText::of(&percent(part)) };
    Bar::new(vec![piece], parts(whole))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A duration with a suitable unit: `85 ns`, `1.2 µs`.
pub fn nanos(nanos: Option<f64>) -> String {
    match nanos {
        None => "–".to_owned(),
        Some(nanos) if nanos < 999.5 => format!("{nanos:.0} ns"),
        Some(nanos) if nanos < 999_500.0 => format!("{:.1} µs", nanos / 1e3),
        Some(nanos) => format!("{:.1} ms", nanos / 1e6),
    }
}
