//! Built-in detectors of entities, which are written in a fixed format: numbers of people,
//! accounts and devices, addresses, handles.
//!
//! Input: folded text as 16-bit symbols (lower case; ASCII digits and punctuation for the
//! full-width ones; no invisible characters), and for each pair of neighbours whether they are
//! neighbours in the original too: in squeezed text, noise was skipped between some. Output:
//! ranges of symbols.
//!
//! * Hand-written parsers, no regexes. Each reads a bounded number of symbols from a digit, a
//!   dot, an `@` or a word on, so the cost is linear in the text.
//! * No allocation except the growth of the list of hits.
//! * An entity must not touch a Latin letter or digit in the original; one that is separated by
//!   skipped noise does not count. Further conditions are in the module of each detector.
//! * [`allowed_by`] and [`PossibleEntities`] are the prefilter.

mod addresses;
mod codes;
mod digits;
mod entity;
mod handle_words;
mod handles;
mod hosts;
mod ips;
mod mentions;
mod numbers;
mod phone;
mod prefilter;
mod registry;
mod telephones;
mod text;
mod tlds;

pub use entity::{Entity, EntitySet, Found};
pub use prefilter::{PossibleEntities, allowed_by};
pub use registry::find;

#[cfg(test)]
mod tests;
