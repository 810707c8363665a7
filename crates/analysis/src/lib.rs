//! Analysis of rules and posts: everything that is not serving a stream.
//!
//! * [`mod@check`]: errors and warnings of rules and policies.
//! * [`rule_tests`]: the examples of every rule, run through the same code path as any post.
//! * [`explain`]: one post, and every step that led to its verdict.
//! * [`eval`]: precision and recall of rules on labelled rows. [`labels`] defines what labels mean,
//!   [`labelled`] reads the rows, [`statistics`] computes rates and intervals.
//! * [`diff`]: two rule sets over one corpus.
//! * [`clean_corpus`]: harmless posts and the rules that fire on them.
//! * [`sample`]: how often matchers may hit in a sample of posts.
//! * [`suggest`]: terms and pairs of terms that separate labelled rows from harmless ones.
//! * [`tune`]: weights and thresholds for a wanted precision.
//! * [`mod@bench`]: throughput of rule sets, and the cost of each rule.
//! * [`disguise`]: text rewritten as evaders do, and what rules still find in it.
//! * [`report`]: a stream of verdicts, counted, as an HTML page.
//! * [`share`]: shares of posts, as text.
//! * [`html`]: shared parts of the HTML pages.
//! * [`line_numbers`] and [`bottom_k_sample`]: line numbers and samples of input that many threads
//!   read.

pub mod bench;
pub mod bottom_k_sample;
pub mod check;
pub mod clean_corpus;
pub mod diff;
pub mod disguise;
pub mod eval;
pub mod explain;
pub mod html;
pub mod labelled;
pub mod labels;
pub mod line_numbers;
mod post_line;
pub mod report;
pub mod rule_tests;
pub mod sample;
pub mod share;
pub mod statistics;
pub mod suggest;
pub mod tune;
mod unreadable;

pub use post_line::{plain_id, post_line};
