//! What is measured, and with how much effort.

use std::num::NonZeroUsize;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::post::Plan;

/// A rule set in a benchmark.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'c> {
    /// Display name.
    pub name: &'c str,
    /// Rules and policy.
    pub classifier: &'c Classifier,
    /// Reads the posts.
    pub plan: &'c Plan,
}

/// The effort of a benchmark.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Number of rounds.
    pub rounds: usize,
    /// Number of worker threads.
    pub threads: NonZeroUsize,
    /// Approximate number of posts on which the cost of rules is sampled.
    pub sampled_posts: u64,
}
