//! Writes a folder whole or not at all.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tidegate_engine::message::{Message, message};

/// Why a folder is not written.
#[derive(Debug)]
pub enum FolderError {
    /// It exists and is not empty.
    NotEmpty,
    /// There is a file of this name.
    NotAFolder,
    /// The operating system refused.
    Io(io::Error),
}

impl FolderError {
    /// The text for people, without the name of the folder.
    pub fn message(&self) -> Message {
        match self {
            FolderError::NotEmpty => message!("the folder is not empty; name a new one"),
            FolderError::NotAFolder => message!("this is a file; name a new folder"),
            FolderError::Io(error) => Message::of_os(error),
        }
    }
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> FolderError {
        FolderError::Io(error)
    }
}

/// A folder that is removed unless it was renamed.
struct Temporary(Option<PathBuf>);

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Best effort: an error in removing a partial folder is not reported.
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Checks that `path` is missing or an empty folder, and that the folder that it is in exists.
///
/// # Errors
///
/// It is something else, or cannot be read.
pub fn check_folder(path: &Path) -> Result<(), FolderError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => match fs::read_dir(path)?.next() {
            None => Ok(()),
            Some(Ok(_)) => Err(FolderError::NotEmpty),
            Some(Err(error)) => Err(error.into()),
        },
        Ok(_) => Err(FolderError::NotAFolder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::metadata(parent(path)).map(drop).map_err(FolderError::Io)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes these files to a new folder, for its owner alone. They are written under another name,
/// which becomes `path` when all of them are on the disk.
///
/// # Errors
///
/// Those of [`check_folder`], or a file cannot be written; nothing is left behind.
pub fn write_folder(path: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), FolderError> {
    check_folder(path)?;
    let mut name = OsString::from(".");
    let own = path.file_name().ok_or(FolderError::NotEmpty)?;
    name.push(own);
    name.push(format!(".{}.tmp", std::process::id()));
    let place = parent(path).join(name);
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&place)?;
    let mut temporary = Temporary(Some(place.clone()));
    for (name, bytes) in files {
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.write(true).create_new(true).open(place.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    File::open(&place)?.sync_all()?;
    match fs::rename(&place, path) {
        Ok(()) => {
            temporary.0 = None;
            File::open(parent(path))?.sync_all()?;
            Ok(())
        }
        // Filled since the check.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
            Err(FolderError::NotEmpty)
        }
        Err(error) => Err(error.into()),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
