//! Compares what the book says of the service with its sources.

use crate::readme::table;
use crate::sessions::{root, shell, workplace};
use std::collections::BTreeMap;
use std::fs;

/// The value of `1 << 20`, `10_000` or `256`.
fn value_of(expression: &str) -> Option<u64> {
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
    match expression.split_once("<<") {
        Some((base, shift)) => Some(number(base)? << number(shift)?),
        None => number(expression),
    }
}

/// The numeric constants of the service.
fn constants() -> BTreeMap<String, u64> {
    let mut constants = BTreeMap::new();
    for entry in fs::read_dir(root().join("crates/service/src")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            for line in fs::read_to_string(path).unwrap().lines() {
                let line = line.strip_prefix("pub ").unwrap_or(line);
                let Some(rest) = line.strip_prefix("const ") else { continue };
                let Some((name, rest)) = rest.split_once(": ") else { continue };
                let value = rest.split_once(" = ").map(|(_, value)| value.trim_end_matches(';'));
                constants.extend(value.and_then(value_of).map(|value| (name.to_owned(), value)));
            }
        }
    }
    constants
}

/// The flags of `serve` under the heading of limits, with their defaults.
fn flags() -> BTreeMap<String, String> {
    let (help, success) = shell(workplace().path(), "tidegate serve --help");
    assert!(success);
    let (_, limits) = help.split_once("\nLimits:\n").unwrap();
    let (mut flags, mut flag) = (BTreeMap::new(), String::new());
    for line in limits.lines().take_while(|line| line.is_empty() || line.starts_with(' ')) {
        let words = line.split_whitespace();
        if let Some(name) = words.into_iter().find(|word| word.starts_with("--")) {
            flag = name.to_owned();
        }
        if let Some((_, value)) = line.split_once("[default: ") {
            flags.insert(flag.clone(), value.trim_end_matches(']').to_owned());
        }
    }
    flags
}

#[test]
fn limits_page_matches_the_service() {
    let constants = constants();
    let mut expected = flags();
    // The default is the number of processors.
    expected.remove("--threads");
    assert!(expected.len() >= 10, "{expected:?}");
    let is_limit = |name: &str| name.ends_with("_MAX") || name.ends_with("_MIN");
    let named = ["WHOLE_BODIES", "RATIO_FREE_BYTES"];
    for (name, value) in &constants {
        if is_limit(name) || named.contains(&name.as_str()) {
            expected.insert(name.clone(), value.to_string());
        }
    }
    let listed: BTreeMap<String, String> = table("docs/limits.md", "Service")
        .into_iter()
        .map(|cells| (cells[0].trim_matches('`').to_owned(), cells[1].replace(',', "")))
        .collect();
    assert_eq!(listed, expected, "docs/limits.md left, the service right");
}
