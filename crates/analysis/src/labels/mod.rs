//! What the labels of a corpus mean: `labels.yaml` → for each set, label → categories.
//!
//! Input: the text of a file. Output: [`Labels`], or everything that is wrong with it,
//! each with its place. Knows nothing of posts and verdicts.

mod category_set;
mod meaning;
mod parse;
pub mod schema;

pub use category_set::CategorySet;
pub use meaning::{Labels, SetLabels, Truth};
pub use schema::labels_schema;

/// The name that a file of labels has if it is to be found beside the data.
pub const FILE_NAME: &str = "labels.yaml";

#[cfg(test)]
mod tests;
