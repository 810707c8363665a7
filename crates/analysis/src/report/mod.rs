//! Verdicts → one page for people: how much, of what, where, when, by which rules.
//!
//! * [`Reader`] counts verdict lines, plain or annotated; [`TallyObserver`] counts while posts
//!   are judged, with all that is known of them. Both fill a [`Tally`], in bounded memory.
//! * [`page`] writes a tally as one HTML file.

mod counts;
mod frequent;
mod html;
mod lines;
mod observer;
mod samples;
mod tally;
mod timeline;
mod words;

pub use counts::Counts;
pub use frequent::{Frequent, Row};
pub use html::{Origin, render_page};
pub use lines::{Reader, ReaderScratch};
pub use observer::TallyObserver;
pub use tally::{ErrorTally, RuleTally, Sample, Tally};
pub use timeline::Timeline;

#[cfg(test)]
mod tests;
