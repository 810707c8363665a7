//! The pipeline of tidegate, compiled from its own sources, over locks, threads and queues
//! that a scheduler controls: what a machine does once in a million runs is tried here.
//!
//! Explored is every hand-over by a lock, a condition variable, a queue or the end of a
//! thread. Not explored: the two flags of a stop, which are atomics shared with signal
//! handlers, and the order in which the system does reads and writes.

// What the pipeline uses of the library, by the names it knows.
use tidegate::{action, category, classifier, limits, lines, output, post, summary, verdict};

#[path = "../../../src/pipeline/mod.rs"]
pub mod pipeline;
pub mod sync;
