//! What looks at rules and posts to learn something, not to serve a stream.
//!
//! * [`prove`]: every rule's own examples, through the way every post takes.
//! * [`explain`]: one post, and all that led to its verdict.

pub mod explain;
mod line;
pub mod prove;

pub use line::post_line;
