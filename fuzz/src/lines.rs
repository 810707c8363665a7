//! Splitting a stream: the same lines at the same offsets for any sizes of reads.

use super::next;
use std::io::{self, Read};
use tidegate_engine::lines::{Chunk, Cut, CutError, Cutter, CutterSettings};

#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    Whole(usize, &'a [u8]),
    TooLong(usize),
}

/// A naive implementation.
fn slowly(stream: &[u8], line_bytes_max: usize) -> Vec<Line<'_>> {
    let mut at = if stream.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut lines = Vec::new();
    for line in stream[at..].split_inclusive(|byte| *byte == b'\n') {
        let length = line.strip_suffix(b"\n").unwrap_or(line).len();
        let is_long = length > line_bytes_max;
        lines.push(if is_long { Line::TooLong(at) } else { Line::Whole(at, line) });
        at += line.len();
    }
    lines
}

/// Returns at most `step` bytes per read, and interrupts every third read.
struct Drip<'a> {
    rest: &'a [u8],
    step: usize,
    calls: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = self.step.min(buffer.len()).min(self.rest.len());
        let (now, rest) = self.rest.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.rest = rest;
        Ok(length)
    }
}

/// Two sizes, a step and a bit pattern of stops, then the stream.
pub fn lines(mut data: &[u8]) {
    let chunk_bytes = 4 + next(&mut data) % 70;
    let line_bytes_max = 4 + next(&mut data) % 70;
    let step = 1 + next(&mut data) % 20;
    let habit = next(&mut data);
    let mut input = Drip { rest: data, step, calls: 0 };
    let mut cutter = Cutter::new(CutterSettings { chunk_bytes, line_bytes_max });
    let mut chunk = Chunk::default();
    let (mut got, mut calls) = (Vec::new(), 0);
    loop {
        let cut = cutter.next(&mut input, &mut chunk, || {
            calls += 1;
            (habit >> (calls % 8)) & 1 == 1
        });
        match cut {
            Ok(Cut::End) => break,
            Ok(Cut::Chunk) => {}
            Err(CutError::Utf16) => {
                assert!(data.starts_with(b"\xff\xfe") || data.starts_with(b"\xfe\xff"));
                return;
            }
            Err(CutError::Read(error)) => panic!("nothing fails here: {error}"),
        }
        let mut at = usize::try_from(chunk.offset()).expect("a short stream");
        if chunk.is_too_long() {
            got.push(Line::TooLong(at));
            continue;
        }
        assert!(!chunk.bytes().is_empty(), "a chunk of nothing");
        assert_eq!(chunk.is_unterminated(), !chunk.bytes().ends_with(b"\n"));
        for line in chunk.bytes().split_inclusive(|byte| *byte == b'\n') {
            assert_eq!(line, &data[at..at + line.len()]);
            got.push(Line::Whole(at, &data[at..at + line.len()]));
            at += line.len();
        }
    }
    assert_eq!(got, slowly(data, line_bytes_max));
    assert_eq!(cutter.offset(), data.len() as u64);
}
