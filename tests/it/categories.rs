//! Checks that docs/categories has a complete page for each category and that its tables list
//! the embedded rules (`BLESS=1` rewrites the tables), and that `check` reports no warnings for
//! the embedded packs, which authors use as examples.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use tidegate_engine::domain::category::CATEGORIES;
use tidegate_engine::rules::lint::lint;

const BEGIN: &str = "<!-- rules: written by a test -->\n";
const END: &str = "<!-- end of rules -->";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/categories")
}

/// The pages, by the name of their category.
fn pages() -> BTreeMap<String, (PathBuf, String)> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The other pages describe how rates were measured.
        if CATEGORIES.iter().any(|category| category.name == name) {
            let text = fs::read_to_string(&path).unwrap();
            pages.insert(name, (path, text));
        }
    }
    pages
}

/// The table of the embedded rules of each category.
fn tables() -> BTreeMap<&'static str, String> {
    let model = tidegate_packs::loader().load().expect("the embedded packs load").model;
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    let single = model.rules.iter().map(|rule| (&rule.id, rule.category, rule.level, &rule.title));
    let counted = model.correlations.iter();
    let counted = counted.map(|rule| (&rule.id, rule.category, rule.level, &rule.title));
    let mut rules: Vec<_> = single.chain(counted).collect();
    rules.sort_by_key(|(id, ..)| *id);
    for (id, category, level, title) in rules {
        let table = tables
            .entry(category.name())
            .or_insert_with(|| "| rule | level | finds |\n|---|---|---|\n".to_owned());
        let title = title.replace('|', "\\|");
        table.push_str(&format!("| `{id}` | {} | {title} |\n", level.name()));
    }
    tables
}

#[test]
fn every_category_has_a_complete_page() {
    for (name, (_, text)) in pages() {
        let headings: Vec<String> =
            text.lines().filter(|line| line.starts_with("## ")).map(str::to_lowercase).collect();
        for wanted in ["covered", "not covered", "measured", "false alarms"] {
            let present = headings.iter().any(|heading| heading.contains(wanted));
            assert!(present, "{name}: no section `{wanted}`");
        }
    }
    for category in CATEGORIES {
        assert!(pages().contains_key(category.name), "no page on {}", category.name);
    }
}

#[test]
fn tables_list_the_embedded_rules() {
    let tables = tables();
    for (name, (path, text)) in pages() {
        // Pages that describe their rules in prose have no table.
        let Some((before, rest)) = text.split_once(BEGIN) else { continue };
        let (listed, after) = rest.split_once(END).unwrap_or_else(|| panic!("{name}: no end"));
        let table = tables.get(name.as_str()).map_or("", String::as_str);
        if env::var_os("BLESS").is_some() {
            fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        } else {
            assert_eq!(listed, table, "{name}: BLESS=1 rewrites the table");
        }
    }
}

#[test]
fn embedded_packs_have_no_warnings() {
    let loaded = tidegate_packs::loader().load().expect("the embedded packs load");
    let warnings: Vec<String> = lint(&loaded.model)
        .iter()
        .map(|warning| {
            let place = warning
                .place
                .as_ref()
                .map(|place| format!("{}:{}: ", place.source.name, place.line_column().0));
            format!("{}[{}] {}", place.unwrap_or_default(), warning.code, warning.message)
        })
        .collect();
    assert!(warnings.is_empty(), "`tidegate check rules` warns:\n{}", warnings.join("\n"));
}
