//! The text of posts as the scanner reads it: folded, and projected.

pub(in crate::scan) mod batch;
pub(in crate::scan) mod projection;
pub mod render;
pub mod script;
