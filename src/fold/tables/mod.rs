//! Facts about single characters, generated from published data.
//!
//! * [`table`]: what a character folds to.
//!
//! Everything here is a function of the character alone. The generator and the
//! definition of each table are in `tools/tables`; a test there holds the
//! checked-in files equal to what it computes.

mod fold;
mod generated_fold;

pub use fold::{BREAK, DROPPED, EXPANDS, FoldTable, SYMBOLS_MAX, cased_table, table};
