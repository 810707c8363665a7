//! Verdicts → one page for people: how much, of what, where, when, by which rules.
//!
//! * [`Reader`] counts verdict lines, plain or annotated; [`Watcher`] counts while posts
//!   are judged, with all that is known of them. Both fill a [`Tally`], in bounded memory.
//! * [`page`] writes a tally as one HTML file.

mod frequent;
mod lines;
mod samples;
mod tally;
mod timeline;
mod view;
mod watch;
mod words;

pub use frequent::{Frequent, Row};
pub use lines::{Reader, ReaderScratch};
pub use tally::{Counts, ErrorTally, RuleTally, Sample, Tally};
pub use timeline::Timeline;
pub use view::{Origin, page};
pub use watch::Watcher;

#[cfg(test)]
mod tests;
