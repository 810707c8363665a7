//! The bytes of a regular file, at any place.

use crate::stop::Stop;
use std::fs::File;
use std::io::{self, Read};
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

    /// The rows of a Parquet file; `None` if the program was built without them.
    pub fn parquet(self, line_bytes_max: usize) -> Option<Box<dyn Read + Send>> {
        #[cfg(feature = "parquet")]
        return Some(Box::new(super::parquet::Rows::new(self, line_bytes_max)));
        #[cfg(not(feature = "parquet"))]
        {
            let _ = line_bytes_max;
            None
        }
    }
}
