//! Renders explanations as one HTML page.

use super::condition::Node;
use super::report::{BoostReport, CategoryReport, Explanation, RuleReport};
use super::text::FieldReport;
use crate::html::{Head, SafeText};
use askama::Template;
use std::collections::BTreeSet;
use tidegate_engine::message::{Message, message};
use tidegate_engine::phrase;
use tidegate_messages::Language;

/// One post, explained for one or two rule sets.
#[derive(Clone, Debug)]
pub struct PostReport {
    /// Display name.
    pub title: Message,
    /// The id as JSON, if it has one.
    pub id: Option<String>,
    /// File and line number from 1, of a post of a file.
    pub place: Option<(String, u64)>,
    /// Name of each rule set, with its explanation or the reason why there is none.
    pub sides: Vec<(Message, Result<Explanation, Message>)>,
}

/// The differences between two explanations of one post, one line each; empty if there are none.
pub fn differences(one: &Explanation, other: &Explanation) -> Vec<Message> {
    let mut found = Vec::new();
    if one.action != other.action {
        found.push(message!("action {} → {}", one.action, other.action));
    }
    if one.care != other.care {
        found.push(message!("care {} → {}", one.care, other.care));
    }
    let scores = |explanation: &Explanation| -> Vec<String> {
        explanation.categories.iter().map(|it| format!("{} {}", it.category, it.score)).collect()
    };
    let (before, after) = (scores(one), scores(other));
    if before != after {
        let list = |scores: &[String]| match scores {
            [] => message!("none"),
            some => Message::verbatim(some.join(", ")),
        };
        found.push(message!("scores {} → {}", list(&before), list(&after)));
    }
    let fired = |explanation: &Explanation| -> BTreeSet<String> {
        explanation.fired.iter().map(|rule| rule.id.clone()).collect()
    };
    let (before, after) = (fired(one), fired(other));
    found.extend((&before - &after).iter().map(|rule| message!("no longer fires: {rule}")));
    found.extend((&after - &before).iter().map(|rule| message!("fires now: {rule}")));
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
pub fn render_page(
    posts: &[PostReport],
    command: &str,
    language: Language,
) -> Result<String, askama::Error> {
    let title = match posts {
        [one] => message!("Verdict on {}", one.title),
        some => message!("Verdicts on {} posts", some.len()),
    };
    let page = Page {
        head: Head { language, title: SafeText::say(language, &title) },
        posts: posts.iter().map(|post| post_view(post, language)).collect(),
        command: SafeText::of(command),
    };
    page.render()
}

fn post_view(post: &PostReport, language: Language) -> PostView {
    let differences = match post.sides.as_slice() {
        [(_, Ok(one)), (_, Ok(other))] => {
            Some(differences(one, other).iter().map(|it| SafeText::say(language, it)).collect())
        }
        _ => None,
    };
    let side = |(name, explanation): &(Message, Result<Explanation, Message>)| Side {
        name: SafeText::say(language, name),
        explanation: explanation
            .as_ref()
            .map(|explanation| explanation_view(explanation, language))
            .map_err(|why| SafeText::say(language, why)),
    };
    PostView {
        title: SafeText::say(language, &post.title),
        sides: post.sides.iter().map(side).collect(),
        differences,
    }
}

fn explanation_view(explanation: &Explanation, language: Language) -> ExplanationView {
    let rules = |rules: &[RuleReport]| {
        rules.iter().map(|rule| rule_view(rule, language)).collect::<Vec<Rule>>()
    };
    let is_short = explanation.fired.len() <= OPEN_RULES_MAX;
    ExplanationView {
        action: explanation.action,
        care: explanation.care,
        capped: explanation.capped,
        ruleset: SafeText::of(&explanation.ruleset),
        fields: explanation.fields.iter().map(field_view).collect(),
        sections: vec![
            (phrase!("Rules that fired"), is_short, rules(&explanation.fired)),
            (phrase!("Requested rules"), true, rules(&explanation.requested)),
            (phrase!("Rules that almost fired"), false, rules(&explanation.near_misses)),
        ],
        categories: explanation.categories.iter().map(|it| category_view(it, language)).collect(),
    }
}

fn category_view(
    category: &CategoryReport,
    language: Language,
) -> (String, &'static str, bool, String) {
    let (score, thresholds) = (category.score_message(), category.thresholds_message());
    (language.say(&score), category.action, category.care, language.say(&thresholds))
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

fn rule_view(rule: &RuleReport, language: Language) -> Rule {
    let mut condition = Vec::new();
    rows(&rule.condition, 0, language, &mut condition);
    let mut boosts = Vec::new();
    rule.score.boosts.iter().for_each(|boost| boost_rows(boost, language, &mut boosts));
    let evidence = rule.evidence.iter().map(|hit| {
        let place = SafeText::say(language, &hit.place_message());
        (SafeText::of(&hit.matcher), SafeText::of(&hit.text), place)
    });
    Rule {
        id: SafeText::of(&rule.id),
        title: SafeText::of(&rule.title),
        about: SafeText::say(language, &rule.about()),
        shadow: rule.shadow,
        fired: rule.fired,
        score: SafeText::say(language, &rule.score.message()),
        stopped: rule.stopped.as_ref().map(|why| SafeText::say(language, why)),
        missing: rule.missing.iter().map(|what| SafeText::say(language, what)).collect(),
        evidence: evidence.collect(),
        condition,
        boosts,
    }
}

/// A tree as rows, in pre-order. Recursive: the parser limits the depth of conditions.
fn rows(node: &Node, depth: usize, language: Language, out: &mut Vec<Row>) {
    let Node { says, holds, found, parts, .. } = node;
    let found = SafeText::say(language, found);
    out.push(Row { depth, holds: *holds, says: SafeText::of(says), found });
    parts.iter().for_each(|part| rows(part, depth + 1, language, out));
}

fn boost_rows(boost: &BoostReport, language: Language, out: &mut Vec<Row>) {
    let first = out.len();
    rows(&boost.condition, 0, language, out);
    let sign = if boost.points.millis() < 0 { "" } else { "+" };
    if let Some(row) = out.get_mut(first) {
        let says = message!("{sign}{} for {}", boost.points, row.says);
        row.says = SafeText::say(language, &says);
    }
}
