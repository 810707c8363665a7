//! Splits a stream of frames into chunks of whole records.
//!
//! Input: any [`Read`] whose bytes are frames ([`Framing`]). Output: [`Chunk`]s of records, each with a
//! `\n` after it, so that records without line ends are read as lines are.
//!
//! * The sequence of records and their offsets does not depend on how the bytes arrive. The offset of
//!   a record is that of its frame.
//! * A record longer than the limit is skipped without memory, and reported in its place at the end
//!   of its frame.
//! * A broken frame is an error, after all records before it were returned. It has a place in the
//!   stream, as a line has that cannot be used: [`FrameCutter::take_tail`].
//! * Memory is that of the longest record that arrived, once in the chunk and once here; a header
//!   alone does not take any.

use super::chunk::{Chunk, FramedRecord};
use super::framing::{FrameError, Framing, Header};
use super::{Cut, CutterSettings, grow, read};
use crate::domain::limits::{FRAME_BYTES_MAX, LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT};
use std::io::{self, Read};

/// Splits one stream of frames.
#[derive(Debug)]
pub struct FrameCutter {
    framing: Framing,
    settings: CutterSettings,
    /// Bytes that were read: those from `from` to `to` are not taken yet.
    raw: Vec<u8>,
    from: usize,
    to: usize,
    /// Byte of the stream of `raw[from]`.
    offset: u64,
    /// Records returned or skipped so far.
    records: u64,
    skipped: Option<Skipped>,
    end: End,
    /// Why the frame at `offset`, or the skipped one, is broken.
    broken: Option<FrameError>,
}

/// A frame over the limit, of which a part was skipped.
#[derive(Clone, Copy, Debug)]
struct Skipped {
    /// Byte of the stream at which it starts.
    offset: u64,
    length: u64,
    /// Bytes of its record that are not skipped yet.
    left: u64,
}

/// Is there more to read?
#[derive(Debug)]
enum End {
    /// Yes.
    Open,
    /// No, for this reason, which is returned after the records before it.
    Failed(io::Error),
    /// No.
    Done,
}

/// What the bytes that were read give.
enum Taken {
    /// A chunk to return.
    Chunk,
    /// All whole records; a frame is incomplete that needs so many bytes from its start, as far as is
    /// known.
    Part(usize),
}

impl FrameCutter {
    /// At the start of a stream. `line_bytes_max` is the limit of a record.
    pub fn new(framing: Framing, settings: CutterSettings) -> FrameCutter {
        let CutterSettings { chunk_bytes, line_bytes_max } = settings;
        let line_bytes_max = line_bytes_max.clamp(LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT);
        let chunk_bytes = chunk_bytes.clamp(LINE_BYTES_MAX_LEAST, line_bytes_max + 1);
        FrameCutter {
            framing,
            settings: CutterSettings { chunk_bytes, line_bytes_max },
            raw: Vec::new(),
            from: 0,
            to: 0,
            offset: 0,
            records: 0,
            skipped: None,
            end: End::Open,
            broken: None,
        }
    }

    /// Bytes of the stream returned or skipped so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Fills `chunk` with the next records of `input`; `hand_over` as in
    /// [`Cutter::next`](super::Cutter::next).
    ///
    /// # Errors
    ///
    /// When reading failed, or a frame is broken ([`FrameError`] in an [`io::Error`]), after every whole record before it has been
    /// returned; [`FrameCutter::take_tail`] then returns its place.
    pub fn next(
        &mut self,
        input: &mut (impl Read + ?Sized),
        chunk: &mut Chunk,
        mut hand_over: impl FnMut() -> bool,
    ) -> io::Result<Cut> {
        chunk.clear();
        chunk.offset = self.offset;
        chunk.line = self.records + 1;
        match std::mem::replace(&mut self.end, End::Open) {
            End::Open => {}
            End::Failed(error) => return self.fail(chunk, error),
            End::Done => {
                self.end = End::Done;
                return Ok(Cut::End);
            }
        }
        loop {
            let needed = match self.take(chunk) {
                Ok(Taken::Chunk) => return Ok(Cut::Chunk),
                Ok(Taken::Part(needed)) => needed,
                Err(error) => {
                    self.broken = Some(error.clone());
                    return self.fail(chunk, broken(error));
                }
            };
            if chunk.end > 0 && hand_over() {
                return Ok(Cut::Chunk);
            }
            self.make_room(needed);
            match read(input, &mut self.raw[self.to..]) {
                Ok(0) => return self.finish(chunk),
                Ok(count) => self.to += count,
                Err(error) => {
                    self.broken = self.cut_frame();
                    return self.fail(chunk, error);
                }
            }
        }
    }

    /// After an error: makes `chunk` represent the frame that is broken, at its place; `false` if the
    /// error was between frames.
    pub fn take_tail(&mut self, chunk: &mut Chunk) -> bool {
        let Some(error) = self.broken.take() else { return false };
        chunk.clear();
        chunk.offset = self.skipped.map_or(self.offset, |skipped| skipped.offset);
        chunk.line = self.records + 1;
        chunk.broken = Some(error.detail().to_owned());
        self.records += 1;
        true
    }

