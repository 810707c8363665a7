//! Folded text → hits. Knows no rules.

mod build;
pub mod checks;
mod codec;
mod confirm;
#[cfg(test)]
mod differential;
pub mod entities;
pub mod hits;
mod index;
pub mod literals;
mod prefilter;
pub mod regex;
pub mod scanner;
mod search;
pub mod spec;
#[cfg(test)]
mod tests;
pub mod text;
mod verify;
