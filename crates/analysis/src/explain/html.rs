//! Renders explanations as one HTML page.

use super::condition::Node;
use super::report::{BoostReport, CategoryReport, Explanation, RuleReport};
use super::text::FieldReport;
use crate::html::{Head, Language, SafeText};
use askama::Template;
use std::collections::BTreeSet;

/// One post, explained for one or two rule sets.
#[derive(Clone, Debug)]
pub struct PostReport {
    /// Display name.
    pub title: String,
    /// The id as JSON, if it has one.
    pub id: Option<String>,
    /// File and line number from 1, of a post of a file.
    pub place: Option<(String, u64)>,
    /// Name of each rule set, with its explanation or the reason why there is none.
    pub sides: Vec<(String, Result<Explanation, String>)>,
}

/// The differences between two explanations of one post, one line each; empty if there are none.
pub fn differences(one: &Explanation, other: &Explanation) -> Vec<String> {
    let mut found = Vec::new();
    if one.action != other.action {
        found.push(format!("action {} → {}", one.action, other.action));
    }
    if one.care != other.care {
        found.push(format!("care {} → {}", one.care, other.care));
    }
    let scores = |explanation: &Explanation| -> Vec<String> {
        explanation.categories.iter().map(|it| format!("{} {}", it.category, it.score)).collect()
    };
    let (before, after) = (scores(one), scores(other));
    if before != after {
        let list = |scores: &[String]| match scores {
            [] => "none".to_owned(),
            some => some.join(", "),
        };
        found.push(format!("scores {} → {}", list(&before), list(&after)));
    }
    let fired = |explanation: &Explanation| -> BTreeSet<String> {
        explanation.fired.iter().map(|rule| rule.id.clone()).collect()
    };
    let (before, after) = (fired(one), fired(other));
    for (word, rules) in [("no longer fires", &before - &after), ("fires now", &after - &before)] {
        found.extend(rules.iter().map(|rule| format!("{word}: {rule}")));
    }
    found
}

/// If more rules fired than this, their details are closed.
const OPEN_RULES_MAX: usize = 2;

#[derive(Debug, Template)]
#[template(path = "explain.html")]
struct Page {
    head: Head,
    posts: Vec<PostView>,
    command: SafeText,
}

#[derive(Debug)]
struct PostView {
    title: SafeText,
    sides: Vec<Side>,
    differences: Option<Vec<SafeText>>,
}

#[derive(Debug)]
struct Side {
    name: SafeText,
    explanation: Result<ExplanationView, SafeText>,
}

