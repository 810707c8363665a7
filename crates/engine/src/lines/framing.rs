//! Frames around records: how their headers are read, and how frames are written.
//!
//! A record in a frame may have line ends. Nothing in a stream of frames shows where the next one
//! begins if one is broken, so a broken frame ends the stream.

use std::fmt;

/// What separates the records of a stream, if line ends do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each record is a netstring: `12:hello world!,`.
    Netstring,
    /// The length of each record is before it, in four bytes, the most significant first.
    Length,
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of the header itself.
    pub bytes: usize,
    /// Bytes of the record.
    pub length: u64,
}

/// Why a frame cannot be read, and with it the rest of the stream. Displays with advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameError {
    detail: String,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = &self.detail;
        write!(
            f,
            "the frames cannot be read any further: {detail}; are they those that --framing names?"
        )
    }
}

impl std::error::Error for FrameError {}

impl FrameError {
    /// What is wrong and where, in one sentence without a full stop.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The byte at `offset` of the stream is not one of `expected`.
    #[cold]
    fn unexpected(expected: &str, offset: u64, found: u8) -> FrameError {
        let shown = char::from(found).escape_default();
        FrameError { detail: format!("expected {expected} at byte {offset}, found `{shown}`") }
    }

    /// A record is longer than any.
    #[cold]
    fn absurd(offset: u64, length: u64, most: u64) -> FrameError {
        let detail = format!(
            "the frame at byte {offset} has a length of {length} bytes or more; a frame has {most} \
             at most"
        );
        FrameError { detail }
    }

    /// The stream ends within the header of the frame at `offset`.
    #[cold]
    pub(super) fn cut_in_header(offset: u64) -> FrameError {
        FrameError { detail: format!("the length of the frame at byte {offset} is cut off") }
    }

    /// The stream ends within the frame at `offset`, after `read` bytes of its record.
    #[cold]
    pub(super) fn cut(offset: u64, read: u64, length: u64) -> FrameError {
        let detail = if read < length {
            format!("the frame at byte {offset} is cut off after {read} of {length} bytes")
        } else {
            format!("the frame at byte {offset} is cut off before its `,`")
        };
        FrameError { detail }
    }
}

/// A verdict that does not fit the frame it has to be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameOverflow;

impl Framing {
    /// Bytes after a record.
    pub(super) fn trailer_bytes(self) -> usize {
        match self {
            Framing::Netstring => 1,
            Framing::Length => 0,
        }
    }

    /// Reads the header at the start of `bytes`, which are those from byte `offset` of the stream
    /// on; `None` if more bytes are needed. A frame has `most` bytes at most.
    ///
    /// # Errors
    ///
    /// No frame begins here.
    pub(super) fn header(
        self,
        bytes: &[u8],
        offset: u64,
        most: u64,
    ) -> Result<Option<Header>, FrameError> {
        match self {
            Framing::Netstring => netstring_header(bytes, offset, most),
            Framing::Length => {
                let Some(length) = bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
                else {
                    return Ok(None);
                };
                let header = Header { bytes: size_of::<u32>(), length: length.into() };
                if header.length > most {
                    return Err(FrameError::absurd(offset, header.length, most));
                }
                Ok(Some(header))
            }
        }
    }

    /// Checks what follows the record of a frame: `found`, at byte `offset` of the stream.
    ///
    /// # Errors
    ///
    /// It does not end a frame.
    pub(super) fn check_trailer(self, found: Option<u8>, offset: u64) -> Result<(), FrameError> {
        match (self, found) {
            (Framing::Netstring, Some(found)) if found != b',' => {
                Err(FrameError::unexpected("`,`", offset, found))
            }
            (Framing::Netstring | Framing::Length, _) => Ok(()),
        }
    }

    /// Puts what was appended to `out` from byte `start` on into a frame, if it is one line with its
    /// `\n`, which is not part of the record; nothing if nothing was appended.
    ///
    /// # Errors
    ///
    /// The line has more than `u32::MAX` bytes and a length has four; `out` is unchanged.
    pub fn enclose(self, out: &mut Vec<u8>, start: usize) -> Result<(), FrameOverflow> {
        self.enclose_up_to(out, start, u32::MAX)
    }

    fn enclose_up_to(
        self,
        out: &mut Vec<u8>,
        start: usize,
        most: u32,
    ) -> Result<(), FrameOverflow> {
        let Some(length) = out.len().checked_sub(start + 1) else { return Ok(()) };
        match self {
            Framing::Netstring => {
                let mut digits = itoa::Buffer::new();
                let digits = digits.format(length).as_bytes();
                insert(out, start, &[digits, b":"]);
                if let Some(end) = out.last_mut() {
                    *end = b',';
                }
            }
            Framing::Length => {
                let length = u32::try_from(length).ok().filter(|length| *length <= most);
                let length = length.ok_or(FrameOverflow)?.to_be_bytes();
                out.pop();
                insert(out, start, &[&length]);
            }
        }
        Ok(())
    }

