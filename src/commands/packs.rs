//! `packs`: the embedded packs and policies.

use crate::exit::Exit;
use crate::start_error::StartError;
use crate::term;
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::domain::category::Category;
use tidegate_engine::policy::Policy;
use tidegate_engine::rules::model::{Model, Pack};
use tidegate_packs::BUNDLE;

/// Arguments of `packs`.
#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate packs --json | jq -r .pack")]
pub struct PacksArgs {
    /// Print one JSON object per pack or policy
    #[arg(long)]
    pub json: bool,
}

/// A pack and its counts.
struct Row<'m> {
    pack: &'m Pack,
    rules: usize,
    categories: Vec<&'static str>,
}

/// Runs the command.
pub fn run(args: &PacksArgs) -> Exit {
    let mut model = match tidegate_packs::loader().load() {
        Ok(loaded) => loaded.model,
        Err(diagnostics) => return term::refuse(&StartError::Rules(diagnostics)),
    };
    let policies = match policies(&mut model) {
        Ok(policies) => policies,
        Err(diagnostics) => return term::refuse(&StartError::Rules(diagnostics)),
    };
    let rows: Vec<Row<'_>> = (0..model.packs.len()).map(|number| row(&model, number)).collect();
    let text = if args.json {
        as_json(&rows) + &policies_as_json(&policies)
    } else {
        as_table(&rows) + "\n" + &policies_as_table(&policies)
    };
    term::print(text.as_bytes())
}

/// Names of the embedded policies, each with its title.
fn policies(model: &mut Model) -> Result<Vec<(&'static str, String)>, Vec<Diagnostic>> {
    let read = |name: &'static str| {
        let source = BUNDLE.policy(name).expect("a name of an embedded policy");
        let policy = Policy::parse(&source, &mut model.names)?;
        Ok((name, policy.title().to_owned()))
    };
    BUNDLE.policy_names().map(read).collect()
}

fn policies_as_json(policies: &[(&str, String)]) -> String {
    let line = |(name, title): &(&str, String)| {
        let object = json!({ "policy": name, "title": title });
        format!("{object}\n")
    };
    policies.iter().map(line).collect()
}

fn policies_as_table(policies: &[(&str, String)]) -> String {
    let names = policies.iter().map(|(name, _)| name.len()).chain(["POLICY".len()]).max();
    let names = names.unwrap_or(0);
    let mut table = format!("{:names$}  FOR\n", "POLICY");
    for (name, title) in policies {
        table.push_str(&format!("{name:names$}  {title}\n"));
    }
    table
}

fn row(model: &Model, number: usize) -> Row<'_> {
    let rules = || model.rules.iter().filter(move |rule| rule.pack == number);
    let categories: BTreeSet<Category> = rules().map(|rule| rule.category).collect();
    Row {
        pack: &model.packs[number],
        rules: rules().count(),
        categories: categories.into_iter().map(Category::name).collect(),
    }
}

fn as_json(rows: &[Row<'_>]) -> String {
    let line = |row: &Row<'_>| {
        let Row { pack, rules, categories } = row;
        let Pack { name, version, title, license, source: _ } = pack;
        let object = json!({
            "pack": name,
            "version": version,
            "title": title,
            "license": license,
            "rules": rules,
            "categories": categories,
        });
        format!("{object}\n")
    };
    rows.iter().map(line).collect()
}

fn as_table(rows: &[Row<'_>]) -> String {
    let widest = |text: fn(&Pack) -> &str, head: &str| {
        rows.iter().map(|row| text(row.pack).len()).chain([head.len()]).max().unwrap_or(0)
    };
    let names = widest(|pack| &pack.name, "PACK");
    let versions = widest(|pack| &pack.version, "VERSION");
    let mut table = format!("{:names$}  {:versions$}  RULES  ABOUT\n", "PACK", "VERSION");
    for Row { pack, rules, categories } in rows {
        let Pack { name, version, title, .. } = pack;
        // A pack may contain only matchers for other packs.
        let about =
            if categories.is_empty() { "no rules".to_owned() } else { categories.join(", ") };
        table.push_str(&format!(
            "{name:names$}  {version:versions$}  {rules:>5}  {title} ({about})\n"
        ));
    }
    table
}
