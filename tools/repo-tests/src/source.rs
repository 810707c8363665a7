//! Reads the sources of the workspace: files, code without comments, comments, tokens.

use std::fs;
use std::path::{Path, PathBuf};

/// The top folder of the repository.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate is two folders below the root")
}

/// The crates of the product: name in Rust code, folder of the sources below the root.
pub const CRATES: &[(&str, &str)] = &[
    ("tidegate_engine", "crates/engine/src"),
    ("tidegate_message_macro", "crates/message-macro/src"),
    ("tidegate_messages", "crates/messages/src"),
    ("tidegate_packs", "crates/packs/src"),
    ("tidegate_pipeline", "crates/pipeline/src"),
    ("tidegate_analysis", "crates/analysis/src"),
    ("tidegate_state", "crates/state/src"),
    ("tidegate_lsp", "crates/lsp/src"),
    ("tidegate", "src"),
];

/// Every source file of the product: path below the root, and text.
pub fn product_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (_, folder) in CRATES {
        let found = rust_files(&root().join(folder)).into_iter();
        files.extend(found.map(|(path, text)| (format!("{folder}/{path}"), text)));
    }
    files
}

/// Every Rust file below `folder`, with its path relative to `folder`, sorted.
pub fn rust_files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    let relative = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    found.iter().map(|path| (relative(path), fs::read_to_string(path).unwrap())).collect()
}

/// Kind of a stretch of source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Names, numbers, punctuation, white space.
    Code,
    /// A comment of either form.
    Comment,
    /// A string or character literal, with its quotes.
    Literal,
}

/// Cuts `source` into code, comments and literals, in order and without gaps.
pub fn parts(source: &str) -> Vec<(Kind, String)> {
    let chars: Vec<char> = source.chars().collect();
    let mut parts: Vec<(Kind, String)> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = not_code(&chars, at);
        if end > at {
            let kind = if chars[at] == '/' { Kind::Comment } else { Kind::Literal };
            parts.push((kind, chars[at..end].iter().collect()));
            at = end;
            continue;
        }
        match parts.last_mut() {
            Some((Kind::Code, text)) => text.push(chars[at]),
            _ => parts.push((Kind::Code, chars[at].to_string())),
        }
        at += 1;
    }
    parts
}

/// `source` with comments and literals as spaces. Line breaks stay where they are.
pub fn code(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for (kind, text) in parts(source) {
        match kind {
            Kind::Code => out.push_str(&text),
            Kind::Comment | Kind::Literal => {
                out.extend(text.chars().map(|c| if c == '\n' { c } else { ' ' }));
            }
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` itself if none starts there.
fn not_code(chars: &[char], at: usize) -> usize {
    let next = |ahead: usize| chars.get(at + ahead).copied().unwrap_or('\0');
    let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (chars[at], next(1)) {
        ('/', '/') => until(chars, at, |chars, at| chars[at] == '\n'),
        ('/', '*') => block_comment_end(chars, at),
        ('"', _) => quoted_end(chars, at, '"'),
        ('\'', '\\') => quoted_end(chars, at, '\''),
        ('\'', _) if next(2) == '\'' => at + 3,
        ('r', '"' | '#') if !in_word => raw_string_end(chars, at, at + 1),
        ('b' | 'c', 'r') if !in_word => raw_string_end(chars, at, at + 2),
        _ => at,
    }
}

fn until(chars: &[char], from: usize, is_end: impl Fn(&[char], usize) -> bool) -> usize {
    (from..chars.len()).find(|&at| is_end(chars, at)).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (at, depth) = (at + 2, depth + 1),
            ('*', '/') => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn quoted_end(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// `hashes` is where the `#`s begin. `r#name` is a name, not a string.
fn raw_string_end(chars: &[char], from: usize, hashes: usize) -> usize {
    let open = until(chars, hashes, |chars, at| chars[at] != '#');
    if chars.get(open) != Some(&'"') {
        return from;
    }
    let count = open - hashes;
    let closes = |chars: &[char], at: usize| {
        chars[at] == '"'
            && chars.len() > at + count
            && chars[at + 1..=at + count].iter().all(|&c| c == '#')
    };
    (until(chars, open + 1, closes) + 1 + count).min(chars.len())
}

/// Names and single punctuation characters, each with its line, the first being 1.
/// `::` is one token.
pub fn tokens(code: &str) -> Vec<(&str, usize)> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let length = if is_name(first) {
            rest.find(|c| !is_name(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            tokens.push((&rest[..length], line));
        }
        line += usize::from(first == '\n');
        at += length;
    }
    tokens
}

#[test]
fn comments_and_literals_are_not_code() {
    let source = r###"
        let a = 'x'; // crate::one
        /* crate::two /* nested */ still */ let b: &'a str = "crate::\"three";
        let c = r#"crate::"four"#; let d = b"crate::five"; let r#type = '\''; let e = '彩';
    "###;
    let left = code(source);
    assert!(!left.contains("crate"), "{left}");
    for kept in ["let a", "let b: &'a str", "let c", "let d", "let r#type", "let e"] {
        assert!(left.contains(kept), "{kept} is gone: {left}");
    }
    assert_eq!(left.lines().count(), source.lines().count());
}
