//! The condition of an operation: clauses that are joined by `and`.
//!
//! ```text
//! when   := clause { "and" clause }
//! clause := what ("==" | "!=") value | what ["not"] "in" "[" value { "," value } "]"
//! what   := "category" | "rule" | "channel" | "author"
//! value  := a word | '…' | "…"
//! ```
//!
//! The first error is reported, at its bytes in the text.

use super::fault::{Fault, character};
use super::limits::ENTRIES_MAX;
use super::model::{Clause, What};
use std::ops::Range;
use tidegate_engine::domain::category::Category;
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::load::unknown_category_help;
use tidegate_engine::rules::source::suggest;

/// What a clause compares, by name.
const WHATS: [(&str, What); 4] = [
    ("category", What::Category),
    ("rule", What::Rule),
    ("channel", What::Channel),
    ("author", What::Author),
];

/// Signs of Chinese keyboards, each with the sign that is meant.
const FULL_WIDTH: [(char, &str); 9] = [
    ('，', ","),
    ('、', ","),
    ('；', "and"),
    ('［', "["),
    ('【', "["),
    ('］', "]"),
    ('】', "]"),
    ('＝', "="),
    ('！', "!"),
];

/// Reads the condition of an operation.
///
/// # Errors
///
/// The first error of the text.
pub fn parse(text: &str) -> Result<Vec<Clause>, Fault> {
    let mut reader = Reader { text, at: 0, values: 0 };
    let mut clauses = Vec::new();
    loop {
        let start = reader.skip_spaces();
        let clause = reader.clause()?;
        check_possible(&clauses, &clause, start..reader.at)?;
        clauses.push(clause);
        reader.skip_spaces();
        if reader.at == text.len() {
            return Ok(clauses);
        }
        reader.and()?;
    }
}

/// Reports a clause that no post satisfies together with those before it.
fn check_possible(before: &[Clause], clause: &Clause, range: Range<usize>) -> Result<(), Fault> {
    match clause.what {
        // A post has one channel and one author.
        What::Channel | What::Author => {}
        What::Category | What::Rule => return Ok(()),
    }
    let alike = before.iter().filter(|it| it.what == clause.what).chain([clause]);
    let accepts = |clause: &Clause, value: &String| clause.values.contains(value) != clause.negated;
    let alike: Vec<&Clause> = alike.collect();
    let Some(positive) = alike.iter().find(|it| !it.negated) else {
        return Ok(());
    };
    if positive.values.iter().any(|value| alike.iter().all(|it| accepts(it, value))) {
        return Ok(());
    }
    Err(Fault {
        code: "never_true",
        range,
        message: message!("no post satisfies this and the clauses before it"),
        help: message!("for one of several values write `in [a, b]`"),
    })
}

/// Reads a text from byte `at` on.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Values so far.
    values: usize,
}

impl<'t> Reader<'t> {
    /// Skips spaces; returns where the rest begins.
    fn skip_spaces(&mut self) -> usize {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.at
    }

    fn fail<T>(&self, range: Range<usize>, message: Message, help: Message) -> Result<T, Fault> {
        // A sign of a Chinese keyboard explains the rest.
        let sign = self.text.get(range.start..).and_then(|rest| rest.chars().next());
        if let Some((sign, ascii)) = FULL_WIDTH.iter().find(|(known, _)| Some(*known) == sign) {
            let range = range.start..range.start + sign.len_utf8();
            let message = message!("`{sign}` is not a sign of conditions");
            return Err(Fault {
                code: "bad_condition",
                range,
                message,
                help: message!("write `{ascii}`"),
            });
        }
        Err(Fault { code: "bad_condition", range, message, help })
    }

