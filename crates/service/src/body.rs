//! The bytes of a body → chunks of whole lines, as the bytes arrive.
//!
//! Nothing here waits: bytes are pushed in, and chunks are taken out. Memory is bounded by the
//! longest line, one frame of the body, and the decompressor.

use crate::error::Refusal;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError};
use tidegate_engine::domain::summary::human_bytes;
use tidegate_engine::lines::{Chunk, Cut, CutError, Cutter, CutterSettings};
use tidegate_pipeline::input::foreign;

/// Compression of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// None.
    Identity,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

impl Encoding {
    /// The `Content-Encoding` of a request.
    ///
    /// # Errors
    ///
    /// Another one, or several (415).
    pub fn of(headers: &HeaderMap) -> Result<Encoding, Refusal> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else {
            return Ok(Encoding::Identity);
        };
        match value.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Encoding::Identity),
            "gzip" | "x-gzip" => Ok(Encoding::Gzip),
            "zstd" => Ok(Encoding::Zstd),
            _ => Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_encoding",
                "expected Content-Encoding: gzip, zstd or none",
            )),
        }
    }
}

/// Bytes that were pushed and are not read yet.
#[derive(Debug, Default)]
struct Pipe {
    frames: VecDeque<Bytes>,
    /// Bytes of the first frame that were read.
    read: usize,
    is_ended: bool,
}

impl Pipe {
    fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.frames.push_back(bytes);
        }
    }

    fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

/// Reads without waiting: `WouldBlock` until more bytes are pushed or the body has ended.
impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Pipe {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.frames.front() {
            Some(frame) => Ok(&frame[self.read..]),
            None if self.is_ended => Ok(&[]),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn consume(&mut self, count: usize) {
        self.read += count;
        if self.frames.front().is_some_and(|frame| frame.len() == self.read) {
            self.frames.pop_front();
            self.read = 0;
        }
    }
}

/// Decompresses what is pushed.
struct Decoder {
    encoding: Encoding,
    compressed: SharedPipe,
    reader: Option<Box<dyn Read + Send>>,
    bytes_in: u64,
    bytes_out: u64,
}

/// A pipe that a decompressor reads while its other end is pushed into.
#[derive(Clone, Default)]
struct SharedPipe(Arc<Mutex<Pipe>>);

impl SharedPipe {
    fn with<T>(&self, act: impl FnOnce(&mut Pipe) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Read for SharedPipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|pipe| pipe.read(buffer))
    }
}

/// The largest window that a zstd frame may ask for, as a power of two: 8 MiB, which decoders must
/// support (RFC 8878) and HTTP clients may use (RFC 9659).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Decompressed bytes for each compressed byte beyond which a body is taken for an attack. Logs of
/// equal lines reach a few hundred.
const RATIO_MAX: u64 = 1_000;

/// Decompressed bytes for which the ratio is not looked at.
const RATIO_FREE_BYTES: u64 = 16 << 20;

/// Bytes decompressed at a time.
const STEP_BYTES: usize = 64 << 10;

impl Decoder {
    fn new(encoding: Encoding) -> Decoder {
        let compressed = SharedPipe::default();
        Decoder { encoding, compressed, reader: None, bytes_in: 0, bytes_out: 0 }
    }

    fn reader(&mut self) -> io::Result<&mut Box<dyn Read + Send>> {
        if self.reader.is_none() {
            let bytes = io::BufReader::with_capacity(STEP_BYTES, self.compressed.clone());
            self.reader = Some(match self.encoding {
                Encoding::Identity | Encoding::Gzip => {
                    Box::new(flate2::bufread::MultiGzDecoder::new(bytes))
                }
                Encoding::Zstd => {
                    let mut decoder = zstd::Decoder::with_buffer(bytes)?;
                    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                    Box::new(decoder)
                }
            });
        }
        self.reader.as_mut().ok_or_else(|| io::Error::other("no decompressor"))
    }

    /// Decompressed bytes; none if all that was pushed is read.
    fn next(&mut self) -> Result<Bytes, Refusal> {
        let mut bytes = vec![0; STEP_BYTES];
        let encoding = self.encoding;
        let read = self.reader().and_then(|reader| reader.read(&mut bytes));
        let count = match read {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => {
                let name = if encoding == Encoding::Zstd { "zstd" } else { "gzip" };
                let message = format!("the body is not {name}, or is damaged: {error}");
                return Err(Refusal::bad_request("bad_encoding", message));
            }
        };
        bytes.truncate(count);
        self.bytes_out += count as u64;
        if self.bytes_out > RATIO_FREE_BYTES.max(self.bytes_in.saturating_mul(RATIO_MAX)) {
            let message = format!("the body expands to more than {RATIO_MAX} times its size");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(Refusal::new(status, "compression_ratio", message));
        }
        Ok(bytes.into())
    }
}

