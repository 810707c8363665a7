//! Was standard output closed when the program started?
//!
//! The runtime of Rust opens `/dev/null` in the place of closed standard descriptors before `main`,
//! and Python's `subprocess.DEVNULL` looks the same. So the descriptor is checked before the runtime
//! starts.

#![allow(unsafe_code, reason = "a descriptor is checked before the runtime starts")]

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};

static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

ctor::declarative::ctor! {
    /// Runs before `main`, when nothing has opened a file.
    #[ctor(unsafe)]
    fn check() {
        // SAFETY: only the flags of the descriptor are read; if it is closed, that is an error.
        let stdout = unsafe { BorrowedFd::borrow_raw(1) };
        WAS_CLOSED.store(rustix::io::fcntl_getfd(stdout).is_err(), Ordering::Relaxed);
    }
}

/// Was it closed, so that what is written to it is lost?
pub fn was_closed() -> bool {
    WAS_CLOSED.load(Ordering::Relaxed)
}
