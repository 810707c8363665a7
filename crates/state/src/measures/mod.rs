//! Measures: what `correlate` counts, and what follows (`NAME.measures.yaml`).
//!
//! ```text
//! text ─► schema::MeasuresFile ─► Measures
//!         values with places      complete, integers only
//! ```
//!
//! [`parse()`] reads a file and reports every error with its place; [`Measures`] is what the rest of
//! the crate knows.

mod campaigns;
mod canonical;
mod fault;
mod ladder;
pub mod limits;
mod model;
mod operations;
mod parse;
mod reader;
pub mod schema;
pub mod units;
mod when;
pub mod written;

pub use fault::Fault;
pub use model::*;
pub use parse::{Parsed, is_measures_file, json_schema, measures_schema, parse};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod unit_tests;
