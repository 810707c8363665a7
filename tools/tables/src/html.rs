//! The named character references of HTML, as Rust source.

use entities::ENTITIES;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const HEADER: &str = "\
//! Named character references of HTML. Written by `cargo run -p tables-generator`.
//!
//! Made from the names that the HTML standard lists (entities.json), through the crate
//! entities 1.0.1, MIT licence.

";

/// The table of names.
pub fn source() -> String {
    let bare = |entity: &entities::Entity| entity.entity[1..].trim_end_matches(';').to_owned();
    let names: BTreeMap<String, &str> =
        ENTITIES.iter().map(|entity| (bare(entity), entity.characters)).collect();
    let without_semicolon: BTreeSet<String> =
        ENTITIES.iter().filter(|entity| !entity.entity.ends_with(';')).map(bare).collect();
    let mut out = HEADER.to_owned();
    out.push_str("/// Every name without its `&` and `;`, and its one or two characters.\n");
    out.push_str("#[rustfmt::skip]\npub(super) static NAMES: &[(&str, &str)] = &[\n");
    let written = |(name, value): (&String, &&str)| (name.clone(), pair(name, value));
    write_lines(&mut out, names.iter().map(written));
    out.push_str("/// The names that need no semicolon.\n");
    out.push_str("#[rustfmt::skip]\npub(super) static WITHOUT_SEMICOLON: &[&str] = &[\n");
    write_lines(&mut out, without_semicolon.iter().map(|name| (name.clone(), format!("{name:?}"))));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn pair(name: &str, value: &str) -> String {
    let escaped: String = value.chars().map(|c| format!("\\u{{{:x}}}", c as u32)).collect();
    format!("({name:?}, \"{escaped}\")")
}

/// A line for each pair of letters that names begin with, so that a change moves no other line.
fn write_lines(out: &mut String, items: impl Iterator<Item = (String, String)>) {
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, item) in items {
        lines.entry(name.chars().take(2).collect()).or_default().push(item);
    }
    for items in lines.values() {
        writeln!(out, "    {},", items.join(", ")).ok();
    }
    out.push_str("];\n\n");
}
