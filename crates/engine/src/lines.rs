//! Splits a byte stream into chunks of whole lines, or of the records of frames ([`FrameCutter`]).
//!
//! Input: any [`Read`]. Output: [`Chunk`]s, filled in place, each with its start offset in
//! the stream.
//!
//! * Chunk boundaries depend on how the bytes arrive; the sequence of lines and their offsets
//!   do not.
//! * A line longer than the limit is skipped and reported in its place, never truncated: half
//!   a post must not be classified as if it were the whole post. Skipping needs no memory.
//! * A UTF-8 byte order mark at the start is not part of the first line. A UTF-16 one is
//!   an error.
//! * Lines are returned before an error is: no line that was read is lost.
//! * No allocation once a chunk has grown to the longest line seen.
//! * Knows nothing of JSON, files or threads.

mod chunk;
#[cfg(test)]
mod drip;
mod frames;
mod framing;
mod notes;

pub use chunk::{Chunk, Piece};
pub use frames::FrameCutter;
pub use framing::{FrameError, Framing};
pub use notes::{LineNotes, LineProblem, Member};

use crate::domain::limits::{LINE_BYTES_MAX_DEFAULT, LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT};
use std::fmt;
use std::io::{self, Read};

/// Size limits.
#[derive(Clone, Copy, Debug)]
pub struct CutterSettings {
    /// Bytes of a chunk. Only a line longer than this makes a chunk larger.
    pub chunk_bytes: usize,
    /// The longest line that is kept: bytes before its `\n`, a `\r` counted. Clamped to
    /// [`LINE_BYTES_MAX_LEAST`] and [`LINE_BYTES_MAX_LIMIT`].
    pub line_bytes_max: usize,
}

impl Default for CutterSettings {
    fn default() -> CutterSettings {
        CutterSettings { chunk_bytes: CHUNK_BYTES_DEFAULT, line_bytes_max: LINE_BYTES_MAX_DEFAULT }
    }
}

/// The default chunk fits a second-level cache together with its batch; larger chunks cost up
/// to a third of the throughput on a pipe.
pub const CHUNK_BYTES_DEFAULT: usize = 192 * 1024;

/// The result of [`Cutter::next`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The chunk has lines, or represents one that was too long.
    Chunk,
    /// The stream has ended; the chunk is empty.
    End,
}

/// Why a stream cannot be read any further.
#[derive(Debug)]
pub enum CutError {
    /// Reading failed.
    Read(io::Error),
    /// The stream begins with a UTF-16 byte order mark.
    Utf16,
}

impl fmt::Display for CutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CutError::Read(error) => error.fmt(f),
            CutError::Utf16 => f.write_str(
                "begins with a UTF-16 byte order mark; convert it to UTF-8 first, \
                 for example with iconv -f UTF-16 -t UTF-8",
            ),
        }
    }
}

impl std::error::Error for CutError {}

/// State of a [`Cutter`].
#[derive(Debug)]
enum State {
    /// At the start: a byte order mark may follow.
    Start,
    /// Between lines, or inside one whose beginning is carried.
    Lines,
    /// Inside a line that was reported as too long.
    Skipping,
    /// Reading failed; the error is returned after the lines before it.
    Failed(io::Error),
    /// At the end.
    Done,
}

/// What was skipped of a line that is too long.
enum Skipped {
    /// The line; so many bytes after it are in the chunk.
    Line(usize),
    /// The rest of the stream.
    Stream,
    /// All that can be read now.
    Part,
}

/// Splits one stream.
#[derive(Debug)]
pub struct Cutter {
    settings: CutterSettings,
    state: State,
    /// The beginning of a line whose end has not been read. Contains no `\n`.
    carry: Vec<u8>,
    /// Byte of the stream at which `carry` starts.
    offset: u64,
    /// Lines returned or skipped so far.
    lines: u64,
    /// A last line without its end is a chunk of its own.
    separates_tail: bool,
}

impl Cutter {
    /// At the start of a stream.
    pub fn new(settings: CutterSettings) -> Cutter {
        let CutterSettings { chunk_bytes, line_bytes_max } = settings;
        let line_bytes_max = line_bytes_max.clamp(LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT);
        let settings = CutterSettings {
            // A chunk of one byte more than the limit has no room for a longer line with its
            // `\n`: this enforces the limit.
            chunk_bytes: chunk_bytes.clamp(LINE_BYTES_MAX_LEAST, line_bytes_max + 1),
            line_bytes_max,
        };
        Cutter {
            settings,
            state: State::Start,
            carry: Vec::new(),
            offset: 0,
            lines: 0,
            separates_tail: false,
        }
    }