    /// Takes `sign` if it is next.
    fn take(&mut self, sign: &str) -> bool {
        let found = self.text[self.at..].starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    /// The next word; empty at a sign and at the end.
    fn word(&mut self) -> (&'t str, Range<usize>) {
        let start = self.skip_spaces();
        let rest = &self.text[start..];
        let is_end = |c: char| {
            c.is_whitespace()
                || ",[]()=!<>'\"".contains(c)
                || FULL_WIDTH.iter().any(|(sign, _)| *sign == c)
        };
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.at += word.len();
        (word, start..self.at)
    }

    /// `and`, between clauses.
    fn and(&mut self) -> Result<(), Fault> {
        let (word, range) = self.word();
        match word {
            "and" => Ok(()),
            "or" => self.fail(
                range,
                message!("only `and` joins clauses"),
                message!("write `in [a, b]`, or two operations"),
            ),
            "" => {
                let mark = character(self.text, range.start);
                let sign = &self.text[mark.clone()];
                let message = message!("`{sign}` has no meaning here");
                self.fail(mark.clone(), message, message!("join clauses by `and`"))
            }
            _ => self.fail(
                range,
                message!("`and` is missing before `{word}`"),
                message!("join clauses by `and`; put a value with spaces in quotes"),
            ),
        }
    }

    fn clause(&mut self) -> Result<Clause, Fault> {
        let what = self.what()?;
        let (negated, is_list) = self.comparison()?;
        let mut values = Vec::new();
        if !is_list {
            values.push(self.value(what)?);
            return Ok(Clause { what, negated, values });
        }
        self.skip_spaces();
        if !self.take("[") {
            let mark = character(self.text, self.at);
            return self.fail(mark, message!("`[` is missing"), message!("write `in [a, b]`"));
        }
        loop {
            values.push(self.value(what)?);
            self.skip_spaces();
            if self.take("]") {
                return Ok(Clause { what, negated, values });
            }
            if !self.take(",") {
                let mark = character(self.text, self.at);
                let help = message!("separate values by `,` and close the list by `]`");
                return self.fail(mark, message!("`,` or `]` is missing"), help);
            }
        }
    }

    fn what(&mut self) -> Result<What, Fault> {
        let (word, range) = self.word();
        if let Some((_, what)) = WHATS.iter().find(|(name, _)| *name == word) {
            return Ok(*what);
        }
        let names = WHATS.map(|(name, _)| name);
        if word.is_empty() {
            let mark = character(self.text, range.start);
            let help = message!("such as `category == fraud`");
            return self.fail(mark, message!("a clause is missing"), help);
        }
        let message = message!("`{word}` cannot be compared");
        Err(Fault { code: "unknown_name", range, message, help: suggest::help(word, names) })
    }

    /// Is the comparison negated, and does a list follow?
    fn comparison(&mut self) -> Result<(bool, bool), Fault> {
        self.skip_spaces();
        if self.take("==") {
            return Ok((false, false));
        }
        if self.take("!=") {
            return Ok((true, false));
        }
        let help = message!("write `==`, `!=`, `in [a, b]` or `not in [a, b]`");
        let start = self.at;
        if self.take("=") {
            return self.fail(start..start + 1, message!("`=` has no meaning here"), help);
        }
        let (word, range) = self.word();
        match word {
            "in" => Ok((false, true)),
            "not" => match self.word() {
                ("in", _) => Ok((true, true)),
                (_, after) => self.fail(after, message!("`in` is missing after `not`"), help),
            },
            "" => {
                let mark = character(self.text, range.start);
                self.fail(mark, message!("a comparison is missing"), help)
            }
            _ => self.fail(range, message!("`{word}` is not a comparison"), help),
        }
    }

    fn value(&mut self, what: What) -> Result<String, Fault> {
        let start = self.skip_spaces();
        let quote = self.text[start..].chars().next().filter(|first| matches!(first, '\'' | '"'));
        let (value, range) = match quote {
            Some(quote) => self.quoted(quote)?,
            None => self.word(),
        };
        if value.trim().is_empty() {
            let mark = if range.is_empty() { character(self.text, start) } else { range };
            return self.fail(
                mark,
                message!("a value is missing"),
                message!("put a value with signs in quotes"),
            );
        }
        self.values += 1;
        if self.values > ENTRIES_MAX {
            let message = message!("more than {ENTRIES_MAX} values");
            let help = message!("split the operation into several");
            return Err(Fault { code: "too_large", range, message, help });
        }
        if what == What::Category && Category::from_name(value).is_none() {
            let message = message!("there is no category `{}`", value);
            let help = unknown_category_help(value, &[], message!("a pack"));
            return Err(Fault { code: "unknown_name", range, message, help });
        }
        Ok(value.to_owned())
    }

    fn quoted(&mut self, quote: char) -> Result<(&'t str, Range<usize>), Fault> {
        let start = self.at;
        let inside = start + quote.len_utf8();
        let Some(length) = self.text[inside..].find(quote) else {
            let help = message!("add the closing quote");
            return self.fail(start..inside, message!("this quote is not closed"), help);
        };
        self.at = inside + length + quote.len_utf8();
        Ok((&self.text[inside..inside + length], inside..inside + length))
    }
}
