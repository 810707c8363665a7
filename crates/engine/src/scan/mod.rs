//! Folded text → hits. Knows no rules.

pub mod checks;
mod codec;
mod collect;
#[cfg(test)]
mod collider;
mod disguise;
pub mod entities;
pub mod hits;
pub mod language;
pub mod literals;
mod marks;
mod notes;
mod reading;
pub mod regex_gate;
pub mod scanner;
pub mod shown;
mod sight;
mod sound;
pub mod spec;
#[cfg(test)]
mod tests;
mod texts;
