//! How a run is asked to stop, and how a thread waits for bytes without missing it.
//!
//! A [`Stop`] is raised by a signal, by output that failed, or by the reader of the
//! output going away. Raising it wakes whoever waits for input. It is never lowered.

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
    /// A signal has asked already.
    armed: Arc<AtomicBool>,
    /// The signal that asked, 0 for none.
    signal: Arc<AtomicUsize>,
    /// Readable for good once the stop is raised: nobody takes the byte out.
    wake: PipeReader,
    waker: PipeWriter,
    /// Where verdicts go, if that is a pipe whose reader may leave.
    output: Option<OwnedFd>,
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Bytes, or the end of the input.
    Readable,
    /// The time was up.
    TimedOut,
    /// The stop is raised.
    Stopped,
}

impl Stop {
    /// A request nobody has made yet.
    ///
    /// `output`, if given, is watched while waiting for input: when its reader goes
    /// away, the stop is raised.
    ///
    /// # Errors
    ///
    /// When the system has no file descriptors left.
    pub fn new(output: Option<OwnedFd>) -> io::Result<Stop> {
        let (wake, waker) = io::pipe()?;
        Ok(Stop {
            shared: Arc::new(Shared {
                raised: AtomicBool::new(false),
                reader_gone: AtomicBool::new(false),
                armed: Arc::new(AtomicBool::new(false)),
                signal: Arc::new(AtomicUsize::new(0)),
                wake,
                waker,
                output,
            }),
        })
    }

    /// Lets `signal` raise the stop. When it comes while a stop asked for by a signal is
    /// under way, the process ends at once with `status`. Holds for the whole process.
    ///
    /// # Errors
    ///
    /// When the handler cannot be installed.
    pub fn on_signal(&self, signal: i32, status: i32) -> io::Result<()> {
        let number = usize::try_from(signal).map_err(|_| io::ErrorKind::InvalidInput)?;
        let shared = &self.shared;
        // In this order: the first signal must not find its own mark, and who is woken
        // must find the stop raised.
        signal_hook::flag::register_conditional_shutdown(signal, status, shared.armed.clone())?;
        signal_hook::flag::register(signal, shared.armed.clone())?;
        signal_hook::flag::register_usize(signal, shared.signal.clone(), number)?;
        signal_hook::low_level::pipe::register(signal, shared.waker.try_clone()?)?;
        Ok(())
    }

    /// Raises the stop from within.
    pub fn raise(&self) {
        self.shared.raised.store(true, Ordering::SeqCst);
        // The byte only wakes a waiting reader; if the pipe is full, it is awake.
        let mut waker = &self.shared.waker;
        drop(waker.write(&[0]));
    }

    /// Is the stop raised?
    #[inline]
    pub fn is_raised(&self) -> bool {
        self.shared.raised.load(Ordering::SeqCst) || self.shared.signal.load(Ordering::SeqCst) != 0
    }

    /// The signal that raised it, if one did.
    pub fn signal(&self) -> Option<i32> {
        let number = self.shared.signal.load(Ordering::SeqCst);
        i32::try_from(number).ok().filter(|signal| *signal != 0)
    }

    /// Did the reader of the output go away while the input was waited for?
    pub fn is_reader_gone(&self) -> bool {
        self.shared.reader_gone.load(Ordering::SeqCst)
    }

    /// Waits until `input` has bytes, or for `milliseconds`; for good if `None`.
    ///
    /// # Errors
    ///
    /// When `input` cannot be waited for.
    pub fn wait(&self, input: BorrowedFd<'_>, milliseconds: Option<u32>) -> io::Result<Wait> {
        let timeout = milliseconds.map(|milliseconds| Timespec {
            tv_sec: (milliseconds / 1000).into(),
            tv_nsec: (milliseconds % 1000 * 1_000_000).into(),
        });
        loop {
            if self.is_raised() {
                return Ok(Wait::Stopped);
            }
            let wake = self.shared.wake.as_fd();
            let output = self.shared.output.as_ref().map_or(wake, AsFd::as_fd);
            let mut watched = [
                PollFd::from_borrowed_fd(input, PollFlags::IN),
                PollFd::from_borrowed_fd(wake, PollFlags::IN),
                // Nothing is asked for: only its end is reported.
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
    fn a_waiting_thread_is_woken() {
        let (input, _writer) = io::pipe().unwrap();
        let stop = Stop::new(None).unwrap();
        let asked = stop.clone();
        let waiting = std::thread::spawn(move || asked.wait(input.as_fd(), None).unwrap());
        stop.raise();
        assert_eq!(waiting.join().unwrap(), Wait::Stopped);
    }

    #[test]
    fn a_reader_that_leaves_ends_the_wait() {
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
