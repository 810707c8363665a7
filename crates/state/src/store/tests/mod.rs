//! Tests of the state file.

mod maker;
mod round_trip;
mod twin;