    /// Moves the records of whole frames into `chunk`, as long as it has room.
    fn take(&mut self, chunk: &mut Chunk) -> Result<Taken, FrameError> {
        if self.skipped.is_some() {
            return self.skip(chunk);
        }
        let frame_bytes_max = FRAME_BYTES_MAX.max(self.settings.line_bytes_max as u64);
        loop {
            let bytes = &self.raw[self.from..self.to];
            let header = self.framing.header(bytes, self.offset, frame_bytes_max)?;
            let Some(Header { bytes: header, length }) = header else {
                return Ok(Taken::Part(bytes.len() + 1));
            };
            let record = usize::try_from(length).unwrap_or(usize::MAX);
            if record > self.settings.line_bytes_max {
                if chunk.end > 0 {
                    return Ok(Taken::Chunk);
                }
                self.skipped = Some(Skipped { offset: self.offset, length, left: length });
                self.pass(header);
                return self.skip(chunk);
            }
            let needed = header + record + self.framing.trailer_bytes();
            if chunk.end > 0 && chunk.end + record + 1 > self.settings.chunk_bytes {
                return Ok(Taken::Chunk);
            }
            let Some(frame) = bytes.get(..needed) else {
                return Ok(Taken::Part(needed));
            };
            let after = header + record;
            self.framing.check_trailer(frame.get(after).copied(), self.offset + after as u64)?;
            push(chunk, self.offset, &frame[header..after], self.settings.chunk_bytes);
            self.records += 1;
            self.pass(needed);
        }
    }

    /// Passes over the rest of a record that is too long, as far as it was read.
    fn skip(&mut self, chunk: &mut Chunk) -> Result<Taken, FrameError> {
        let Some(Skipped { offset, left, length }) = self.skipped else {
            return Ok(Taken::Part(1));
        };
        let read = self.to - self.from;
        let skipped = usize::try_from(left).map_or(read, |left| left.min(read));
        self.pass(skipped);
        let left = left - skipped as u64;
        self.skipped = Some(Skipped { offset, left, length });
        let trailer = self.framing.trailer_bytes();
        if left > 0 || self.to - self.from < trailer {
            return Ok(Taken::Part(self.settings.chunk_bytes));
        }
        let found = self.raw[self.from..self.to].first().copied();
        self.framing.check_trailer(found, self.offset)?;
        self.pass(trailer);
        self.skipped = None;
        chunk.offset = offset;
        chunk.too_long = true;
        self.records += 1;
        Ok(Taken::Chunk)
    }

    /// So many of the bytes that were read are taken.
    fn pass(&mut self, bytes: usize) {
        self.from += bytes;
        self.offset += bytes as u64;
    }

    /// Makes room for more bytes of a frame that needs `needed`: more memory than for a chunk only
    /// as the bytes of a longer frame arrive.
    fn make_room(&mut self, needed: usize) {
        self.raw.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        let room = needed.min(self.to * 2).max(self.to + 1);
        grow(&mut self.raw, room.max(self.settings.chunk_bytes));
    }

    /// The stream has ended.
    fn finish(&mut self, chunk: &mut Chunk) -> io::Result<Cut> {
        self.broken = self.cut_frame();
        if let Some(error) = self.broken.clone() {
            return self.fail(chunk, broken(error));
        }
        self.end = End::Done;
        Ok(if chunk.end > 0 { Cut::Chunk } else { Cut::End })
    }

    /// Why the frame is broken whose beginning was read, if no more bytes follow.
    fn cut_frame(&self) -> Option<FrameError> {
        if let Some(Skipped { offset, length, left }) = self.skipped {
            return Some(FrameError::cut(offset, length - left, length));
        }
        let bytes = &self.raw[self.from..self.to];
        if bytes.is_empty() {
            return None;
        }
        Some(match self.framing.header(bytes, self.offset, u64::MAX / 16) {
            Ok(Some(Header { bytes: header, length })) => {
                let read = (bytes.len() - header) as u64;
                FrameError::cut(self.offset, read.min(length), length)
            }
            Ok(None) => FrameError::cut_in_header(self.offset),
            Err(error) => error,
        })
    }

    /// Returns the records read so far; the next call returns the error.
    fn fail(&mut self, chunk: &mut Chunk, error: io::Error) -> io::Result<Cut> {
        if chunk.end > 0 {
            self.end = End::Failed(error);
            return Ok(Cut::Chunk);
        }
        self.end = End::Done;
        Err(error)
    }
}

fn broken(error: FrameError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Appends a record to `chunk`.
fn push(chunk: &mut Chunk, offset: u64, record: &[u8], chunk_bytes: usize) {
    let start = chunk.end;
    let end = start + record.len() + 1;
    grow(&mut chunk.buffer, end.max(chunk_bytes));
    chunk.buffer[start..end - 1].copy_from_slice(record);
    chunk.buffer[end - 1] = b'\n';
    chunk.end = end;
    // A return at the end would be taken for a part of the line end.
    let has_breaks = record.ends_with(b"\r") || memchr::memchr(b'\n', record).is_some();
    chunk.records.push(FramedRecord { offset, end, has_breaks });
}

#[cfg(test)]
mod tests;
