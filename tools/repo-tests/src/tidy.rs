//! Holds what a reader may expect of every file: the tree is data, and this reads it.

use crate::source::{code, product_files, root, tokens};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, str};

/// The largest tracked file, in bytes.
const FILE_BYTES_MAX: usize = 1_500_000;

/// The longest function of the product, in lines from `fn` to its closing brace. Tests may be
/// longer: some are tables of cases.
const FUNCTION_LINES_MAX: usize = 70;

/// The files of the product that may hold `unsafe` code, each with its reason. The lint
/// `unsafe_code` is denied for the package; their parents lift it for them alone.
const UNSAFE_LEAVES: &[(&str, &str)] = &[
    (
        "crates/engine/src/fold/kernel/x86.rs",
        "masked loads, gathers and compression have no safe form",
    ),
    (
        "crates/engine/src/post/json_index/kernels/neon.rs",
        "vector loads and comparisons have no safe form",
    ),
    (
        "crates/engine/src/post/json_index/kernels/x86.rs",
        "vector loads and comparisons have no safe form",
    ),
    (
        "crates/engine/src/scan/literals/kernel/x86.rs",
        "gathers and masked stores have no safe form",
    ),
    (
        "crates/engine/src/scan/text/projection/kernel/x86.rs",
        "compression and stores of whole vectors have no safe form",
    ),
    (
        "src/closed_output.rs",
        "a descriptor that may be closed is checked before the runtime starts",
    ),
];

/// Phrases for unfinished work. In pieces, so that this file contains none of them.
const PUT_OFF: &[[&str; 2]] = &[
    ["TO", "DO"],
    ["FIX", "ME"],
    ["XX", "X"],
    ["for ", "now"],
    ["place", "holder"],
    ["not yet ", "implemented"],
    ["not ", "implemented"],
    ["todo", "!("],
    ["unimplemented", "!("],
    ["#[igno", "re"],
];

/// Files in which people write prose or code.
const WRITTEN: &[&str] = &["rs", "md", "yaml", "toml", "txt", "sh"];

/// Top folders of machines, which are no part of the project.
const MACHINE_FOLDERS: &[&str] = &["work", "farm", "root", "home", "Users", "mnt"];

/// Every file that is or would be tracked; without git, every file outside `target`.
fn tracked() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let paths: Vec<PathBuf> = match listed {
        Ok(output) if output.status.success() => str::from_utf8(&output.stdout)
            .unwrap()
            .split_terminator('\0')
            .map(|path| root().join(path))
            .collect(),
        _ => walk(),
    };
    // A file that was deleted and not committed is still listed.
    paths.into_iter().filter(|path| path.is_file()).collect()
}

fn walk() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![root().to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            match path.is_dir() {
                true if !["target", ".git"].contains(&name) => open.push(path),
                true => {}
                false => files.push(path),
            }
        }
    }
    files
}

/// The tracked text files: path from the root, and text.
pub fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for path in tracked() {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) {
            texts.push((name, text));
        }
    }
    assert!(texts.len() > 50, "found only {} files; has the listing broken?", texts.len());
    texts
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn expect_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Does `line` hold `phrase`, not as a part of longer words?
fn says(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + phrase.len()..].chars().next();
        let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !touches(before) && (!touches(after) || phrase.ends_with('('))
    })
}

#[test]
fn nothing_is_put_off() {
    let words: Vec<String> = PUT_OFF.iter().map(|pieces| pieces.concat()).collect();
    let mut wrong = Vec::new();
    for (name, text) in texts() {
        if !WRITTEN.contains(&ending(&name)) && name != "ci/check" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| says(line, word)) {
                wrong.push(format!("{name}:{}: says {word:?}: do it, or leave it out", number + 1));
            }
        }
    }
    expect_none(wrong);
}

/// Does `line` hold the path of a folder at the top of some machine?
fn has_machine_path(line: &str) -> bool {
    MACHINE_FOLDERS.iter().any(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || "_.-~}*".contains(c))
        })
    })
}

#[test]
fn no_file_names_a_machine_path() {
    let mut wrong = Vec::new();
    for (name, text) in texts() {
        if name.ends_with(".lock") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if has_machine_path(line) {
                wrong.push(format!("{name}:{}: names a path of one machine", number + 1));
            }
        }
    }
    expect_none(wrong);
}

