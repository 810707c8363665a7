//! The catalogs are complete: every message of the sources has a Chinese text with the same
//! slots, and no entry is left over.

use super::catalog::FILES;
use super::po::{self, Entry};
use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use tidegate_engine::message::{Piece, message, pieces};

/// Catalogs of texts that are found by walking a structure, not by a macro in the sources. Tests
/// next to the structures hold that they are complete.
const WALKED: &[&str] = &["help.po"];

/// Folders whose sources have messages.
const SOURCES: &[&str] = &[
    "crates/engine/src",
    "crates/analysis/src",
    "crates/analysis/templates",
    "crates/lsp/src",
    "crates/state/src",
    "src",
];

/// Words of Chinese texts that are names, units or file formats.
const NAMES: &[&str] = &[
    "tidegate",
    "JSON",
    "YAML",
    "CSV",
    "TSV",
    "ZIP",
    "bzip2",
    "xz",
    "Parquet",
    "UTF",
    "HTML",
    "IP",
    "ISO",
    "GB18030",
    "Unicode",
    "id",
    "flag",
    "MiB",
    "KiB",
    "max",
    "U",
    "NAME",
    "FILE",
    "DIR",
    "PATH",
    "error",
    "os",
    "labels",
    "limits",
    "check",
    "post",
    "not",
    "init",
    "TAB",
    "Wilson",
    "F1",
    "Ctrl",
    "C",
    "s",
    "feed",
    "jsonl",
    "gz",
    "zcat",
    "verdicts",
    "only",
    "flagged",
    "archive",
    "explain",
    "Bitcoin",
    "policy",
    "yaml",
    "samples",
    "rules",
    "test",
    "eval",
    "no",
    "default",
    "first",
    "Prometheus",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            files(&path, found);
        } else if !["tests.rs", "scoped_tests.rs", "cases.rs"].contains(&name) {
            found.push(path);
        }
    }
}

/// The templates and phrases of a source, as the program sees them.
fn templates(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod ").next().unwrap_or(source);
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    let code: Vec<&str> =
        code.lines().map(|line| if is_comment(&line) { "" } else { line }).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for mark in ["message!(", "say!(", "phrase!(", "head.phrase("] {
        for (at, _) in code.match_indices(mark) {
            let is_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let rest = code[at + mark.len()..].trim_start();
            if !is_word && let Some(text) = literal(rest) {
                // Names of columns have a mark of their alignment.
                found.push(text.trim_start_matches('<').to_owned());
            }
        }
    }
    found
}

