//! Tests that read the repository as text: layers, file cycles, style, documents, translations, licences.
//!
//! They link nothing of tidegate, so an edit of the engine does not rebuild them and they
//! answer in about a second: `cargo test -p repo-tests`.
#![cfg(test)]

mod architecture;
mod cycles;
mod documents;
mod language;
mod layering;
mod markdown;
mod matches;
mod modules;
mod source;
mod supply_chain;
mod tidy;
mod translations;
