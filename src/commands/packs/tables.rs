//! The listings of `packs`: as tables for people, as JSON lines for programs.

use crate::start_error::StartError;
use crate::term::table::Table;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use tidegate_engine::phrase;
use tidegate_engine::policy::Policy;
use tidegate_engine::rules::model::{Correlation, CorrelationKind, Level, Model, Pack, Rule};
use tidegate_packs::BUNDLE;

/// One pack, counted.
struct Row<'m> {
    pack: &'m Pack,
    rules: usize,
    correlations: usize,
    categories: Vec<&'static str>,
}

/// The packs and the policies.
///
/// # Errors
///
/// The diagnostics of a policy that cannot be read.
pub fn packs(mut model: Model, json: bool) -> Result<String, StartError> {
    let policies = policies(&mut model)?;
    let rows: Vec<Row<'_>> = (0..model.packs.len()).map(|number| row(&model, number)).collect();
    Ok(match json {
        true => packs_as_json(&rows) + &policies_as_json(&policies),
        false => packs_as_table(&rows) + "\n" + &policies_as_table(&policies),
    })
}

/// Names of the policies, each with its title.
fn policies(model: &mut Model) -> Result<Vec<(&'static str, String)>, Vec<Diagnostic>> {
    let read = |name: &'static str| {
        let source = BUNDLE.policy(name).expect("a name of a policy in the bundle");
        let policy = Policy::parse(&source, &mut model.names)?;
        Ok((name, policy.title().to_owned()))
    };
    BUNDLE.policy_names().map(read).collect()
}

fn row(model: &Model, number: usize) -> Row<'_> {
    let rules = || model.rules.iter().filter(move |rule| rule.pack == number);
    let correlations = || model.correlations.iter().filter(move |rule| rule.pack == number);
    let counted = correlations().map(|rule| rule.category);
    let categories: BTreeSet<Category> = rules().map(|rule| rule.category).chain(counted).collect();
    Row {
        pack: &model.packs[number],
        rules: rules().count(),
        correlations: correlations().count(),
        categories: categories.into_iter().map(Category::name).collect(),
    }
}

fn packs_as_json(rows: &[Row<'_>]) -> String {
    let line = |row: &Row<'_>| {
        let Row { pack, rules, correlations, categories } = row;
        let Pack { name, version, title, license, source: _ } = pack;
        let object = json!({
            "pack": name,
            "version": version,
            "title": title,
            "license": license,
            "rules": rules,
            "correlations": correlations,
            "categories": categories,
        });
        format!("{object}\n")
    };
    rows.iter().map(line).collect()
}

fn policies_as_json(policies: &[(&str, String)]) -> String {
    let line = |(name, title): &(&str, String)| {
        let object = json!({ "policy": name, "title": title });
        format!("{object}\n")
    };
    policies.iter().map(line).collect()
}

fn packs_as_table(rows: &[Row<'_>]) -> String {
    let mut table =
        Table::new(&[phrase!("<PACK"), phrase!("<VERSION"), phrase!("RULES"), phrase!("<ABOUT")]);
    for Row { pack, rules, correlations: _, categories } in rows {
        let Pack { name, version, title, .. } = pack;
        // A pack may contain nothing but matchers for other packs.
        let about =
            if categories.is_empty() { "no rules".to_owned() } else { categories.join(", ") };
        let about = format!("{title} ({about})");
        table.row(vec![name.clone(), version.clone(), rules.to_string(), about]);
    }
    table.text(0)
}

fn policies_as_table(policies: &[(&str, String)]) -> String {
    let mut table = Table::new(&[phrase!("<POLICY"), phrase!("<FOR")]);
    for (name, title) in policies {
        table.row(vec![(*name).to_owned(), title.clone()]);
    }
    table.text(0)
}

/// A rule, or a rule over several posts.
struct RuleRow<'m> {
    id: &'m str,
    pack: usize,
    category: Category,
    level: Level,
    weight: Score,
    title: &'m str,
    /// What it counts over several posts.
    counts: Option<CorrelationKind>,
}

impl<'m> From<&'m Rule> for RuleRow<'m> {
    fn from(rule: &'m Rule) -> RuleRow<'m> {
        let Rule { id, pack, category, level, weight, title, .. } = rule;
        let (pack, category, level, weight) = (*pack, *category, *level, *weight);
        RuleRow { id, pack, category, level, weight, title, counts: None }
    }
}

impl<'m> From<&'m Correlation> for RuleRow<'m> {
    fn from(rule: &'m Correlation) -> RuleRow<'m> {
        let Correlation { id, pack, category, level, weight, title, kind, .. } = rule;
        let (pack, category, level, weight) = (*pack, *category, *level, *weight);
        RuleRow { id, pack, category, level, weight, title, counts: Some(*kind) }
    }
}

/// The rules of pack number `pack`, or of every pack, in id order.
pub fn rules(model: &Model, pack: Option<usize>, json: bool) -> String {
    let correlations = model.correlations.iter().map(RuleRow::from);
    let mut rules: Vec<RuleRow<'_>> = model
        .rules
        .iter()
        .map(RuleRow::from)
        .chain(correlations)
        .filter(|rule| pack.is_none_or(|pack| rule.pack == pack))
        .collect();
    rules.sort_by_key(|rule| rule.id);
    match json {
        true => rules.iter().map(|rule| rule_as_json(model, rule)).collect(),
        false => rules_as_table(&rules),
    }
}

fn rule_as_json(model: &Model, rule: &RuleRow<'_>) -> String {
    let mut object = json!({
        "rule": rule.id,
        "pack": model.packs[rule.pack].name,
        "category": rule.category.name(),
        "level": rule.level.name(),
        "weight": serde_json::from_str::<Value>(&rule.weight.to_string()).unwrap_or_default(),
        "title": rule.title,
    });
    if let Some(kind) = rule.counts {
        object["kind"] = "correlation".into();
        object["type"] = kind.name().into();
    }
    format!("{object}\n")
}

fn rules_as_table(rules: &[RuleRow<'_>]) -> String {
    let mut table = Table::new(&[
        phrase!("<RULE"),
        phrase!("<CATEGORY"),
        phrase!("<LEVEL"),
        phrase!("WEIGHT"),
        phrase!("<TITLE"),
    ]);
    for rule in rules {
        let kind = rule.counts.map_or(String::new(), |kind| format!(" ({})", kind.name()));
        table.row(vec![
            rule.id.to_owned(),
            rule.category.name().to_owned(),
            rule.level.name().to_owned(),
            rule.weight.to_string(),
            format!("{}{kind}", rule.title),
        ]);
    }
    table.text(0)
}
