//! What is fuzzed: each target takes bytes and panics when a promise is broken.
//!
//! The targets know nothing of a fuzzer. `fuzz_targets/` hands them to libFuzzer:
//!
//! ```text
//! RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer address json -- -max_total_time=60
//! ```
//!
//! and `tests/fuzz.rs` of the package runs them over `corpus/` and over inputs made from it,
//! with a fixed seed, on every change. An input that broke a promise is kept in `corpus/`
//! under the name of what went wrong.

mod collider;
mod compiled;
mod folding;
mod json;
mod judged;
mod lines;
mod rules;

pub use collider::collider;
pub use compiled::compiled;
pub use folding::folding;
pub use json::json;
pub use judged::judged;
pub use lines::lines;
pub use rules::{condition, pack, policy, wordlist};

/// A target.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also the folder of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("lines", lines),
    ("json", json),
    ("judged", judged),
    ("folding", folding),
    ("pack", pack),
    ("condition", condition),
    ("wordlist", wordlist),
    ("policy", policy),
    ("collider", collider),
    ("compiled", compiled),
];

/// Takes the next byte off the front; 0 when there are none.
fn next(data: &mut &[u8]) -> usize {
    let Some((first, rest)) = data.split_first() else { return 0 };
    *data = rest;
    usize::from(*first)
}
