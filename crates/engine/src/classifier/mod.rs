//! One post, one thread: hits → rules → scores → an action.
//!
//! Input: a batch of posts that was scanned together. Output: a [`Verdict`] for each post,
//! borrowed from the worker's [`Scratch`]. No I/O and no clock; nothing is allocated once the
//! scratch is warm. The same post and rules give the same verdict.
//!
//! A post passes through these steps (`judge`):
//!
//! 1. `prune`: rules whose trigger may have hit are candidates; three filter stages remove
//!    those that cannot match.
//! 2. `evaluate`: collects the hits that candidates need, and evaluates their conditions.
//! 3. `score`: adds up points and evidence of the rules that match, and decides the action.
//!
//! `inspect` gives everything that led to a verdict, and `profile` times rule by rule.
//!
//! [`Verdict`]: crate::domain::verdict::Verdict

mod evaluate;
mod inspect;
mod judge;
mod profile;
mod prune;
mod score;
mod scratch;
mod stages;
#[cfg(test)]
mod twin;

pub use evaluate::Stop;
pub use inspect::Inspection;
pub use judge::Classifier;
pub use profile::RuleEvent;
pub use scratch::Scratch;
pub use stages::{JudgeStage, Observer};
