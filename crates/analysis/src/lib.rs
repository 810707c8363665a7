//! What looks at rules and posts to learn something, not to serve a stream.
//!
//! * [`prove`]: every rule's own examples, through the way every post takes.
//! * [`explain`]: one post, and all that led to its verdict.
//! * [`eval`]: labelled rows, and how well rules tell them apart. What labels mean stands in
//!   [`labels`], rows are read by [`labelled`], what follows from counts is [`statistics`].
//! * [`diff`]: two rule sets over one corpus.
//! * [`ordinary`]: ordinary posts and the rules that fire on them.
//! * [`propose`]: terms and pairs that tell labelled rows from harmless ones.
//! * [`tune`]: weights and thresholds for a wanted precision.
//! * [`mod@bench`]: how fast rule sets are, and what each rule costs.
//! * [`report`]: a stream of verdicts, counted, as a page for people.
//! * [`page`]: what HTML pages share.
//! * [`places`] and [`sample`]: line numbers and samples of what many threads read.

pub mod bench;
pub mod bottom_k_sample;
pub mod clean_corpus;
pub mod diff;
pub mod eval;
pub mod explain;
pub mod html;
pub mod labelled;
pub mod labels;
pub mod line_numbers;
mod post_line;
pub mod report;
pub mod rule_tests;
pub mod statistics;
pub mod suggest;
pub mod tune;

pub use post_line::post_line;
