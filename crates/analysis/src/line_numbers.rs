//! LineNumbers of a file that is read out of order: where they are, and their numbers.
//!
//! A worker knows the byte at which its chunk starts, not how many lines came before. It
//! notes [`LinePosition`] for a line; once all workers are joined, [`LineNumbers`] tells its number.

use tidegate_engine::lines::Chunk;

/// A line of a file, before its number is known. In order of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePosition {
    /// Byte of the file at which the chunk starts.
    chunk: u64,
    /// LineNumbers of the chunk before it.
    line: u32,
}

/// The chunks of a file that were read, in any order.
#[derive(Debug, Default)]
pub struct ChunkLines {
    /// Byte and number of lines of each.
    chunks: Vec<(u64, u32)>,
}

/// The numbers of a file's lines.
#[derive(Debug, Default)]
pub struct LineNumbers {
    /// Byte of each chunk, and the lines before it.
    chunks: Vec<(u64, u64)>,
}

impl LinePosition {
    /// Line `index` of `chunk`, from 0.
    pub fn new(chunk: &Chunk, index: usize) -> LinePosition {
        LinePosition { chunk: chunk.offset(), line: index as u32 }
    }
}

impl ChunkLines {
    /// A chunk of so many lines.
    pub fn note(&mut self, chunk: &Chunk, lines: usize) {
        self.chunks.push((chunk.offset(), lines as u32));
    }

    /// Adds the chunks of another worker.
    pub fn merge(&mut self, other: ChunkLines) {
        self.chunks.extend(other.chunks);
    }

    /// All are noted: line numbers may be asked for.
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
    fn lines_have_their_numbers_in_whatever_order_chunks_are_noted() {
        let mut chunks = ChunkLines { chunks: vec![(90, 1), (0, 3)] };
        chunks.merge(ChunkLines { chunks: vec![(40, 2)] });
        let lines = chunks.into_lines();
        let number = |chunk, line| lines.number(LinePosition { chunk, line });
        let numbers = [number(0, 0), number(0, 2), number(40, 0), number(40, 1), number(90, 0)];
        assert_eq!(numbers, [1, 3, 4, 5, 6]);
    }
}
