//! Loading from memory, from disk, and from the program itself.

use super::*;

#[test]
fn embedded_packs_load() {
    let loaded = Loader::new().load().unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    });
    assert!(loaded.model.rules.len() > 20);
    assert!(loaded.model.rules.is_sorted_by_key(|rule| &rule.id));
}
