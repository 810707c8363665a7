//! Word lists: one literal term a line.
//!
//! Input: the text of a list file. Output: its terms, its allow phrases, and every error with its
//! place.
//!
//! ```text
//! # a comment
//! 真人荷官<TAB>weight=3
//! !福利彩票
//! \#hashtag
//! ```
//!
//! `!` marks an allow phrase, `\` escapes a first `#`, `!` or `\`, and attributes follow a TAB.
//! Spaces around a term are removed; a byte order mark and CRLF are accepted. Terms that are
//! empty after folding are reported when rules are compiled.

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::limits::TERM_BYTES_MAX;
use crate::domain::score::{Score, WEIGHT_POINTS_MAX};
use crate::message::{Message, message};
use crate::rules::model::Term;
use crate::rules::source::suggest;
use std::ops::Range;
use std::sync::Arc;

/// The content of a list file.
#[derive(Debug, Default)]
pub struct WordList {
    /// Terms, in order of writing.
    pub terms: Vec<Term>,
    /// Allow phrases, in order of writing.
    pub allowed: Vec<Term>,
    /// Every error.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a list.
pub fn parse(source: &Arc<Source>) -> WordList {
    let mut list = WordList::default();
    let mut start = if source.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for line in source.text[start..].split_inclusive('\n') {
        read_line(&mut list, source, start, line.trim_end_matches(['\n', '\r']));
        start += line.len();
    }
    list
}

fn read_line(list: &mut WordList, source: &Arc<Source>, start: usize, line: &str) {
    let place = |range: Range<usize>| Place { source: source.clone(), range };
    let (written, attributes) = line.split_once('\t').unwrap_or((line, ""));
    let trimmed = written.trim();
    if trimmed.starts_with('#') || line.trim().is_empty() {
        return;
    }
    let (is_allowed, escaped) = match trimmed.strip_prefix('!') {
        Some(phrase) => (true, phrase.trim_start()),
        None => (false, trimmed),
    };
    let text = match escaped.strip_prefix('\\') {
        Some(rest) if !is_allowed && rest.starts_with(['#', '!', '\\']) => rest,
        _ => escaped,
    };
    // An error in a line without a term marks the whole line.
    let shown = if trimmed.is_empty() { line } else { trimmed };
    let from = start + offset_in(line, shown);
    let marked = place(from..from + shown.len());
    if let Some(diagnostic) = check_term(text, &marked) {
        list.diagnostics.push(diagnostic);
        return;
    }
    let mut term = Term { text: text.to_owned(), weight: Score::ZERO, place: marked };
    for attribute in attributes.split('\t').map(str::trim).filter(|word| !word.is_empty()) {
        let from = start + offset_in(line, attribute);
        let diagnostic = if is_allowed {
            Some((
                "bad_attribute",
                message!("an allow phrase has no attributes"),
                Message::default(),
            ))
        } else {
            set_attribute(&mut term, attribute).err()
        };
        if let Some((code, message, help)) = diagnostic {
            let marked = place(from..from + attribute.len());
            list.diagnostics.push(Diagnostic::error(code, message, Some(marked)).help(help));
        }
    }
    let target = if is_allowed { &mut list.allowed } else { &mut list.terms };
    target.push(term);
}

/// The offset of `part` in `whole`, of which it is a slice.
fn offset_in(whole: &str, part: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}

/// An error if the term is too long or only white space.
pub fn check_term(text: &str, place: &Place) -> Option<Diagnostic> {
    if text.trim().is_empty() {
        let diagnostic =
            Diagnostic::error("empty_match", message!("this term is empty"), Some(place.clone()));
        return Some(diagnostic.help(message!("an empty term would match everywhere; remove it")));
    }
    if text.len() > TERM_BYTES_MAX {
        let message =
            message!("this term has {} bytes; at most {TERM_BYTES_MAX} are accepted", text.len());
        let diagnostic = Diagnostic::error("long_term", message, Some(place.clone()));
        return Some(diagnostic.help(message!(
            "a text of this length is not repeated word for word; select the words that matter"
        )));
    }
    None
}

type AttributeError = (&'static str, Message, Message);

fn set_attribute(term: &mut Term, attribute: &str) -> Result<(), AttributeError> {
    let Some((name, value)) = attribute.split_once('=') else {
        let help = message!("attributes are written name=value, such as weight=3");
        return Err(("bad_attribute", message!("`{attribute}` is not an attribute"), help));
    };
    if name != "weight" {
        let message = message!("unknown attribute `{name}`");
        return Err(("unknown_attribute", message, suggest::help(name, ["weight"])));
    }
    match value.parse().ok().and_then(Score::from_points) {
        Some(weight) => {
            term.weight = weight;
            Ok(())
        }
        None => Err((
            "bad_value",
            message!("`{value}` is not a weight"),
            message!(
                "a weight is a number with at most three decimals, within ±{WEIGHT_POINTS_MAX}"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(text: &str) -> WordList {
        parse(&Arc::new(Source { name: "words.txt".to_owned(), text: text.to_owned() }))
    }

    fn texts(terms: &[Term]) -> Vec<&str> {
        terms.iter().map(|term| term.text.as_str()).collect()
    }

    #[test]
    fn lines_terms_and_allow_phrases() {
        let list = list(
            "\u{feff}# note\r\n真人荷官\tweight=3\r\n\r\n  two words  \n!福利彩票\n! 六合彩案\n\\#tag\n\\!now\n\\\\x\n\\y\nlast",
        );
        assert_eq!(
            texts(&list.terms),
            ["真人荷官", "two words", "#tag", "!now", "\\x", "\\y", "last"]
        );
        assert_eq!(texts(&list.allowed), ["福利彩票", "六合彩案"]);
        assert_eq!(list.terms[0].weight, Score::from_millis(3000));
        assert!(list.diagnostics.is_empty(), "{:?}", list.diagnostics);
    }

    #[test]
    fn places_are_exact() {
        let text = "百家乐\n  时时彩 \tweight=1\n";
        let list = list(text);
        let place = &list.terms[1].place;
        assert_eq!(&text[place.range.clone()], "时时彩");
        assert_eq!(place.line_column(), (2, 3));
    }

    #[test]
    fn every_error_is_reported_with_its_place() {
        let list = list(
            "a\twieght=2\nb\tweight=2.0001\nc\theavy\n!d\tweight=1\n\tweight=1\n!\ne\tweight=1000001\n",
        );
        let got: Vec<_> = list
            .diagnostics
            .iter()
            .map(|diagnostic| (diagnostic.code, diagnostic.place.as_ref().unwrap().line_column()))
            .collect();
        assert_eq!(
            got,
            [
                ("unknown_attribute", (1, 3)),
                ("bad_value", (2, 3)),
                ("bad_attribute", (3, 3)),
                ("bad_attribute", (4, 4)),
                ("empty_match", (5, 1)),
                ("empty_match", (6, 1)),
                ("bad_value", (7, 3)),
            ]
        );
        assert_eq!(list.diagnostics[0].help, "did you mean `weight`?");
    }

    #[test]
    fn term_length_limit_on_both_sides() {
        for (length, diagnostics) in
            [(TERM_BYTES_MAX - 1, 0), (TERM_BYTES_MAX, 0), (TERM_BYTES_MAX + 1, 1)]
        {
            assert_eq!(list(&"x".repeat(length)).diagnostics.len(), diagnostics, "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_place_is_in_the_file(text in "[a赌#!\\\\ \\n\r\t=w\u{3000}\u{feff}]{0,40}") {
            let list = list(&text);
            let terms = list.terms.iter().chain(&list.allowed).map(|term| &term.place);
            for place in terms.chain(list.diagnostics.iter().filter_map(|diagnostic| diagnostic.place.as_ref())) {
                prop_assert!(text.get(place.range.clone()).is_some_and(|marked| !marked.is_empty()), "{place:?}");
            }
        }
    }
}
