//! What an author might look for: terms and pairs of terms that tell labelled rows from
//! harmless ones.
//!
//! Input: labelled rows, chunk by chunk, on any number of threads. Output: [`Suggestions`]
//! for each group of categories, plain data, the same for every number of threads and every
//! order of rows.
//!
//! * A term is a sequence of units (`units`) that many rows hold, that is not a part of a
//!   longer one, and whose Han ends are ends of words (`mine`).
//! * Its lift is the log-odds ratio of rows with it in the group to harmless ones, half a
//!   row added to each count (Haldane 1956, Anscombe 1956), with Woolf's (1955) 95 %
//!   interval; its cost is the share of harmless rows with it.
//! * Terms that cost too much alone are tried in pairs, at the smallest distance that keeps
//!   nine of ten.
//! * Suggestions are chosen one after the other, each time what finds most rows that no
//!   proposal before it finds (`choose`): a list for an author to accept or refuse.
//! * Equal texts count once. LinePosition most [`SUGGEST_ROWS_MAX`] rows of each kind are kept, a
//!   sample by hash, of each [`SUGGEST_UNITS_MAX`] units.
//! * What may be somebody's number or handle is never proposed.

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
