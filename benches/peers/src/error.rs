//! The error of this program.

/// Any error, as a message.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
