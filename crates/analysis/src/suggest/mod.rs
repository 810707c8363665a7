//! Suggests terms and pairs of terms that separate labelled rows from harmless ones.
//!
//! Input: labelled rows, chunk by chunk, on any number of threads. Output: [`Suggestions`] for each
//! group of categories, plain data, independent of the number of threads and the order of rows.
//!
//! * A term is a frequent sequence of units (`units`) that is not part of a longer frequent one
//!   and, at Han ends, ends at a word boundary (`mine`).
//! * The lift of a term is the log-odds ratio of rows with it in the group to harmless rows with
//!   it, half a row added to each count (Haldane 1956, Anscombe 1956), with Woolf's (1955) 95 %
//!   interval; its cost is the share of harmless rows with it.
//! * Terms that cost too much by themselves are tried in pairs, at the smallest distance that keeps
//!   90 % of the rows.
//! * Suggestions are chosen greedily (`choose`): each time the one that finds most rows not found
//!   by earlier ones. The result is a list for an author to accept or reject.
//! * Equal texts count once. At most [`SUGGEST_ROWS_MAX`] rows of each kind are kept, a sample by
//!   hash, and at most [`SUGGEST_UNITS_MAX`] units of each row.
//! * Possible personal numbers and handles are never suggested.
//!
//! [`SUGGEST_ROWS_MAX`]: tidegate_engine::domain::limits::SUGGEST_ROWS_MAX
//! [`SUGGEST_UNITS_MAX`]: tidegate_engine::domain::limits::SUGGEST_UNITS_MAX

mod choose;
mod collection;
mod mine;
mod pack;
mod units;

pub use choose::{PairSuggestion, Suggestions, TermSuggestion, Wanted, Weight};
pub use collection::{Collection, Worker};
pub use pack::pack;

#[cfg(test)]
mod tests;
