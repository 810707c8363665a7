//! Fuzz targets: each is a function of bytes that panics if an invariant is violated.
//!
//! The targets do not depend on a fuzzer. `fuzz_targets/` runs them with libFuzzer:
//!
//! ```text
//! RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer address json -- -max_total_time=60
//! ```
//!
//! and `tests/it/fuzz.rs` of the package runs them over `corpus/` and over inputs made from it,
//! with a fixed seed, on every change. An input that violated an invariant is kept in `corpus/`,
//! named after the error.

#[cfg(feature = "state")]
mod annotated;
mod compiled;
mod differential;
mod folding;
mod json;
mod judged;
mod lines;
mod rules;

#[cfg(feature = "state")]
pub use annotated::annotated;
pub use compiled::compiled;
pub use differential::differential;
pub use folding::folding;
pub use json::json;
pub use judged::judged;
pub use lines::lines;
pub use rules::{condition, pack, policy, wordlist};

/// A target.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also the folder of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("lines", lines),
    ("json", json),
    ("judged", judged),
    ("folding", folding),
    ("pack", pack),
    ("condition", condition),
    ("wordlist", wordlist),
    ("policy", policy),
    ("differential", differential),
    ("compiled", compiled),
    #[cfg(feature = "state")]
    ("annotated", annotated),
];

/// Removes and returns the first byte; 0 if there is none.
fn next(data: &mut &[u8]) -> usize {
    let Some((first, rest)) = data.split_first() else { return 0 };
    *data = rest;
    usize::from(*first)
}
