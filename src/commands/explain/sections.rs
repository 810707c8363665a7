//! An explanation, section by section.

use super::page::{Page, Run};
use super::ruled::{self, Palette};
use super::tree;
use anstyle::{AnsiColor, Style};
use tidegate_analysis::explain::{
    CategoryShown, Explanation, HitShown, PostTold, RuleShown, differences,
};

/// Ordinary text.
pub const PLAIN: Style = Style::new();
/// What lines are found by.
pub const STRONG: Style = Style::new().bold();
/// What is said aside.
pub const FAINT: Style = Style::new().dimmed();
/// It holds.
pub const YES: Style = AnsiColor::Green.on_default();
/// It does not.
pub const NO: Style = AnsiColor::Red.on_default();
/// Somebody should look.
const WARN: Style = AnsiColor::Yellow.on_default();

/// Columns before what is said of a rule.
const LABEL: usize = 14;

/// Writes a post, as each rule set judges it, with its title if it is one of several.
pub fn write_post(page: &mut Page, post: &PostTold, is_titled: bool) {
    if is_titled {
        page.line(0, 0, &[(STRONG, format!("━━ {}", post.title))]);
        page.gap();
    }
    if let [(_, Ok(one)), (_, Ok(other))] = post.sides.as_slice() {
        let found = differences(one, other);
        if found.is_empty() {
            page.line(0, 0, &[faint("both judge it alike")]);
        }
        found.into_iter().for_each(|text| page.line(0, 2, &[(WARN, text)]));
        page.gap();
    }
    for (at, (name, told)) in post.sides.iter().enumerate() {
        if at > 0 {
            page.gap();
        }
        if post.sides.len() > 1 {
            page.line(0, 0, &[(STRONG, format!("── {name}"))]);
        }
        match told {
            Ok(told) => write(page, told),
            Err(why) => page.line(0, 2, &[(NO, format!("this is no post: {why}"))]),
        }
    }
}

/// Writes everything. Where rules were asked about, those that nearly fired are left out.
pub fn write(page: &mut Page, told: &Explanation) {
    let palette = Palette::of(told);
    headline(page, told);
    for field in &told.fields {
        page.gap();
        ruled::field(page, field, &palette);
    }
    section(page, "Rules that fired", &told.fired, |page, rule| whole_rule(page, rule, &palette));
    section(page, "Rules asked about", &told.asked, |page, rule| {
        whole_rule(page, rule, &palette);
    });
    if told.asked.is_empty() {
        section(page, "Rules that nearly fired", &told.nearly, near_rule);
    }
    if !told.categories.is_empty() {
        page.gap();
        page.line(0, 0, &[strong("Scores")]);
        told.categories.iter().for_each(|category| score(page, category));
    }
}

fn section(
    page: &mut Page,
    title: &str,
    rules: &[RuleShown],
    mut write: impl FnMut(&mut Page, &RuleShown),
) {
    if rules.is_empty() {
        return;
    }
    page.gap();
    page.line(0, 0, &[strong(title)]);
    for (at, rule) in rules.iter().enumerate() {
        if at > 0 {
            page.gap();
        }
        write(page, rule);
    }
}

fn headline(page: &mut Page, told: &Explanation) {
    let mut runs = vec![(action_style(told.action), told.action.to_owned())];
    if told.care {
        runs.push((WARN.bold(), " + care".to_owned()));
    }
    for category in &told.categories {
        runs.push(plain(format!("  {} {}", category.category, category.score)));
    }
    if told.categories.is_empty() {
        let rule = if told.fired.is_empty() { "no rule" } else { "no rule that counts" };
        runs.push(plain(format!("  {rule} fired")));
    }
    if told.capped {
        let note = "  too many hits: some were not looked at, so a person should";
        runs.push((WARN, note.to_owned()));
    }
    runs.push((FAINT, format!("  ruleset {}", told.ruleset)));
    page.line(0, 2, &runs);
}

fn action_style(action: &str) -> Style {
    match action {
        "allow" => YES.bold(),
        "block" => NO.bold(),
        _ => WARN.bold(),
    }
}

