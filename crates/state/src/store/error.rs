//! Why a state file cannot be used.

use rusqlite::ErrorCode;
use std::fmt;
use std::path::Path;
use tidegate_engine::message::{Message, message};

/// Why a state file cannot be opened, read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The operating system refused; its message.
    Io(String),
    /// Another process has the file open for writing: its id, if the lock file names it.
    Locked {
        /// Process id.
        by: Option<u32>,
    },
    /// The file is something else.
    NotAState,
    /// A newer version of the program wrote the file.
    Newer {
        /// Version of its tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// An older version of the program wrote the file; only a run converts it.
    Older {
        /// Version of its tables.
        found: i64,
        /// The version that this program reads.
        known: i64,
    },
    /// Its content is not what was written: which part.
    Damaged {
        /// Table and column, or the message of SQLite.
        what: String,
    },
    /// The file, its folder or its file system cannot be written.
    ReadOnly,
    /// The disk is full, or the file has the largest size that it may have.
    Full,
    /// Another program, such as the shell of SQLite, writes to the file.
    Busy,
    /// Any other message of SQLite.
    Sqlite(String),
}

impl StoreError {
    /// The text for people, without the name of the file.
    pub fn message(&self) -> Message {
        match self {
            StoreError::Io(error) => Message::of_os(error),
            StoreError::Locked { by: Some(by) } => {
                message!("another run uses it (process {by}); wait for its end, or stop it")
            }
            StoreError::Locked { by: None } => {
                message!("another run uses it; wait for its end, or stop it")
            }
            StoreError::NotAState => message!("not a tidegate state file"),
            StoreError::Newer { found, known } => message!(
                "written by a newer tidegate (version {found} of its tables; this program knows up to {known}); use that one"
            ),
            StoreError::Older { found, known } => message!(
                "written by an older tidegate (version {found} of its tables; this program reads {known}); the next `tidegate correlate` converts it"
            ),
            StoreError::Damaged { what } => {
                let what = Message::verbatim(what);
                message!("damaged ({what}); use a copy of it, or start with a new file")
            }
            StoreError::ReadOnly => message!("it cannot be written (read-only)"),
            StoreError::Full => message!("the disk is full"),
            StoreError::Busy => {
                message!("another program writes to it; close that one and try again")
            }
            StoreError::Sqlite(error) => {
                let error = Message::verbatim(error);
                message!("SQLite: {error}")
            }
        }
    }

    /// The text for people, with the name of the file.
    pub fn at(&self, path: &Path) -> Message {
        let path = path.display();
        let problem = self.message();
        message!("state file {path}: {problem}")
    }

    /// Damage in a part of the file.
    pub(super) fn damaged(what: impl Into<String>) -> StoreError {
        StoreError::Damaged { what: what.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for StoreError {}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::Io(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        let text = error.to_string();
        match &error {
            rusqlite::Error::SqliteFailure(code, _) => of_code(*code, text),
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::QueryReturnedNoRows => StoreError::Damaged { what: text },
            rusqlite::Error::SqlInputError { error, msg, .. } => of_code(*error, msg.clone()),
            _ => StoreError::Sqlite(text),
        }
    }
}

fn of_code(error: rusqlite::ffi::Error, text: String) -> StoreError {
    match error.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::ReadOnly => StoreError::ReadOnly,
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            StoreError::Io(text)
        }
        ErrorCode::NotADatabase => StoreError::NotAState,
        ErrorCode::DatabaseCorrupt => StoreError::Damaged { what: text },
        // The statements are fixed and tested: what they name is missing, or a number in the head of
        // the file is none that SQLite knows.
        _ if error.extended_code == rusqlite::ffi::SQLITE_ERROR => {
            StoreError::Damaged { what: text }
        }
        _ => StoreError::Sqlite(text),
    }
}
