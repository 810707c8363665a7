//! Lints of tests that test nothing: what they state is read by no condition.

use crate::diagnostic::Diagnostic;
use crate::domain::field::FieldId;
use crate::message::message;
use crate::rules::condition::expr::Expr;
use crate::rules::model::{Example, Model, Rule};
use crate::rules::source::suggest;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashSet};

const CODE: &str = "idle_test";

pub(super) fn lint(model: &Model, rule: &Rule, found: &mut Vec<Diagnostic>) {
    let fields = rule.read_fields(&model.matchers);
    let paths = read_paths(model, rule);
    for (example, is_hit) in
        rule.hits.iter().map(|own| (own, true)).chain(rule.misses.iter().map(|own| (own, false)))
    {
        if is_hit {
            unread_texts(model, rule, example, &fields, found);
        }
        unread_paths(rule, example, &paths, found);
        if !is_hit && (example.score.is_some() || example.view.is_some()) {
            let key = if example.score.is_some() { "score" } else { "view" };
            let message = message!("`{key}` is never compared: a rule that must miss has none");
            let warning = Diagnostic::warning(CODE, message, example.place.clone());
            found.push(warning.help(message!("leave it out, or move the test to `hit`")));
        }
    }
}

fn unread_texts(
    model: &Model,
    rule: &Rule,
    example: &Example,
    fields: &BTreeSet<FieldId>,
    found: &mut Vec<Diagnostic>,
) {
    if example.texts.iter().any(|(field, _)| fields.contains(field)) || fields.is_empty() {
        return;
    }
    let name = |field: &FieldId| format!("`{}`", model.names.field_name(*field));
    let read: Vec<String> = fields.iter().map(name).collect();
    let message = message!("the example has no text that `{}` reads: {}", rule.id, read.join(", "));
    let field = model.names.field_name(*fields.iter().next().unwrap_or(&FieldId::TEXT));
    let warning = Diagnostic::warning(CODE, message, example.place.clone());
    found.push(warning.help(message!("write `{{ {field}: … }}`")));
}

/// The `post.` paths that decide whether and with which score a rule fires, and those that every
/// rule depends on.
fn read_paths<'m>(model: &'m Model, rule: &'m Rule) -> BTreeSet<&'m str> {
    let mut paths = BTreeSet::from(["lang", "created_at"]);
    let mut seen = HashSet::new();
    let mut open = vec![rule];
    while let Some(rule) = open.pop() {
        if !seen.insert(rule.id.as_str()) {
            continue;
        }
        let boosts = rule.boosts.iter().map(|boost| &boost.condition);
        for condition in boosts.chain([&rule.condition]) {
            condition.expr.visit(&mut |expr: &Expr| {
                let path = expr.operands().path;
                paths.extend(path.map(|path| model.names.metas()[path.index()].as_str()));
            });
            let fired = condition.expr.fired_rules();
            open.extend(fired.iter().filter_map(|other| model.rules.get(other.index())));
        }
    }
    paths
}

fn unread_paths(
    rule: &Rule,
    example: &Example,
    paths: &BTreeSet<&str>,
    found: &mut Vec<Diagnostic>,
) {
    for path in leaves(&example.post) {
        let is_below = |long: &str, short: &str| {
            long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if paths.iter().any(|read| is_below(&path, read) || is_below(read, &path)) {
            continue;
        }
        let message = message!("no condition of `{}` reads `post.{path}`", rule.id);
        let near = suggest::nearest(&path, paths.iter().copied());
        let help = match near {
            Some(near) => message!("did you mean `post.{near}`?"),
            None => message!("remove it, or read it in the condition"),
        };
        found.push(Diagnostic::warning(CODE, message, example.place.clone()).help(help));
    }
}

/// The paths of the values of an object that are no objects.
fn leaves(post: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<(String, &Map<String, Value>)> = vec![(String::new(), post)];
    while let Some((before, object)) = open.pop() {
        for (key, value) in object {
            let path = format!("{before}{key}");
            match value {
                Value::Object(inner) => open.push((format!("{path}."), inner)),
                _ => found.push(path),
            }
        }
    }
    found.sort();
    found
}