    /// Between two lines of a stream, `offset` bytes and `lines` lines from its start.
    pub fn resumed(settings: CutterSettings, offset: u64, lines: u64) -> Cutter {
        let state = if offset == 0 { State::Start } else { State::Lines };
        Cutter { state, offset, lines, ..Cutter::new(settings) }
    }

    /// Returns a last line without its end as a chunk of its own. The end of the stream is then read
    /// twice.
    #[must_use]
    pub fn separating_tail(mut self) -> Cutter {
        self.separates_tail = true;
        self
    }

    /// Bytes of the stream returned or skipped so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Fills `chunk` with the next lines of `input`.
    ///
    /// `hand_over` is called after each read that leaves whole lines and room for more:
    /// `true` returns them, `false` reads on (and may wait for bytes).
    ///
    /// # Errors
    ///
    /// When reading failed, after every whole line before the failure has been returned;
    /// [`Cutter::take_tail`] then returns the rest.
    pub fn next(
        &mut self,
        input: &mut (impl Read + ?Sized),
        chunk: &mut Chunk,
        hand_over: impl FnMut() -> bool,
    ) -> Result<Cut, CutError> {
        match self.next_ready(input, chunk, hand_over)? {
            Some(cut) => Ok(cut),
            None => {
                self.state = State::Done;
                Err(CutError::Read(io::ErrorKind::WouldBlock.into()))
            }
        }
    }

    /// As [`Cutter::next`], for inputs that do not wait: `None` means that the input has no more
    /// bytes now (its read returned [`io::ErrorKind::WouldBlock`]) and no whole line is left; call
    /// again when it has some. What was read of a line is kept.
    ///
    /// # Errors
    ///
    /// As [`Cutter::next`].
    pub fn next_ready(
        &mut self,
        input: &mut (impl Read + ?Sized),
        chunk: &mut Chunk,
        hand_over: impl FnMut() -> bool,
    ) -> Result<Option<Cut>, CutError> {
        chunk.clear();
        let result = self.advance(input, chunk, hand_over);
        chunk.line = self.lines + 1;
        // The line of a chunk that is too long ends later, without a chunk.
        let breaks = memchr::memchr_iter(b'\n', chunk.bytes()).count() as u64;
        self.lines += breaks + u64::from(chunk.too_long || chunk.unterminated);
        if let Err(error) = &result {
            debug_assert!(chunk.end == 0, "{error} came with lines");
            self.state = State::Done;
        }
        result
    }

    /// After an error: returns the beginning of a line whose end could not be read, as an
    /// unterminated line in `chunk`. `false` if there is none.
    pub fn take_tail(&mut self, chunk: &mut Chunk) -> bool {
        self.restore_carry(chunk);
        chunk.line = self.lines + 1;
        self.finish(chunk, self.carry.len()) == Cut::Chunk
    }

