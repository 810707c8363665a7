//! The threads of the stream: inputs in, answers out, in input order.
//!
//! What is done with a chunk is a function given by the caller; [`Judge`] is the one that
//! makes verdicts, the rest knows nothing of posts or rules. Promised, for every number of threads and every way the bytes arrive:
//!
//! * answers leave in input order (unless asked otherwise), each chunk's in one write;
//! * at most `2 × threads + 2` chunks and their answers are held, whatever the stream;
//! * a stop (signal, output failed, reader gone) ends reading; whole lines already read
//!   are answered and written;
//! * no thread waits for one that has ended.

mod checkpoint;
mod delivery;
mod judge;
mod place;
mod recorder;
mod source;
mod stop;
mod stream;
mod tickets;

pub use checkpoint::{Checkpoint, InputMark, Terms};
pub use delivery::{Outlet, OutputFault, RawOutput};
pub use judge::{Judge, JudgeScratch, Selection, Watch};
pub use place::Place;
pub use recorder::Recorder;
pub use source::{Fault, Input, Packing, ReadingReport, Sources};
pub use stop::{Stop, Wait};

use crate::lines::Chunk;
use delivery::{Delivery, Plain};
use place::Drawn;
use std::any::Any;
use std::io::Write;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How the work is spread.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Workers.
    pub threads: NonZeroUsize,
    /// Write answers in input order.
    pub ordered: bool,
}

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

/// What was made of one chunk. Reused from chunk to chunk.
#[derive(Debug, Default)]
pub struct Answer<T> {
    /// What is to be written.
    pub bytes: Vec<u8>,
    /// What was counted, for outlets that keep counts.
    pub counts: T,
    /// Where the lines end, if a later run could go on from there and
    /// [`Sources::keep_places`] asked for it.
    pub place: Option<Place>,
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

/// One step, with its panic caught and told.
fn answer<W, T: Default>(
    worker: &mut W,
    step: &impl Fn(&mut W, &Chunk, &mut Answer<T>),
    chunk: &Chunk,
    drawn: Option<Drawn>,
    out: &mut Answer<T>,
) -> Result<(), String> {
    out.bytes.clear();
    out.counts = T::default();
    out.place = drawn.and_then(|drawn| Place::after(drawn, chunk));
    // After a panic the worker is only asked for its counts, and the run ends.
    let result = catch_unwind(AssertUnwindSafe(|| step(worker, chunk, out)));
    result.map_err(|panic| panic_text(&*panic))
}

/// What a caught panic says.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}

#[cfg(test)]
mod tests;
