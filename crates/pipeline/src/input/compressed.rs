//! Decompression, recognised by the first bytes of an input.

use super::invalid::invalid;
use super::peek::{before_rest, peek};
use bzip2::read::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use std::io::{self, BufRead, BufReader, Read};
use tidegate_engine::domain::summary::human_bytes;

/// Compression of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    None,
    /// gzip, one member or several.
    Gzip,
    /// zstd, one frame or several.
    Zstd,
    /// bzip2, one stream or several.
    Bzip2,
    /// xz, one stream or several.
    Xz,
}

/// First bytes of each compression but zstd.
const MAGICS: [(Compression, &[u8]); 3] = [
    (Compression::Gzip, b"\x1f\x8b"),
    (Compression::Bzip2, b"BZh"),
    (Compression::Xz, b"\xfd7zXZ\x00"),
];

impl Compression {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Bzip2 => "bzip2",
            Compression::Xz => "xz",
        }
    }

    /// Recognises the compression by the first bytes; `None` if more are needed.
    fn of(start: &[u8]) -> Option<Compression> {
        const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
        // Skippable zstd frames: 0x184D2A50 to 0x184D2A5F.
        const SKIPPABLE_END: &[u8] = b"\x2a\x4d\x18";
        let agrees =
            |start: &[u8], magic: &[u8]| start.iter().zip(magic).all(|(byte, own)| byte == own);
        let (first, rest) = start.split_first()?;
        let is_zstd = agrees(start, ZSTD) || first & 0xf0 == 0x50 && agrees(rest, SKIPPABLE_END);
        if is_zstd {
            return (start.len() >= ZSTD.len()).then_some(Compression::Zstd);
        }
        match MAGICS.into_iter().find(|(_, magic)| agrees(start, magic)) {
            Some((compression, magic)) => (start.len() >= magic.len()).then_some(compression),
            None => Some(Compression::None),
        }
    }
}

