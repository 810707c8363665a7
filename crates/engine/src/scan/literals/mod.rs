//! The bulk literal engine: every occurrence of every literal, in one pass.
//!
//! Input: symbols (folded UTF-16) with padding on both sides. Output: start positions,
//! overlapping ones included. The cost grows with the occurrences, not with the number of
//! literals: one literal or a million.
//!
//! Each literal is anchored at its *rarest window* (two symbols, or four where the first two are
//! ASCII). The search consists of three filters, each run over a block that stays in the cache:
//!
//! 1. the hash of the window at each position, looked up in a bitmap;
//! 2. the survivors with one more symbol of context, looked up in a second bitmap;
//! 3. exact comparison, in a bucket table.
//!
//! Literals without a window (one symbol; two ASCII symbols) are searched separately: one bit per
//! symbol, one bit per ASCII pair.
//!
//! The engine does not know views, edges or matchers. Reference in tests: [`find_naive`] and the
//! `aho-corasick` crate.

mod build;
mod candidates;
mod codec;
mod engine;
mod frequency;
mod hash;
mod kernel;
mod short;

pub use candidates::{Candidates, Occurrence, PADDING};
pub use engine::{Literals, find_naive};
pub use frequency::{hits_per_million, words_per_million};
pub use kernel::Kernel;
