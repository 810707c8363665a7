//! README.md, ARCHITECTURE.md and CONTRIBUTING.md: paths that exist, recipes, and length.

use crate::source::root;
use std::fs;

/// Documents whose paths are checked.
const DOCUMENTS: &[&str] = &["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// Top folders: a word in backticks that starts with one of them is a path.
const FOLDERS: &[&str] = &[
    "benches/",
    "ci/",
    "contrib/",
    "crates/",
    "docs/",
    "examples/",
    "fuzz/",
    "rules/",
    "schemas/",
    "src/",
    "tests/",
    "tools/",
];

/// The lines that README.md may have.
const README_LINES_MAX: usize = 250;

/// Headings of the recipes of CONTRIBUTING.md, each with a word that it contains.
const RECIPES: &[&str] = &["view", "entity", "verb", "operator", "kernel", "preset"];

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The words in backticks outside of code blocks.
fn code_spans(page: &str) -> Vec<String> {
    let mut is_code = false;
    let mut spans = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            spans.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    spans
}

/// Is this a path below a top folder, written out? Words like `rules/TOPIC/NAME.yaml` and
/// globs stand for many.
fn is_path(span: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    FOLDERS.iter().any(|folder| span.starts_with(folder)) && span.chars().all(is_plain)
}

#[test]
fn paths_in_documents_exist() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for name in DOCUMENTS {
        for span in code_spans(&read(name)).iter().filter(|span| is_path(span)) {
            seen += 1;
            if !root().join(span).exists() {
                wrong.push(format!("{name}: there is no {span}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 40, "found only {seen} paths; is the reading broken?");
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines < README_LINES_MAX, "README.md has {lines} lines");
}

#[test]
fn there_is_a_recipe_for_each_usual_change() {
    let page = read("CONTRIBUTING.md");
    for word in RECIPES {
        let is_recipe = |line: &str| line.starts_with("##") && line.to_lowercase().contains(word);
        assert!(page.lines().any(is_recipe), "CONTRIBUTING.md has no recipe for a new {word}");
    }
}

#[test]
fn paths_are_recognized() {
    assert_eq!(code_spans("a `x` b `y z`\n```\n`no`\n```\n`w`"), ["x", "y z", "w"]);
    assert!(is_path("src/main.rs") && is_path("crates/engine/") && is_path("ci/check"));
    assert!(!is_path("rules/TOPIC/x.yaml") && !is_path("cargo test") && !is_path("src/*.rs"));
}
