//! The meaning of the labels of a corpus: `labels.yaml` maps, for each set, labels to categories.
//!
//! Input: the text of a file. Output: [`Labels`], or all errors with their places. Independent of
//! posts and verdicts.

mod category_set;
mod meaning;
mod parse;
pub mod schema;

pub use category_set::CategorySet;
pub use meaning::{Labels, SetLabels, Truth};
pub use schema::labels_schema;

/// The name of a label file that is found automatically, in the folder of the data.
pub const FILE_NAME: &str = "labels.yaml";

#[cfg(test)]
mod tests;