    fn advance(
        &mut self,
        input: &mut (impl Read + ?Sized),
        chunk: &mut Chunk,
        mut hand_over: impl FnMut() -> bool,
    ) -> Result<Option<Cut>, CutError> {
        let mut filled = match std::mem::replace(&mut self.state, State::Lines) {
            State::Failed(error) => return Err(CutError::Read(error)),
            State::Done => {
                self.state = State::Done;
                return Ok(Some(Cut::End));
            }
            State::Skipping => match self.skip_line(input, chunk)? {
                Skipped::Line(filled) => filled,
                Skipped::Stream => return Ok(Some(Cut::End)),
                Skipped::Part => return Ok(None),
            },
            before @ (State::Start | State::Lines) => {
                self.state = before;
                self.restore_carry(chunk)
            }
        };
        let mut searched = 0;
        let mut lines_end = 0;
        loop {
            if let State::Start = self.state {
                filled = self.strip_mark(chunk, filled)?;
                searched = 0;
            }
            if let Some(at) = memchr::memrchr(b'\n', &chunk.buffer[searched..filled]) {
                lines_end = searched + at + 1;
            }
            searched = filled;
            if lines_end == 0 && filled > self.settings.line_bytes_max {
                return Ok(Some(self.too_long(chunk, filled)));
            }
            let room = self.make_room(chunk, filled, lines_end);
            if lines_end > 0 && (room == filled || (filled > 0 && hand_over())) {
                return Ok(Some(self.lines(chunk, lines_end, filled)));
            }
            match read(input, &mut chunk.buffer[filled..room]) {
                Ok(0) if self.separates_tail && lines_end > 0 && lines_end < filled => {
                    return Ok(Some(self.lines(chunk, lines_end, filled)));
                }
                Ok(0) => return Ok(Some(self.finish(chunk, filled))),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let cut = self.lines(chunk, lines_end, filled);
                    return Ok((lines_end > 0).then_some(cut));
                }
                Err(error) => return self.fail(chunk, lines_end, filled, error).map(Some),
            }
        }
    }

    /// Moves the carried beginning of a line into `chunk`; its length.
    fn restore_carry(&mut self, chunk: &mut Chunk) -> usize {
        chunk.offset = self.offset;
        let filled = self.carry.len();
        grow(&mut chunk.buffer, self.settings.chunk_bytes.max(filled));
        chunk.buffer[..filled].copy_from_slice(&self.carry);
        filled
    }

    /// The length at which reading stops: the chunk size, or more for a line that is longer.
    fn make_room(&self, chunk: &mut Chunk, filled: usize, lines_end: usize) -> usize {
        let CutterSettings { chunk_bytes, line_bytes_max } = self.settings;
        if filled < chunk_bytes {
            return chunk_bytes;
        }
        if lines_end > 0 {
            return filled;
        }
        let room = (filled * 2).min(line_bytes_max + 1);
        grow(&mut chunk.buffer, room);
        room
    }

    /// Removes a UTF-8 byte order mark from the start; returns the remaining length.
    fn strip_mark(&mut self, chunk: &mut Chunk, filled: usize) -> Result<usize, CutError> {
        const UTF_8: &[u8] = b"\xef\xbb\xbf";
        const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
        let start = &chunk.buffer[..filled];
        if UTF_16.iter().any(|mark| start.starts_with(mark)) {
            return Err(CutError::Utf16);
        }
        let left = match start.strip_prefix(UTF_8) {
            Some(rest) => rest.len(),
            None => filled,
        };
        let mark = filled - left;
        let undecided =
            mark == 0 && [UTF_8, UTF_16[0], UTF_16[1]].iter().any(|mark| mark.starts_with(start));
        if !undecided {
            chunk.buffer.copy_within(mark..filled, 0);
            self.offset += mark as u64;
            chunk.offset = self.offset;
            self.state = State::Lines;
        }
        Ok(left)
    }

    /// Reads past the end of a line that was too long.
    fn skip_line(
        &mut self,
        input: &mut (impl Read + ?Sized),
        chunk: &mut Chunk,
    ) -> Result<Skipped, CutError> {
        let room = self.settings.chunk_bytes;
        grow(&mut chunk.buffer, room);
        loop {
            let count = match read(input, &mut chunk.buffer[..room]) {
                Ok(0) => {
                    self.state = State::Done;
                    return Ok(Skipped::Stream);
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.state = State::Skipping;
                    return Ok(Skipped::Part);
                }
                Err(error) => return Err(CutError::Read(error)),
            };
            if let Some(at) = memchr::memchr(b'\n', &chunk.buffer[..count]) {
                self.offset += at as u64 + 1;
                chunk.offset = self.offset;
                chunk.buffer.copy_within(at + 1..count, 0);
                return Ok(Skipped::Line(count - at - 1));
            }
            self.offset += count as u64;
        }
    }

    /// Returns `lines_end` bytes and carries the rest.
    fn lines(&mut self, chunk: &mut Chunk, lines_end: usize, filled: usize) -> Cut {
        self.carry.clear();
        self.carry.extend_from_slice(&chunk.buffer[lines_end..filled]);
        chunk.end = lines_end;
        self.offset += lines_end as u64;
        Cut::Chunk
    }

    fn too_long(&mut self, chunk: &mut Chunk, filled: usize) -> Cut {
        self.carry.clear();
        chunk.too_long = true;
        self.offset += filled as u64;
        self.state = State::Skipping;
        Cut::Chunk
    }

    /// Returns everything at the end of the stream.
    fn finish(&mut self, chunk: &mut Chunk, filled: usize) -> Cut {
        self.state = State::Done;
        let cut = self.lines(chunk, filled, filled);
        if filled == 0 {
            return Cut::End;
        }
        chunk.unterminated = chunk.buffer[filled - 1] != b'\n';
        cut
    }

    /// Returns the whole lines read so far; the next call returns the error.
    fn fail(
        &mut self,
        chunk: &mut Chunk,
        lines_end: usize,
        filled: usize,
        error: io::Error,
    ) -> Result<Cut, CutError> {
        let cut = self.lines(chunk, lines_end, filled);
        if lines_end == 0 {
            return Err(CutError::Read(error));
        }
        self.state = State::Failed(error);
        Ok(cut)
    }
}

