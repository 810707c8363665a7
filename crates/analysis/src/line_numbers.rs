//! Line numbers of a file whose chunks are read out of order.
//!
//! A worker knows the byte offset of its chunk but not how many lines precede it. It keeps a
//! [`LinePosition`] for a line; once the data of all workers are merged, [`LineNumbers`] converts
//! it to the line number.

use tidegate_engine::lines::Chunk;

/// Position of a line whose number is not known yet. Ordered as in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePosition {
    /// Byte offset of the chunk in the file.
    chunk: u64,
    /// Lines of the chunk before it.
    line: u32,
}

/// The chunks of a file that were read, in any order.
#[derive(Debug, Default)]
pub struct ChunkLines {
    /// Byte offset and number of lines of each chunk.
    chunks: Vec<(u64, u32)>,
}

/// Converts positions in a file to line numbers.
#[derive(Debug, Default)]
pub struct LineNumbers {
    /// Byte offset of each chunk, and the number of lines before it.
    chunks: Vec<(u64, u64)>,
}

impl LinePosition {
    /// Position of line `index` of `chunk`, counted from 0.
    pub fn new(chunk: &Chunk, index: usize) -> LinePosition {
        LinePosition { chunk: chunk.offset(), line: index as u32 }
    }
}

impl ChunkLines {
    /// Records a chunk and its number of lines.
    pub fn note(&mut self, chunk: &Chunk, lines: usize) {
        self.chunks.push((chunk.offset(), lines as u32));
    }

    /// Adds the chunks of another worker.
    pub fn merge(&mut self, other: ChunkLines) {
        self.chunks.extend(other.chunks);
    }

    /// Builds the lookup, once all chunks are recorded.
    pub fn into_lines(mut self) -> LineNumbers {
        self.chunks.sort_unstable();
        let mut before = 0;
        let numbered = self.chunks.into_iter().map(|(offset, lines)| {
            let start = before;
            before += u64::from(lines);
            (offset, start)
        });
        LineNumbers { chunks: numbered.collect() }
    }
}

impl LineNumbers {
    /// The number of a line, from 1.
    pub fn number(&self, at: LinePosition) -> u64 {
        let found = self.chunks.binary_search_by_key(&at.chunk, |(offset, _)| *offset);
        found.map_or(0, |chunk| self.chunks[chunk].1) + u64::from(at.line) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_numbers_do_not_depend_on_the_order_of_chunks() {
        let mut chunks = ChunkLines { chunks: vec![(90, 1), (0, 3)] };
        chunks.merge(ChunkLines { chunks: vec![(40, 2)] });
        let lines = chunks.into_lines();
        let number = |chunk, line| lines.number(LinePosition { chunk, line });
        let numbers = [number(0, 0), number(0, 2), number(40, 0), number(40, 1), number(90, 0)];
        assert_eq!(numbers, [1, 3, 4, 5, 6]);
    }
}
