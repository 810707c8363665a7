//! The JSON Schemas in `schemas/`, which packs, policies, measures and labels name on their first
//! line, are those that the program prints.
//!
//! `BLESS=1` writes them; then read `git diff`.

use std::path::Path;
use std::{env, fs};
use tidegate_analysis::labels::labels_schema;
use tidegate_engine::policy::policy_schema;
use tidegate_engine::rules::source::json_schema::pack_schema;

fn expect(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, printed).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == printed, "{name} differs; BLESS=1 writes it, then read `git diff`");
}

#[test]
fn packs() {
    expect("tidegate-rules-1.schema.json", &pack_schema());
}

#[test]
fn policies() {
    expect("tidegate-policy-1.schema.json", &policy_schema());
}

#[test]
fn labels() {
    expect("tidegate-labels-1.schema.json", &labels_schema());
}

#[cfg(feature = "state")]
#[test]
fn measures() {
    expect("tidegate-measures-1.schema.json", &tidegate_state::measures::measures_schema());
}
