//! How well rules find what labels mark, and what they find wrongly.
//!
//! Input: a classifier and labelled rows, chunk by chunk, on any number of threads.
//! Output: a [`Report`], plain data, independent of the number of threads.
//!
//! * A category is *found* in a post if its score leads to `care`, or to the action that the
//!   set counts as positive or a stronger one.
//! * A label that means several categories is satisfied by any of them. Such a group is
//!   counted as a category of its own, so that each row belongs to one group.
//! * Rates have 95 % Wilson intervals; a rate over no rows is omitted, and a note says why.
//! * Text that a rule redacts is masked in examples.

mod counts;
mod curves;
mod evaluation;
mod examples;
mod fields_read;
mod html;
mod report;
mod set;
mod tally;
mod worst_rows;

pub(crate) use counts::found;
pub use curves::{CurvePoint, CurveReport};
pub use evaluation::Evaluation;
pub use examples::{Example, RuleEvidence, TextReport};
pub use html::render_page;
pub use report::{LabelReport, Report, RuleReport, SetReport, TargetReport};
pub use set::Set;
pub use tally::{SetTally, Tally, Worker};
pub use worst_rows::ExampleKind;

#[cfg(test)]
mod tests;