/// Decompresses a body that is not streamed, up to a limit.
pub struct WholeBody {
    decoder: Option<Decoder>,
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl WholeBody {
    /// An empty body. `bytes_max` counts decompressed bytes.
    pub fn new(encoding: Encoding, bytes_max: usize) -> WholeBody {
        let decoder = (encoding != Encoding::Identity).then(|| Decoder::new(encoding));
        WholeBody { decoder, bytes: Vec::new(), bytes_max }
    }

    /// Adds a part. Returns by how many bytes the body grew.
    ///
    /// # Errors
    ///
    /// The body is too large, or cannot be decompressed.
    pub fn push(&mut self, part: Bytes) -> Result<usize, Refusal> {
        let before = self.bytes.len();
        match &mut self.decoder {
            None => self.bytes.extend_from_slice(&part),
            Some(decoder) => {
                decoder.bytes_in += part.len() as u64;
                decoder.compressed.with(|pipe| pipe.push(part));
                self.decompress()?;
            }
        }
        self.check()?;
        Ok(self.bytes.len() - before)
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// As [`WholeBody::push`].
    pub fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        if let Some(decoder) = &mut self.decoder {
            decoder.compressed.with(|pipe| pipe.is_ended = true);
            self.decompress()?;
        }
        Ok(self.bytes)
    }

    fn decompress(&mut self) -> Result<(), Refusal> {
        let Some(mut decoder) = self.decoder.take() else { return Ok(()) };
        loop {
            let bytes = decoder.next()?;
            if bytes.is_empty() {
                self.decoder = Some(decoder);
                return Ok(());
            }
            self.bytes.extend_from_slice(&bytes);
            self.check()?;
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.bytes.len() <= self.bytes_max {
            return Ok(());
        }
        Err(too_large(self.bytes_max))
    }
}

/// A body over its limit (413).
pub fn too_large(bytes_max: usize) -> Refusal {
    let message = format!(
        "the body is longer than {}; send posts as application/x-ndjson, which has no such limit",
        human_bytes(bytes_max as u64)
    );
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}

/// Lines of a body that is streamed.
pub struct LineBody {
    decoder: Option<Decoder>,
    lines: Pipe,
    cutter: Cutter,
    /// Bytes in `lines` since its last line break.
    unbroken: usize,
    /// Are there lines that may not have been taken?
    has_lines: bool,
    /// The first bytes, until it is known that they are no foreign format.
    start: Option<Vec<u8>>,
}

/// First bytes by which a foreign format is recognised.
const START_BYTES: usize = 512;

impl LineBody {
    /// An empty body. A body of plain texts (`is_plain`) has no format to recognise.
    pub fn new(encoding: Encoding, settings: CutterSettings, is_plain: bool) -> LineBody {
        let decoder = (encoding != Encoding::Identity).then(|| Decoder::new(encoding));
        LineBody {
            decoder,
            lines: Pipe::default(),
            cutter: Cutter::new(settings),
            unbroken: 0,
            has_lines: false,
            start: (!is_plain).then(Vec::new),
        }
    }

    /// Adds a part of the body, as it came. Take the lines before the next part.
    pub fn push(&mut self, part: Bytes) {
        match &mut self.decoder {
            Some(decoder) => {
                decoder.bytes_in += part.len() as u64;
                decoder.compressed.with(|pipe| pipe.push(part));
            }
            None => self.push_text(part),
        }
    }

    /// The body has ended.
    pub fn end(&mut self) {
        match &self.decoder {
            Some(decoder) => decoder.compressed.with(|pipe| pipe.is_ended = true),
            None => self.lines.is_ended = true,
        }
    }

    fn push_text(&mut self, text: Bytes) {
        if let Some(start) = &mut self.start {
            let room = START_BYTES - start.len();
            start.extend_from_slice(&text[..text.len().min(room)]);
        }
        match memchr::memrchr(b'\n', &text) {
            Some(at) => {
                self.has_lines = true;
                self.unbroken = text.len() - at - 1;
            }
            None => self.unbroken += text.len(),
        }
        self.lines.push(text);
    }

    /// Fills `chunk` with lines. `None`: push more. [`Cut::End`]: all lines were taken.
    ///
    /// # Errors
    ///
    /// The body cannot be decompressed, or is in a foreign format.
    pub fn next(&mut self, chunk: &mut Chunk) -> Result<Option<Cut>, Refusal> {
        loop {
            let wants_more = !self.has_lines && self.unbroken < STEP_BYTES && !self.lines.is_ended;
            if wants_more {
                if !self.decompress()? {
                    return Ok(None);
                }
                continue;
            }
            self.check_start()?;
            let cut = self.cutter.next_ready(&mut self.lines, chunk, || false);
            if self.lines.is_empty() {
                (self.has_lines, self.unbroken) = (false, 0);
            }
            match cut {
                Ok(Some(cut)) => return Ok(Some(cut)),
                Ok(None) => {}
                Err(CutError::Utf16) => return Err(not_lines("UTF-16")),
                Err(CutError::Read(_)) => return Err(Refusal::internal()),
            }
        }
    }

    /// Decompresses one step. `false` if there is nothing left to decompress now.
    fn decompress(&mut self) -> Result<bool, Refusal> {
        let Some(decoder) = &mut self.decoder else { return Ok(false) };
        let bytes = decoder.next()?;
        if bytes.is_empty() {
            let is_ended = decoder.compressed.with(|pipe| pipe.is_ended && pipe.is_empty());
            self.lines.is_ended |= is_ended;
            return Ok(is_ended);
        }
        self.push_text(bytes);
        Ok(true)
    }

    /// Refuses foreign formats.
    fn check_start(&mut self) -> Result<(), Refusal> {
        let Some(start) = self.start.take() else { return Ok(()) };
        match foreign::of_start(&start) {
            None => Ok(()),
            Some(foreign) => Err(not_lines(&foreign.name())),
        }
    }
}

fn not_lines(what: &str) -> Refusal {
    let message = format!("the body is {what}, not one JSON object per line in UTF-8");
    Refusal::bad_request("not_json_lines", message)
}
