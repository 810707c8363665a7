//! A file as the package `parquet` reads it.

use super::super::random::RandomAccess;
use super::schema;
use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes that are read at once to find the header of a page.
const HEADER_BYTES: usize = 512;

/// Bytes at the end of a file: the length of its metadata, and the magic number.
const FOOTER_BYTES: u64 = 8;

impl RandomAccess {
    /// Fails once the run is stopped.
    pub fn check_stop(&self) -> io::Result<()> {
        if self.stop.is_raised() { Err(io::Error::other("stopped")) } else { Ok(()) }
    }

    /// Fails if the groups of the schema are nested so deeply that reading them would exhaust the
    /// stack. What is wrong otherwise is found by the reader.
    pub fn check_schema(&self) -> io::Result<()> {
        let Some(at) = self.bytes.checked_sub(FOOTER_BYTES) else { return Ok(()) };
        let mut footer = [0; FOOTER_BYTES as usize];
        self.file.read_exact_at(&mut footer, at)?;
        let length = u32::from_le_bytes([footer[0], footer[1], footer[2], footer[3]]);
        let Some(start) = at.checked_sub(length.into()) else { return Ok(()) };
        let mut metadata = vec![0; length as usize];
        self.file.read_exact_at(&mut metadata, start)?;
        schema::check_depth(&metadata)
    }
}

impl Length for RandomAccess {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for RandomAccess {
    type T = BufReader<FromPlace>;

    fn get_read(&self, start: u64) -> Result<BufReader<FromPlace>> {
        let from = FromPlace { file: self.file.clone(), at: start };
        Ok(BufReader::with_capacity(HEADER_BYTES, from))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.check_stop()?;
        // Before memory is taken for it.
        if start.checked_add(length as u64).is_none_or(|end| end > self.bytes) {
            let text = format!("{length} bytes at {start} of a file of {} bytes", self.bytes);
            return Err(ParquetError::EOF(text));
        }
        let mut buffer = vec![0; length];
        self.file.read_exact_at(&mut buffer, start)?;
        self.counter.fetch_add(length as u64, Ordering::Relaxed);
        Ok(buffer.into())
    }
}

/// The bytes from a place on.
pub(crate) struct FromPlace {
    file: Arc<File>,
    at: u64,
}

impl Read for FromPlace {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}
