//! Folded text → hits. Knows no rules.

pub mod checks;
mod codec;
mod confirm;
#[cfg(test)]
mod differential;
pub mod entities;
pub mod hits;
pub mod literals;
mod prefilter;
pub mod regex;
pub mod scanner;
pub mod spec;
#[cfg(test)]
mod tests;
pub mod text;
mod verify;
