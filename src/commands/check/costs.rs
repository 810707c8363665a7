//! The rules that are looked at most often: `check --cost`.

use crate::term::say;
use crate::term::table::Table;
use std::cmp::Reverse;
use tidegate_analysis::share::percent;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::phrase;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::plan::{Clause, MILLION};

/// Rules listed.
const RULES_LISTED: usize = 20;

/// The rules of which `is_listed` is true that are looked at most often.
pub fn table(rules: &RuleSet, is_listed: impl Fn(RuleIx) -> bool) -> String {
    let numbers = (0..rules.rules().len() as u32).map(RuleIx).filter(|rule| is_listed(*rule));
    let mut keys: Vec<(RuleIx, Option<Clause>)> =
        numbers.map(|rule| (rule, rules.clauses(rule).into_iter().next())).collect();
    keys.sort_by_key(|(_, key)| Reverse(expected(key.as_ref())));
    let mut table = Table::new(&[
        phrase!("EXPECTED"),
        phrase!("<RULE"),
        phrase!("<KEY"),
        phrase!("<MOST FREQUENT TERM"),
    ]);
    for (rule, key) in keys.into_iter().take(RULES_LISTED) {
        let share = percent(expected(key.as_ref()));
        let id = rules.rule(rule).id.clone();
        let (names, term) = key.map_or((say!("every post"), String::new()), |key| {
            (names(rules, &key), most_frequent(rules, &key))
        });
        table.row(vec![share, id, names, term]);
    }
    say!(
        "The rules that are looked at most often, by estimate; `explain --plan RULE` shows more:\n\n{}",
        table.text(2)
    )
}

fn expected(key: Option<&Clause>) -> u64 {
    key.map_or(MILLION, |key| key.per_million)
}

/// The matchers of a key, the first three of them.
fn names(rules: &RuleSet, key: &Clause) -> String {
    const SHOWN: usize = 3;
    let names = key.matchers.iter().take(SHOWN).map(|matcher| rules.matcher_name(*matcher));
    let names = names.collect::<Vec<_>>().join(", ");
    match key.matchers.len().checked_sub(SHOWN) {
        None | Some(0) => names,
        Some(more) => say!("{names} and {more} more"),
    }
}

fn most_frequent(rules: &RuleSet, key: &Clause) -> String {
    let terms = key.matchers.iter().flat_map(|matcher| rules.common_terms(*matcher, 1));
    let most = terms.max_by_key(|term| term.cost.all());
    most.map_or(String::new(), |term| match term.searched == term.text {
        true => term.text,
        false => say!("{} (searched as {})", term.text, term.searched),
    })
}
