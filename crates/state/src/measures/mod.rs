//! Measures: what `correlate` counts, and what follows (`NAME.measures.yaml`).

mod model;

pub use model::*;
