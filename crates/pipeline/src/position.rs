//! A position in the inputs from which a later run can resume.
//!
//! It is between two lines. The hash of the line before it is stored, so that a change of
//! the input is detected even if its length is unchanged. Every empty line has the same hash, so
//! the line before is the last one that is not empty, with the empty lines after it.

use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use tidegate_engine::domain::limits::LINE_BYTES_MAX_LIMIT;
use tidegate_engine::lines::{Chunk, Cut, CutError, Cutter, CutterSettings};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// A position between two lines of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPosition {
    /// Index of the input.
    pub input: usize,
    /// Offset of the start of the line before, in decompressed bytes of the input.
    pub line_start: u64,
    /// Offset of the position itself, after a `\n`, in decompressed bytes.
    pub end: u64,
    /// Lines of the input before the position.
    pub lines: u64,
    /// Hash of the bytes from `line_start` to `end`.
    pub line_hash: u64,
    /// [`prefix_hash`] of all lines of the input before the position.
    pub prefix_hash: u64,
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
    /// [`prefix_hash`] of all lines of the input up to the end of the chunk.
    pub prefix_hash: u64,
}

/// The hash of some lines of an input and these, from that of the lines before. It does not depend
/// on how lines are distributed over chunks.
pub(super) fn prefix_hash(before: u64, lines: &[u8]) -> u64 {
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    lines.fold(before, |hash, line| xxh3_64_with_seed(line, hash))
}

impl InputPosition {
    /// The end of `chunk`. `None` within a line that is too long, whose bytes are discarded, and
    /// after a last line without its end, which may be continued.
    pub(super) fn after(origin: ChunkOrigin, chunk: &Chunk) -> Option<InputPosition> {
        let bytes = chunk.bytes();
        if chunk.is_too_long() || chunk.is_unterminated() {
            return None;
        }
        let content = bytes.trim_ascii_end();
        let start = memchr::memrchr(b'\n', content).map_or(0, |at| at + 1);
        Some(InputPosition {
            input: origin.input,
            line_start: chunk.offset() + start as u64,
            end: chunk.offset() + bytes.len() as u64,
            lines: chunk.line() - 1 + memchr::memchr_iter(b'\n', bytes).count() as u64,
            line_hash: xxh3_64(&bytes[start..]),
            prefix_hash: origin.prefix_hash,
            bytes_before: origin.bytes_before,
        })
    }

    /// Reads `input` up to this position, starting at offset `at`, which is not after the start
    /// of the line before. Fails if that line has changed.
    pub(super) fn find(&self, input: &mut impl Read, at: u64) -> io::Result<()> {
        let changed = || changed("the last line judged is different");
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

impl InputPosition {
    /// Reads `input` from its start up to this position, in lines as `settings` say. Fails if one of
    /// them has changed.
    pub(super) fn verify(&self, input: &mut impl Read, settings: CutterSettings) -> io::Result<()> {
        let mut lines = input.take(self.end);
        let (mut cutter, mut chunk) = (Cutter::new(settings), Chunk::default());
        let mut hash = 0;
        loop {
            match cutter.next(&mut lines, &mut chunk, || false) {
                Ok(Cut::Chunk) => hash = prefix_hash(hash, chunk.bytes()),
                Ok(Cut::End) => break,
                Err(CutError::Read(error)) => return Err(error),
                Err(CutError::Utf16) => return Err(changed("it is UTF-16 now")),
            }
        }
        let is_same = cutter.offset() == self.end && hash == self.prefix_hash;
        if is_same { Ok(()) } else { Err(changed("a line that was judged is different")) }
    }
}

fn changed(how: &str) -> io::Error {
    let message =
        format!("changed since the run to be resumed: {how}; remove the output file to start over");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The position after the only chunk of `text`.
    fn after(text: &str) -> InputPosition {
        let (mut rest, mut chunk) = (text.as_bytes(), Chunk::default());
        let mut cutter = Cutter::new(CutterSettings::default());
        assert_eq!(cutter.next(&mut rest, &mut chunk, || false).unwrap(), Cut::Chunk);
        let origin =
            ChunkOrigin { input: 3, bytes_before: 7, prefix_hash: prefix_hash(0, chunk.bytes()) };
        InputPosition::after(origin, &chunk).unwrap()
    }

    #[test]
    fn the_line_before_is_the_last_with_content() {
        let cases = [
            ("one\ntwo\n", 4, 8),
            ("one\n", 0, 4),
            ("one\ntwo\n\n\n", 4, 10),
            ("one\ntwo\r\n \t\r\n\n", 4, 14),
            ("\n \n", 0, 3),
        ];
        for (text, line_start, end) in cases {
            let position = after(text);
            assert_eq!((position.line_start, position.end), (line_start, end), "{text:?}");
            assert_eq!((position.input, position.bytes_before), (3, 7));
        }
    }

    #[test]
    fn a_change_of_the_line_before_is_noticed() {
        for text in ["one\ntwo\n", "one\ntwo\n\n\n", "\n\n"] {
            let position = after(text);
            for at in 0..=position.line_start {
                let mut rest = &text.as_bytes()[at as usize..];
                assert!(position.find(&mut rest, at).is_ok(), "{text:?} from {at}");
                assert!(rest.is_empty());
            }
            for changed in position.line_start as usize..text.len() {
                let mut other = text.as_bytes().to_vec();
                other[changed] ^= 1;
                assert!(position.find(&mut &other[..], 0).is_err(), "{text:?}, byte {changed}");
            }
            assert!(position.find(&mut &text.as_bytes()[..text.len() - 1], 0).is_err());
            let settings = CutterSettings { chunk_bytes: 4, ..CutterSettings::default() };
            assert!(position.verify(&mut format!("{text}more").as_bytes(), settings).is_ok());
            for changed in 0..text.len() {
                let mut other = text.as_bytes().to_vec();
                other[changed] ^= 1;
                assert!(position.verify(&mut &other[..], settings).is_err(), "{text:?}");
            }
            assert!(position.verify(&mut &text.as_bytes()[1..], settings).is_err());
        }
    }
}
