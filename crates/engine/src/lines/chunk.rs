//! Lines or records that were read together.

use super::notes::{LineNotes, LineProblem, Member};

/// Whole lines or records, or the position of one that cannot be used. Reused from call to call.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Initialised to its full length, so that it can be read into; lines end at `end`.
    pub(super) buffer: Vec<u8>,
    pub(super) end: usize,
    pub(super) offset: u64,
    pub(super) unterminated: bool,
    pub(super) too_long: bool,
    pub(super) line: u64,
    /// Of frames; empty for lines.
    pub(super) records: Vec<FramedRecord>,
    /// Why the frame at `offset` cannot be read.
    pub(super) broken: Option<String>,
    /// Set by a reader of several streams.
    stream: usize,
    /// Set by a reader that numbers what chunks are judged by.
    version: u64,
    /// Set by a reader that knows more of lines than their bytes show.
    notes: LineNotes,
}

/// A record that was in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct FramedRecord {
    /// Byte of the stream at which its frame starts.
    pub offset: u64,
    /// Its end in the chunk, the `\n` after it included.
    pub end: usize,
    /// It has line ends of its own: it must be read as a whole.
    pub has_breaks: bool,
}

/// A part of a chunk that is read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'c> {
    /// Lines, each with its `\n`, or one without it at the end of a stream.
    Lines(&'c [u8]),
    /// One record that has line ends of its own, and a `\n` after it that is not part of it.
    Record(&'c [u8]),
}

impl<'c> Piece<'c> {
    /// Its bytes, line ends included.
    #[inline]
    pub fn bytes(self) -> &'c [u8] {
        match self {
            Piece::Lines(bytes) | Piece::Record(bytes) => bytes,
        }
    }

    /// The bytes of a piece of one line or record, without the `\n` that ends it.
    pub fn record(self) -> &'c [u8] {
        let bytes = self.bytes();
        bytes.strip_suffix(b"\n").unwrap_or(bytes)
    }
}

impl Chunk {
    /// Empties it for the next lines.
    pub(super) fn clear(&mut self) {
        self.end = 0;
        self.unterminated = false;
        self.too_long = false;
        self.records.clear();
        self.broken = None;
        self.notes.clear();
    }

    /// The lines, each with its `\n` (except the last of [`Chunk::is_unterminated`]); the records
    /// of frames, each with a `\n` after it. Empty when the chunk [is too
    /// long](Chunk::is_too_long) or [broken](Chunk::broken).
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.end]
    }

    /// Byte of the stream at which the first line, or the first frame, starts.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Number of the first line in the stream, from 1.
    #[inline]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Number of the stream, as its reader set it.
    #[inline]
    pub fn stream(&self) -> usize {
        self.stream
    }

    /// Sets the number of the stream.
    pub fn set_stream(&mut self, stream: usize) {
        self.stream = stream;
    }

    /// Number of the rule set that the lines are judged by, as the reader set it.
    #[inline]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Sets the number of the rule set.
    pub fn set_version(&mut self, version: u64) {
        self.version = version;
    }

    /// What the reader knows of the lines. Readers that know something set it.
    pub fn notes_mut(&mut self) -> &mut LineNotes {
        &mut self.notes
    }

    /// What makes the line unusable that starts at byte `offset` of the stream, if its reader found
    /// something.
    #[inline]
    pub fn problem_at(&self, offset: u64) -> Option<&LineProblem> {
        self.notes.problem_at(offset)
    }

    /// The member of an archive that has the line that starts at byte `offset` of the stream.
    pub fn member_at(&self, offset: u64) -> Option<&Member> {
        self.notes.member_at(offset)
    }

    /// Does the last line lack its `\n`? Only at the end of a stream.
    #[inline]
    pub fn is_unterminated(&self) -> bool {
        self.unterminated
    }

    /// Does the chunk represent one line over the limit, whose bytes were skipped?
    #[inline]
    pub fn is_too_long(&self) -> bool {
        self.too_long
    }

    /// Why the frame at [`Chunk::offset`] cannot be read, if the chunk represents a broken one.
    #[inline]
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Byte of the stream at which a line starts, or the frame of a record: it is the one that
    /// `before` lines of the chunk precede, and that starts `position` bytes into the chunk.
    #[inline]
    pub fn offset_of(&self, before: usize, position: usize) -> u64 {
        match self.records.get(before) {
            Some(record) => record.offset,
            None => self.offset + position as u64,
        }
    }

    /// The parts of the chunk from the line or record on that starts `from` bytes into it, each to be
    /// read at once: all lines, unless there are records with line ends.
    pub fn pieces(&self, from: usize) -> impl Iterator<Item = Piece<'_>> {
        let mut from = from;
        std::iter::from_fn(move || {
            let (end, has_breaks) = self.piece_end(from)?;
            let bytes = &self.bytes()[from..end];
            from = end;
            Some(if has_breaks { Piece::Record(bytes) } else { Piece::Lines(bytes) })
        })
    }

    /// The end of the piece that starts at `from`, and whether it is a record with line ends.
    fn piece_end(&self, from: usize) -> Option<(usize, bool)> {
        if from >= self.end {
            return None;
        }
        let first = self.records.partition_point(|record| record.end <= from);
        let Some(record) = self.records.get(first) else { return Some((self.end, false)) };
        if record.has_breaks {
            return Some((record.end, true));
        }
        let lines = self.records[first..].iter().take_while(|record| !record.has_breaks);
        lines.last().map(|record| (record.end, false))
    }

    /// The lines and records from the one on that starts `from` bytes into the chunk, one by one.
    pub fn one_by_one(&self, from: usize) -> impl Iterator<Item = Piece<'_>> {
        self.pieces(from).flat_map(|piece| {
            let (lines, record) = match piece {
                Piece::Lines(lines) => (lines, None),
                Piece::Record(_) => (&[][..], Some(piece)),
            };
            lines.split_inclusive(|byte| *byte == b'\n').map(Piece::Lines).chain(record)
        })
    }

    /// The line that starts at byte `offset` of the stream, or the record whose frame does, without
    /// the `\n` after it. Empty if there is none.
    pub fn record_at(&self, offset: u64) -> &[u8] {
        let start = if self.records.is_empty() {
            offset.checked_sub(self.offset).and_then(|start| usize::try_from(start).ok())
        } else {
            let at = self.records.binary_search_by_key(&offset, |record| record.offset).ok();
            at.map(|at| at.checked_sub(1).map_or(0, |before| self.records[before].end))
        };
        let piece = start.and_then(|start| self.one_by_one(start).next());
        piece.map_or(&[], Piece::record)
    }
}
