//! Lints of terms that were meant as something else: two terms in one, quotes and comments in a
//! list line, patterns among words.

use crate::diagnostic::Diagnostic;
use crate::message::{Message, message};
use crate::rules::model::{Matcher, Model, Pattern, Term};
use std::sync::Arc;

pub(super) fn lint(model: &Model, matcher: &Matcher, found: &mut Vec<Diagnostic>) {
    let pack = &model.packs[matcher.pack].source;
    let parts = matcher.seq.iter().flat_map(|sequence| sequence.parts.iter().flatten());
    for term in matcher.terms.iter().chain(&matcher.except).chain(parts) {
        let is_listed = !Arc::ptr_eq(&term.place.source, pack);
        found.extend(list_line(term, is_listed).or_else(|| {
            let is_quoted = !is_listed && written(term).starts_with(['"', '\'']);
            let joined = joined(&term.text, is_listed).filter(|_| !is_quoted);
            let quotes = quoted(&term.text, is_listed).filter(|_| !is_quoted);
            joined.or(quotes).or_else(|| pattern(&term.text)).map(|slip| slip.warning(term))
        }));
    }
    found.extend(matcher.regexes.iter().filter_map(slashes));
}

/// What is wrong with a term, and the way out.
struct Slip {
    code: &'static str,
    message: Message,
    help: Message,
}

impl Slip {
    fn warning(self, term: &Term) -> Diagnostic {
        Diagnostic::warning(self.code, self.message, Some(term.place.clone())).help(self.help)
    }
}

/// The term as it is written in its file.
fn written(term: &Term) -> &str {
    term.place.source.text.get(term.place.range.clone()).unwrap_or("")
}

/// An attribute or comment that is part of the term, because no TAB or line break is before it.
fn list_line(term: &Term, is_listed: bool) -> Option<Diagnostic> {
    if !is_listed {
        return None;
    }
    let (message, help) = if let Some((word, _)) = term.text.split_once(" weight=") {
        let word = word.trim_end();
        let message =
            message!("` weight=` is part of this term, which therefore finds no `{word}`");
        (message, message!("write a TAB before `weight=`"))
    } else if let Some((word, _)) = term.text.split_once(" #") {
        let word = word.trim_end();
        let message = message!("` #` is part of this term, which therefore finds no `{word}`");
        (message, message!("write the comment in a line of its own"))
    } else {
        list_sign(&term.text)?
    };
    let warning = Diagnostic::warning("joined_term", message, Some(term.place.clone()));
    Some(warning.help(help))
}

/// A sign of a Chinese keyboard, or of YAML, at an end of a list line.
fn list_sign(text: &str) -> Option<(Message, Message)> {
    let help = match text.chars().next()? {
        '！' => message!("write `!` before an allow phrase"),
        '＃' => message!("write `#` before a comment"),
        '-' if text.starts_with("- ") => message!("write the term alone: a list has no `- `"),
        _ if text.chars().count() > 1 && text.ends_with([',', ';', '，', '；', '、']) => {
            message!("write the term alone: a list has one term per line")
        }
        _ => return None,
    };
    Some((message!("a sign of `{text}` is part of the term"), help))
}

/// Signs that separate words in Chinese, and those that separate terms elsewhere between Han.
fn joined(text: &str, is_listed: bool) -> Option<Slip> {
    let chars: Vec<char> = text.chars().collect();
    let last = chars.last().copied().filter(|last| chars.len() > 1 && "，、；".contains(*last));
    let sign = chars.windows(3).find_map(|window| {
        let [before, sign, after] = *window else { return None };
        let separates = match sign {
            '，' | '、' | '；' => true,
            ',' | ';' => !before.is_ascii() && !after.is_ascii(),
            '|' => before.is_alphanumeric() && after.is_alphanumeric(),
            _ => false,
        };
        separates.then_some(sign)
    });
    let sign = sign.or(last)?;
    let parts = text.split(sign).filter(|part| !part.trim().is_empty()).count();
    let terms = match parts {
        0 | 1 => message!("a term without it"),
        2 => message!("two terms"),
        _ => message!("several terms"),
    };
    let way = if is_listed {
        message!("write each in a line of its own")
    } else {
        message!("write a comma and a space between them, or put the one term in quotes")
    };
    Some(Slip {
        code: "joined_term",
        message: message!("`{text}` is one term: `{sign}` is part of it"),
        help: message!("did you mean {terms}? {way}"),
    })
}

/// Quotes that belong to the term.
fn quoted(text: &str, is_listed: bool) -> Option<Slip> {
    const CURLY: [char; 8] = ['“', '”', '‘', '’', '„', '「', '」', '＂'];
    let is_ascii = is_listed
        && text.chars().count() > 2
        && [('"', '"'), ('\'', '\'')]
            .iter()
            .any(|(open, close)| text.starts_with(*open) && text.ends_with(*close));
    if !is_ascii && !text.starts_with(CURLY) && !text.ends_with(CURLY) {
        return None;
    }
    let word = text.trim_matches(|c: char| CURLY.contains(&c) || c == '"' || c == '\'');
    Some(Slip {
        code: "joined_term",
        message: message!("the quotes of `{text}` are part of the term"),
        help: message!("write `{word}`, which is also found in quotes"),
    })
}

/// A pattern among words.
fn pattern(text: &str) -> Option<Slip> {
    const SIGNS: [&str; 10] = [".*", ".+", ".?", r"\d", r"\w", r"\s", r"\b", "[0-9", "[a-z", "(?"];
    let is_pattern = SIGNS.iter().any(|sign| text.contains(sign)) || in_slashes(text).is_some();
    let stem = text.strip_suffix('*').filter(|stem| stem.chars().all(char::is_alphanumeric));
    let is_prefix = stem.is_some_and(|stem| stem.chars().count() >= PREFIX_CHARS_MIN);
    let help = match stem.filter(|_| is_prefix) {
        Some(stem) => message!("list the words that begin with `{stem}`, or write `regex`"),
        None if is_pattern => message!("move it to `regex`"),
        None => return None,
    };
    let message = message!("`{text}` is searched word for word, and looks like a pattern");
    Some(Slip { code: "pattern_term", message, help })
}

/// Characters. A shorter word with `*` at its end may be a censored word. A limit without a
/// measured effect.
const PREFIX_CHARS_MIN: usize = 4;

/// The pattern of `/pattern/` or `/pattern/i`.
fn in_slashes(text: &str) -> Option<&str> {
    let (pattern, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
    let is_flags = flags.len() <= 3 && flags.chars().all(|flag| "gimsuxy".contains(flag));
    (!pattern.is_empty() && is_flags).then_some(pattern)
}

/// A regex in the slashes of other languages, which would have to be in the text.
fn slashes(pattern: &Pattern) -> Option<Diagnostic> {
    let inner = in_slashes(&pattern.text)?;
    let message = message!("the slashes around this regex are part of it");
    let warning = Diagnostic::warning("pattern_term", message, Some(pattern.place.clone()));
    let help = message!("write `{inner}`: case is folded, other flags are written as `(?s)`");
    Some(warning.help(help))
}
