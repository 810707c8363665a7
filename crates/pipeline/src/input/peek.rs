//! Bytes of a stream that are read before the rest, and bytes that wait for a reader.

use std::io::{self, Cursor, Read};

/// Bytes that are read at once: a tar header fits in.
pub(crate) const PEEK_BYTES: usize = 512;

/// The most bytes that are read before the rest.
const PEEKED_BYTES_MAX: usize = 64 * 1024;

/// Reads until `is_enough` accepts the first bytes, the stream ends or fails, or there are enough of
/// them; it is called with whether no more will come. Returns them, and why no more can be read.
pub(super) fn peek(
    stream: &mut impl Read,
    mut is_enough: impl FnMut(&[u8], bool) -> bool,
) -> (Vec<u8>, Option<io::Error>) {
    let (mut start, mut buffer) = (Vec::new(), [0; PEEK_BYTES]);
    let (mut is_at_end, mut failed) = (false, None);
    loop {
        let is_all = is_at_end || start.len() >= PEEKED_BYTES_MAX;
        if is_enough(&start, is_all) || is_all {
            return (start, failed);
        }
        match stream.read(&mut buffer) {
            Ok(count) => {
                is_at_end = count == 0;
                start.extend_from_slice(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => (is_at_end, failed) = (true, Some(error)),
        }
    }
}

/// The bytes that were read before the rest of a stream, then the error that ended it or the rest.
pub(super) fn before_rest(
    start: Vec<u8>,
    failed: Option<io::Error>,
    rest: Box<dyn Read + Send>,
) -> Box<dyn Read + Send> {
    let rest = match failed {
        None => rest,
        Some(error) => Box::new(Failing(Some(error))),
    };
    if start.is_empty() { rest } else { Box::new(Cursor::new(start).chain(rest)) }
}

/// Returns an error that was met before, once.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Bytes that were made and not yet read.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub bytes: Vec<u8>,
    from: usize,
}

impl Pending {
    /// Were all read?
    pub fn is_empty(&self) -> bool {
        self.from == self.bytes.len()
    }

    /// Removes all, so that others can be added to `bytes`.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.from = 0;
    }

    /// Moves as many as fit.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        let ready = &self.bytes[self.from..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.from += count;
        count
    }
}
