//! The cost of one rule.

use serde::Serialize;

/// The cost of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleCost {
    /// Its id.
    pub id: String,
    /// Its category.
    pub category: &'static str,
    /// Posts of the corpus on which it fired; exact.
    pub hits: u64,
    /// Sampled posts that triggered it.
    pub checks: u64,
    /// Sampled posts on which it matched.
    pub held: u64,
    /// Mean nanoseconds of an evaluation that matches; `None` if there was none.
    pub nanos_with: Option<f64>,
    /// Mean nanoseconds of an evaluation that does not match.
    pub nanos_without: Option<f64>,
    /// Total seconds over the corpus, extrapolated from the sample.
    pub seconds: f64,
    /// Its share of the cost of all rules.
    pub share: f64,
    /// Its share of the stage `judge`, as timed in the rounds. Timing rules one by one is slower
    /// than judging, so these shares sum to more than one.
    pub of_judge: f64,
}
