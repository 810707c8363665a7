//! Errors that keep a command from starting.

use super::color::is_stderr_colored;
use super::diagnostics;
use super::output::{error, note};
use crate::exit::Exit;
use crate::start_error::StartError;
use tidegate_engine::diagnostic::Diagnostic;

/// Prints why a command cannot start; returns its exit status.
pub fn refuse(why: &StartError) -> Exit {
    match why {
        StartError::Usage(message) => error(message),
        StartError::Rules(diagnostics) => show(diagnostics),
    }
    Exit::CouldNotStart
}

/// Prints diagnostics of rule and policy files, each with an excerpt of the file.
pub fn show(diagnostics: &[Diagnostic]) {
    note(&diagnostics::render(diagnostics, is_stderr_colored()));
}

/// As [`refuse`] prints it, without colour, as text.
#[cfg(feature = "serve")]
pub fn refusal_text(why: &StartError) -> String {
    match why {
        StartError::Usage(message) => message.clone(),
        StartError::Rules(diagnostics) => diagnostics::render(diagnostics, false).trim().to_owned(),
    }
}
