//! `--dead-letter`: the raw lines that are not usable posts, in a file.

use std::fs::File;
use std::io::{self, Write};
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::lines::{Chunk, Framing};
use tidegate_engine::output::UnreadableLine;
use tidegate_engine::post::{ErrorCode, Post};
use tidegate_pipeline::{ChunkOutput, Observer, RawOutput, Sink};

/// Where verdicts and dead letters are written: both in the order of the input.
pub struct LetterSink<'o> {
    /// For verdicts.
    pub out: &'o mut RawOutput,
    /// For lines.
    pub letters: &'o mut File,
}

impl Sink<Vec<u8>> for LetterSink<'_> {
    fn write(&mut self, output: &mut ChunkOutput<Vec<u8>>) -> io::Result<()> {
        // A line is kept before its verdict says that it is.
        self.letters.write_all(&output.counts)?;
        self.out.write_all(&output.bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.letters.sync_all().or_else(|error| match error.kind() {
            // Not a file on a disk.
            io::ErrorKind::InvalidInput => Ok(()),
            _ => Err(error),
        })?;
        self.out.flush()
    }
}

/// Collects the lines of a chunk that are not usable posts, and informs another observer.
pub struct Collector<'c, O> {
    /// The chunk being processed.
    pub chunk: &'c Chunk,
    /// The frames of the lines, if they are not ended by line ends.
    pub framing: Option<Framing>,
    /// The lines; blank ones and those that are too long to be read are left out.
    pub letters: &'c mut Vec<u8>,
    /// The other observer.
    pub inner: &'c mut O,
}

impl<O: Observer> Observer for Collector<'_, O> {
    fn post(&mut self, post: &Post<'_>, verdict: &Verdict<'_>) {
        self.inner.post(post, verdict);
    }

    fn skipped(&mut self) {
        self.inner.skipped();
    }

    fn unreadable(&mut self, line: &UnreadableLine<'_>) {
        self.inner.unreadable(line);
        if matches!(line.code, ErrorCode::Empty | ErrorCode::TooLong | ErrorCode::BadFrame) {
            return;
        }
        let start = self.letters.len();
        self.letters.extend_from_slice(self.chunk.record_at(line.offset));
        self.letters.push(b'\n');
        // A record of the input fits: its own frame had room for it.
        let enclosed = self.framing.map(|framing| framing.enclose(self.letters, start));
        debug_assert!(!matches!(enclosed, Some(Err(_))), "a record is shorter than its limit");
    }
}
