//! A position in the inputs from which a later run can resume.
//!
//! It is between two lines. The hash of the line before it is stored, so that a change of
//! the input is detected even if its length is unchanged.

use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use tidegate_engine::domain::limits::LINE_BYTES_MAX_LIMIT;
use tidegate_engine::lines::Chunk;
use xxhash_rust::xxh3::xxh3_64;

/// A position between two lines of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPosition {
    /// Index of the input.
    pub input: usize,
    /// Offset of the start of the line before, in decompressed bytes of the input.
    pub line_start: u64,
    /// Offset of the end of the line before, after its `\n`, in decompressed bytes.
    pub end: u64,
    /// Hash of the line before.
    pub line_hash: u64,
    /// Decompressed bytes of all inputs before this one.
    pub bytes_before: u64,
}

/// The input from which a chunk was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkOrigin {
    /// Index of the input.
    pub input: usize,
    /// Decompressed bytes of all inputs before this one.
    pub bytes_before: u64,
}

impl InputPosition {
    /// The end of `chunk`; `None` within a line that is too long, whose bytes are discarded.
    pub(super) fn after(origin: ChunkOrigin, chunk: &Chunk) -> Option<InputPosition> {
        let bytes = chunk.bytes();
        if chunk.is_too_long() {
            return None;
        }
        let inner = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let start = memchr::memrchr(b'\n', inner).map_or(0, |at| at + 1);
        Some(InputPosition {
            input: origin.input,
            line_start: chunk.offset() + start as u64,
            end: chunk.offset() + bytes.len() as u64,
            line_hash: xxh3_64(&bytes[start..]),
            bytes_before: origin.bytes_before,
        })
    }

    /// Reads `input` up to this position, starting at offset `at`, which is not after the start
    /// of the line before. Fails if that line has changed.
    pub(super) fn find(&self, input: &mut impl Read, at: u64) -> io::Result<()> {
        let changed = || {
            let message = "changed since the run to be resumed: the last line judged is different; \
                           remove the output file to start over";
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let line_bytes = self.end.checked_sub(self.line_start).ok_or_else(changed)?;
        let gap = self.line_start.checked_sub(at).ok_or_else(changed)?;
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
