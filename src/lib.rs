//! The program `tidegate`: arguments → plan → run → exit status.
//!
//! A library, so that the Python package has the same program as its command.

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

use std::ffi::OsString;

/// Runs the program with these arguments, the first of which is its name; returns the exit status.
///
/// Reads and writes the standard streams of the process, and sets its panic hook and handlers of
/// signals.
pub fn run(arguments: Vec<OsString>) -> u8 {
    command::main(arguments).code()
}
