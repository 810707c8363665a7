//! A whole run: inputs read to their end, every chunk answered and written.

use crate::delivery::{Delivery, Outlet, OutputFault, Plain};
use crate::source::{ReadingReport, Sources};
use crate::step::{Answer, Settings};
use crate::stop::Stop;
use crate::{stream, tickets};
use std::io::Write;
use tidegate_engine::lines::Chunk;

/// What a run came to.
#[derive(Debug)]
pub struct Outcome<W> {
    /// The workers, with what they counted.
    pub workers: Vec<W>,
    /// What reading came to.
    pub reading: ReadingReport,
    /// Whether everything was written and flushed.
    pub output: Result<(), OutputFault>,
}

/// Reads `sources` to their end, lets workers answer each chunk, and writes the answers
/// to `out`.
///
/// Each worker is made by `make` on its own thread; `step` answers one chunk by appending
/// to an empty buffer. A step that panics ends the run.
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
    let step = |worker: &mut W, chunk: &Chunk, answer: &mut Answer<()>| {
        step(worker, chunk, &mut answer.bytes);
    };
    run_to(sources, &mut Plain(out), settings, stop, make, step)
}

/// As [`run`], for outlets that also keep account of what they were given.
pub fn run_to<W, T, M, S>(
    mut sources: Sources,
    out: &mut dyn Outlet<T>,
    settings: &Settings,
    stop: &Stop,
    make: M,
    step: S,
) -> Outcome<W>
where
    W: Send,
    T: Default + Send,
    M: Fn() -> W + Sync,
    S: Fn(&mut W, &Chunk, &mut Answer<T>) + Sync,
{
    let delivery = Delivery::new(out, stop);
    let (workers, output) = if sources.are_regular() {
        tickets::run(&mut sources, delivery, settings, &make, &step)
    } else {
        stream::run(&mut sources, delivery, settings, &make, &step)
    };
    let output = if stop.is_reader_gone() { Err(OutputFault::ReaderGone) } else { output };
    Outcome { workers, reading: sources.into_report(), output }
}
