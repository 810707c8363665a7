//! The error of a command that cannot start.

use crate::term;
use crate::term::say;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::engine::BuildError;

/// Why a command cannot start.
#[derive(Debug)]
pub enum StartError {
    /// Wrong arguments or inputs: a message for the user.
    Usage(String),
    /// Errors in rule or policy files.
    Rules(Vec<Diagnostic>),
}

impl From<String> for StartError {
    fn from(message: String) -> StartError {
        StartError::Usage(message)
    }
}

impl From<Vec<Diagnostic>> for StartError {
    fn from(diagnostics: Vec<Diagnostic>) -> StartError {
        StartError::Rules(diagnostics)
    }
}

impl From<BuildError> for StartError {
    fn from(error: BuildError) -> StartError {
        match error {
            BuildError::Rules(diagnostics) => StartError::Rules(diagnostics),
            BuildError::UnknownPolicy { name, known } => StartError::Usage(say!(
                "{name}: no such policy; name a file or an embedded policy: {}",
                known.join(", ")
            )),
            BuildError::BadChoice(message) => StartError::Usage(term::say(&message)),
            BuildError::Mapping(error) => StartError::Usage(term::say(error.message())),
            error => StartError::Usage(error.to_string()),
        }
    }
}
