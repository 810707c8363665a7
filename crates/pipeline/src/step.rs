//! One step of a worker: a chunk of lines in, the bytes of its answers out.

use crate::place::{Drawn, Place};
use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tidegate_engine::lines::Chunk;

/// How the work is spread.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Workers.
    pub threads: NonZeroUsize,
    /// Write answers in input order.
    pub ordered: bool,
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

/// One step, with its panic caught and told.
pub(crate) fn answer<W, T: Default>(
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
