//! Text in other encodings, as UTF-8.

use super::peek::Pending;
use encoding_rs::{CoderResult, Decoder, Encoding};
use std::io::{self, Read};

/// Bytes read at once.
const ENCODED_BYTES: usize = 64 * 1024;

/// Decodes a stream. What the encoding does not know becomes U+FFFD. A byte order mark of UTF-8 or
/// UTF-16 decides instead of the encoding that was asked for.
pub(super) struct Decoded {
    bytes: Box<dyn Read + Send>,
    decoder: Decoder,
    encoded: Vec<u8>,
    /// The part of `encoded` that was not decoded yet.
    from: usize,
    to: usize,
    /// Decoded bytes that did not fit the reader's buffer.
    text: Pending,
    is_at_end: bool,
    is_finished: bool,
}

impl Decoded {
    pub fn new(encoding: &'static Encoding, bytes: Box<dyn Read + Send>) -> Decoded {
        Decoded {
            bytes,
            decoder: encoding.new_decoder(),
            encoded: vec![0; ENCODED_BYTES],
            from: 0,
            to: 0,
            text: Pending::default(),
            is_at_end: false,
            is_finished: false,
        }
    }

    /// Decodes more bytes into `text`, which must be empty.
    fn decode(&mut self) -> io::Result<()> {
        if self.from == self.to && !self.is_at_end {
            self.from = 0;
            self.to = self.bytes.read(&mut self.encoded)?;
            self.is_at_end = self.to == 0;
        }
        let encoded = &self.encoded[self.from..self.to];
        // Room for the longest text of these bytes, and for what the end of a stream adds.
        let text = &mut self.text.bytes;
        text.resize(3 * encoded.len() + 16, 0);
        let (result, read, written, _) = self.decoder.decode_to_utf8(encoded, text, self.is_at_end);
        self.from += read;
        text.truncate(written);
        self.is_finished = self.is_at_end && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.text.is_empty() {
            if self.is_finished || buffer.is_empty() {
                return Ok(0);
            }
            self.text.clear();
            self.decode()?;
        }
        Ok(self.text.read(buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, GB18030, UTF_16LE};

    /// Reads `bytes` a few at a time.
    fn read(encoding: &'static Encoding, bytes: &[u8], step: usize) -> String {
        struct Slow(Vec<u8>, usize);
        impl Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.1.min(buffer.len()).min(self.0.len());
                buffer[..count].copy_from_slice(&self.0[..count]);
                self.0.drain(..count);
                Ok(count)
            }
        }
        let mut decoded = Decoded::new(encoding, Box::new(Slow(bytes.to_vec(), step)));
        let (mut text, mut buffer) = (Vec::new(), vec![0; step]);
        loop {
            match decoded.read(&mut buffer).unwrap() {
                0 => return String::from_utf8(text).unwrap(),
                count => text.extend_from_slice(&buffer[..count]),
            }
        }
    }

    #[test]
    fn decodes_however_the_bytes_arrive() {
        let text = "{\"text\":\"加微信 看牌\"}\n𠀀";
        for step in [1, 2, 3, 7, 1000] {
            for encoding in [GB18030, BIG5, UTF_16LE] {
                let (bytes, used, _) = encoding.encode(text);
                // UTF-16 is only decoded.
                let bytes: Vec<u8> = match encoding == UTF_16LE {
                    true => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                    false => bytes.into_owned(),
                };
                let expected =
                    if used == BIG5 { "{\"text\":\"加微信 看牌\"}\n" } else { text };
                assert!(read(encoding, &bytes, step).starts_with(expected), "{encoding:?}");
            }
            assert_eq!(read(GB18030, b"a\xff\xffb\x81", step), "a\u{fffd}\u{fffd}b\u{fffd}");
            assert_eq!(read(GB18030, b"", step), "");
        }
    }
}
