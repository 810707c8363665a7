//! The output of a run that can be continued.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use tidegate_engine::message::{Message, message};
use xxhash_rust::xxh3::xxh3_64;

/// Length of the end whose hash is recorded, in bytes.
const END: u64 = 4096;

/// A file to which lines are appended.
#[derive(Clone, Debug)]
pub struct OutputFile {
    file: Arc<File>,
    bytes: u64,
}

impl OutputFile {
    /// Opens or creates a file and locks it. It is not changed.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or another process writes it.
    pub fn open(path: &Path) -> io::Result<OutputFile> {
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = options?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(ErrorKind::WouldBlock, "another process writes it"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let bytes = file.metadata()?.len();
        Ok(OutputFile { file: Arc::new(file), bytes })
    }

    /// Its length.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Cuts the file to `bytes`, if its content up to there is what was recorded; the next line is
    /// appended there.
    ///
    /// # Errors
    ///
    /// Why it is not the output of the run.
    pub fn cut(&mut self, bytes: u64, end: u64) -> Result<(), Message> {
        if self.bytes < bytes {
            let (found, recorded) = (self.bytes, bytes);
            return Err(message!(
                "it has {found} bytes, the state records {recorded}: it is not the output of the run"
            ));
        }
        let own = end_hash(&self.file, bytes).map_err(|error| Message::of_os(&error))?;
        if own != end {
            return Err(message!(
                "it was changed since the last checkpoint: it is not the output of the run"
            ));
        }
        let cut = || -> io::Result<()> {
            self.file.set_len(bytes)?;
            (&*self.file).seek(SeekFrom::Start(bytes)).map(drop)
        };
        cut().map_err(|error| Message::of_os(&error))?;
        self.bytes = bytes;
        Ok(())
    }

    /// Appends lines.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        (&*self.file).write_all(lines)?;
        self.bytes += lines.len() as u64;
        Ok(())
    }

    /// The hash of the end of the first `bytes` bytes.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn end(&self, bytes: u64) -> io::Result<u64> {
        end_hash(&self.file, bytes)
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// 0 for no bytes.
fn end_hash(file: &File, bytes: u64) -> io::Result<u64> {
    let length = bytes.min(END);
    let mut end = vec![0; length as usize];
    file.read_exact_at(&mut end, bytes - length)?;
    Ok(if end.is_empty() { 0 } else { xxh3_64(&end) })
}
