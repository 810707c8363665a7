//! Conditions: from text to a resolved tree, and the comparisons in it.

pub mod compare;
