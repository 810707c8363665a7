//! Writes suggestions as a pack that an author can copy from, or load and measure unchanged.

use super::choose::{PairSuggestion, Suggestions, Weight};
use std::fmt::Write;
use tidegate_engine::message::{Message, message};
use tidegate_engine::phrase;
use tidegate_messages::Language;

const NOTES: &str = phrase!(
    "\
# Suggestions: review each one before use. Frequent does not mean harmful.
# After each: texts of the category that contain it (of these, texts that nothing above finds),
# harmless texts that contain it, their share per 10,000, and the log-odds ratio, both with 95 %
# intervals. Log-odds of 1.1 mean three times the odds, of 2.3 ten times, of 4.6 a hundred times."
);

const HEAD: &str = "
tidegate: 1
pack: suggested
version: 0.1.0
title: ";

const AFTER_TITLE: &str = "
license: CC0-1.0
defaults: { fields: [title, text] }
";

/// A pack with one rule for the terms of each group and one for each pair, all experimental.
pub fn pack(all: &[Suggestions], language: Language) -> String {
    let title = language.phrase(phrase!("Suggestions for an author"));
    let mut out = [language.phrase(NOTES), HEAD, title, AFTER_TITLE].concat();
    if all.iter().all(|group| group.terms.is_empty() && group.pairs.is_empty()) {
        out.push_str("rules: []\n");
    } else {
        out.push_str("rules:\n");
    }
    for group in all {
        of_group(&mut out, group, language);
    }
    out
}

fn of_group(out: &mut String, group: &Suggestions, language: Language) {
    let Suggestions { categories, rows, harmless, covered, terms, pairs } = group;
    let share = 100.0 * *covered as f64 / (*rows).max(1) as f64;
    let categories =
        Message::list(categories.iter().map(|it| Message::verbatim(*it)), &message!(" or "));
    let summary = message!(
        "{categories}: {rows} texts, {harmless} harmless ones; the suggestions cover {share:.1} % of them"
    );
    let _ = writeln!(out, "  # {}", language.say(&summary));
    let figures = |weight: &Weight| language.say(&figures(weight));
    if !terms.is_empty() {
        head(out, group, "terms");
        out.push_str("    match:\n      term:\n        words:\n");
        for term in terms {
            let _ =
                writeln!(out, "          - {}  # {}", quoted(&term.term), figures(&term.weight));
        }
        out.push_str("    condition: term\n    weight: 1\n");
    }
    for (number, PairSuggestion { left, right, within, weight }) in (1..).zip(pairs) {
        head(out, group, &format!("pair-{number}"));
        let (left, right) = (quoted(left), quoted(right));
        let _ = writeln!(out, "    match: {{ one: [{left}], other: [{right}] }}");
        let joint = within.map_or("and".to_owned(), |within| format!("near/{within}"));
        let _ = writeln!(out, "    condition: one {joint} other  # {}", figures(weight));
        out.push_str("    weight: 1\n");
    }
}

fn head(out: &mut String, group: &Suggestions, name: &str) {
    let (first, joint) = (group.categories.first().unwrap_or(&""), group.categories.join("-or-"));
    let _ = writeln!(out, "  - id: suggested.{joint}.{name}");
    let _ = writeln!(out, "    category: {first}");
    out.push_str("    status: experimental\n");
}

/// `24 (24 new), 0 harmless: 0.0 (0.0–15.8), log-odds 6.2 (3.4–9.0)`.
fn figures(weight: &Weight) -> Message {
    let Weight { rows, new, harmless, cost, lift } = weight;
    let cost = cost.map_or(String::new(), |cost| {
        format!(": {:.1} ({:.1}–{:.1})", cost.value * 1e4, cost.low * 1e4, cost.high * 1e4)
    });
    message!(
        "{rows} ({new} new), {harmless} harmless{cost}, log-odds {:.1} ({:.1}–{:.1})",
        lift.value,
        lift.low,
        lift.high
    )
}

/// A YAML scalar in double quotes; every JSON string is one.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::choose::{Wanted, choose};
    use super::pack;
    use crate::labels::CategorySet;
    use tidegate_engine::domain::category::Category;
    use tidegate_messages::Language;

    fn load(text: &str) -> usize {
        let builder = tidegate_packs::builder().embedded(false);
        let engine = builder.rules_text("suggested.rules.yaml", text).build();
        let engine = engine.unwrap_or_else(|error| {
            panic!(
                "{error}
{text}"
            )
        });
        engine.classifier().rules().rules().len()
    }

    #[test]
    fn suggested_packs_can_be_loaded() {
        let fill = ["早", "晚", "去", "来", "天", "地", "水", "火"];
        let rows: Vec<String> = (0..40)
            .map(|n| {
                format!("{}加我{}返水 win a prize{}", fill[n % 8], fill[n / 8], fill[n * 3 % 8])
            })
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let harmless = ["加我吧", "返水多", "你好"].repeat(40);
        let wanted = Wanted { rows_least: 3, cost_most: 0.05, most: 9 };
        let group = |names: &[&str]| {
            let all = names.iter().filter_map(|name| Category::from_name(name));
            all.fold(CategorySet::EMPTY, |set, category| set.with(category))
        };
        let one = choose(&group(&["gambling"]), &rows, &harmless, &wanted);
        let two = choose(&group(&["fraud", "spam"]), &rows, &harmless, &wanted);
        assert!(!one.terms.is_empty(), "{one:#?}");
        let rules = |it: &super::Suggestions| usize::from(!it.terms.is_empty()) + it.pairs.len();
        let expected = rules(&one) + rules(&two);
        assert_eq!(load(&pack(&[one, two], Language::English)), expected);
        assert_eq!(load(&pack(&[], Language::English)), 0);
    }
}