fn grow(buffer: &mut Vec<u8>, length: usize) {
    if buffer.len() < length {
        buffer.resize(length, 0);
    }
}

/// One read; retries on EINTR.
fn read(input: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::drip::Drip;
    use super::*;

    /// Hands out one byte, then has none for a while.
    struct Trickle<'a> {
        rest: &'a [u8],
        waits: bool,
    }

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.waits = !self.waits;
            if self.waits && !self.rest.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let length = 1.min(buffer.len()).min(self.rest.len());
            buffer[..length].copy_from_slice(&self.rest[..length]);
            self.rest = &self.rest[length..];
            Ok(length)
        }
    }

    /// Bytes, offset and line of each chunk, and whether it is too long.
    fn chunks(mut next: impl FnMut(&mut Chunk) -> Option<Cut>) -> Vec<(Vec<u8>, u64, u64, bool)> {
        let (mut chunk, mut all) = (Chunk::default(), Vec::new());
        loop {
            match next(&mut chunk) {
                None => {}
                Some(Cut::End) => return all,
                Some(Cut::Chunk) => {
                    let (offset, line) = (chunk.offset(), chunk.line());
                    all.push((chunk.bytes().to_vec(), offset, line, chunk.is_too_long()));
                }
            }
        }
    }

    #[test]
    fn an_input_that_does_not_wait_gives_the_same_lines() {
        let settings = CutterSettings { chunk_bytes: 4, line_bytes_max: 8 };
        for text in [
            "\u{feff}one\n\nseven!!\ntoo long a line\nlast",
            "far too long, and without an end",
            "",
            "\n",
        ] {
            let (mut rest, mut cutter) = (text.as_bytes(), Cutter::new(settings));
            let whole = chunks(|chunk| Some(cutter.next(&mut rest, chunk, || true).unwrap()));
            let mut trickle = Trickle { rest: text.as_bytes(), waits: false };
            let mut cutter = Cutter::new(settings);
            let parts = chunks(|chunk| cutter.next_ready(&mut trickle, chunk, || true).unwrap());
            let joined = |all: &[(Vec<u8>, u64, u64, bool)]| {
                let bytes: Vec<u8> = all.iter().flat_map(|it| it.0.clone()).collect();
                let long: Vec<u64> = all.iter().filter(|it| it.3).map(|it| it.2).collect();
                (bytes, long)
            };
            assert_eq!(joined(&parts), joined(&whole), "{text}");
        }
        let mut trickle = Trickle { rest: b"x", waits: false };
        let refused = Cutter::new(settings).next(&mut trickle, &mut Chunk::default(), || true);
        assert!(matches!(refused, Err(CutError::Read(_))), "who waits is not called again");
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Line {
        Whole(u64, Vec<u8>),
        Unterminated(u64, Vec<u8>),
        TooLong(u64),
    }

    /// Reference implementation, simple enough to verify by reading.
    fn lines_slowly(input: &[u8], line_bytes_max: usize) -> Vec<Line> {
        let start = if input.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut lines = Vec::new();
        let mut at = start;
        while at < input.len() {
            let rest = &input[at..];
            let length = rest.iter().position(|byte| *byte == b'\n');
            let line = &rest[..length.unwrap_or(rest.len())];
            lines.push(if line.len() > line_bytes_max {
                Line::TooLong(at as u64)
            } else if length.is_some() {
                Line::Whole(at as u64, line.to_vec())
            } else {
                Line::Unterminated(at as u64, line.to_vec())
            });
            at += line.len() + 1;
        }
        lines
    }

    fn lines_of(chunk: &Chunk, lines: &mut Vec<Line>) {
        assert_eq!(chunk.line(), lines.len() as u64 + 1);
        if chunk.is_too_long() {
            assert!(chunk.bytes().is_empty());
            lines.push(Line::TooLong(chunk.offset()));
            return;
        }
        let mut at = chunk.offset();
        for line in chunk.bytes().split_inclusive(|byte| *byte == b'\n') {
            lines.push(match line.strip_suffix(b"\n") {
                Some(line) => Line::Whole(at, line.to_vec()),
                None => {
                    assert!(chunk.is_unterminated());
                    Line::Unterminated(at, line.to_vec())
                }
            });
            at += line.len() as u64;
        }
    }

    fn cut_all(
        mut input: Drip<'_>,
        settings: CutterSettings,
        eager: bool,
    ) -> (Vec<Line>, Option<CutError>) {
        let mut cutter = Cutter::new(settings);
        let mut chunk = Chunk::default();
        let mut lines = Vec::new();
        loop {
            match cutter.next(&mut input, &mut chunk, || eager) {
                Ok(Cut::Chunk) => lines_of(&chunk, &mut lines),
                Ok(Cut::End) => return (lines, None),
                Err(error) => {
                    if cutter.take_tail(&mut chunk) {
                        lines_of(&chunk, &mut lines);
                    }
                    return (lines, Some(error));
                }
            }
            let most = settings.chunk_bytes.max(settings.line_bytes_max + 1);
            assert!(chunk.buffer.len() <= most, "{settings:?}");
        }
    }

    const INPUTS: &[&[u8]] = &[
        b"",
        b"\n",
        b"\n\n\r\n",
        b"a\nbb\n\nccc",
        b"one\ntwo two two\nthree three three three\nfour\n",
        b"\xef\xbb\xbfmarked\nnot \xef\xbb\xbf here\n",
        b"\xef\xbb\xbf",
        b"\xef\xbb",
        b"\xef",
        b"\xff",
        b"\xfe\n",
        b"exactly8\nexactly9!\nseven77",
        b"a line that is too long for most limits",
        b"short\na line that is too long for most limits\nshort\n",
    ];

    #[test]
    fn same_lines_for_every_read_size_chunk_size_and_limit() {
        for input in INPUTS {
            for line_bytes_max in [4, 5, 7, 8, 9, 20, 100] {
                let expected = lines_slowly(input, line_bytes_max);
                for chunk_bytes in [1, 2, 3, 8, 9, 10, 64] {
                    for step in [1, 2, 3, 5, 8, 64] {
                        for eager in [false, true] {
                            let settings = CutterSettings { chunk_bytes, line_bytes_max };
                            let (got, error) = cut_all(Drip::new(input, step), settings, eager);
                            let case = String::from_utf8_lossy(input);
                            assert!(error.is_none(), "{case:?}: {error:?}");
                            assert_eq!(
                                got, expected,
                                "{case:?}, limit {line_bytes_max}, chunk {chunk_bytes}, \
                                 reads {step}, eager {eager}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_failing_read_loses_nothing_that_came_before() {
        for input in INPUTS {
            for line_bytes_max in [4, 100] {
                let expected = lines_slowly(input, line_bytes_max);
                for chunk_bytes in [1, 5, 64] {
                    for step in [1, 3, 64] {
                        let settings = CutterSettings { chunk_bytes, line_bytes_max };
                        let drip = Drip::failing(input, step);
                        let (got, error) = cut_all(drip, settings, false);
                        assert!(matches!(error, Some(CutError::Read(_))), "{input:?}");
                        assert_eq!(got, expected, "{input:?}, chunk {chunk_bytes}, reads {step}");
                    }
                }
            }
        }
    }

    #[test]
    fn utf_16_is_an_error_with_a_way_out() {
        for input in [b"\xff\xfea\0\n\0".as_slice(), b"\xfe\xff\0a\0\n"] {
            for step in 1..=input.len() {
                let (lines, error) =
                    cut_all(Drip::new(input, step), CutterSettings::default(), false);
                let error = error.expect("a UTF-16 mark is refused");
                assert!(matches!(error, CutError::Utf16), "{error:?}");
                assert!(lines.is_empty() && error.to_string().contains("iconv"));
            }
        }
    }

    #[test]
    fn lines_at_the_limit_are_kept_and_beyond_it_skipped() {
        let limit = 1000;
        for (length, kept) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
            let mut input = vec![b'x'; length];
            input.extend_from_slice(b"\nnext\n");
            for chunk_bytes in [64, 1000, 1001, 1002, 4096] {
                let settings = CutterSettings { chunk_bytes, line_bytes_max: limit };
                let (lines, _) = cut_all(Drip::new(&input, 4096), settings, false);
                let first_is_kept =
                    matches!(&lines[0], Line::Whole(0, line) if line.len() == length);
                assert_eq!(first_is_kept, kept, "{length} bytes, chunk {chunk_bytes}");
                assert_eq!(lines[1], Line::Whole(length as u64 + 1, b"next".to_vec()));
                assert_eq!(lines.len(), 2);
            }
        }
    }

    #[test]
    fn whole_lines_are_returned_before_the_input_is_read_again() {
        let mut input = Drip::new(b"one\ntwo\nthr", 6);
        let mut cutter = Cutter::new(CutterSettings::default());
        let mut chunk = Chunk::default();
        assert_eq!(cutter.next(&mut input, &mut chunk, || true).unwrap(), Cut::Chunk);
        assert_eq!(chunk.bytes(), b"one\n");
        assert_eq!(input.rest, b"o\nthr");
    }
}
