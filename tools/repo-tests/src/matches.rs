//! A `match` over one of our own enums names every variant, in rules and entities: a new
//! operator or entity must be a compile error wherever it is not handled.

use crate::modules::use_tree;
use crate::source::{code, product_files, tokens};
use std::collections::BTreeSet;

/// Where catch-all arms over our own enums are refused.
const EXHAUSTIVE: &[&str] =
    &["crates/engine/src/rules/", "crates/engine/src/policy/", "crates/engine/src/scan/entities/"];

/// Names of the enums that the product defines.
fn own_enums(files: &[(String, String)]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in files {
        let code = code(text);
        for pair in tokens(&code).windows(2) {
            if pair[0].0 == "enum" {
                names.insert(pair[1].0.to_owned());
            }
        }
    }
    names
}

/// The patterns of the arms of a `match` whose `{` is at `open`: first two words, number of
/// words, line.
fn arms<'t>(tokens: &[(&'t str, usize)], open: usize) -> Vec<(Vec<&'t str>, usize)> {
    let mut arms = Vec::new();
    let mut at = open + 1;
    while at < tokens.len() && tokens[at].0 != "}" {
        let start = at;
        let mut depth = 0;
        while at + 1 < tokens.len()
            && !(depth == 0 && tokens[at].0 == "=" && tokens[at + 1].0 == ">")
        {
            depth += step(tokens[at].0);
            at += 1;
        }
        arms.push((tokens[start..at].iter().map(|token| token.0).collect(), tokens[start].1));
        at += 2;
        let is_block = tokens.get(at).is_some_and(|token| token.0 == "{");
        let mut depth = 0;
        while at < tokens.len() {
            let change = step(tokens[at].0);
            if depth == 0 && (tokens[at].0 == "," || change < 0) {
                break;
            }
            depth += change;
            at += 1;
            if depth == 0 && is_block && change < 0 && tokens.get(at).is_none_or(|it| it.0 != ".") {
                break;
            }
        }
        at += usize::from(tokens.get(at).is_some_and(|token| token.0 == ","));
    }
    arms
}

fn step(word: &str) -> i32 {
    match word {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => -1,
        _ => 0,
    }
}

/// Names that a file imports from packages that are not ours.
fn foreign_names(tokens: &[(&str, usize)]) -> BTreeSet<String> {
    let words: Vec<&str> = tokens.iter().map(|token| token.0).collect();
    let mut names = BTreeSet::new();
    for at in words.iter().enumerate().filter(|word| *word.1 == "use").map(|word| word.0) {
        let is_own = words.get(at + 1).is_none_or(|first| {
            ["crate", "super", "self"].contains(first) || first.starts_with("tidegate")
        });
        if !is_own {
            names.extend(use_tree(&words[at + 1..]).into_iter().map(|(name, _)| name));
        }
    }
    names
}

/// Lines of catch-all arms in a `match` that names variants of `enums`.
fn catch_alls(source: &str, enums: &BTreeSet<String>) -> Vec<usize> {
    let code = code(source);
    let tokens = tokens(&code);
    let foreign = foreign_names(&tokens);
    let is_own = |name: &str| enums.contains(name) && !foreign.contains(name);
    let mut lines = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].0 != "match" {
            continue;
        }
        let mut depth = 0;
        let open = (at + 1..tokens.len()).find(|&here| {
            let is_open = depth == 0 && tokens[here].0 == "{";
            depth += step(tokens[here].0);
            is_open
        });
        let Some(open) = open else { continue };
        let arms = arms(&tokens, open);
        let names_variant = |pattern: &[&str]| {
            let pattern = if pattern.first() == Some(&"&") { &pattern[1..] } else { pattern };
            pattern.len() > 2
                && pattern[1] == "::"
                && (is_own(pattern[0]) || pattern[0] == "Self")
                && pattern[2].starts_with(char::is_uppercase)
        };
        if !arms.iter().any(|(pattern, _)| names_variant(pattern)) {
            continue;
        }
        let is_catch_all = |pattern: &[&str]| match pattern {
            [name] => *name == "_" || name.starts_with(|c: char| c.is_lowercase()),
            _ => false,
        };
        lines.extend(arms.iter().filter(|arm| is_catch_all(&arm.0)).map(|arm| arm.1));
    }
    lines
}

#[test]
fn own_enums_are_matched_exhaustively_in_rules_and_entities() {
    let files = product_files();
    let enums = own_enums(&files);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in &files {
        let is_test = path.ends_with("tests.rs");
        if is_test || !EXHAUSTIVE.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        seen += 1;
        for line in catch_alls(text, &enums) {
            wrong.push(format!("{path}:{line}: name the variants instead of a catch-all arm"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 20, "read only {seen} files; is the list of folders up to date?");
}

#[test]
fn catch_all_arms_are_found() {
    let enums = BTreeSet::from(["Expr".to_owned()]);
    let source = "fn f() { match x { Expr::A(n) => { g() } Expr::B { c, .. } => h(1, 2),\n\
        _ => {} } match y { 1 => 2,\n _ => 3 } match z { Some(q) => match q { &Expr::A => 1,\n\
        other => 2 },\n None => 0 } }";
    assert_eq!(catch_alls(source, &enums), [2, 4]);
    assert_eq!(catch_alls("match x { Expr::A => 1, Expr::B => 2 }", &enums), [0; 0]);
    let foreign = "use syn::{Expr, x::Y}; fn f() { match x { Expr::A => 1, _ => 2 } }";
    assert_eq!(catch_alls(foreign, &enums), [0; 0]);
}
