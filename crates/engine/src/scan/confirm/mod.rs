//! Candidates of one post → hits of matchers.
//!
//! Runs only for posts that the prefilter did not reject. [`HitCollector`] makes the hits of
//! literals, sequences, regexes and entities, each in a file of its own, and
//! [`narrow`](HitCollector::narrow)s them by allow phrases, languages and caps. This stage
//! reads the original text: for edges, case, exact spelling, checks and spans.

mod collector;
mod entities;
mod literals;
mod narrow;
mod phrases;
mod regexes;
mod sequences;
mod state;

pub use collector::HitCollector;
pub use state::ConfirmScratch;
