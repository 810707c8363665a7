//! What looks at rules and posts to learn something, not to serve a stream.
//!
//! * [`prove`]: every rule's own examples, through the way every post takes.
//! * [`explain`]: one post, and all that led to its verdict.
//! * [`eval`]: labelled rows, and how well rules tell them apart. What labels mean stands in
//!   [`labels`], rows are read by [`labelled`], what follows from counts is [`statistics`].

pub mod eval;
pub mod explain;
pub mod labelled;
pub mod labels;
mod line;
pub mod prove;
pub mod statistics;

pub use line::post_line;
