//! One post, and every step that led to its verdict, as plain data.
//!
//! Input: a classifier and a post as a line. Output: an [`Explanation`], which
//! names rules and matchers by text and borrows nothing from the classifier.
//!
//! * The verdict is the classifier's own. Conditions are traced by the same programs
//!   that judged the post; nothing is judged a second time.
//! * Text that a fired rule redacts is masked wherever it is quoted.
//! * Text is not escaped: a caller that prints it to a terminal must escape it.

mod build;
mod condition;
mod context;
mod html;
mod near_misses;
mod report;
mod text;

pub use build::explain;
pub use condition::Node;
pub use html::{PostReport, differences, render_page};
pub use report::{
    BoostReport, CategoryReport, Explanation, LineError, NEAR_MISSES_MAX, RuleReport, ScoreReport,
    TermReport, ThresholdReport,
};
pub use text::{FieldReport, HitReport, ViewReport};

#[cfg(test)]
mod tests;
