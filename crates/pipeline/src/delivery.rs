//! Where verdicts leave: one writer, whose every error is kept.
//!
//! Nothing is buffered here. What a worker made of a chunk is written by one call, so
//! that a verdict is out as soon as it is its turn, and no error can hide in a buffer
//! until the end.

use crate::step::Answer;
use crate::stop::Stop;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};

/// Why output ended early.
#[derive(Debug)]
pub enum OutputFault {
    /// Whoever read it has gone: nobody misses the rest.
    ReaderGone,
    /// It could not be written.
    Write(io::Error),
    /// The system had no thread to make it with.
    Threads(io::Error),
    /// Making it panicked beyond what can be answered line by line.
    Worker(String),
}

/// Takes answers in the order in which they leave.
pub trait Outlet<T>: Send {
    /// Takes one, whole or with an error.
    ///
    /// # Errors
    ///
    /// When it cannot be written; nothing is handed over afterwards.
    fn deliver(&mut self, answer: &mut Answer<T>) -> io::Result<()>;

    /// Makes sure that everything delivered has arrived.
    ///
    /// # Errors
    ///
    /// When it has not.
    fn finish(&mut self) -> io::Result<()>;
}

/// A writer that keeps no account.
pub(super) struct Plain<'w>(pub(super) &'w mut (dyn Write + Send));

impl Outlet<()> for Plain<'_> {
    fn deliver(&mut self, answer: &mut Answer<()>) -> io::Result<()> {
        self.0.write_all(&answer.bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The outlet and what became of it.
pub(super) struct Delivery<'a, T> {
    out: &'a mut dyn Outlet<T>,
    stop: &'a Stop,
    fault: Option<OutputFault>,
}

impl<'a, T> Delivery<'a, T> {
    pub(super) fn new(out: &'a mut dyn Outlet<T>, stop: &'a Stop) -> Delivery<'a, T> {
        Delivery { out, stop, fault: None }
    }

    /// Has it failed? From then on nothing is written.
    pub(super) fn has_failed(&self) -> bool {
        self.fault.is_some()
    }

    /// Writes what a worker made, or takes note of why there is nothing.
    pub(super) fn deliver(&mut self, made: Result<&mut Answer<T>, String>) {
        if self.has_failed() {
            return;
        }
        let result = match made {
            Ok(answer) => self.out.deliver(answer).map_err(OutputFault::from),
            Err(message) => Err(OutputFault::Worker(message)),
        };
        if let Err(fault) = result {
            self.fail(fault);
        }
    }

    /// Ends the run.
    pub(super) fn fail(&mut self, fault: OutputFault) {
        self.fault = Some(fault);
        self.stop.raise();
    }

    /// Flushes, and says whether all of it arrived.
    pub(super) fn finish(self) -> Result<(), OutputFault> {
        match self.fault {
            Some(fault) => Err(fault),
            None => self.out.finish().map_err(OutputFault::from),
        }
    }
}

impl From<io::Error> for OutputFault {
    fn from(error: io::Error) -> OutputFault {
        match error.kind() {
            io::ErrorKind::BrokenPipe => OutputFault::ReaderGone,
            _ => OutputFault::Write(error),
        }
    }
}

/// Standard output or a file, unbuffered.
#[derive(Debug)]
pub struct RawOutput {
    file: File,
    /// A file of the user's, which has to be on the disk before the run may say so.
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

    /// A file that was opened for writing.
    pub fn file(file: File) -> RawOutput {
        let durable = file.metadata().is_ok_and(|metadata| metadata.is_file());
        RawOutput { file, durable }
    }

    /// What it is.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Is it a terminal?
    pub fn is_terminal(&self) -> bool {
        self.file.is_terminal()
    }

    /// The descriptor, if it is a pipe or socket, whose reader may go away.
    ///
    /// # Errors
    ///
    /// When the system has no file descriptors left.
    pub fn watched(&self) -> io::Result<Option<OwnedFd>> {
        use std::os::unix::fs::FileTypeExt;
        let kind = self.file.metadata()?.file_type();
        let may_go = kind.is_fifo() || kind.is_socket();
        may_go.then(|| self.file.as_fd().try_clone_to_owned()).transpose()
    }
}

impl Write for RawOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.file.write(bytes) {
                // Somebody who shares the pipe made it non-blocking.
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
