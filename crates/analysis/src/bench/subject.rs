//! What is measured, and how much.

use std::num::NonZeroUsize;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::post::Plan;

/// A rule set in a benchmark.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'c> {
    /// What people call it.
    pub name: &'c str,
    /// Rules and policy.
    pub classifier: &'c Classifier,
    /// Reads the posts.
    pub plan: &'c Plan,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Times each rule set judges the corpus.
    pub rounds: usize,
    /// Workers.
    pub threads: NonZeroUsize,
    /// Posts on which the cost of rules is sampled, about.
    pub sampled_posts: u64,
}
