//! The report as tables.

use crate::term::say;
use crate::term::table::Table;
use crate::term::{one_line, printable};
use std::fmt::Write;
use tidegate_analysis::diff::{ChangeReport, PostReport, Report, RuleChange, RuleReport};
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::phrase;

/// Number of rules listed.
const RULES_MAX: usize = 40;

/// The whole report.
pub fn write(report: &Report) -> String {
    let Report { old_ruleset, new_ruleset, posts, unreadable, skipped, same, .. } = report;
    let mut out = say!(
        "{} posts: {} with the same verdict, {} with another action or care mark, {} with only \
         other rules or scores\n",
        grouped(*posts),
        grouped(*same),
        grouped(report.actions_changed),
        grouped(posts - same - report.actions_changed)
    );
    if unreadable + skipped > 0 {
        let (unreadable, skipped) = (grouped(*unreadable), grouped(*skipped));
        let _ = writeln!(out, "{}", say!("not judged: {unreadable} unreadable, {skipped} skipped"));
    }
    let _ = writeln!(out, "{}", say!("rule set {old_ruleset} → {new_ruleset}"));
    changes(&mut out, &report.changes);
    rules(&mut out, &report.rules);
    for change in &report.changes {
        samples(&mut out, change);
    }
    out
}

fn changes(out: &mut String, changes: &[ChangeReport]) {
    let mut table = Table::new(&[phrase!("<action"), phrase!("posts")]);
    for change in changes {
        table.row(vec![describe(change), grouped(change.posts)]);
    }
    section(out, &table);
}

/// `flag → block`; `allow unchanged, other rules or scores`.
fn describe(change: &ChangeReport) -> String {
    let ChangeReport { from, from_care, to, to_care, .. } = change;
    let care = |care: &bool| if *care { say!(" + care") } else { String::new() };
    if (from, from_care) == (to, to_care) {
        return say!("{from}{} unchanged, other rules or scores", care(from_care));
    }
    format!("{from}{} → {to}{}", care(from_care), care(to_care))
}

fn rules(out: &mut String, rules: &[RuleChange]) {
    let mut table =
        Table::new(&[phrase!("<rule"), phrase!("lost"), phrase!("gained"), phrase!("unchanged")]);
    for rule in rules.iter().take(RULES_MAX) {
        let counts = [rule.lost, rule.gained, rule.kept].map(grouped);
        table.row(std::iter::once(rule.rule.clone()).chain(counts).collect());
    }
    section(out, &table);
    if rules.len() > RULES_MAX {
        let _ =
            writeln!(out, "{}", say!("  and {} more; --json lists all", rules.len() - RULES_MAX));
    }
}

fn section(out: &mut String, table: &Table) {
    if !table.is_empty() {
        out.push('\n');
        out.push_str(&table.text(2));
    }
}

fn samples(out: &mut String, change: &ChangeReport) {
    if change.samples.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", describe(change));
    for PostReport { file, line, id, texts, old, new } in &change.samples {
        let id = match id.as_str() {
            Some(text) => say!("  id {}", one_line(text)),
            None if id.is_null() => String::new(),
            None => say!("  id {id}"),
        };
        let _ = writeln!(out, "  {}:{line}{id}", printable(file));
        for (field, text) in texts {
            let _ = writeln!(out, "    {field}: {}", one_line(text));
        }
        side(out, "-", old, new);
        side(out, "+", new, old);
    }
}

/// Rules that fired on one side only, or with another score.
fn side(out: &mut String, sign: &str, own: &[RuleReport], other: &[RuleReport]) {
    let is_changed = |rule: &&RuleReport| {
        let same =
            |it: &RuleReport| (it.rule.as_str(), it.score) == (rule.rule.as_str(), rule.score);
        !other.iter().any(same)
    };
    for RuleReport { rule, category, score, evidence } in own.iter().filter(is_changed) {
        let evidence: Vec<String> = evidence.iter().map(|it| one_line(it)).collect();
        let _ = writeln!(out, "    {sign} {rule} ({category} {score}): {}", evidence.join(", "));
    }
}
