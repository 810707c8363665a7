//! An input for tests that is read in small pieces.

use std::io::{self, Read};

/// Hands out at most `step` bytes per read, as a slow pipe would, interrupts every other read, and fails
/// at the end if configured so.
pub struct Drip<'a> {
    pub rest: &'a [u8],
    step: usize,
    interrupt: bool,
    fails: bool,
}

impl<'a> Drip<'a> {
    pub fn new(rest: &'a [u8], step: usize) -> Drip<'a> {
        Drip { rest, step, interrupt: false, fails: false }
    }

    pub fn failing(rest: &'a [u8], step: usize) -> Drip<'a> {
        Drip { fails: true, ..Drip::new(rest, step) }
    }
}

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!buffer.is_empty(), "an empty read would look like the end");
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = self.step.min(buffer.len()).min(self.rest.len());
        if length == 0 && self.fails {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
        Ok(length)
    }
}
