//! The pipeline of tidegate, compiled from its own sources, over locks, threads and queues
//! that a scheduler controls: what a machine does once in a million runs is tried here.
//!
//! Explored is every hand-over by a lock, a condition variable, a queue or the end of a
//! thread. Not explored: the two flags of a stop, which are atomics shared with signal
//! handlers, and the order in which the system does reads and writes.

// `sync` is ours; every other module is the pipeline's own file.
pub mod sync;

#[path = "../../../crates/pipeline/src/checkpoint.rs"]
pub mod checkpoint;
#[path = "../../../crates/pipeline/src/delivery.rs"]
pub mod delivery;
#[path = "../../../crates/pipeline/src/place.rs"]
pub mod place;
#[path = "../../../crates/pipeline/src/recorder.rs"]
pub mod recorder;
#[path = "../../../crates/pipeline/src/run.rs"]
pub mod run;
#[path = "../../../crates/pipeline/src/source.rs"]
pub mod source;
#[path = "../../../crates/pipeline/src/step.rs"]
pub mod step;
#[path = "../../../crates/pipeline/src/stop.rs"]
pub mod stop;
#[path = "../../../crates/pipeline/src/stream.rs"]
pub mod stream;
#[path = "../../../crates/pipeline/src/tickets.rs"]
pub mod tickets;
