//! Reports on a stream of verdicts: one HTML page with counts by action, category, channel, time
//! and rule.
//!
//! * [`Reader`] counts verdict lines, plain or annotated; [`TallyObserver`] counts posts while they
//!   are judged, with all facts about them. Both fill a [`Tally`], in bounded memory.
//! * [`render_page`] renders a tally as one HTML file. The file contains its main counts as JSON, so
//!   that a later report can be compared with it ([`Snapshot`]).

mod context;
mod counts;
mod earlier;
mod frequent;
mod html;
mod lines;
mod observer;
mod samples;
mod tally;
mod timeline;
mod words;

pub use context::{Part, TextAround};
pub use counts::Counts;
pub use earlier::Snapshot;
pub use frequent::{Frequent, Row};
pub use html::{Origin, render_page};
pub use lines::{Reader, ReaderScratch};
pub use observer::TallyObserver;
pub use tally::{ErrorTally, RuleTally, Sample, Tally};
pub use timeline::Timeline;

#[cfg(test)]
mod tests;
