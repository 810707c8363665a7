//! Conditions of rules: parsing, name resolution, triggers and evaluation.
//!
//! ```text
//! expr    := and { "or" and } ;  and := not { "and" not } ;  not := "not" not | term
//! term    := operand [ ("near/" N | "before/" N) operand ] | scope | quant | compare
//!          | "(" expr ")"
//! scope   := operand ("around/" N | "in segment") "(" expr ")"
//! operand := name | "(" name { "or" name } ")" | "any of" set
//! quant   := ("any" | "all" | "none" | N) "of" set
//! set     := "them" | name | glob | "(" item { "," item } ")"
//! compare := ("count(" name ")" | "distinct(" name ")" | "length" | "lang" | "post." path)
//!                (op value | "in" "[" … "]")
//!          | "has(post." path ")" | "fired(" rule-id ")" | "evaded(" name ")"
//! ```
//!
//! Two steps. [`parse`] applies the grammar and stops at its first error. [`resolve()`] turns
//! names into numbers through a [`Scope`] and reports every name that is unknown and every
//! comparison that is impossible. Errors have byte ranges of the condition; [`place_in`] maps
//! them to the file.
//!
//! The result is an [`Expr`](expr::Expr). [`Program`](program::Program) evaluates it (in the
//! [`window`]s of its scopes),
//! [`trigger`] finds the matchers of which one must hit before it can be true, and [`grammar`]
//! declares the operators.

mod ast;
mod codec;
pub mod compare;
mod error;
pub mod evaluate;
mod exclusion;
pub mod expr;
pub mod grammar;
mod lexer;
pub mod names;
mod of_post;
mod parser;
pub mod partial;
mod place;
pub mod program;
pub mod proximity;
mod resolve;
pub mod trigger;
mod values;
pub mod window;

pub use ast::Ast;
pub use error::ConditionError;
pub use grammar::{is_name, is_path, tidy};
pub use of_post::{PostValue, holds_for_post};
pub use parser::parse;
pub use place::place_in;
pub use resolve::{PostScope, Scope, glob_matches, meant_path, only_post, resolve};

#[cfg(test)]
mod scoped_tests;
#[cfg(test)]
mod tests;
