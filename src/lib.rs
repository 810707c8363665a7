//! tidegate: a streaming text classifier.

pub mod action;
pub mod category;
pub mod classifier;
pub mod diagnostic;
pub mod event_time;
pub mod field;
pub mod fold;
pub mod html;
pub mod ids;
pub mod limits;
pub mod lines;
pub mod output;
pub mod pipeline;
pub mod policy;
pub mod post;
pub mod ruleset;
pub mod scan;
pub mod score;
pub mod span;
pub mod study;
pub mod summary;
pub mod verdict;
pub mod view;
