//! One step of a worker: a chunk of lines in, its output out.

use crate::position::{ChunkOrigin, InputPosition};
use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tidegate_engine::lines::Chunk;

/// Threads and order of a run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Number of workers.
    pub threads: NonZeroUsize,
    /// Whether outputs are written in input order.
    pub ordered: bool,
}

/// The output of one chunk. Reused from chunk to chunk.
#[derive(Debug, Default)]
pub struct ChunkOutput<T> {
    /// Bytes to write.
    pub bytes: Vec<u8>,
    /// Counts of the chunk, for sinks that add them up.
    pub counts: T,
    /// End of the chunk in the inputs, if a later run could resume there and
    /// [`Sources::track_positions`] was called.
    ///
    /// [`Sources::track_positions`]: crate::source::Sources::track_positions
    pub position: Option<InputPosition>,
}

/// Runs one step. A panic is caught and returned as its message.
pub(crate) fn process<W, T: Default>(
    worker: &mut W,
    step: &impl Fn(&mut W, &Chunk, &mut ChunkOutput<T>),
    chunk: &Chunk,
    origin: Option<ChunkOrigin>,
    out: &mut ChunkOutput<T>,
) -> Result<(), String> {
    out.bytes.clear();
    out.counts = T::default();
    out.position = origin.and_then(|origin| InputPosition::after(origin, chunk));
    // After a panic the run ends, and only the counts of the worker are still used.
    let result = catch_unwind(AssertUnwindSafe(|| step(worker, chunk, out)));
    result.map_err(|panic| panic_text(&*panic))
}

/// The message of a caught panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}
