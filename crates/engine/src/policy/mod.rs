//! From scores to an action.
//!
//! A [`Policy`] is what a file says. [`Policy::resolve`] lays it over the rules
//! of a run; the [`ResolvedPolicy`] answers per rule (weight, mode, exceptions)
//! and per post (thresholds, channel by channel). Answers allocate nothing and
//! look at the post's own fields alone: no clock, no text, no state.
//!
//! * The strongest action whose threshold is reached is taken, over all
//!   categories; `care` stands beside it and has its own threshold.
//! * A category that the policy does not name is reported and leads to nothing.
//! * Experimental rules run in shadow unless an override says `mode: enforce`.

mod model;
mod parse;
mod resolve;
pub mod schema;

pub use model::{Limits, Mode, Policy};
pub use resolve::{Decision, Resolution, ResolvedPolicy, RuleFacts};

use crate::rules::source::json_schema;

/// The name of the policy that applies when none is named.
pub const DEFAULT: &str = "default";

/// The JSON Schema of policies, as indented JSON with a line end.
pub fn policy_schema() -> String {
    json_schema::text::<schema::Policy>("urn:tidegate:policy:1", "A tidegate policy")
}

#[cfg(test)]
mod tests;
