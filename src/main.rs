//! Runs the program. Everything is in the library, which the Python package uses too.

use std::process::ExitCode;

/// The state of a stream is millions of small allocations, made by the threads that read and freed
/// by the one that applies: the allocator of the system takes a fifth of the time of `correlate`.
#[cfg(feature = "state")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tidegate_program::run(std::env::args_os().collect()).into()
}
