//! Texts as campaigns compare them. Pure functions: equal texts and settings give equal results.
//!
//! ```text
//! fields ── own ──► own words ── fold ──► symbols ── read ──► units ── fingerprint ──► Fingerprint
//!                   no quotations,                   masks, noise                       sketch
//!                   no strip literals                dropped, sounds
//! ```
//!
//! * [`Fingerprinter::fingerprint`]: weight, hash of the whole, and sketch of a post. Folding,
//!   masks and syllables make disguised texts equal: width, case, script variants, noise between
//!   characters, homophones, other numbers, links and handles.
//! * [`overlap()`]: how much two sketches have in common, as integers; [`needed_percent`]: how much
//!   they need.
//! * [`template()`]: the common text of samples and the values in its slots.
//! * [`Likeness`]: is a text like that of an `ignore` of the measures?
//! * [`shared_runs`]: what two texts have in common, for people.

mod align;
mod classes;
mod fingerprint;
mod likeness;
mod masks;
mod medoid;
mod overlap;
mod own;
mod read;
mod shared;
mod sketch;
mod slots;
mod template;
mod tokens;

#[cfg(test)]
mod quality;
#[cfg(test)]
mod twin;

pub use fingerprint::{
    FieldText, Fingerprint, Fingerprinter, KEYS, SAMPLE_CHARS, SKETCH_WEIGHT, TextScratch,
    WHOLE_WEIGHT,
};
pub use likeness::{Likeness, Squeezed};
pub use overlap::{Overlap, needed_percent, overlap};
pub use shared::shared_runs;
pub use sketch::SKETCH;
pub use template::template;