/// Everything about a rule.
fn whole_rule(page: &mut Page, rule: &RuleShown, palette: &Palette) {
    head(page, rule);
    if let Some(stopped) = &rule.stopped {
        labelled(page, "stopped", &[(NO, stopped.clone())]);
    }
    let outcome = if rule.fired { "score" } else { "would score" };
    labelled(page, outcome, &[plain(rule.score.to_string())]);
    if let Some(weight) = rule.score.weight_of_pack {
        let note = format!("the weight is the policy's; the pack says {weight}");
        labelled(page, "", &[(FAINT, note)]);
    }
    missing(page, rule);
    page.line(4, 4, &[faint("condition")]);
    tree::write(page, &rule.condition, 6);
    if !rule.score.boosts.is_empty() {
        page.line(4, 4, &[faint("boosts")]);
        for boost in &rule.score.boosts {
            tree::boost(page, boost, 6);
        }
    }
    if !rule.evidence.is_empty() {
        page.line(4, 4, &[faint("evidence")]);
        rule.evidence.iter().for_each(|hit| evidence(page, hit, palette));
    }
}

/// What keeps a rule from firing.
fn near_rule(page: &mut Page, rule: &RuleShown) {
    head(page, rule);
    if let Some(stopped) = &rule.stopped {
        labelled(page, "stopped", &[plain(stopped.clone())]);
    }
    missing(page, rule);
}

fn head(page: &mut Page, rule: &RuleShown) {
    let mut runs = vec![
        (STRONG, rule.id.clone()),
        faint(&format!("  {} · {} · pack {}", rule.category, rule.level, rule.pack)),
    ];
    if rule.shadow {
        runs.push((WARN, "  shadow: counts for nothing".to_owned()));
    }
    page.line(2, 4, &runs);
    if !rule.title.is_empty() {
        page.line(4, 4, &[plain(rule.title.clone())]);
    }
}

fn missing(page: &mut Page, rule: &RuleShown) {
    for (at, what) in rule.missing.iter().enumerate() {
        labelled(page, if at == 0 { "missing" } else { "and" }, &[plain(what.clone())]);
    }
}

fn labelled(page: &mut Page, label: &str, runs: &[Run]) {
    let mut all = vec![faint(&format!("{label:width$}", width = LABEL - 2))];
    all.extend_from_slice(runs);
    page.line(4, 4 + LABEL - 2, &all);
}

fn evidence(page: &mut Page, hit: &HitShown, palette: &Palette) {
    let mut runs =
        vec![(palette.style(&hit.matcher), hit.matcher.clone()), plain(format!(" “{}”", hit.text))];
    match &hit.term {
        Some(term) if term.to_lowercase() != hit.text.to_lowercase() => {
            runs.push(plain(format!(" for {term}")))
        }
        _ => {}
    }
    let redacted = if hit.redacted { ", redacted" } else { "" };
    let place = format!("  {} {}..{}, {}{redacted}", hit.field, hit.start, hit.end, hit.view);
    runs.push((FAINT, place));
    page.line(6, 8, &runs);
}

fn score(page: &mut Page, category: &CategoryShown) {
    let mut runs = vec![(STRONG, format!("{} {}", category.category, category.score))];
    if let Some(sum) = category.cut_from {
        runs.push(plain(format!(" (cut from {sum} by `max`)")));
    }
    runs.push(plain(" → ".to_owned()));
    runs.push((action_style(category.action), category.action.to_owned()));
    if category.care {
        runs.push((WARN.bold(), " + care".to_owned()));
    }
    let thresholds: Vec<String> =
        category.thresholds.iter().map(|it| format!("{} from {}", it.name, it.from)).collect();
    let thresholds = match thresholds.as_slice() {
        [] => "the policy sets nothing for it".to_owned(),
        some => some.join(", "),
    };
    let when = category.when.as_ref().map(|when| format!(" where {when}")).unwrap_or_default();
    runs.push((FAINT, format!("  {thresholds}{when}")));
    page.line(2, 4, &runs);
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
