//! A place in the inputs from which a later run can go on.
//!
//! It lies between two lines. The line before it is remembered by its hash, so that a
//! place in other bytes than those it was taken in is noticed, however equal their length.

use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use tidegate_engine::domain::limits::LINE_BYTES_MAX_LIMIT;
use tidegate_engine::lines::Chunk;
use xxhash_rust::xxh3::xxh3_64;

/// Between two lines of the inputs of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which input, from 0.
    pub input: usize,
    /// Byte of it, unpacked, at which the line before starts.
    pub line_start: u64,
    /// Byte of it, unpacked, at which the line before ends, its `\n` included.
    pub end: u64,
    /// Hash of the line before.
    pub line_hash: u64,
    /// Bytes of the inputs before it, unpacked.
    pub bytes_before: u64,
}

/// Which input a chunk was drawn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    /// From 0.
    pub input: usize,
    /// Bytes of the inputs before it, unpacked.
    pub bytes_before: u64,
}

impl Place {
    /// The end of `chunk`; `None` inside a line whose bytes are gone.
    pub(super) fn after(drawn: Drawn, chunk: &Chunk) -> Option<Place> {
        let bytes = chunk.bytes();
        if chunk.is_too_long() {
            return None;
        }
        let inner = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let start = memchr::memrchr(b'\n', inner).map_or(0, |at| at + 1);
        Some(Place {
            input: drawn.input,
            line_start: chunk.offset() + start as u64,
            end: chunk.offset() + bytes.len() as u64,
            line_hash: xxh3_64(&bytes[start..]),
            bytes_before: drawn.bytes_before,
        })
    }

    /// Reads on to this place, from byte `passed` of its input, which is not beyond the
    /// line before.
    pub(super) fn find(&self, input: &mut impl Read, passed: u64) -> io::Result<()> {
        let changed = || {
            let message = "changed since the run that is to be resumed: the last line judged \
                           reads otherwise; remove the output file to start anew";
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let line_bytes = self.end.checked_sub(self.line_start).ok_or_else(changed)?;
        let gap = self.line_start.checked_sub(passed).ok_or_else(changed)?;
        if line_bytes > LINE_BYTES_MAX_LIMIT as u64 + 1 {
            return Err(changed());
        }
        if io::copy(&mut input.take(gap), &mut io::sink())? < gap {
            return Err(changed());
        }
        let mut line = Vec::new();
        input.take(line_bytes).read_to_end(&mut line)?;
        let is_same = line.len() as u64 == line_bytes && xxh3_64(&line) == self.line_hash;
        if is_same { Ok(()) } else { Err(changed()) }
    }
}
