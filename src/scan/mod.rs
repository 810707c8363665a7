//! Folded text → hits. Knows no rules.

pub mod checks;
pub mod entities;
