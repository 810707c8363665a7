//! A state file that a command looks at.

use crate::exit::Exit;
use crate::measures_file;
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use std::path::{Path, PathBuf};
use tidegate_engine::message::Message;
use tidegate_state::look::{Look, Unknown};
use tidegate_state::measures::Measures;
use tidegate_state::store::{StateReader, StoreError};

/// Why a command cannot look at a state file.
#[derive(Debug)]
pub enum LookError {
    /// Wrong arguments, or a file that cannot be opened.
    Start(StartError),
    /// The file cannot be read.
    Read(StoreError),
}

impl From<StartError> for LookError {
    fn from(error: StartError) -> LookError {
        LookError::Start(error)
    }
}

impl From<String> for LookError {
    fn from(message: String) -> LookError {
        LookError::Start(StartError::Usage(message))
    }
}

impl From<StoreError> for LookError {
    fn from(error: StoreError) -> LookError {
        LookError::Read(error)
    }
}

/// An open state file with its measures.
pub struct OpenState {
    /// Answers queries.
    pub reader: StateReader,
    measures: Measures,
}

impl OpenState {
    /// Opens the file for a command that needs no measures.
    ///
    /// # Errors
    ///
    /// It is missing, no state file, or of another version.
    pub fn open(path: &Path) -> Result<OpenState, LookError> {
        let reader = StateReader::open(path).map_err(|error| term::say(&error.at(path)))?;
        Ok(OpenState { reader, measures: Measures::default() })
    }

    /// Opens the file with the measures of `--measures`, and says on standard error if the last run
    /// had others.
    ///
    /// # Errors
    ///
    /// As [`OpenState::open`]; the measures cannot be read.
    pub fn with_measures(path: &Path, measures: &Option<PathBuf>) -> Result<OpenState, LookError> {
        let open = OpenState {
            measures: measures_file::read(measures.as_deref())?,
            ..OpenState::open(path)?
        };
        if open.look()?.has_other_measures()? {
            term::note(&match measures {
                None => say!("note: the last run had other measures; name them with --measures\n"),
                Some(_) => say!("note: the last run had other measures than these\n"),
            });
        }
        Ok(open)
    }

    /// Looks at the file.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn look(&self) -> Result<Look<'_>, StoreError> {
        Look::new(&self.reader, &self.measures)
    }

    /// The measures.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }
}

/// Prints an error of the state file at `path`; returns the exit status.
pub fn refuse(path: &Path, error: LookError) -> Exit {
    match error {
        LookError::Start(error) => term::refuse(&error),
        LookError::Read(error) => {
            term::error(&term::say(&error.at(path)));
            Exit::Io
        }
    }
}

/// Prints the output of a command that looks at the state file at `path`, or its error.
pub fn print(path: &Path, output: Result<Vec<u8>, LookError>) -> Exit {
    match output {
        Ok(output) => term::print(&output),
        Err(error) => refuse(path, error),
    }
}

/// The error that a name is unknown: `what` says so, with the name that was meant, if one is near.
pub fn unknown(what: &Message, unknown: &Unknown) -> LookError {
    let what = term::say(what);
    LookError::from(match &unknown.near {
        Some(near) => say!("{what}; did you mean `{near}`?"),
        None => what,
    })
}
