//! From files to a resolved [`Model`](super::model::Model).
//!
//! Input: the packs that the program carries, and paths a user names. Output: a
//! model in which every name is a number and every default is filled in, or
//! everything that is wrong: each file is read to its end, each rule and
//! condition looked at, before anything is refused.
//!
//! * A pack of a user replaces the embedded pack of the same name.
//! * Matchers that do not name their fields read those of the rule that uses
//!   them; such a matcher stands in the model once for each set of fields.
//! * Nothing is folded, compiled or run here.

mod definition;
mod draft;
mod finish;
mod loader;
mod matcher;
mod pack;
mod rule;
mod scope;
#[cfg(test)]
mod tests;

pub use loader::{Loaded, Loader};
