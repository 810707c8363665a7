//! Conditions: from text to a resolved tree, and the comparisons in it.
//!
//! ```text
//! expr    := and { "or" and } ;  and := not { "and" not } ;  not := "not" not | term
//! term    := operand [ ("near/" N | "before/" N) operand ] | quant | compare | "(" expr ")"
//! operand := name | "(" name { "or" name } ")" | "any of" set
//! quant   := ("any" | "all" | "none" | N) "of" set
//! set     := "them" | name | glob | "(" item { "," item } ")"
//! compare := ("count(" name ")" | "distinct(" name ")" | "length" | "lang" | "post." path)
//!                (op value | "in" "[" … "]")
//!          | "has(post." path ")" | "fired(" rule-id ")" | "evaded(" name ")"
//! ```
//!
//! Two steps: [`parse`] knows the grammar alone and stops at its first problem;
//! [`resolve()`] turns names into numbers through a [`Scope`] and finds all that is
//! unknown or impossible. Places are bytes of the condition; [`place_in`] finds
//! them again in the file.

mod ast;
pub mod compare;
mod lexer;
mod parser;
mod place;
pub mod program;
mod resolve;
pub mod trigger;

pub use ast::Ast;
pub use parser::parse;
pub use place::place_in;
pub use resolve::{PostScope, Scope, glob_matches, only_post, resolve};

use std::ops::Range;

/// What is wrong with a condition. Codes and texts as in a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong; lower case, no full stop.
    pub message: String,
    /// Bytes of the condition.
    pub range: Range<usize>,
    /// The way out. May be empty.
    pub help: String,
}

impl Problem {
    #[cold]
    fn new(code: &'static str, message: impl Into<String>, range: Range<usize>) -> Problem {
        Problem { code, message: message.into(), range, help: String::new() }
    }

    #[cold]
    fn syntax(message: impl Into<String>, range: Range<usize>) -> Problem {
        Problem::new("bad_condition", message, range)
    }

    fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = help.into();
        self
    }
}

/// Words of the grammar, which no matcher may be called.
pub const RESERVED: &[&str] = &[
    "all", "and", "any", "before", "count", "distinct", "evaded", "false", "fired", "has", "in",
    "lang", "length", "near", "none", "not", "of", "or", "post", "them", "true",
];

/// May a matcher be called this? `[a-z_][a-z0-9_]*` and not a word of the grammar.
pub fn is_name(word: &str) -> bool {
    let well_formed = word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    well_formed && !RESERVED.contains(&word)
}

/// The condition on one line, with runs of white space made one space: what
/// verdicts quote.
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