#[test]
fn machine_paths_are_distinguished_from_other_slashes() {
    for folder in MACHINE_FOLDERS {
        assert!(has_machine_path(&format!("see /{folder}/x")), "{folder}");
        assert!(has_machine_path(&format!("/{folder}/x")), "{folder}");
        assert!(!has_machine_path(&format!("a.example/{folder}/x")), "{folder}");
        assert!(!has_machine_path(&format!("../{folder}/x")), "{folder}");
    }
}

#[test]
fn text_files_have_plain_line_ends() {
    let mut wrong = Vec::new();
    // What broke something is kept as it was.
    for (name, text) in texts().into_iter().filter(|it| !it.0.starts_with("fuzz/corpus/")) {
        if text.contains('\r') {
            wrong.push(format!("{name}: has a carriage return"));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            wrong.push(format!("{name}: has no newline at its end"));
        }
    }
    expect_none(wrong);
}

#[test]
fn no_file_is_large() {
    let mut wrong = Vec::new();
    for path in tracked() {
        let bytes = fs::metadata(&path).unwrap().len();
        if bytes > FILE_BYTES_MAX as u64 {
            wrong.push(format!("{}: {bytes} bytes", path.display()));
        }
    }
    expect_none(wrong);
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for (path, source) in product_files() {
        if !source.starts_with("//! ") {
            wrong.push(format!("{path}: does not begin with `//!`"));
        }
    }
    expect_none(wrong);
}

#[test]
fn unsafe_code_stays_in_its_leaves() {
    let mut holding = BTreeSet::new();
    for (path, source) in product_files() {
        let code = code(&source);
        let tokens = tokens(&code);
        if tokens.iter().any(|(word, _)| *word == "unsafe") {
            let has_child = tokens.windows(3).any(|w| w[0].0 == "mod" && w[2].0 == ";");
            assert!(!has_child, "{path}: holds unsafe code and has modules below it");
            holding.insert(path);
        }
    }
    let allowed: BTreeSet<String> =
        UNSAFE_LEAVES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(holding, allowed, "unsafe code stands left, is allowed right");
}

/// Else no test could run the whole program without those instructions.
#[test]
fn feature_detection_respects_the_configured_limit() {
    let mut detecting = 0;
    for (path, source) in product_files() {
        let code = code(&source);
        if code.contains("_feature_detected!") {
            detecting += 1;
            assert!(code.contains("allows("), "{path}: does not call `allows` of crate::machine");
        }
    }
    assert!(detecting > 0, "no file detects features; is the search broken?");
}

/// Name, first line and length in lines of every function with a body that is no test.
fn functions(source: &str) -> Vec<(String, usize, usize)> {
    let code = code(source);
    let tokens = tokens(&code);
    let mut functions = Vec::new();
    for at in 0..tokens.len() {
        let name = tokens.get(at + 1).map_or("", |token| token.0);
        let is_item =
            tokens[at].0 == "fn" && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let before: Vec<&str> = tokens[..at].iter().rev().take(4).map(|token| token.0).collect();
        let is_test = before == ["]", "test", "[", "#"];
        if let Some(end) = (is_item && !is_test).then(|| body_end(&tokens[at..])).flatten() {
            let first = tokens[at].1;
            functions.push((name.to_owned(), first, end - first + 1));
        }
    }
    functions
}

/// The line of the brace that closes the first body; `None` if a `;` comes before it.
fn body_end(tokens: &[(&str, usize)]) -> Option<usize> {
    let (mut braces, mut brackets) = (0, 0);
    for &(word, line) in tokens {
        match word {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets -= 1,
            ";" if braces == 0 && brackets == 0 => return None,
            "{" => braces += 1,
            "}" => braces -= 1,
            _ => {}
        }
        if word == "}" && braces == 0 {
            return Some(line);
        }
    }
    None
}

#[test]
fn functions_are_short() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, source) in product_files() {
        for (name, line, length) in functions(&source) {
            seen += 1;
            if length > FUNCTION_LINES_MAX {
                wrong.push(format!("{path}:{line}: `{name}` has {length} lines"));
            }
        }
    }
    expect_none(wrong);
    assert!(seen > 300, "found only {seen} functions; has the reading broken?");
}

#[test]
fn functions_are_measured_from_head_to_brace() {
    let source = "trait T { fn a(x: [u8; 2]); }\nfn b()\nwhere\n{\n  if x { y }\n}\nfn c() {}\n#[test]\nfn d() {}\n";
    assert_eq!(functions(source), [("b".to_owned(), 2, 5), ("c".to_owned(), 7, 1)]);
}
