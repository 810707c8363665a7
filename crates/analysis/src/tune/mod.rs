//! Weights and thresholds for a wanted precision, data from labelled rows.
//!
//! Input: a classifier and labelled rows, chunk by chunk, on any number of threads. Output:
//! [`Tuned`], one fit a category, plain data, the same for every number of threads; and a
//! policy to write (`written`). Nothing is applied here.
//!
//! * A row teaches a category if its label means that category alone (then it is to be
//!   found) or that it is harmless (then it is not). Rows of other harm teach nothing: what
//!   is found in them is no harm to readers.
//! * [`HOLD_OUT`] in ten of the rows, by the hash of their texts, are held back: nothing is
//!   fitted to them, and their figures say how much of the fit is chance.
//! * The `flag` threshold of the policy for posts of no special channel is fitted, and the
//!   weights of rules; boosts and weights of terms stay as they are.
//! * Thresholds of `review` and `block` are raised only where `flag` would pass them.

mod counts;
mod fit;
mod policy_writer;
mod training;

pub use fit::{Figures, Fit, ROWS_LEAST, WeightChange};
pub use policy_writer::policy_text;
pub use training::{HOLD_OUT, Learning, Tuned, Worker};

#[cfg(test)]
mod tests;
