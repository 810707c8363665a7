//! The bytes of a regular file, at any place.

use crate::stop::Stop;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A regular file that is read at any place, until the run is stopped.
#[derive(Clone)]
#[cfg_attr(not(feature = "parquet"), allow(dead_code))]
pub(crate) struct RandomAccess {
    pub file: Arc<File>,
    /// Length of the file.
    pub bytes: u64,
    pub stop: Stop,
    /// Counts the bytes read.
    pub counter: Arc<AtomicU64>,
}

impl RandomAccess {
    pub fn new(file: Arc<File>, stop: Stop, counter: Arc<AtomicU64>) -> io::Result<RandomAccess> {
        let bytes = file.metadata()?.len();
        Ok(RandomAccess { file, bytes, stop, counter })
    }
}
