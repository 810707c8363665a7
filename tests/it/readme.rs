//! README.md is true: its commands, its files, its verdicts, its numbers.
//!
//! How it is run is told in `sessions`. A block marked `sh` holds the commands for a fresh
//! machine.

use crate::sessions::{blocks, root, run_page, shell, workplace};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tidegate_engine::domain::limits;

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn sessions_go_as_they_are_told() {
    let commands = run_page("README.md", &["sh"]);
    assert!(commands >= 5, "found only {commands} commands");
}

#[test]
fn the_course_on_rules_goes_as_it_is_told() {
    let commands = run_page("rules/README.md", &[]);
    assert!(commands >= 5, "found only {commands} commands");
}

#[test]
fn a_fresh_machine_needs_two_commands() {
    let blocks = blocks(&readme());
    let commands: Vec<&str> = blocks
        .iter()
        .filter(|block| block.mark == "sh")
        .flat_map(|block| block.text.lines())
        .collect();
    let [run, check] = commands[..] else { panic!("two commands: {commands:?}") };
    let arguments = run.strip_prefix("cargo run --release -- ").expect("builds and runs");
    let (printed, success) = shell(workplace().path(), &format!("tidegate {arguments}"));
    assert!(success && printed.lines().count() > 10, "{printed}");
    // The other command runs this test. What runs on every change is that command.
    assert!(root().join(check).is_file(), "{check} is no script");
    let run = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert_eq!(run.lines().last(), Some(check));
}

/// The rows of the table under a heading, cut into cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let readme = readme();
    let (_, section) = readme.split_once(&format!("\n## {heading}\n")).expect(heading);
    rows_of(section.split("\n## ").next().unwrap())
}

/// The rows of the table in `section`, cut into cells.
fn rows_of(section: &str) -> Vec<Vec<String>> {
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

macro_rules! limits {
    ($($name:ident),* $(,)?) => { [$((stringify!($name), limits::$name as u64)),*] };
}

#[test]
fn the_limits_told_are_the_limits() {
    let held: BTreeMap<&str, u64> = BTreeMap::from(limits![
        CHECKPOINT_BYTES_MAX,
        CONDITION_BYTES_MAX,
        CONDITION_DEPTH_MAX,
        DISTANCE_CHARS_MAX,
        EVIDENCE_PER_MATCHER_MAX,
        EXAMPLES_MAX,
        HITS_PER_POST_MAX,
        LINE_BYTES_MAX_DEFAULT,
        LINE_BYTES_MAX_LEAST,
        LINE_BYTES_MAX_LIMIT,
        REGEX_BYTES_MAX,
        REGEX_NEST_MAX,
        REGEX_PROGRAM_BYTES_MAX,
        REGEX_STATES_BYTES_MAX,
        REPORT_AUTHORS_MAX,
        REPORT_PERIODS_MAX,
        REPORT_PLACES_MAX,
        REPORT_RULES_MAX,
        REPORT_RULE_SETS_MAX,
        RULE_FILE_BYTES_MAX,
        COMPILED_FILE_BYTES_MAX,
        SQUEEZED_GAP_CHARS_MAX,
        SUGGEST_ROWS_MAX,
        SUGGEST_UNITS_MAX,
        TERM_BYTES_MAX,
        UNKNOWN_LABELS_MAX,
        YAML_ALIAS_EVENTS_MAX,
        YAML_DEPTH_MAX,
        YAML_NODES_MAX,
    ]);
    let source = fs::read_to_string(root().join("src/limits.rs")).unwrap();
    let defined: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
        .map(|rest| rest.split(':').next().unwrap())
        .collect();
    assert_eq!(defined, held.keys().copied().collect(), "src/limits.rs left, this test right");
    let told: BTreeMap<String, u64> = table("Limits")
        .iter()
        .map(|cells| {
            let value = cells[1].replace(',', "").parse().expect("a whole number");
            (cells[0].trim_matches('`').to_owned(), value)
        })
        .collect();
    let held: BTreeMap<String, u64> =
        held.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(told, held, "README.md left, src/limits.rs right");
}

#[test]
fn the_exit_statuses_told_are_those_of_the_help() {
    let (help, _) = shell(root(), "tidegate --help");
    let (_, statuses) = help.split_once("Exit status:\n").expect("the help tells them");
    let told_by_help: BTreeSet<&str> =
        statuses.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let told = table("Exit status");
    let told: BTreeSet<&str> = told.iter().map(|cells| cells[0].as_str()).collect();
    assert_eq!(told, told_by_help);
}

/// Does each row of a page in `folder` end with links to tests that are there?
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
        assert!(named > 0, "{promise}: nothing holds it");
    }
}

/// Every test that README.md names as `file.rs`, `name` is there.
#[test]
fn promises_name_tests_that_exist() {
    let rows = table("What is promised");
    assert!(rows.len() >= 5, "found only {} promises", rows.len());
    expect_tests("", &rows);
}

#[test]
fn every_fault_names_tests_that_exist() {
    let text = fs::read_to_string(root().join("docs/notes/faults.md")).unwrap();
    let rows = rows_of(&text);
    assert!(rows.len() >= 25, "found only {} faults", rows.len());
    expect_tests("docs/notes", &rows);
}

/// Links to files lead to files.
#[test]
fn links_lead_somewhere() {
    for name in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(name)).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            if !target.starts_with("https://") && !target.starts_with('#') {
                assert!(root().join(target).exists(), "{name}: {target} is not there");
            }
        }
    }
}
