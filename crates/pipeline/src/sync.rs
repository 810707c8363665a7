//! The locks, threads and queues of the pipeline, in one place.
//!
//! `tools/interleave` compiles the sources of [`crate`] over others, which a
//! scheduler controls, and tries interleavings of them.

pub use crossbeam_channel::{Receiver, Sender, bounded};
pub use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
pub use std::thread;