/// The value of the string literal at the start of `code`.
fn literal(code: &str) -> Option<String> {
    if let Some(raw) = code.strip_prefix("r\"") {
        return Some(raw[..raw.find('"')?].to_owned());
    }
    let mut chars = code.strip_prefix('"')?.chars().peekable();
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                '\n' => while chars.next_if(|next| next.is_whitespace()).is_some() {},
                'u' => {
                    let digits: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

/// Every template of the sources, with the first file that has it.
fn used() -> BTreeMap<String, String> {
    let mut used = BTreeMap::new();
    for folder in SOURCES {
        let mut found = Vec::new();
        files(&root().join(folder), &mut found);
        for path in found {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            for template in templates(&text) {
                used.entry(template).or_insert_with(|| path.display().to_string());
            }
        }
    }
    used
}

fn entries() -> impl Iterator<Item = (&'static str, Entry)> {
    FILES.iter().flat_map(|(name, text)| po::entries(text).into_iter().map(move |it| (*name, it)))
}

fn slots(template: &str) -> BTreeSet<&str> {
    let name = |piece| match piece {
        Piece::Slot(name) => Some(name),
        Piece::Literal(_) => None,
    };
    pieces(template).filter_map(name).collect()
}

#[test]
fn every_message_has_a_chinese_text() {
    let used = used();
    assert!(used.len() > 800, "found only {} messages; has the reading broken?", used.len());
    let missing: Vec<String> = used
        .iter()
        .filter(|(template, _)| !template.is_empty() && chinese(template).is_none())
        .map(|(template, file)| format!("{file}: {template:?}"))
        .collect();
    assert!(missing.is_empty(), "add to crates/messages/po/zh:\n{}", missing.join("\n"));
}

#[test]
fn no_entry_is_left_over_or_written_twice() {
    let used = used();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (file, Entry { english, line, .. }) in entries() {
        if !WALKED.contains(&file) && !used.contains_key(&english) {
            wrong.push(format!("{file}:{line}: no message is {english:?}"));
        }
        if !seen.insert(english.clone()) {
            wrong.push(format!("{file}:{line}: {english:?} is translated before"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn slots_are_the_same() {
    let mut wrong = Vec::new();
    for (file, Entry { english, chinese, line }) in entries() {
        if !WALKED.contains(&file) && slots(&english) != slots(&chinese) {
            wrong.push(format!("{file}:{line}: {english:?} and {chinese:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The words in Latin letters of a text that are no code: outside of backticks, slots,
/// flags and values such as `a=b`.
fn latin_words(text: &str) -> Vec<String> {
    let outside: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let plain: String = pieces(&outside)
        .map(|piece| match piece {
            Piece::Literal(text) => text,
            Piece::Slot(_) => " ",
        })
        .collect();
    let is_flag = |word: &&str| word.starts_with("--") || word.starts_with('-');
    let words = plain.split_whitespace().filter(|word| !is_flag(word));
    let words = words.flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric()));
    let is_word = |word: &&str| word.bytes().any(|byte| byte.is_ascii_alphabetic());
    words.filter(is_word).map(str::to_owned).collect()
}

#[test]
fn chinese_texts_have_no_english_words() {
    let mut wrong = Vec::new();
    for (file, Entry { chinese, line, .. }) in entries().filter(|(file, _)| !WALKED.contains(file))
    {
        let words = latin_words(&chinese);
        let words: Vec<_> = words.iter().filter(|word| !NAMES.contains(&word.as_str())).collect();
        if !words.is_empty() {
            wrong.push(format!("{file}:{line}: {words:?} in {chinese:?}"));
        }
    }
    assert!(wrong.is_empty(), "write code in backticks:\n{}", wrong.join("\n"));
}

#[test]
fn messages_are_translated_with_their_arguments() {
    let near = "game";
    let text = message!("did you mean `{near}`?");
    assert_eq!(Language::English.say(&text), "did you mean `game`?");
    assert_eq!(Language::Chinese.say(&text), "是不是 `game`？");
    let why = Message::verbatim("x");
    assert_eq!(Language::Chinese.say(&message!("{why}")), "x");
}

#[test]
fn languages_are_found_by_tag_and_environment() {
    for tag in ["zh", "zh-CN", "zh_TW.UTF-8", "ZH-Hant", "zh@x"] {
        assert_eq!(Language::of_tag(tag), Language::Chinese, "{tag}");
    }
    for tag in ["", "C", "POSIX", "en_GB.UTF-8", "zhx", "de"] {
        assert_eq!(Language::of_tag(tag), Language::English, "{tag}");
    }
    let of = |values: [&str; 3]| {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        Language::of_environment(|name| {
            let at = names.iter().position(|own| *own == name)?;
            Some(values[at].into())
        })
    };
    assert_eq!(of(["", "", "zh_CN.UTF-8"]), Language::Chinese);
    assert_eq!(of(["C", "zh_CN", "zh_CN"]), Language::English);
    assert_eq!(of(["", "zh_CN", "en_US"]), Language::Chinese);
    assert_eq!(of(["", "", ""]), Language::English);
}

#[test]
fn catalogs_are_read_as_gettext_writes_them() {
    let text = "# note\n\nmsgid \"\"\n\"a \\\"b\\\"\\n\"\n\"{}\"\nmsgstr \"甲\"\n\"乙{}\"\n";
    let entry =
        Entry { english: "a \"b\"\n{}".to_owned(), chinese: "甲乙{}".to_owned(), line: 3 };
    assert_eq!(po::entries(text), [entry]);
}
