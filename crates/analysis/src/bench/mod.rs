//! How fast a rule set judges a corpus, and what each rule costs.
//!
//! Input: classifiers, and chunks of posts in memory. Output: a [`Bench`], plain data.
//!
//! * A round judges the whole corpus, verdicts encoded and thrown away. Rounds of two rule
//!   sets are interleaved, and which begins changes, so that what the machine does beside
//!   this hurts both.
//! * What rules cost is sampled: every rule that a sampled post wakes is timed by itself,
//!   the cost of looking at the clock taken off. The search for literals is shared by all
//!   rules and belongs to none.
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
