//! Plain technical English: words that a reader would have to translate do not occur in
//! comments, documents, messages and names.
//!
//! Read are comments and string literals of the product, comments and names of every other
//! Rust file, comments and titles of rule files, and the prose of Markdown pages (outside of
//! code). Test data is not read.

use crate::source::{CRATES, Kind, parts, root, rust_files, tokens};
use crate::tidy::texts;

/// Members of JSON output, which keep their names.
const JSON_MEMBERS: &[&str] = &["\"told\""];

/// Words and phrases that do not occur in prose, in lower case.
const PROSE: &[&str] = &[
    "whoever",
    "whomever",
    "whosoever",
    "somebody",
    "nobody",
    "told",
    "tells",
    "wake",
    "wakes",
    "waken",
    "woken",
    "woke",
    "apart",
    "stands",
    "stood",
    "dear",
    "whatever",
    "whichever",
    "beside",
    "besides",
    "likewise",
    "thereof",
    "for ever",
    "gone on with",
    "go on with",
    "goes on with",
    "going on with",
    "comes of",
    "come of",
    "came of",
    "comes to nothing",
    "come to nothing",
    "speaks",
    "is asked",
    "are asked",
    "asked about",
    "mend",
    "mends",
    "mended",
    "what is said",
    "of its own accord",
    "seldom",
    "nought",
    "lest",
    "amid",
    "let alone",
    "hence",
    "thus",
    "whence",
    "thence",
];

/// Parts of names (`snake_case` and `CamelCase` words) that do not occur in code.
const NAMES: &[&str] = &[
    "told",
    "tells",
    "whoever",
    "somebody",
    "nobody",
    "wake",
    "wakes",
    "woken",
    "speaks",
    "sight",
    "glance",
    "unsure",
    "sameness",
    "nearly",
    "asked",
    "asks",
    "apart",
    "stands",
    "beside",
    "dear",
    "pupil",
    "lessons",
    "contender",
    "scene",
    "collider",
    "whatever",
    "mended",
];

/// Generated files and lists of words: data, not prose.
const DATA: &[&str] = &["/generated_", "entities/handle_words.rs", "entities/tlds.rs"];

/// Texts in machine-readable output, whose bytes stay as they are.
const FROZEN: &[&str] = &["the key {key} stands twice, again at byte {}"];

/// Is `phrase` in `text` (both in lower case), not as a part of longer words?
fn has(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_letter(text[..at].chars().next_back())
            && !is_letter(text[at + phrase.len()..].chars().next())
    })
}

/// The forbidden phrases of `text`, which may run over several lines.
fn found(text: &str) -> Vec<&'static str> {
    let plain = text.to_lowercase().replace("///", " ").replace("//!", " ").replace("//", " ");
    let mut plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    for frozen in FROZEN {
        plain = plain.replace(frozen, "");
    }
    PROSE.iter().copied().filter(|phrase| has(&plain, phrase)).collect()
}

/// Consecutive comment lines as one text, each with its first line; with `literals`, string
/// literals too.
fn prose_of_code(source: &str, literals: bool) -> Vec<(usize, String)> {
    let mut prose: Vec<(usize, String)> = Vec::new();
    let (mut line, mut joins) = (1, false);
    for (kind, text) in parts(source) {
        let lines = text.matches('\n').count();
        match kind {
            Kind::Comment => match prose.last_mut() {
                Some((_, before)) if joins => before.push_str(&format!("\n{text}")),
                _ => prose.push((line, text)),
            },
            Kind::Literal if literals && !JSON_MEMBERS.contains(&text.trim()) => {
                prose.push((line, text));
            }
            Kind::Literal => {}
            Kind::Code if text.trim().is_empty() && lines < 2 => {
                line += lines;
                continue;
            }
            Kind::Code => {}
        }
        joins = kind == Kind::Comment;
        line += lines;
    }
    prose
}

/// The prose of a Markdown page: every line outside of fences, without code spans.
fn prose_of_page(page: &str) -> Vec<(usize, String)> {
    let mut is_code = false;
    let mut prose = Vec::new();
    for (at, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code && !line.starts_with("    ") {
            let spans: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
            prose.push((at + 1, spans));
        }
    }
    prose
}

/// Comments, titles and help of a rule file.
fn prose_of_rules(file: &str) -> Vec<(usize, String)> {
    let mut prose = Vec::new();
    for (at, line) in file.lines().enumerate() {
        let trimmed = line.trim_start();
        let title = trimmed.trim_start_matches("- ").strip_prefix("title:");
        match (trimmed.strip_prefix('#'), title) {
            (Some(text), _) | (None, Some(text)) => prose.push((at + 1, text.to_owned())),
            (None, None) => {}
        }
    }
    prose
}

/// Text of the product before its unit tests, whose literals are data.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn prose_is_plain() {
    let mut wrong = Vec::new();
    let mut read = 0;
    for (name, text) in texts() {
        let is_product = CRATES.iter().any(|(_, folder)| name.starts_with(folder));
        let is_data = DATA.iter().any(|part| name.contains(part)) || name.ends_with("language.rs");
        let prose = match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "rs" if is_data => continue,
            "rs" if is_product && !name.ends_with("tests.rs") => {
                let tests = text.len() - without_tests(&text).len();
                let mut prose = prose_of_code(without_tests(&text), true);
                prose.extend(prose_of_code(&text[text.len() - tests..], false));
                prose
            }
            "rs" | "toml" | "sh" => prose_of_code(&text, false),
            "md" => prose_of_page(&text),
            "yaml" if name.starts_with("rules/") => prose_of_rules(&text),
            _ => continue,
        };
        read += prose.len();
        for (line, text) in prose {
            for phrase in found(&text) {
                wrong.push(format!("{name}:{line}: {phrase:?} is not plain English here"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} places\n{}", wrong.len(), wrong.join("\n"));
    assert!(read > 3000, "read only {read} texts; is the reading broken?");
}

/// `HttpServer` and `http_server` → `http`, `server`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if c != '_' {
            words.last_mut().unwrap().extend(c.to_lowercase());
        }
    }
    words
}

#[test]
fn names_are_standard() {
    let mut wrong = Vec::new();
    for folder in ["src", "crates", "benches", "tests", "tools", "examples", "fuzz/src"] {
        for (path, text) in rust_files(&root().join(folder)) {
            let code = crate::source::code(&text);
            for (name, line) in tokens(&code) {
                let bad = words_of(name).into_iter().find(|word| NAMES.contains(&word.as_str()));
                if let Some(word) = bad {
                    wrong.push(format!("{folder}/{path}:{line}: `{name}` has the word {word:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} places\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn phrases_are_found_across_lines_and_not_inside_words() {
    assert_eq!(found("/// It is gone\n/// on with later."), ["gone on with"]);
    assert_eq!(found("// The standard awakes; a part of it"), [""; 0]);
    let source = "// One\n// told\nlet a = \"wake\"; // x\n\n// dear";
    let lines: Vec<(usize, Vec<&str>)> =
        prose_of_code(source, true).iter().map(|(line, text)| (*line, found(text))).collect();
    assert_eq!(lines, [(1, vec!["told"]), (3, vec!["wake"]), (3, vec![]), (5, vec!["dear"])]);
    let page = "Plain `told` text\n```\ntold\n```\nit is told";
    let bad: Vec<usize> = prose_of_page(page)
        .into_iter()
        .filter(|(_, text)| !found(text).is_empty())
        .map(|(line, _)| line)
        .collect();
    assert_eq!(bad, [5]);
    assert_eq!(words_of("ToldPost_x"), ["told", "post", "x"]);
}
