//! The pipeline of tidegate, compiled from its own sources over locks, threads and channels
//! that a scheduler controls, to explore interleavings that are rare on a real machine.
//!
//! Explored: every hand-over through a lock, a condition variable, a channel or the end of a
//! thread. Not explored: the two flags of a stop, which are atomics shared with signal
//! handlers, and the order of reads and writes by the system.

// `sync` is a replacement; every other module is a file of the pipeline.
pub mod sync;

#[path = "../../../crates/pipeline/src/channels.rs"]
pub mod channels;
#[path = "../../../crates/pipeline/src/checkpoint.rs"]
pub mod checkpoint;
#[path = "../../../crates/pipeline/src/follow.rs"]
pub mod follow;
#[path = "../../../crates/pipeline/src/input/mod.rs"]
pub mod input;
#[path = "../../../crates/pipeline/src/ordered_writer.rs"]
pub mod ordered_writer;
#[path = "../../../crates/pipeline/src/position.rs"]
pub mod position;
#[path = "../../../crates/pipeline/src/raw_output.rs"]
pub mod raw_output;
#[path = "../../../crates/pipeline/src/resumable_output.rs"]
pub mod resumable_output;
#[path = "../../../crates/pipeline/src/run.rs"]
pub mod run;
#[path = "../../../crates/pipeline/src/source.rs"]
pub mod source;
#[path = "../../../crates/pipeline/src/step.rs"]
pub mod step;
#[path = "../../../crates/pipeline/src/stop.rs"]
pub mod stop;
#[path = "../../../crates/pipeline/src/work_queue.rs"]
pub mod work_queue;
