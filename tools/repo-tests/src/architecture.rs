//! ARCHITECTURE.md lists every dependency of the product, with the licence it declares.

use crate::source::{self, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// Folders of the packages of the product.
const PRODUCT: &[&str] = &[
    "",
    "crates/analysis",
    "crates/engine",
    "crates/lsp",
    "crates/message-macro",
    "crates/messages",
    "crates/packs",
    "crates/pipeline",
    "crates/python",
    "crates/service",
    "crates/state",
];

/// Name and declared licence of every direct dependency, by `cargo metadata`.
fn declared() -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", "host-tuple"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |package: &Value| package["name"].as_str().unwrap().to_owned();
    let is_product = |package: &&Value| {
        let manifest = package["manifest_path"].as_str().unwrap();
        PRODUCT
            .iter()
            .any(|folder| manifest == root().join(folder).join("Cargo.toml").to_str().unwrap())
    };
    let wanted: BTreeSet<String> = packages
        .iter()
        .filter(is_product)
        .flat_map(|package| package["dependencies"].as_array().unwrap().iter().map(name))
        .filter(|name| name != "tidegate" && !name.starts_with("tidegate-"))
        .collect();
    packages
        .iter()
        .filter(|package| wanted.contains(&name(package)))
        .map(|package| (name(package), package["license"].as_str().unwrap_or("none").to_owned()))
        .collect()
}

/// The rows of the table of dependencies: name → licence and reason.
fn listed() -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, section) = text.split_once("\n## Dependencies\n").unwrap();
    let mut listed = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, licence, reason] = cells[..] else { panic!("three cells: {line}") };
        listed.insert(name.trim_matches('`').to_owned(), (licence.to_owned(), reason.to_owned()));
    }
    listed
}

#[test]
fn every_dependency_is_listed_with_its_licence_and_reason() {
    let (declared, listed) = (declared(), listed());
    for (name, licence) in &declared {
        let row = listed.get(name).unwrap_or_else(|| panic!("`{name}` has no row"));
        assert_eq!(&row.0, licence, "{name}");
        assert!(row.1.len() > 5, "{name}: give the reason");
    }
    for name in listed.keys() {
        assert!(declared.contains_key(name), "`{name}` has a row, but is no dependency");
    }
}

/// A dependency that nothing names only costs.
#[test]
fn every_dependency_is_used() {
    let mut code = String::new();
    for folder in ["src", "crates", "tests", "benches"] {
        let files = source::rust_files(&root().join(folder));
        code.extend(files.iter().map(|(_, text)| source::code(text)));
    }
    let words: BTreeSet<&str> = source::tokens(&code).iter().map(|token| token.0).collect();
    for name in declared().keys() {
        assert!(words.contains(name.replace('-', "_").as_str()), "nothing uses `{name}`");
    }
}

#[test]
fn every_dependency_may_be_combined_with_ours() {
    let free = [
        "MIT",
        "Apache-2.0",
        "BSL-1.0",
        "BSD-3-Clause",
        "CC0-1.0",
        "Unicode-3.0",
        "Zlib",
        "Unlicense",
    ];
    for (name, licence) in declared() {
        // Of alternatives one is enough; `AND` adds a condition.
        let is_free = |part: &str| part.split([' ', '/', '(', ')']).any(|it| free.contains(&it));
        let known = licence.split(" AND ").all(is_free);
        assert!(known, "{name} is under {licence}");
    }
}
