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
    /// When it is closed, or the system has no file descriptors left.
    pub fn stdout() -> io::Result<RawOutput> {
        if is_closed(&io::stdout()) {
            return Err(io::Error::other("it is closed"));
        }
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

/// Was the descriptor closed when the process was started? The runtime of Rust then opens `/dev/null`
/// for reading and writing, so that no other file takes its number; a shell opens it for writing.
fn is_closed(output: &impl AsFd) -> bool {
    let opened_for_both = rustix::fs::fcntl_getfl(output)
        .is_ok_and(|flags| flags & rustix::fs::OFlags::RWMODE == rustix::fs::OFlags::RDWR);
    opened_for_both && is_null_device(output).unwrap_or(false)
}

fn is_null_device(output: &impl AsFd) -> io::Result<bool> {
    let own = rustix::fs::fstat(output)?;
    let null = rustix::fs::stat("/dev/null")?;
    Ok((own.st_dev, own.st_ino) == (null.st_dev, null.st_ino))
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
