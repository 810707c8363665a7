//! What one rule costs.

use serde::Serialize;

/// What a rule costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleCost {
    /// Its id.
    pub id: String,
    /// Its category.
    pub category: &'static str,
    /// Posts of the corpus on which it fired: exact.
    pub hits: u64,
    /// Posts of the sample that woke it.
    pub checks: u64,
    /// Posts of the sample on which it held.
    pub held: u64,
    /// Nanoseconds of a check that ends with a match; `None` if there was none.
    pub nanos_with: Option<f64>,
    /// Nanoseconds of a check without one.
    pub nanos_without: Option<f64>,
    /// Seconds in all over the corpus, scaled up from the sample.
    pub seconds: f64,
    /// Its part of what all rules cost.
    pub share: f64,
    /// Its part of the stage `judge`, as the stage was timed in the rounds. Timing rules
    /// one by one is slower than judging, so that these sum to more than one.
    pub of_judge: f64,
}
