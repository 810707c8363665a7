//! The checked-in tables are what the generator writes.

use std::path::Path;

#[test]
fn generated_files_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (path, text) in tables_generator::files() {
        let found = std::fs::read_to_string(root.join(path)).expect("the file is checked in");
        let line = found.lines().zip(text.lines()).position(|(found, made)| found != made);
        assert!(
            found == text,
            "{path} differs from line {:?}: run `cargo run -p tables-generator`",
            line.map(|line| line + 1)
        );
    }
}

#[test]
fn listed_readings_are_recorded_ones() {
    assert_eq!(tables_generator::pinyin::unrecorded(), Vec::<String>::new());
}
