//! ARCHITECTURE.md tells every dependency of the package, with the licence it declares.

mod source;

use serde_json::Value;
use source::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

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
    let own = packages.iter().find(|package| name(package) == "tidegate").unwrap();
    let wanted: Vec<String> = own["dependencies"].as_array().unwrap().iter().map(name).collect();
    packages
        .iter()
        .filter(|package| wanted.contains(&name(package)))
        .map(|package| (name(package), package["license"].as_str().unwrap_or("none").to_owned()))
        .collect()
}

/// The rows of the table of dependencies: name → licence and reason.
fn told() -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, section) = text.split_once("\n## Dependencies\n").unwrap();
    let mut told = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, licence, reason] = cells[..] else { panic!("three cells: {line}") };
        told.insert(name.trim_matches('`').to_owned(), (licence.to_owned(), reason.to_owned()));
    }
    told
}

#[test]
fn every_dependency_is_told_with_its_licence_and_reason() {
    let (declared, told) = (declared(), told());
    for (name, licence) in &declared {
        let row = told.get(name).unwrap_or_else(|| panic!("`{name}` has no row"));
        assert_eq!(&row.0, licence, "{name}");
        assert!(row.1.len() > 5, "{name}: give the reason");
    }
    for name in told.keys() {
        assert!(declared.contains_key(name), "`{name}` has a row, but is no dependency");
    }
}

/// A dependency that nothing names only costs.
#[test]
fn every_dependency_is_used() {
    let mut code = fs::read_to_string(root().join("build.rs")).unwrap();
    for folder in ["src", "tests", "benches"] {
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
    let free = ["MIT", "Apache-2.0", "BSL-1.0", "BSD-3-Clause", "Zlib", "Unlicense"];
    for (name, licence) in declared() {
        let known = licence.split([' ', '/']).any(|word| free.contains(&word));
        assert!(known, "{name} is under {licence}");
    }
}
