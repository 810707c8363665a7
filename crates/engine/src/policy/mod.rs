//! Policies: from scores to an action.
//!
//! A [`Policy`] is the content of a file. [`Policy::resolve`] applies it to the rules of a run;
//! the [`ResolvedPolicy`] gives the settings of each rule (weight, mode, exceptions) and the
//! thresholds for each post, by channel. Its functions allocate nothing and depend only on the
//! fields of the post: no clock, no text, no state.
//!
//! * The action is the strongest whose threshold is reached in any category; `care` is a separate
//!   flag with its own threshold.
//! * A category that the policy does not name is reported and has no action.
//! * Experimental rules run in shadow mode unless an override says `mode: enforce`.

mod choice;
mod elsewhere;
mod model;
mod parse;
mod resolve;
pub mod schema;

pub use choice::RuleChoice;
pub use model::{Mode, Policy};
pub use resolve::{Decision, Resolution, ResolvedPolicy, RuleFacts, RuleSetFacts};

pub use crate::domain::thresholds::Limits;
pub use crate::rules::source::policies::{Policies, extended_files, find, is_policy, name_of};

use crate::rules::source::json_schema;

/// The name of the default policy.
pub const DEFAULT: &str = "default";

/// The JSON Schema of policies, as indented JSON with a line end.
pub fn policy_schema() -> String {
    json_schema::text::<schema::Policy>("urn:tidegate:policy:1", "A tidegate policy")
}

#[cfg(test)]
mod tests;
