//! Folded text → hits. Knows no rules.

pub mod checks;
pub mod entities;
pub mod hits;
pub mod language;
pub mod literals;
pub mod regex_gate;
