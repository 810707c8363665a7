//! How a rule is found: `explain --plan`.

use crate::term::counts::{self, counted};
use crate::term::say;
use crate::term::table::Table;
use serde_json::{Value, json};
use tidegate_analysis::share::percent;
use tidegate_engine::domain::ids::{MatcherIx, RuleIx};
use tidegate_engine::phrase;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::plan::{Clause, CommonTerm};

/// Terms listed of each matcher of the key.
const TERMS_LISTED: usize = 5;

/// The plan as text.
pub fn text(rules: &RuleSet, rule: RuleIx) -> String {
    let own = rules.rule(rule);
    let clauses = rules.clauses(rule);
    let mut text = format!("{}: {}\n", own.id, own.title);
    if !own.languages.is_empty() {
        let languages = own.languages.join(", ");
        text.push_str(&say!("looked at only in posts that may be in: {languages}\n"));
    }
    let Some(key) = clauses.first() else {
        text.push_str(&say!("looked at in every post: it can match without a hit\n"));
        return text;
    };
    text.push_str(&say!("\nOf each line, one matcher must hit. The first line is the key.\n\n"));
    let mut table = Table::new(&[phrase!("EXPECTED"), phrase!("<MATCHERS")]);
    for clause in &clauses {
        table.row(vec![percent(clause.per_million), names(rules, clause).join(", ")]);
    }
    text.push_str(&table.text(2));
    let mut table = Table::new(&[
        phrase!("<MATCHER"),
        phrase!("<TERM"),
        phrase!("<SEARCHED AS"),
        phrase!("FOUND"),
        phrase!("HITS"),
    ]);
    for (matcher, term) in common_terms(rules, key) {
        let name = rules.matcher_name(matcher).to_owned();
        let (found, hits) = (percent(term.cost.found.into()), percent(term.cost.hits.into()));
        table.row(vec![name, term.text, term.searched, found, hits]);
    }
    if !table.is_empty() {
        text.push_str(&say!("\nThe most frequent terms of the key, in posts of any kind:\n\n"));
        text.push_str(&table.text(2));
    }
    text.push_str(&format!("\n{}\n", basis(rules)));
    text
}

/// Where the figures come from.
fn basis(rules: &RuleSet) -> String {
    match rules.sampled_posts() {
        None => say!("Estimated from lists of words; `compile --sample` measures."),
        Some(posts) => say!(
            "Measured in a sample of {}, and smoothed; terms are estimated from lists of words.",
            counted(posts as usize, &counts::POSTS),
        ),
    }
}

/// The plan as one line of JSON.
pub fn json(rules: &RuleSet, rule: RuleIx) -> String {
    let own = rules.rule(rule);
    let clauses = rules.clauses(rule);
    let terms = clauses.first().map(|key| common_terms(rules, key)).unwrap_or_default();
    let terms: Vec<Value> = terms
        .into_iter()
        .map(|(matcher, term)| {
            json!({
                "matcher": rules.matcher_name(matcher),
                "term": term.text,
                "searched": term.searched,
                "found_per_million": term.cost.found,
                "hits_per_million": term.cost.hits,
            })
        })
        .collect();
    let clauses: Vec<Value> = clauses
        .iter()
        .map(
            |clause| json!({ "matchers": names(rules, clause), "per_million": clause.per_million }),
        )
        .collect();
    let object = json!({
        "rule": own.id,
        "languages": own.languages,
        "sampled_posts": rules.sampled_posts(),
        "clauses": clauses,
        "key_terms": terms,
    });
    format!("{object}\n")
}

fn common_terms(rules: &RuleSet, key: &Clause) -> Vec<(MatcherIx, CommonTerm)> {
    let of_matcher = |matcher: &MatcherIx| {
        let terms = rules.common_terms(*matcher, TERMS_LISTED);
        terms.into_iter().map(|term| (*matcher, term)).collect::<Vec<_>>()
    };
    key.matchers.iter().flat_map(of_matcher).collect()
}

fn names<'r>(rules: &'r RuleSet, clause: &Clause) -> Vec<&'r str> {
    clause.matchers.iter().map(|matcher| rules.matcher_name(*matcher)).collect()
}