    /// Appends the frame of a record to `out`.
    ///
    /// # Errors
    ///
    /// As [`Framing::enclose`].
    pub fn push(self, out: &mut Vec<u8>, record: &[u8]) -> Result<(), FrameOverflow> {
        let start = out.len();
        out.extend_from_slice(record);
        out.push(b'\n');
        self.enclose(out, start)
    }
}

/// Reads the header of a netstring: digits without leading zeros, and a colon.
fn netstring_header(bytes: &[u8], offset: u64, most: u64) -> Result<Option<Header>, FrameError> {
    let mut length = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let unexpected =
            |expected| Err(FrameError::unexpected(expected, offset + at as u64, *byte));
        match byte {
            b':' if at > 0 => return Ok(Some(Header { bytes: at + 1, length })),
            b'0'..=b'9' if at > 0 && length == 0 => {
                return unexpected("`:` (a length has no leading zeros)");
            }
            b'0'..=b'9' => length = length * 10 + u64::from(byte - b'0'),
            _ if at == 0 => return unexpected("the length of a netstring"),
            _ => return unexpected("a digit or `:`"),
        }
        if length > most {
            return Err(FrameError::absurd(offset, length, most));
        }
    }
    Ok(None)
}

/// Inserts `parts` at `at`.
fn insert(out: &mut Vec<u8>, at: usize, parts: &[&[u8]]) {
    let end = out.len();
    let added: usize = parts.iter().map(|part| part.len()).sum();
    out.resize(end + added, 0);
    out.copy_within(at..end, at + added);
    let mut to = at;
    for part in parts {
        out[to..to + part.len()].copy_from_slice(part);
        to += part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_written() {
        for (framing, record, expected) in [
            (Framing::Netstring, &b"hello world!"[..], &b"12:hello world!,"[..]),
            (Framing::Netstring, b"", b"0:,"),
            (Framing::Netstring, b"a\nb", b"3:a\nb,"),
            (Framing::Length, b"hello", b"\0\0\0\x05hello"),
            (Framing::Length, b"", b"\0\0\0\0"),
        ] {
            let mut out = b"before".to_vec();
            assert_eq!(framing.push(&mut out, record), Ok(()));
            assert_eq!(out, [b"before", expected].concat(), "{framing:?}");
            let whole = out.clone();
            assert_eq!(framing.enclose(&mut out, whole.len()), Ok(()));
            assert_eq!(out, whole, "nothing was appended");
        }
    }

    #[test]
    fn a_record_that_does_not_fit_is_left_as_it_is() {
        for (length, fits) in [(8, true), (9, false)] {
            let line = [vec![b'x'; length], b"\n".to_vec()].concat();
            let mut out = line.clone();
            let result = Framing::Length.enclose_up_to(&mut out, 0, 8);
            assert_eq!(result.is_ok(), fits);
            assert_eq!(out == line, !fits);
            assert_eq!(Framing::Netstring.enclose_up_to(&mut out, 0, 8), Ok(()));
        }
    }

    #[test]
    fn headers_are_read_or_refused_with_the_place() {
        let netstring = |bytes: &[u8]| Framing::Netstring.header(bytes, 100, 1000);
        let header = |bytes, length| Ok(Some(Header { bytes, length }));
        assert_eq!(netstring(b"0:,"), header(2, 0));
        assert_eq!(netstring(b"12:ab"), header(3, 12));
        assert_eq!(netstring(b"1000:"), header(5, 1000));
        for part in [&b""[..], b"1", b"12", b"1000"] {
            assert_eq!(netstring(part), Ok(None));
        }
        for (wrong, why) in [
            (&b":"[..], "expected the length of a netstring at byte 100, found `:`"),
            (b"{\"id\"", "expected the length of a netstring at byte 100, found `{`"),
            (b"\n3:", "at byte 100, found `\\n`"),
            (b"1x", "expected a digit or `:` at byte 101, found `x`"),
            (b"00:", "no leading zeros) at byte 101, found `0`"),
            (b"01:", "no leading zeros) at byte 101, found `1`"),
            (b"+1:", "at byte 100, found `+`"),
            (b"1001", "at byte 100 has a length of 1001 bytes or more; a frame has 1000 at most"),
            (b"9999999999999999999999999", "has a length of 9999 bytes or more"),
        ] {
            let error = netstring(wrong).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let length = |bytes: &[u8]| Framing::Length.header(bytes, 100, 1000);
        assert_eq!(length(b"\0\0\x03\xe8"), header(4, 1000));
        assert_eq!(length(b"\0\0\x03"), Ok(None));
        let error = length(b"\0\0\x03\xe9").unwrap_err().to_string();
        assert!(error.contains("at byte 100 has a length of 1001"), "{error}");
        assert!(length(b"{\"id\"").is_err());
    }
}
