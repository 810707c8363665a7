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
    let is_read = |name: &String| cfg!(feature = "state") || !name.ends_with(".measures.yaml");
    let names = names.filter(is_read);
    let mut cases: Vec<String> = names.filter(|name| name.ends_with(".yaml")).collect();
    cases.sort();
    cases
}

/// What `check` says about one file in a language, and how it ends.
fn said(case: &str, language: &str) -> String {
    let mut command = Command::cargo_bin("tidegate").unwrap();
    command.current_dir(folder()).args(["check", "--color", "never", case]);
    command.args(["--lang", language]);
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
        for (language, ending) in [("en", "txt"), ("zh", "zh.txt")] {
            let golden = folder().join(format!("{name}.{ending}"));
            let said = said(&case, language);
            if env::var_os("BLESS").is_some() {
                fs::write(&golden, said).unwrap();
            } else if fs::read_to_string(&golden).unwrap_or_default() != said {
                differing.push(format!("{case} now says:\n{said}"));
            }
        }
    }
    assert!(
        differing.is_empty(),
        "{}\nBLESS=1 accepts, then read `git diff`",
        differing.join("\n")
    );
}

/// Does a text have three English words in a row outside of code? Lists of names have commas.
fn has_english(text: &str) -> bool {
    let outside: Vec<&str> = text.split('`').step_by(2).collect();
    let is_word =
        |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    outside.iter().any(|text| {
        let words: Vec<&str> = text.split(' ').collect();
        words.windows(3).any(|three| three.iter().all(is_word))
    })
}

#[test]
fn chinese_diagnostics_have_no_english_sentences() {
    let mut wrong = Vec::new();
    for case in cases() {
        for line in said(&case, "zh").lines() {
            let text = line.strip_prefix("错误[").or_else(|| line.strip_prefix("警告["));
            let text = text.map(|text| text.split_once("]: ").map_or(text, |(_, text)| text));
            let text = text.or_else(|| line.trim_start().strip_prefix("= 帮助: "));
            let text = text.or_else(|| line.rsplit_once("^ ").map(|(_, label)| label));
            // What the parser of YAML says is in brackets.
            let text = text.map(|text| text.split('（').next().unwrap_or(text));
            if text.is_some_and(has_english) {
                wrong.push(format!("{case}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_lint_is_shown_somewhere() {
    // Lints that need a corpus are in the goldens of the command line.
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/corpus.trycmd");
    let mut shown = fs::read_to_string(corpus).unwrap();
    for case in cases().into_iter().filter(|case| case.starts_with("lints-of-")) {
        shown.push_str(&said(&case, "en"));
    }
    for (code, _) in tidegate_engine::rules::lint::LINTS {
        assert!(shown.contains(&format!("warning[{code}]")), "{code} is in no golden");
    }
}
