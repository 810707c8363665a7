//! An explanation, section by section.

use super::annotated_text::{self, MatcherColors};
use super::tree;
use crate::term::layout::{Layout, Run};
use crate::term::palette::{self, FAINT, NO, PLAIN, STRONG, WARN};
use crate::term::say;
use crate::term::{self, width};
use tidegate_analysis::explain::{
    CategoryReport, Explanation, HitReport, PostReport, RuleReport, differences,
};

/// Width of the label column.
const LABEL: usize = 14;

/// If more rules than this are shown, the explanation is folded.
const WHOLE_RULES_MAX: usize = 2;

/// The verdict is repeated at the end of an explanation with more lines than this.
const LINES_WITHOUT_END: usize = 20;

/// Texts of evidence that a folded rule lists.
const EVIDENCE_LISTED: usize = 6;

/// Writes a post, as each rule set judges it, with its title if it is a post of a file. Long
/// explanations are folded unless `is_full`.
pub fn write_post(layout: &mut Layout, post: &PostReport, is_full: bool) {
    if post.place.is_some() || post.id.is_some() {
        layout.line(0, 0, &[(STRONG, format!("━━ {}", term::say(&post.title)))]);
        layout.gap();
    }
    if let [(_, Ok(one)), (_, Ok(other))] = post.sides.as_slice() {
        let found = differences(one, other);
        if found.is_empty() {
            layout.line(0, 0, &[faint(&say!("both give the same verdict"))]);
        }
        found.into_iter().for_each(|text| layout.line(0, 2, &[(WARN, term::say(&text))]));
        layout.gap();
    }
    for (at, (name, explanation)) in post.sides.iter().enumerate() {
        if at > 0 {
            layout.gap();
        }
        if post.sides.len() > 1 {
            layout.line(0, 0, &[(STRONG, format!("── {}", term::say(name)))]);
        }
        match explanation {
            Ok(explanation) => write(layout, explanation, is_full),
            Err(why) => layout.line(0, 2, &[(NO, say!("not a post: {why}"))]),
        }
    }
}

/// Writes an explanation. If rules were named with `--rule`, near misses are omitted.
pub fn write(layout: &mut Layout, explanation: &Explanation, is_full: bool) {
    let Explanation { fired, requested, near_misses, .. } = explanation;
    let is_folded = !is_full && fired.len() > WHOLE_RULES_MAX;
    let colors = MatcherColors::of(explanation);
    let start = layout.text().len();
    headline(layout, explanation);
    for field in &explanation.fields {
        layout.gap();
        annotated_text::field(layout, field, &colors, is_folded);
    }
    section(layout, &say!("Rules that fired"), fired, !is_folded, |layout, rule| match is_folded {
        true => folded_rule(layout, rule),
        false => whole_rule(layout, rule, &colors),
    });
    section(layout, &say!("Requested rules"), requested, true, |layout, rule| {
        whole_rule(layout, rule, &colors);
    });
    if requested.is_empty() && !is_folded {
        section(layout, &say!("Near misses"), near_misses, true, near_rule);
    }
    if !explanation.categories.is_empty() {
        layout.gap();
        layout.line(0, 0, &[strong(&say!("Scores"))]);
        explanation.categories.iter().for_each(|category| score(layout, category));
    }
    if is_folded {
        layout.gap();
        let note = &say!("Folded: --full shows conditions, evidence, views and near misses.");
        layout.line(0, 2, &[faint(note)]);
    }
    if layout.text()[start..].lines().count() > LINES_WITHOUT_END {
        layout.gap();
        headline(layout, explanation);
    }
}

