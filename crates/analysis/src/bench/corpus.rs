//! The corpus of a benchmark, in memory.

/// Posts in memory, as chunks of whole lines.
#[derive(Debug, Default)]
pub struct Corpus {
    chunks: Vec<Vec<u8>>,
    bytes: u64,
    lines: u64,
}

impl Corpus {
    /// Adds whole lines.
    pub fn push(&mut self, lines: &[u8]) {
        if !lines.is_empty() {
            self.bytes += lines.len() as u64;
            self.lines += memchr::memchr_iter(b'\n', lines).count() as u64;
            self.lines += u64::from(lines.last() != Some(&b'\n'));
            self.chunks.push(lines.to_vec());
        }
    }

    /// Number of bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Number of lines.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The chunks.
    pub fn chunks(&self) -> &[Vec<u8>] {
        &self.chunks
    }
}
