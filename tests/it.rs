//! What holds for the whole: engine, pipeline and program together, the shipped packs, and
//! the pages that describe them. One binary, so that they are linked once.

#[path = "it/categories.rs"]
mod categories;
#[path = "it/compiled.rs"]
mod compiled;
#[path = "it/correlations.rs"]
mod correlations;
#[path = "it/determinism.rs"]
mod determinism;
#[path = "it/diagnostics.rs"]
mod diagnostics;
#[path = "it/docs.rs"]
mod docs;
#[path = "it/embedded.rs"]
mod embedded;
#[path = "it/entities.rs"]
mod entities;
#[path = "it/examples.rs"]
mod examples;
#[path = "it/explain.rs"]
mod explain;
#[path = "it/fuzz.rs"]
mod fuzz;
#[path = "it/goldens.rs"]
mod goldens;
#[path = "it/judging.rs"]
mod judging;
#[path = "it/ordinary.rs"]
mod ordinary;
#[path = "it/policies.rs"]
mod policies;
#[path = "it/posts.rs"]
mod posts;
#[path = "it/readme.rs"]
mod readme;
#[path = "it/rule_tests.rs"]
mod rule_tests;
#[path = "it/sample.rs"]
mod sample;
#[path = "it/schemas.rs"]
mod schemas;
#[cfg(feature = "serve")]
#[path = "it/service.rs"]
mod service;
#[path = "it/sessions.rs"]
mod sessions;
#[path = "it/shared_data.rs"]
mod shared_data;
#[path = "../fuzz/src/lib.rs"]
mod targets;
