//! The program `tidegate`: arguments → plan → run → exit status.

mod closed_output;
mod command;
mod commands;
mod corpus;
mod exit;
mod file_watch;
mod files;
mod flags;
mod help;
mod inputs;
mod labelled;
mod load;
#[cfg(feature = "state")]
mod measures_file;
mod outputs;
mod plan;
mod resume;
mod rule_files;
#[cfg(feature = "state")]
mod sequences;
mod start_error;
#[cfg(feature = "state")]
mod state_file;
mod term;
#[cfg(feature = "state")]
mod why_text;

use std::process::ExitCode;

/// The state of a stream is millions of small allocations, made by the threads that read and freed
/// by the one that applies: the allocator of the system takes a fifth of the time of `correlate`.
#[cfg(feature = "state")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::main(std::env::args_os().collect()).into()
}
