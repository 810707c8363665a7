//! Standard output or a file, unbuffered.

use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};

/// Standard output or a file, unbuffered.
#[derive(Debug)]
pub struct RawOutput {
    file: File,
    /// Whether a flush must reach the disk: true for regular files opened by the caller.
    durable: bool,
}

impl RawOutput {
    /// Standard output.
    ///
    /// # Errors
    ///
    /// When the system has no file descriptors left.
    pub fn stdout() -> io::Result<RawOutput> {
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        crate::source::enlarge_pipe(&file);
        Ok(RawOutput { file, durable: false })
    }

    /// A file opened for writing.
    pub fn file(file: File) -> RawOutput {
        let durable = file.metadata().is_ok_and(|metadata| metadata.is_file());
        RawOutput { file, durable }
    }

    /// Metadata of the file.
    ///
    /// # Errors
    ///
    /// When the system cannot read it.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Whether it is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.file.is_terminal()
    }

    /// The descriptor, if it is a pipe or socket, whose reader may close it.
    ///
    /// # Errors
    ///
    /// When the system has no file descriptors left.
    pub fn watched(&self) -> io::Result<Option<OwnedFd>> {
        use std::os::unix::fs::FileTypeExt;
        let kind = self.file.metadata()?.file_type();
        let has_reader = kind.is_fifo() || kind.is_socket();
        has_reader.then(|| self.file.as_fd().try_clone_to_owned()).transpose()
    }
}

impl Write for RawOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.file.write(bytes) {
                // Another process that shares the pipe made it non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait_for_room(&self.file)?;
                }
                result => return result,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.durable { self.file.sync_data() } else { Ok(()) }
    }
}

fn wait_for_room(file: &File) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    match poll(&mut [PollFd::new(file, PollFlags::OUT)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
