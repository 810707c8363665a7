//! One process writes to a state file: a lock on `FILE.lock`.
//!
//! The lock is on a file of its own, for two reasons. Readers of the database are not disturbed, and
//! SQLite's own locks stay: POSIX drops all locks of a process on a file when the process closes any
//! descriptor of that file, so this process never opens the database but through SQLite.
//!
//! The lock file stays after the run. To delete it would let two processes lock two files of one
//! name.

use super::error::StoreError;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The lock; it ends when this is dropped, or with the process.
pub(super) struct Lock(File);

/// To close the file is not enough: a process that another thread starts just now has a copy of the
/// descriptor until it runs its own program, and the lock is that of all copies.
impl Drop for Lock {
    fn drop(&mut self) {
        // The system unlocks the file with the last copy in any case.
        let _ = self.0.unlock();
    }
}

/// The name of the lock file of a state file.
pub(super) fn lock_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    PathBuf::from(name)
}

impl Lock {
    /// Locks the state file at `path`. Does not wait.
    pub(super) fn take(path: &Path) -> Result<Lock, StoreError> {
        let mut options = private();
        let opened = options.read(true).write(true).create(true).open(lock_path(path));
        let mut file = opened.map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => StoreError::ReadOnly,
            _ => StoreError::from(error),
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { by: owner(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Lock(file))
    }
}

/// The process that a lock file names.
fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Options that create files for the owner alone.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
