//! Checks README.md and the reference tables of the book against the program.
//!
//! `sessions` describes how a page is run. In README.md a block marked `sh` contains the
//! commands for a fresh machine.

use crate::sessions::{blocks, root, run_page, shell, workplace};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tidegate_engine::domain::limits;

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn readme_sessions_print_what_the_page_shows() {
    let commands = run_page("README.md", &["sh"]);
    assert!(commands >= 5, "found only {commands} commands");
}

#[test]
fn rule_course_sessions_print_what_the_page_shows() {
    let commands = run_page("rules/README.md", &[]);
    assert!(commands >= 5, "found only {commands} commands");
}

#[test]
fn a_fresh_machine_needs_two_commands() {
    let blocks = blocks(&page("README.md"));
    let commands: Vec<&str> = blocks
        .iter()
        .filter(|block| block.mark == "sh")
        .flat_map(|block| block.text.lines())
        .collect();
    let [run, check] = commands[..] else { panic!("two commands: {commands:?}") };
    let arguments = run.strip_prefix("cargo run --release -- ").expect("builds and runs");
    let (printed, success) = shell(workplace().path(), &format!("tidegate {arguments}"));
    assert!(success && printed.lines().count() > 10, "{printed}");
    // The other command runs this test; `.ci/run` runs that command on every change.
    assert!(root().join(check).is_file(), "{check} is not a script");
    let run = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert_eq!(run.lines().last(), Some(check));
}

/// The cells of the table under a second-level heading of a page.
pub fn table(name: &str, heading: &str) -> Vec<Vec<String>> {
    let text = page(name);
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).expect(heading);
    rows_of(section.split("\n## ").next().unwrap())
}

/// The cells of each row of the table in `section`.
fn rows_of(section: &str) -> Vec<Vec<String>> {
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

macro_rules! limits {
    ($($name:ident),* $(,)?) => { [$((stringify!($name), limits::$name as u64)),*] };
}

#[test]
fn limits_page_matches_the_constants() {
    let expected: BTreeMap<&str, u64> = BTreeMap::from(limits![
        AROUND_CHARS_MAX,
        CATEGORY_NAME_BYTES_MAX,
        CHECKPOINT_BYTES_MAX,
        CONDITION_BYTES_MAX,
        CONDITION_DEPTH_MAX,
        CORRELATION_COUNT_MAX,
        CORRELATION_RULES_MAX,
        DECIDED_NUMBERS_MAX,
        DISTANCE_CHARS_MAX,
        EVIDENCE_PER_MATCHER_MAX,
        EVIDENCE_WINDOWS_MAX,
        EXAMPLES_MAX,
        FRAME_BYTES_MAX,
        GROUP_PATHS_MAX,
        HITS_PER_POST_MAX,
        LINE_BYTES_MAX_DEFAULT,
        LINE_BYTES_MAX_LEAST,
        LINE_BYTES_MAX_LIMIT,
        OWN_CATEGORIES_MAX,
        OWN_NAMES_MAX,
        POLICY_EXTENDS_MAX,
        REGEX_BYTES_MAX,
        REGEX_NEST_MAX,
        REGEX_PROGRAM_BYTES_MAX,
        REGEX_STATES_BYTES_MAX,
        REPORT_AUTHORS_MAX,
        REPORT_PERIODS_MAX,
        REPORT_CATEGORIES_MAX,
        REPORT_PLACES_MAX,
        REPORT_RULES_MAX,
        REPORT_RULE_SETS_MAX,
        RULE_FILE_BYTES_MAX,
        COMPILED_FILE_BYTES_MAX,
        SCOPE_DEPTH_MAX,
        SCOPE_STEPS_MAX,
        SEGMENT_CHARS_MAX,
        SEGMENT_SIDE_CHARS,
        SQUEEZED_GAP_CHARS_MAX,
        SUGGEST_ROWS_MAX,
        SUGGEST_UNITS_MAX,
        TERM_BYTES_MAX,
        TIMESPAN_MAX,
        UNKNOWN_LABELS_MAX,
        YAML_ALIAS_EVENTS_MAX,
        YAML_DEPTH_MAX,
        YAML_NODES_MAX,
    ]);
    let source = fs::read_to_string(root().join("crates/engine/src/domain/limits.rs")).unwrap();
    let defined: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
        .map(|rest| rest.split(':').next().unwrap())
        .collect();
    assert_eq!(defined, expected.keys().copied().collect(), "limits.rs left, this test right");
    let text = page("docs/limits.md");
    let (engine, _) = text.split_once("\n## Service\n").unwrap();
    let listed: BTreeMap<String, u64> = rows_of(engine)
        .iter()
        .map(|cells| {
            let value = cells[1].replace(',', "").parse().expect("a whole number");
            (cells[0].trim_matches('`').to_owned(), value)
        })
        .collect();
    let expected: BTreeMap<String, u64> =
        expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(listed, expected, "docs/limits.md left, limits.rs right");
}

#[test]
fn exit_status_table_matches_the_help() {
    let (help, _) = shell(root(), "tidegate --help");
    let (_, statuses) = help.split_once("Exit status:\n").expect("the help lists them");
    let in_help: BTreeSet<&str> =
        statuses.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let rows = table("docs/operating.md", "Exit status");
    let listed: BTreeSet<&str> = rows.iter().map(|cells| cells[0].as_str()).collect();
    assert_eq!(listed, in_help);
}

/// Checks that each row of a page in `folder` ends with links to tests that exist.
#[track_caller]
fn expect_tests(folder: &str, rows: &[Vec<String>]) {
    for cells in rows {
        let (promise, tests) = (&cells[0], cells.last().unwrap());
        let mut named = 0;
        for test in tests.split(", ") {
            let (text, target) = test.trim_matches(['[', ')']).split_once("](").expect(test);
            let name = text.trim_matches('`');
            let source = fs::read_to_string(root().join(folder).join(target)).expect(target);
            assert!(source.contains(&format!("fn {name}(")), "{promise}: no {name} in {target}");
            named += 1;
        }
        assert!(named > 0, "{promise}: no test");
    }
}

#[test]
fn guarantees_name_tests_that_exist() {
    let rows = rows_of(&page("docs/guarantees.md"));
    assert!(rows.len() >= 5, "found only {} guarantees", rows.len());
    expect_tests("docs", &rows);
}

#[test]
fn failure_modes_name_tests_that_exist() {
    let rows = rows_of(&page("docs/notes/faults.md"));
    assert!(rows.len() >= 25, "found only {} rows", rows.len());
    expect_tests("docs/notes", &rows);
}

#[test]
fn links_to_files_resolve() {
    for name in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(name)).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let file = target.split('#').next().unwrap();
            if !target.starts_with("https://") && !file.is_empty() {
                assert!(root().join(file).exists(), "{name}: {target} does not exist");
            }
        }
    }
}