/// Reads as many bytes as are needed to recognise the compression.
pub(crate) fn read_start(input: &mut impl Read) -> io::Result<(Compression, Vec<u8>)> {
    let mut start = Vec::new();
    loop {
        if let Some(compression) = Compression::of(&start) {
            return Ok((compression, start));
        }
        let mut byte = [0];
        match input.read(&mut byte) {
            Ok(0) => return Ok((Compression::None, start)),
            Ok(_) => start.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Buffer of a decompressor, in bytes.
const COMPRESSED_BYTES: usize = 128 * 1024;

/// The largest window that zstd can decompress with, in bytes: frames written with `--long=31`.
pub const WINDOW_BYTES_MAX: u64 = 1 << 31;

/// Memory of an xz decoder, in KiB. Files written with `xz -9` need 64 MiB.
const XZ_KIB_MAX: u32 = 1 << 20;

/// The decompressed bytes.
///
/// # Errors
///
/// The first frame needs a larger window than `window_bytes_max`, or reading fails.
pub(super) fn reader(
    compression: Compression,
    bytes: Box<dyn Read + Send>,
    window_bytes_max: u64,
) -> io::Result<Box<dyn Read + Send>> {
    if compression == Compression::None {
        return Ok(bytes);
    }
    let mut bytes = bytes;
    if compression == Compression::Zstd {
        let is_header = |start: &[u8], _| start.len() >= ZSTD_HEADER_BYTES;
        let (start, failed) = peek(&mut bytes, is_header);
        check_window(&start, window_bytes_max)?;
        bytes = before_rest(start, failed, bytes);
    }
    let bytes = BufReader::with_capacity(COMPRESSED_BYTES, bytes);
    Ok(match compression {
        Compression::None => Box::new(bytes),
        Compression::Gzip => Box::new(GzipMembers::new(bytes)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(bytes)),
        Compression::Xz => Box::new(XzReader::new_mem_limit(bytes, true, XZ_KIB_MAX)),
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(bytes)?;
            decoder.window_log_max(window_bytes_max.max(1 << 10).ilog2())?;
            Box::new(decoder)
        }
    })
}

/// Bytes of the longest zstd frame header, with its magic number.
const ZSTD_HEADER_BYTES: usize = 18;

/// Refuses a zstd frame whose window is larger than `most`.
fn check_window(frame: &[u8], most: u64) -> io::Result<()> {
    let Some(window) = zstd_window(frame).filter(|window| *window > most) else { return Ok(()) };
    let (needed, most) = (human_bytes(window), human_bytes(most));
    if window > WINDOW_BYTES_MAX {
        return Err(invalid(format!(
            "the zstd frame needs a window of {needed}, more than zstd can decompress ({most})"
        )));
    }
    let megabytes = window.div_ceil(1 << 20);
    Err(invalid(format!(
        "the zstd frame needs a window of {needed}, and {most} are allowed; \
         --max-window {megabytes}M allows it, with that much memory"
    )))
}

/// The window that a zstd frame needs, in bytes (RFC 8878, 3.1.1.1); `None` if its header does not
/// say, or the frame is skippable.
fn zstd_window(frame: &[u8]) -> Option<u64> {
    let descriptor = *frame.strip_prefix(b"\x28\xb5\x2f\xfd".as_slice())?.first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    if is_single_segment {
        let id_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let size_bytes = 1 << (descriptor >> 6);
        let mut size = [0; 8];
        size[..size_bytes].copy_from_slice(frame.get(5 + id_bytes..5 + id_bytes + size_bytes)?);
        let size = u64::from_le_bytes(size);
        // A size of two bytes begins at 256.
        return Some(if size_bytes == 2 { size + 256 } else { size });
    }
    let window = *frame.get(5)?;
    let base = 1u64 << (10 + (window >> 3));
    Some(base + base / 8 * u64::from(window & 7))
}

/// The members of a gzip file, with the zeros that some programs pad it with.
struct GzipMembers<R: BufRead> {
    /// `None` only while it is replaced, and after an error.
    member: Option<GzDecoder<R>>,
    is_finished: bool,
}

impl<R: BufRead> GzipMembers<R> {
    fn new(bytes: R) -> GzipMembers<R> {
        GzipMembers { member: Some(GzDecoder::new(bytes)), is_finished: false }
    }

    /// Begins the next member, or finds the end of the file.
    fn next_member(&mut self, mut bytes: R) -> io::Result<()> {
        loop {
            let ready = bytes.fill_buf()?;
            if ready.is_empty() {
                self.is_finished = true;
                return Ok(());
            }
            let zeros = ready.iter().take_while(|byte| **byte == 0).count();
            let is_padding_only = zeros == ready.len();
            bytes.consume(zeros);
            if !is_padding_only {
                self.member = Some(GzDecoder::new(bytes));
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_finished && !buffer.is_empty() {
            let Some(member) = &mut self.member else {
                return Err(invalid("an earlier error ended the file"));
            };
            let count = member.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            if let Some(member) = self.member.take() {
                self.next_member(member.into_inner())?;
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8], window: u64) -> io::Result<Vec<u8>> {
        let mut input: &[u8] = bytes;
        let (compression, start) = read_start(&mut input)?;
        let bytes = Cursor::new(start).chain(Cursor::new(input.to_vec()));
        let mut text = Vec::new();
        reader(compression, Box::new(bytes), window)?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn gzip_may_be_padded_and_have_members() {
        let whole = [gzip(b"one\n"), vec![0; 700], gzip(b"two\n"), vec![0; 5]].concat();
        assert_eq!(read(&whole, 0).unwrap(), b"one\ntwo\n");
        let error = read(&[gzip(b"one\n"), b"rest of the file".to_vec()].concat(), 0).unwrap_err();
        assert!(error.to_string().contains("gzip header"), "{error}");
        assert!(read(&gzip(b"one\n")[..12], 0).is_err());
    }

    #[test]
    fn compressions_are_recognised_and_read() {
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(b"one\n").unwrap();
        let bzip2 = bzip2.finish().unwrap();
        assert_eq!(read(&[bzip2.clone(), bzip2].concat(), 0).unwrap(), b"one\none\n");
        let zstd = zstd::encode_all(b"one\n".as_slice(), 1).unwrap();
        assert_eq!(read(&zstd, WINDOW_BYTES_MAX).unwrap(), b"one\n");
        // `printf 'one\n' | xz`
        let xz =
            b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x04\xc0\x08\x04!\x01\x16\x00\x00\x00\x00\x00\x00\
                   \x00\x00\x00\x00\x00E\x1b\x1c\xa8\x01\x00\x03one\n\x00";
        assert_eq!(read_start(&mut xz.as_slice()).unwrap().0, Compression::Xz);
        for plain in ["", "B", "BZ", "{\"text\":\"a\"}\n", "P"] {
            assert_eq!(read(plain.as_bytes(), 0).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn a_larger_window_than_allowed_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(b"one\n").unwrap();
        let frame = encoder.finish().unwrap();
        assert_eq!(zstd_window(&frame), Some(1 << 27));
        assert_eq!(read(&frame, 1 << 27).unwrap(), b"one\n");
        let error = read(&frame, 1 << 26).unwrap_err().to_string();
        assert!(error.contains("window of 134.2 MB") && error.contains("--max-window 128M"));
        // A window of more than 2 GiB.
        let huge = b"\x28\xb5\x2f\xfd\x00\xa9";
        assert!(read(huge, WINDOW_BYTES_MAX).unwrap_err().to_string().contains("can decompress"));
    }
}
