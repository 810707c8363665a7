//! A whole run: reads all inputs, processes every chunk, writes every output.

use crate::ordered_writer::{OrderedWriter, OutputError, PlainSink, Sink};
use crate::source::{ReadingReport, Sources};
use crate::step::{ChunkOutput, Settings};
use crate::stop::Stop;
use crate::{channels, work_queue};
use std::io::Write;
use tidegate_engine::lines::Chunk;

/// Result of a run.
#[derive(Debug)]
pub struct Outcome<W> {
    /// The workers, with their counts.
    pub workers: Vec<W>,
    /// Result of reading.
    pub reading: ReadingReport,
    /// Whether everything was written and flushed.
    pub output: Result<(), OutputError>,
}

/// Reads `sources` to the end, lets workers process each chunk, and writes the outputs to
/// `out`.
///
/// `make` makes one worker on each thread; `step` processes one chunk by appending to an
/// empty buffer. A step that panics ends the run.
pub fn run<W, M, S>(
    sources: Sources,
    out: &mut (dyn Write + Send),
    settings: &Settings,
    stop: &Stop,
    make: M,
    step: S,
) -> Outcome<W>
where
    W: Send,
    M: Fn() -> W + Sync,
    S: Fn(&mut W, &Chunk, &mut Vec<u8>) + Sync,
{
    let step = |worker: &mut W, chunk: &Chunk, output: &mut ChunkOutput<()>| {
        step(worker, chunk, &mut output.bytes);
    };
    run_to(sources, &mut PlainSink(out), settings, stop, make, step)
}

/// As [`run`], for sinks that also record counts and positions.
pub fn run_to<W, T, M, S>(
    mut sources: Sources,
    out: &mut dyn Sink<T>,
    settings: &Settings,
    stop: &Stop,
    make: M,
    step: S,
) -> Outcome<W>
where
    W: Send,
    T: Default + Send,
    M: Fn() -> W + Sync,
    S: Fn(&mut W, &Chunk, &mut ChunkOutput<T>) + Sync,
{
    let writer = OrderedWriter::new(out, stop);
    let (workers, output) = if sources.are_regular() {
        work_queue::run(&mut sources, writer, settings, &make, &step)
    } else {
        channels::run(&mut sources, writer, settings, &make, &step)
    };
    let output = if stop.is_reader_gone() { Err(OutputError::ReaderGone) } else { output };
    Outcome { workers, reading: sources.into_report(), output }
}
