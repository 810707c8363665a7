//! Rewrites text as evaders do, to measure what rules still find.
//!
//! Characters are replaced or separated, white space changes, harmless text surrounds the post.
//! A [`Way`] is one such change with its amount.
//!
//! * The result depends on the text, the way and the seed alone.
//! * The tables are written by hand from comments and messages, independently of the tables of
//!   the engine: a measurement must not share the tables of the program that it measures.

mod characters;
mod draw;
mod examples;
mod padding;
mod row;
mod sentences;
mod spacing;
mod tables;
mod way;

pub use examples::{ExamplesReport, HitExamples};
pub(crate) use row::WayCounts;
pub use row::{Disguiser, WayReport};
pub use way::Way;
