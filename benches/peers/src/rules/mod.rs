//! The rule workload: many rules of words that are near each other, in peers that can express them.
//!
//! README.md says what each peer computes and where it differs.

mod combined;
mod compare;
mod engines;
mod filtered;
mod measure;
mod plain;
mod programs;
mod words;
mod workload;

pub use engines::{Kind, run as answer};
pub use measure::{RulesArgs, run};
pub use plain::run as write_plain;

#[cfg(test)]
mod tests;
