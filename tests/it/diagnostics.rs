//! Diagnostics as authors read them: `check` over every file of `goldens/diagnostics`,
//! compared with the output that was reviewed last.
//!
//! `BLESS=1` writes the present output; then read `git diff`.

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/diagnostics")
}

/// Rule files of the folder, in name order.
fn cases() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut cases: Vec<String> = names.filter(|name| name.ends_with(".yaml")).collect();
    cases.sort();
    cases
}

/// What `check` says about one file, and how it ends.
fn said(case: &str) -> String {
    let mut command = Command::cargo_bin("tidegate").unwrap();
    command.current_dir(folder()).args(["check", "--color", "never", case]);
    if case.ends_with(".rules.yaml") {
        command.arg("--no-default-rules");
    }
    let output = command.output().unwrap();
    let status = output.status.code().unwrap();
    assert!(output.stderr.is_empty(), "{case}: {}", String::from_utf8_lossy(&output.stderr));
    format!("{}exit status {status}\n", String::from_utf8(output.stdout).unwrap())
}

#[test]
fn diagnostics_read_as_agreed() {
    let mut differing = Vec::new();
    for case in cases() {
        let (name, _) = case.split_once('.').unwrap();
        let golden = folder().join(format!("{name}.txt"));
        let said = said(&case);
        if env::var_os("BLESS").is_some() {
            fs::write(&golden, said).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != said {
            differing.push(format!("{case} now says:\n{said}"));
        }
    }
    assert!(
        differing.is_empty(),
        "{}\nBLESS=1 accepts, then read `git diff`",
        differing.join("\n")
    );
}

#[test]
fn every_lint_is_shown_somewhere() {
    // Lints that need a corpus are in the goldens of the command line.
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/corpus.trycmd");
    let mut shown = fs::read_to_string(corpus).unwrap();
    for case in cases().into_iter().filter(|case| case.starts_with("lints-of-")) {
        shown.push_str(&said(&case));
    }
    for (code, _) in tidegate_engine::rules::lint::LINTS {
        assert!(shown.contains(&format!("warning[{code}]")), "{code} is in no golden");
    }
}
