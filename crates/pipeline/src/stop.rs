//! Stopping a run, and waiting for input without missing a stop.
//!
//! A [`Stop`] is raised by a signal, by failed output, or when the reader of the output closes
//! it. Raising it interrupts threads that wait for input. It is never reset.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A request to stop, shared by all threads of a run.
#[derive(Clone, Debug)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    raised: AtomicBool,
    reader_gone: AtomicBool,
    /// Whether a signal has already raised it.
    armed: Arc<AtomicBool>,
    /// The signal that raised it, 0 for none.
    signal: Arc<AtomicUsize>,
    /// Readable forever once the stop is raised, because the byte in it is never read.
    raised_reader: PipeReader,
    raised_writer: PipeWriter,
    /// The output, if it is a pipe or socket whose reader may close it.
    output: Option<OwnedFd>,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The input has bytes, or ended.
    Readable,
    /// The time limit passed.
    TimedOut,
    /// The stop is raised.
    Stopped,
}

impl Stop {
    /// A stop that is not raised.
    ///
    /// `output`, if given, is watched while waiting for input: when its reader closes it, the
    /// stop is raised.
    ///
    /// # Errors
    ///
    /// When the system has no file descriptors left.
    pub fn new(output: Option<OwnedFd>) -> io::Result<Stop> {
        let (raised_reader, raised_writer) = io::pipe()?;
        Ok(Stop {
            shared: Arc::new(Shared {
                raised: AtomicBool::new(false),
                reader_gone: AtomicBool::new(false),
                armed: Arc::new(AtomicBool::new(false)),
                signal: Arc::new(AtomicUsize::new(0)),
                raised_reader,
                raised_writer,
                output,
            }),
        })
    }

    /// Lets `signal` raise the stop. A second signal ends the process at once with `status`.
    /// Applies to the whole process.
    ///
    /// # Errors
    ///
    /// When the handler cannot be installed.
    pub fn on_signal(&self, signal: i32, status: i32) -> io::Result<()> {
        let number = usize::try_from(signal).map_err(|_| io::ErrorKind::InvalidInput)?;
        let shared = &self.shared;
        // The order matters: the first signal must not see its own flag, and an interrupted
        // thread must see the stop raised.
        signal_hook::flag::register_conditional_shutdown(signal, status, shared.armed.clone())?;
        signal_hook::flag::register(signal, shared.armed.clone())?;
        signal_hook::flag::register_usize(signal, shared.signal.clone(), number)?;
        signal_hook::low_level::pipe::register(signal, shared.raised_writer.try_clone()?)?;
        Ok(())
    }

    /// Raises the stop.
    pub fn raise(&self) {
        self.shared.raised.store(true, Ordering::SeqCst);
        // One byte is enough to end all waits; a full pipe is readable already.
        let mut writer = &self.shared.raised_writer;
        drop(writer.write(&[0]));
    }

    /// Whether the stop is raised.
    #[inline]
    pub fn is_raised(&self) -> bool {
        self.shared.raised.load(Ordering::SeqCst) || self.shared.signal.load(Ordering::SeqCst) != 0
    }

    /// The signal that raised it, if one did.
    pub fn signal(&self) -> Option<i32> {
        let number = self.shared.signal.load(Ordering::SeqCst);
        i32::try_from(number).ok().filter(|signal| *signal != 0)
    }

    /// Whether the reader closed the output while a thread waited for input.
    pub fn is_reader_gone(&self) -> bool {
        self.shared.reader_gone.load(Ordering::SeqCst)
    }

    /// Waits so many milliseconds; `false` at once if the stop is raised.
    ///
    /// # Errors
    ///
    /// When the system cannot wait.
    pub fn pause(&self, milliseconds: u32) -> io::Result<bool> {
        let waited = self.wait(self.shared.raised_reader.as_fd(), Some(milliseconds))?;
        Ok(waited == Wait::TimedOut)
    }

    /// Waits until `input` has bytes, at most `milliseconds`; without limit if `None`.
    ///
    /// # Errors
    ///
    /// When `input` cannot be polled.
    pub fn wait(&self, input: BorrowedFd<'_>, milliseconds: Option<u32>) -> io::Result<Wait> {
        let timeout = milliseconds.map(|milliseconds| Timespec {
            tv_sec: (milliseconds / 1000).into(),
            tv_nsec: (milliseconds % 1000 * 1_000_000).into(),
        });
        loop {
            if self.is_raised() {
                return Ok(Wait::Stopped);
            }
            let raised = self.shared.raised_reader.as_fd();
            let output = self.shared.output.as_ref().map_or(raised, AsFd::as_fd);
            let mut watched = [
                PollFd::from_borrowed_fd(input, PollFlags::IN),
                PollFd::from_borrowed_fd(raised, PollFlags::IN),
                // No events: only errors and hang-ups are reported.
                PollFd::from_borrowed_fd(output, PollFlags::empty()),
            ];
            match poll(&mut watched, timeout.as_ref()) {
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
                Ok(0) => return Ok(Wait::TimedOut),
                Ok(_) => {}
            }
            let gone = PollFlags::ERR | PollFlags::HUP;
            if watched[2].revents().intersects(gone) {
                self.shared.reader_gone.store(true, Ordering::SeqCst);
                self.raise();
            } else if !watched[0].revents().is_empty() {
                return Ok(Wait::Readable);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_bytes_and_for_the_stop() {
        let (input, mut writer) = io::pipe().unwrap();
        let stop = Stop::new(None).unwrap();
        assert_eq!(stop.wait(input.as_fd(), Some(0)).unwrap(), Wait::TimedOut);
        writer.write_all(b"x").unwrap();
        assert_eq!(stop.wait(input.as_fd(), None).unwrap(), Wait::Readable);
        stop.raise();
        assert_eq!(stop.wait(input.as_fd(), None).unwrap(), Wait::Stopped);
        assert!(stop.is_raised() && !stop.is_reader_gone() && stop.signal().is_none());
    }

    #[test]
    fn a_stop_interrupts_a_waiting_thread() {
        let (input, _writer) = io::pipe().unwrap();
        let stop = Stop::new(None).unwrap();
        let other = stop.clone();
        let waiting = std::thread::spawn(move || other.wait(input.as_fd(), None).unwrap());
        stop.raise();
        assert_eq!(waiting.join().unwrap(), Wait::Stopped);
    }

    #[test]
    fn a_closed_reader_ends_the_wait() {
        let (input, _writer) = io::pipe().unwrap();
        let (reader, output) = io::pipe().unwrap();
        let stop = Stop::new(Some(output.into())).unwrap();
        assert_eq!(stop.wait(input.as_fd(), Some(0)).unwrap(), Wait::TimedOut);
        drop(reader);
        assert_eq!(stop.wait(input.as_fd(), None).unwrap(), Wait::Stopped);
        assert!(stop.is_reader_gone());
    }

    #[test]
    fn the_end_of_the_input_ends_the_wait() {
        let (input, writer) = io::pipe().unwrap();
        let stop = Stop::new(None).unwrap();
        drop(writer);
        assert_eq!(stop.wait(input.as_fd(), None).unwrap(), Wait::Readable);
    }
}
