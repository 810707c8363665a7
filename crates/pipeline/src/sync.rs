//! The locks, threads and channels of the pipeline, in one place.
//!
//! `tools/interleave` replaces this module by one that a scheduler controls, compiles the
//! other sources of the crate over it, and explores interleavings.

pub use crossbeam_channel::{Receiver, Sender, bounded};
pub use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
pub use std::thread;