#[derive(Debug)]
struct ExplanationView {
    action: &'static str,
    care: bool,
    capped: bool,
    ruleset: SafeText,
    fields: Vec<Field>,
    sections: Vec<(&'static str, bool, Vec<Rule>)>,
    categories: Vec<(String, &'static str, bool, String)>,
}

#[derive(Debug)]
struct Field {
    name: SafeText,
    html: bool,
    segments: Vec<Segment>,
    other_hits: usize,
    readings: Vec<(SafeText, SafeText)>,
}

/// A part of a text that is covered by the same hits.
#[derive(Debug)]
struct Segment {
    text: SafeText,
    hits: SafeText,
    is_hit: bool,
}

#[derive(Debug)]
struct Rule {
    id: SafeText,
    title: SafeText,
    about: SafeText,
    shadow: bool,
    fired: bool,
    score: SafeText,
    stopped: Option<SafeText>,
    missing: Vec<SafeText>,
    condition: Vec<Row>,
    boosts: Vec<Row>,
    evidence: Vec<(SafeText, SafeText, SafeText)>,
}

/// A node of a condition, with its depth.
#[derive(Debug)]
struct Row {
    depth: usize,
    holds: bool,
    says: SafeText,
    found: SafeText,
}

/// Renders the page. `command` is the command line that produced it.
///
/// # Errors
///
/// None that depend on the data: the template is compiled.
pub fn render_page(posts: &[PostReport], command: &str) -> Result<String, askama::Error> {
    let title = match posts {
        [one] => format!("Verdict on {}", one.title),
        some => format!("Verdicts on {} posts", some.len()),
    };
    let page = Page {
        head: Head { language: Language::English, title: SafeText::of(&title) },
        posts: posts.iter().map(post_view).collect(),
        command: SafeText::of(command),
    };
    page.render()
}

fn post_view(post: &PostReport) -> PostView {
    let differences = match post.sides.as_slice() {
        [(_, Ok(one)), (_, Ok(other))] => {
            Some(differences(one, other).iter().map(|text| SafeText::of(text)).collect())
        }
        _ => None,
    };
    let side = |(name, explanation): &(String, Result<Explanation, String>)| Side {
        name: SafeText::of(name),
        explanation: explanation.as_ref().map(explanation_view).map_err(|why| SafeText::of(why)),
    };
    PostView {
        title: SafeText::of(&post.title),
        sides: post.sides.iter().map(side).collect(),
        differences,
    }
}

fn explanation_view(explanation: &Explanation) -> ExplanationView {
    let rules = |rules: &[RuleReport]| rules.iter().map(rule_view).collect::<Vec<Rule>>();
    let is_short = explanation.fired.len() <= OPEN_RULES_MAX;
    ExplanationView {
        action: explanation.action,
        care: explanation.care,
        capped: explanation.capped,
        ruleset: SafeText::of(&explanation.ruleset),
        fields: explanation.fields.iter().map(field_view).collect(),
        sections: vec![
            ("Rules that fired", is_short, rules(&explanation.fired)),
            ("Requested rules", true, rules(&explanation.requested)),
            ("Rules that almost fired", false, rules(&explanation.near_misses)),
        ],
        categories: explanation.categories.iter().map(category_view).collect(),
    }
}

fn category_view(category: &CategoryReport) -> (String, &'static str, bool, String) {
    let CategoryReport { category: name, score, cut_from, action, care, thresholds, when } =
        category;
    let cut = cut_from.map(|sum| format!(" (cut from {sum} by max)")).unwrap_or_default();
    let thresholds: Vec<String> =
        thresholds.iter().map(|it| format!("{} from {}", it.name, it.from)).collect();
    let thresholds = match thresholds.as_slice() {
        [] => "the policy has no threshold for it".to_owned(),
        some => some.join(", "),
    };
    let when = when.as_ref().map(|when| format!(" where {when}")).unwrap_or_default();
    (format!("{name} {score}{cut}"), action, *care, thresholds + &when)
}

fn field_view(field: &FieldReport) -> Field {
    let readings = field.readings.iter().map(|reading| {
        let views = reading.views.join(", ").replace('+', " + ");
        (SafeText::of(&views), SafeText::of(&reading.text))
    });
    Field {
        name: SafeText::of(&field.field),
        html: field.html,
        segments: segments(field),
        other_hits: field.other_hits,
        readings: readings.collect(),
    }
}

/// The text, split where a hit begins or ends.
fn segments(field: &FieldReport) -> Vec<Segment> {
    let characters: Vec<char> = field.text.chars().collect();
    let mut cuts: BTreeSet<usize> = [0, characters.len()].into();
    for hit in &field.hits {
        cuts.extend([hit.characters.0, hit.characters.1]);
    }
    let cuts: Vec<usize> = cuts.into_iter().filter(|at| *at <= characters.len()).collect();
    let segment = |pair: &[usize]| {
        let inside = field
            .hits
            .iter()
            .filter(|hit| hit.characters.0 <= pair[0] && pair[1] <= hit.characters.1);
        let hits: BTreeSet<String> =
            inside.map(|hit| format!("{} ({})", hit.matcher, hit.view)).collect();
        let text: String = characters[pair[0]..pair[1]].iter().collect();
        Segment {
            text: SafeText::of(&text),
            is_hit: !hits.is_empty(),
            hits: SafeText::of(&hits.into_iter().collect::<Vec<_>>().join(", ")),
        }
    };
    cuts.windows(2).map(segment).collect()
}

fn rule_view(rule: &RuleReport) -> Rule {
    let mut condition = Vec::new();
    rows(&rule.condition, 0, &mut condition);
    let mut boosts = Vec::new();
    rule.score.boosts.iter().for_each(|boost| boost_rows(boost, &mut boosts));
    let evidence = rule.evidence.iter().map(|hit| {
        let redacted = if hit.redacted { ", redacted" } else { "" };
        let place = format!("{} {}..{}, {}{redacted}", hit.field, hit.start, hit.end, hit.view);
        (SafeText::of(&hit.matcher), SafeText::of(&hit.text), SafeText::of(&place))
    });
    Rule {
        id: SafeText::of(&rule.id),
        title: SafeText::of(&rule.title),
        about: SafeText::of(&format!("{} · {} · pack {}", rule.category, rule.level, rule.pack)),
        shadow: rule.shadow,
        fired: rule.fired,
        score: SafeText::of(&rule.score.to_string()),
        stopped: rule.stopped.as_deref().map(SafeText::of),
        missing: rule.missing.iter().map(|what| SafeText::of(what)).collect(),
        evidence: evidence.collect(),
        condition,
        boosts,
    }
}

/// A tree as rows, in pre-order. Recursive: the parser limits the depth of conditions.
fn rows(node: &Node, depth: usize, out: &mut Vec<Row>) {
    let Node { says, holds, found, parts, .. } = node;
    out.push(Row { depth, holds: *holds, says: SafeText::of(says), found: SafeText::of(found) });
    parts.iter().for_each(|part| rows(part, depth + 1, out));
}

fn boost_rows(boost: &BoostReport, out: &mut Vec<Row>) {
    let first = out.len();
    rows(&boost.condition, 0, out);
    let sign = if boost.points.millis() < 0 { "" } else { "+" };
    if let Some(row) = out.get_mut(first) {
        row.says = SafeText::of(&format!("{sign}{} for {}", boost.points, row.says));
    }
}
