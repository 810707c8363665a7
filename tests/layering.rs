//! Holds the order of the library's modules: each uses modules of a lower rank only.
//!
//! The sources are data here. A use is what follows `crate::`, in code, tests included;
//! comments and strings do not count. The program (`main.rs`, `cli/`) is another crate:
//! there the compiler refuses what is private.

mod source;

use source::{code, root, rust_files, tokens};
use std::collections::BTreeSet;
use std::fs;

/// Lowest rank first. Modules of one row do not use each other.
const RANKS: &[&[&str]] = &[
    &[
        "action",
        "category",
        "diagnostic",
        "event_time",
        "field",
        "html",
        "ids",
        "limits",
        "machine",
        "score",
        "span",
        "sync",
        "view",
    ],
    &["store", "verdict"],
    &["fold", "lines", "post", "summary"],
    &["scan"],
    &["ruleset"],
    &["policy"],
    &["classifier"],
    &["output"],
    &["engine", "pipeline"],
    &["study"],
];

fn rank(module: &str) -> usize {
    RANKS
        .iter()
        .position(|row| row.contains(&module))
        .unwrap_or_else(|| panic!("`{module}` has no place in RANKS; give it one"))
}

/// The modules that a file names by `crate::`, each with its line.
fn uses(source: &str) -> Vec<(String, usize)> {
    let code = code(source);
    let tokens = tokens(&code);
    let mut uses = Vec::new();
    for at in 0..tokens.len() {
        let word = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.0);
        if word(0) != "crate" || word(1) != "::" {
            continue;
        }
        if word(2) == "{" {
            uses.extend(first_names(&tokens[at + 2..]));
        } else {
            uses.push((word(2).to_owned(), tokens[at].1));
        }
    }
    uses
}

/// The first name of every branch of `{a::b, c::{d, e}}`.
fn first_names(tree: &[(&str, usize)]) -> Vec<(String, usize)> {
    let mut depth = 0;
    let mut names = Vec::new();
    let mut before = "";
    for &(word, line) in tree {
        match word {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && ["{", ","].contains(&before) => {
                names.push((name.to_owned(), line));
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        before = word;
    }
    names
}

/// How many modules of its own file surround each token: `mod tests { … }` counts.
fn inner_depths(tokens: &[(&str, usize)]) -> Vec<usize> {
    let mut braces = Vec::new();
    let mut depths = Vec::new();
    for (at, &(word, _)) in tokens.iter().enumerate() {
        match word {
            "{" => braces.push(at >= 2 && tokens[at - 2].0 == "mod"),
            "}" => drop(braces.pop()),
            _ => {}
        }
        depths.push(braces.iter().filter(|is_module| **is_module).count());
    }
    depths
}

/// Lines on which `super::` climbs out of the top module: a use that `uses` cannot see.
fn climbs(source: &str, file_depth: usize) -> Vec<usize> {
    let code = code(source);
    let tokens = tokens(&code);
    let depths = inner_depths(&tokens);
    let mut lines = Vec::new();
    for at in 0..tokens.len() {
        let is_first = at < 2 || tokens[at - 2].0 != "super";
        let chain = tokens[at..].chunks(2).take_while(|pair| pair[0].0 == "super").count();
        if is_first && chain >= file_depth + depths[at] {
            lines.push(tokens[at].1);
        }
    }
    lines
}

/// `post/plan.rs` → `post` and 2; `post/mod.rs` → `post` and 1; `lines.rs` → `lines` and 1.
fn place(path: &str) -> (&str, usize) {
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    let depth = if parts.last() == Some(&"mod") { parts.len() - 1 } else { parts.len() };
    (parts[0], depth)
}

fn library_files() -> Vec<(String, String)> {
    let mut files = rust_files(&root().join("src"));
    files.retain(|(path, _)| {
        !path.starts_with("cli/") && !["lib.rs", "main.rs", "cli.rs"].contains(&path.as_str())
    });
    files
}

#[test]
fn modules_use_only_what_is_below_them() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (path, source) in library_files() {
        let (module, depth) = place(&path);
        let own = rank(module);
        for (used, line) in uses(&source) {
            checked += 1;
            if used != module && rank(&used) >= own {
                wrong.push(format!("src/{path}:{line}: `{module}` may not use `{used}`"));
            }
        }
        for line in climbs(&source, depth) {
            wrong.push(format!("src/{path}:{line}: say `crate::…` instead of climbing by `super`"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(checked > 100, "found only {checked} uses; has the reading broken?");
}

#[test]
fn every_rank_is_of_a_module_that_exists() {
    let files = library_files();
    let modules: BTreeSet<&str> = files.iter().map(|(path, _)| place(path).0).collect();
    let mut seen = BTreeSet::new();
    for module in RANKS.iter().flat_map(|row| row.iter().copied()) {
        assert!(modules.contains(module), "`{module}` has a rank, but is no module");
        assert!(seen.insert(module), "`{module}` has two ranks");
    }
}

#[test]
fn architecture_tells_every_module_and_its_rank() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut told = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let Some(rank) = cells.get(1).and_then(|cell| cell.parse::<usize>().ok()) {
            told.push((rank, cells[2].trim_matches('`')));
        }
    }
    let ranked = RANKS.iter().enumerate();
    let held: Vec<(usize, &str)> =
        ranked.flat_map(|(rank, row)| row.iter().map(move |module| (rank, *module))).collect();
    assert_eq!(told, held, "ARCHITECTURE.md left, RANKS right");
}

#[test]
fn uses_are_read_from_every_form() {
    let source = "use crate::{score::Score, span::{self, Span}, ids::*};\n\
        // crate::comment\n\
        fn f(x: crate::view::View) -> &'static str { \"crate::string\" }\n\
        use crate::field;";
    let found = uses(source);
    let names: Vec<(&str, usize)> =
        found.iter().map(|(name, line)| (name.as_str(), *line)).collect();
    assert_eq!(names, [("score", 1), ("span", 1), ("ids", 1), ("view", 3), ("field", 4)]);
}

#[test]
fn climbing_out_is_seen() {
    let sibling = "use super::span;\nmod tests {\n use super::*;\n use super::super::span;\n}";
    assert_eq!(climbs(sibling, 1), [1, 4]);
    assert_eq!(climbs(sibling, 2), [] as [usize; 0]);
}
