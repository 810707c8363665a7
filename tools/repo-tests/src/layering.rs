//! Holds the order of the engine's modules, each of which uses modules of a lower rank only,
//! and the order of the crates.
//!
//! A use is what follows `crate::` in code, tests included; comments and strings do not count.

use crate::source::{code, root, rust_files, tokens};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// Lowest rank first. Modules of one row do not use each other.
const RANKS: &[&[&str]] = &[
    &["message"],
    &["diagnostic", "domain", "html", "machine", "parallel"],
    &["codec", "lines"],
    &["fold", "post"],
    &["scan"],
    &["rules"],
    &["policy"],
    &["classifier"],
    &["output"],
    &["engine"],
];

/// Crates of the product and what each may depend on. Cargo refuses circles; this holds the
/// order, and keeps what only the program needs out of the engine.
const CRATE_ORDER: &[(&str, &[&str])] = &[
    ("crates/message-macro", &[]),
    ("crates/engine", &["tidegate-message-macro"]),
    ("crates/messages", &["tidegate-engine"]),
    ("crates/packs", &["tidegate-engine"]),
    ("crates/pipeline", &["tidegate-engine"]),
    ("crates/analysis", &["tidegate-engine", "tidegate-messages", "tidegate-pipeline"]),
    (
        "crates/state",
        &["tidegate-engine", "tidegate-messages", "tidegate-pipeline", "tidegate-analysis"],
    ),
    ("crates/lsp", &["tidegate-engine", "tidegate-messages", "tidegate-analysis"]),
    (
        "crates/service",
        &[
            "tidegate-engine",
            "tidegate-messages",
            "tidegate-pipeline",
            "tidegate-analysis",
            "tidegate-state",
        ],
    ),
];

/// Packages that the engine does not depend on: command line, terminals, threads of the
/// pipeline, HTTP, and everything that builds C.
const NOT_IN_ENGINE: &[&str] = &[
    "annotate-snippets",
    "anstream",
    "askama",
    "axum",
    "cc",
    "clap",
    "cmake",
    "crossbeam-channel",
    "flate2",
    "hyper",
    "indicatif",
    "libsqlite3-sys",
    "notify",
    "pkg-config",
    "prometheus-client",
    "rusqlite",
    "tokio",
    "tracing",
    "zstd",
    "zstd-sys",
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
    let mut files = rust_files(&root().join("crates/engine/src"));
    files.retain(|(path, _)| path != "lib.rs");
    files
}

/// The names of the packages that `package` is built from with `flags` of cargo, itself included.
pub fn built_from(package: &str, flags: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"])
        .args(["--locked", "--offline", "--format", "{p}"])
        .args(flags)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_engine_is_built_without_command_line_and_c() {
    let packages = built_from("tidegate-engine", &[]);
    assert!(packages.contains("tidegate-engine") && packages.len() > 20, "{packages:?}");
    let wrong: Vec<&&str> = NOT_IN_ENGINE.iter().filter(|name| packages.contains(**name)).collect();
    assert!(wrong.is_empty(), "tidegate-engine depends on {wrong:?}");
}

#[test]
fn crates_depend_downwards() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (folder, allowed) in CRATE_ORDER {
        let manifest = root().join(folder).join("Cargo.toml");
        let packages = metadata["packages"].as_array().unwrap();
        let own = packages.iter().find(|it| it["manifest_path"] == manifest.to_str().unwrap());
        let dependencies = own.expect(folder)["dependencies"].as_array().unwrap();
        for dependency in dependencies.iter().filter(|it| it["kind"] != "dev") {
            let name = dependency["name"].as_str().unwrap();
            let is_own = name.starts_with("tidegate");
            assert!(!is_own || allowed.contains(&name), "{folder} may not depend on {name}");
        }
    }
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
                wrong.push(format!(
                    "crates/engine/src/{path}:{line}: `{module}` may not use `{used}`"
                ));
            }
        }
        for line in climbs(&source, depth) {
            wrong.push(format!(
                "crates/engine/src/{path}:{line}: write `crate::…` instead of climbing by `super`"
            ));
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
fn architecture_lists_every_module_with_its_rank() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut listed = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let Some(rank) = cells.get(1).and_then(|cell| cell.parse::<usize>().ok()) {
            listed.push((rank, cells[2].trim_matches('`')));
        }
    }
    let ranked = RANKS.iter().enumerate();
    let held: Vec<(usize, &str)> =
        ranked.flat_map(|(rank, row)| row.iter().map(move |module| (rank, *module))).collect();
    assert_eq!(listed, held, "ARCHITECTURE.md left, RANKS right");
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