/// Writes the main parts of a rule on two lines.
fn folded_rule(layout: &mut Layout, rule: &RuleReport) {
    let shadow = if rule.shadow { say!(", not counted") } else { String::new() };
    let about = format!("  {} {}{shadow}", rule.category, rule.score.total);
    layout.line(2, 4, &[(STRONG, rule.id.clone()), faint(&about)]);
    let mut texts: Vec<String> = Vec::new();
    for hit in &rule.evidence {
        let text = format!("“{}”", hit.text);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let more = texts.len().saturating_sub(EVIDENCE_LISTED);
    texts.truncate(EVIDENCE_LISTED);
    let more = if more > 0 { say!(" and {more} more") } else { String::new() };
    let title = if rule.title.is_empty() { String::new() } else { format!("{}: ", rule.title) };
    layout.line(4, 4, &[plain(title), plain(texts.join(", ")), faint(&more)]);
}

fn section(
    layout: &mut Layout,
    title: &str,
    rules: &[RuleReport],
    are_spaced: bool,
    mut write: impl FnMut(&mut Layout, &RuleReport),
) {
    if rules.is_empty() {
        return;
    }
    layout.gap();
    layout.line(0, 0, &[strong(title)]);
    for (at, rule) in rules.iter().enumerate() {
        if at > 0 && are_spaced {
            layout.gap();
        }
        write(layout, rule);
    }
}

fn headline(layout: &mut Layout, explanation: &Explanation) {
    let mut runs = vec![(palette::action(explanation.action), explanation.action.to_owned())];
    if explanation.care {
        runs.push((WARN.bold(), say!(" + care")));
    }
    for category in &explanation.categories {
        runs.push(plain(format!("  {} {}", category.category, category.score)));
    }
    if explanation.categories.is_empty() {
        let none = match explanation.fired.is_empty() {
            true => say!("no rule fired"),
            false => say!("no rule that counts fired"),
        };
        runs.push(plain(format!("  {none}")));
    }
    if explanation.capped {
        let note = say!("too many hits: some were not evaluated; needs human review");
        runs.push((WARN, format!("  {note}")));
    }
    runs.push((FAINT, format!("  {}", say!("ruleset {}", explanation.ruleset))));
    layout.line(0, 2, &runs);
}

/// Writes all details of a rule.
fn whole_rule(layout: &mut Layout, rule: &RuleReport, colors: &MatcherColors) {
    head(layout, rule);
    if let Some(stopped) = &rule.stopped {
        labelled(layout, &say!("stopped"), &[(NO, term::say(stopped))]);
    }
    let outcome = if rule.fired { say!("score") } else { say!("would score") };
    labelled(layout, &outcome, &[plain(term::say(&rule.score.message()))]);
    if let Some(weight) = rule.score.weight_of_pack {
        let note = say!("the weight is set by the policy; the pack has {weight}");
        labelled(layout, "", &[(FAINT, note)]);
    }
    missing(layout, rule);
    layout.line(4, 4, &[faint(&say!("condition"))]);
    tree::write(layout, &rule.condition, 6);
    if !rule.score.boosts.is_empty() {
        layout.line(4, 4, &[faint(&say!("boosts"))]);
        for boost in &rule.score.boosts {
            tree::boost(layout, boost, 6);
        }
    }
    if !rule.evidence.is_empty() {
        layout.line(4, 4, &[faint(&say!("evidence"))]);
        rule.evidence.iter().for_each(|hit| evidence(layout, hit, colors));
    }
}

/// Writes what is missing for a rule to fire.
fn near_rule(layout: &mut Layout, rule: &RuleReport) {
    head(layout, rule);
    if let Some(stopped) = &rule.stopped {
        labelled(layout, &say!("stopped"), &[plain(term::say(stopped))]);
    }
    missing(layout, rule);
}

fn head(layout: &mut Layout, rule: &RuleReport) {
    let mut runs =
        vec![(STRONG, rule.id.clone()), faint(&format!("  {}", term::say(&rule.about())))];
    if rule.shadow {
        runs.push((WARN, format!("  {}", say!("shadow: not counted"))));
    }
    layout.line(2, 4, &runs);
    if !rule.title.is_empty() {
        layout.line(4, 4, &[plain(rule.title.clone())]);
    }
}

fn missing(layout: &mut Layout, rule: &RuleReport) {
    for (at, what) in rule.missing.iter().enumerate() {
        let label = if at == 0 { say!("missing") } else { say!("and") };
        labelled(layout, &label, &[plain(term::say(what))]);
    }
}

fn labelled(layout: &mut Layout, label: &str, runs: &[Run]) {
    let padding = (LABEL - 2).saturating_sub(width::columns(label));
    let mut all = vec![faint(&format!("{label}{}", " ".repeat(padding)))];
    all.extend_from_slice(runs);
    layout.line(4, 4 + LABEL - 2, &all);
}

fn evidence(layout: &mut Layout, hit: &HitReport, colors: &MatcherColors) {
    let mut runs =
        vec![(colors.style(&hit.matcher), hit.matcher.clone()), plain(format!(" “{}”", hit.text))];
    match &hit.term {
        Some(term) if term.to_lowercase() != hit.text.to_lowercase() => {
            runs.push(plain(say!(" for {term}")))
        }
        _ => {}
    }
    runs.push((FAINT, format!("  {}", term::say(&hit.place_message()))));
    layout.line(6, 8, &runs);
}

fn score(layout: &mut Layout, category: &CategoryReport) {
    let mut runs = vec![(STRONG, format!("{} {}", category.category, category.score))];
    if let Some(sum) = category.cut_from {
        runs.push(plain(say!(" (limited from {sum} by `max`)")));
    }
    runs.push(plain(" → ".to_owned()));
    runs.push((palette::action(category.action), category.action.to_owned()));
    if category.care {
        runs.push((WARN.bold(), say!(" + care")));
    }
    runs.push((FAINT, format!("  {}", term::say(&category.thresholds_message()))));
    layout.line(2, 4, &runs);
}

fn plain(text: String) -> Run {
    (PLAIN, text)
}

fn strong(text: &str) -> Run {
    (STRONG, text.to_owned())
}

fn faint(text: &str) -> Run {
    (FAINT, text.to_owned())
}
