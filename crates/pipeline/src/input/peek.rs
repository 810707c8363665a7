//! The first bytes of a stream, read before the rest.

use std::io::{self, Read};

/// Bytes read at once.
const READ_BYTES: usize = 512;

/// The most bytes that are read.
const PEEKED_BYTES_MAX: usize = 64 * 1024;

/// Reads until the first bytes satisfy `is_enough`, the stream ends, or there are enough of them.
/// Returns them, and what follows them.
pub(super) fn peeked<R: Read>(
    mut stream: R,
    is_enough: impl Fn(&[u8]) -> bool,
) -> io::Result<(Vec<u8>, R)> {
    let (mut start, mut buffer) = (Vec::new(), [0; READ_BYTES]);
    while !is_enough(&start) && start.len() < PEEKED_BYTES_MAX {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => start.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((start, stream))
}
