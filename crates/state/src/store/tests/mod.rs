//! Tests of the state file.

mod failures;
mod forgetting;
mod kill;
mod looking;
mod maker;
mod round_trip;
pub(crate) mod twin;
mod versions;
mod world;
