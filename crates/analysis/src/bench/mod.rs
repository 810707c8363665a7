//! Measures how fast a rule set judges a corpus, and the cost of each rule.
//!
//! Input: classifiers, and chunks of posts in memory. Output: a [`Bench`], plain data.
//!
//! * A round judges the whole corpus; verdicts are encoded and discarded. Rounds of two rule sets
//!   are interleaved with alternating order, so that other load on the machine affects both
//!   equally.
//! * The cost of rules is sampled: every rule that a sampled post triggers is timed by itself,
//!   minus the cost of reading the clock. The literal search is shared by all rules and attributed
//!   to none.
//! * Counts of posts and hits are exact and the same on every machine; times are not.

mod corpus;
mod costs;
mod html;
mod result;
mod rounds;
mod rule_cost;
mod subject;

pub use corpus::Corpus;
pub use html::{nanos, render_page};
pub use result::{Bench, Ratio, SetResult, bench};
pub use rounds::Stage;
pub use rule_cost::RuleCost;
pub use subject::{Effort, Subject};

#[cfg(test)]
mod tests;
