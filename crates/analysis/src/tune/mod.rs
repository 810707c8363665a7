//! Fits weights and thresholds to labelled rows, for a wanted precision.
//!
//! Input: a classifier and labelled rows, chunk by chunk, on any number of threads. Output:
//! [`Tuned`], one fit per category, plain data, independent of the number of threads; and the text
//! of a policy (`policy_writer`). Nothing is applied here.
//!
//! * A row trains a category if its label means only that category (a positive) or that it is
//!   harmless (a negative). Rows of other categories are not used: finding them does no harm to
//!   readers.
//! * [`HOLD_OUT`] of ten rows, by the hash of their texts, are held out: nothing is fitted to them,
//!   and their figures show how much of the fit is noise.
//! * Fitted are the `flag` threshold of the policy, which the thresholds of its channels follow
//!   (`thresholds`), and the weights of rules; boosts and weights of terms are kept.
//! * Below the wanted precision, thresholds rise and weights fall: no post gets a stronger action
//!   than before. At the wanted precision, `flag` may fall: posts change from `allow` to `flag`.
//! * Figures are those of the written policy as a whole, channels included, over all rows with a
//!   meaning: `eval` with this policy prints the same.

mod counts;
mod figures;
mod fit;
mod policy_writer;
mod thresholds;
mod training;

pub use figures::Figures;
pub use fit::{Fit, ROWS_LEAST, WeightChange};
pub use policy_writer::policy_text;
pub use training::{HOLD_OUT, Training, Tuned, Worker};

#[cfg(test)]
mod tests;
