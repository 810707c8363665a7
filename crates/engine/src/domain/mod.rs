//! The vocabulary of verdicts: small types without behaviour of their own, used by every layer.

pub mod action;
pub mod category;
pub mod event_time;
pub mod field;
pub mod ids;
pub mod limits;
pub mod score;
pub mod span;
pub mod summary;
pub mod thresholds;
pub mod verdict;
pub mod view;
