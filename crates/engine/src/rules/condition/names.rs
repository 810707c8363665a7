//! The names in a condition with their places, for editors.
//!
//! Input: the text of a condition, which may have errors. Output: every word that names a
//! matcher, a pattern of matchers, a rule or a path, in order of writing. Words are classified by
//! their neighbours, so that the names in an unfinished condition are found too; in a condition
//! that [`parse`](super::parse()) accepts they are the names that [`resolve`](super::resolve())
//! looks up.

use super::grammar::{Operator, is_name};
use super::lexer::{Lexer, Token};
use std::ops::Range;

/// What a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A matcher: `game`, or `pack.game`.
    Matcher,
    /// Matchers by a pattern: `zh_*`.
    Glob,
    /// A rule: the operand of `fired()`.
    Rule,
    /// A path of the post, without `post.`.
    Path,
}

/// A name in a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePlace {
    /// What it refers to.
    pub kind: NameKind,
    /// The name as written.
    pub name: String,
    /// Its bytes in the condition.
    pub range: Range<usize>,
}

/// Every name in the condition `text`, in order of writing, up to the first character that has no
/// meaning in conditions.
pub fn names(text: &str) -> Vec<NamePlace> {
    let mut lexer = Lexer::new(text);
    let mut found = Vec::new();
    let mut before = Before::default();
    while let Ok((token, range)) = lexer.next() {
        if token == Token::End {
            break;
        }
        if let Token::Word(word) = token
            && let Some(place) = before.classify(word, range)
        {
            found.push(place);
        }
        before.take(token);
    }
    found
}

/// What precedes a word.
#[derive(Default)]
struct Before<'t> {
    /// The token before the word, and the one before that.
    last: [Option<Token<'t>>; 2],
    /// Between `[` and `]`, where words are values.
    in_values: bool,
}

impl<'t> Before<'t> {
    fn take(&mut self, token: Token<'t>) {
        self.in_values = token == Token::OpenList || self.in_values && token != Token::CloseList;
        self.last = [Some(token), self.last[0]];
    }

    fn is_after(&self, operator: Operator) -> bool {
        self.last == [Some(Token::Open), Some(Token::Word(operator.word()))]
    }

    fn classify(&self, word: &str, range: Range<usize>) -> Option<NamePlace> {
        if self.in_values || matches!(self.last[0], Some(Token::Compare(_) | Token::Slash)) {
            return None;
        }
        let place =
            |kind, name: &str, range| Some(NamePlace { kind, name: name.to_owned(), range });
        if self.is_after(Operator::Fired) {
            return place(NameKind::Rule, word, range);
        }
        if let Some(path) = word.strip_prefix("post.") {
            let start = range.end - path.len();
            return place(NameKind::Path, path, start..range.end);
        }
        let local = word.rsplit_once('.').map_or(word, |(_, name)| name);
        match word {
            _ if word.contains('*') => place(NameKind::Glob, word, range),
            _ if is_name(local) && !word.starts_with('.') => place(NameKind::Matcher, word, range),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let render = |place: NamePlace| {
            assert!(text[place.range.clone()] == *place.name, "{text}");
            format!("{:?} {}", place.kind, place.name)
        };
        names(text).into_iter().map(render).collect()
    }

    #[test]
    fn every_kind_of_name_is_found_with_its_place() {
        let text = "game and (bait or common.lure) near/40 handle and not any of (zh_*, them) \
            and fired(a.b-c) and has(post.author.id) and post.channel in [news, sport] \
            and count(ad) >= 2 and length < 20 and lang == zh and post.kind == \"x y\"";
        let expected = [
            "Matcher game",
            "Matcher bait",
            "Matcher common.lure",
            "Matcher handle",
            "Glob zh_*",
            "Rule a.b-c",
            "Path author.id",
            "Path channel",
            "Matcher ad",
            "Path kind",
        ];
        assert_eq!(found(text), expected);
    }

    #[test]
    fn scopes_and_quantities_are_no_names() {
        let text =
            "game in segment (length < 9 and 2 of them) and bait around/20 (all of pack_a.x)";
        assert_eq!(found(text), ["Matcher game", "Matcher bait", "Matcher pack_a.x"]);
    }

    #[test]
    fn unfinished_conditions_have_their_names_too() {
        for (text, expected) in [
            ("game and ", &["Matcher game"][..]),
            ("game near/ bait", &["Matcher game"]),
            ("fired(", &[]),
            ("(game or", &["Matcher game"]),
            ("game && bait", &["Matcher game"]),
            ("赌博 and game", &["Matcher game"]),
            ("", &[]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
