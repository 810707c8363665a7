//! Splits a condition into words and signs.

use super::error::ConditionError;
use crate::message::{Message, message};
use crate::rules::condition::expr::Compare;
use std::ops::Range;

/// One word or sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// Letters, digits, `_ . - *`: names, keywords, numbers, bare values.
    Word(&'t str),
    /// A quoted string, without its quotes, not yet unescaped.
    Quoted(&'t str),
    Compare(Compare),
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    Slash,
    End,
}

impl Token<'_> {
    /// The token as error messages show it.
    pub(super) fn render(self) -> Message {
        let sign = match self {
            Token::Word(word) => return Message::verbatim(format!("`{word}`")),
            Token::Quoted(text) => return Message::verbatim(format!("\"{text}\"")),
            Token::End => return message!("the end of the condition"),
            Token::Compare(op) => op.sign(),
            Token::Open => "(",
            Token::Close => ")",
            Token::OpenList => "[",
            Token::CloseList => "]",
            Token::Comma => ",",
            Token::Slash => "/",
        };
        Message::verbatim(format!("`{sign}`"))
    }
}

/// Reads tokens one at a time.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, at: 0 }
    }

    /// The next token and its byte range; [`Token::End`] again and again at the end.
    pub(super) fn next(&mut self) -> Result<(Token<'t>, Range<usize>), ConditionError> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = &self.text[start..];
        let Some(first) = rest.chars().next() else {
            self.at = start;
            return Ok((Token::End, start..start));
        };
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '[' => (Token::OpenList, 1),
            ']' => (Token::CloseList, 1),
            ',' => (Token::Comma, 1),
            '/' => (Token::Slash, 1),
            '"' | '\'' => quoted(rest, first, start)?,
            _ if is_word(first) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (Token::Word(&rest[..length]), length)
            }
            _ => compare(rest).ok_or_else(|| stray(rest, first, start))?,
        };
        self.at = start + length;
        Ok((token, start..self.at))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '*')
}

fn quoted(rest: &str, quote: char, start: usize) -> Result<(Token<'_>, usize), ConditionError> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Ok((Token::Quoted(&rest[1..at]), at + 1)),
            _ => {}
        }
    }
    Err(ConditionError::syntax(message!("this string has no end"), start..start + rest.len()))
}

fn compare(rest: &str) -> Option<(Token<'static>, usize)> {
    let op = Compare::ALL.into_iter().find(|op| rest.starts_with(op.sign()))?;
    Some((Token::Compare(op), op.sign().len()))
}

fn stray(rest: &str, first: char, start: usize) -> ConditionError {
    let help = match first {
        '=' if rest.starts_with("=>") => message!("write `>=`"),
        '=' if rest.starts_with("=<") => message!("write `<=`"),
        '≥' | '≧' => message!("write `>=`"),
        '≤' | '≦' => message!("write `<=`"),
        '≠' => message!("write `!=`"),
        '／' => message!("write `/`, as in `near/20`"),
        '：' => message!("write `: ` after the condition, an ASCII colon and a space"),
        '&' => message!("write `and`"),
        '|' => message!("write `or`"),
        '!' => message!("write `not`"),
        '=' => message!("write `==`"),
        '（' | '）' | '，' | '、' | '＞' | '＜' | '＝' | '“' | '”' | '［' | '］' | '【' | '】' =>
        {
            message!("write signs in their ASCII form: ( ) [ ] , < > = \"")
        }
        '$' | '#' | '@' => message!("names of matchers have no sign before them"),
        _ => Message::default(),
    };
    let range = start..start + first.len_utf8();
    ConditionError::syntax(message!("`{}` has no meaning here", first.escape_debug()), range)
        .help(help)
}

/// The text of a quoted string: a backslash escapes the next character.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}
