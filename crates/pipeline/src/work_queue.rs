//! Workers that read for themselves, for regular files: a chunk stays in the cache of the
//! core that read it.
//!
//! Each worker takes the next chunk and its sequence number under one lock, processes the
//! chunk, and writes the output when its sequence number is next. A worker that is early
//! leaves its output pending, to be written by the worker before it, and continues; it waits
//! only if too many outputs are pending. Memory is one chunk and two outputs per worker.

use crate::ordered_writer::{OrderedWriter, OutputError};
use crate::position::ChunkOrigin;
use crate::source::Sources;
use crate::step::{ChunkOutput, Settings, process};
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError, thread};
use tidegate_engine::lines::Chunk;

/// The sources and the sequence number of the next chunk.
struct SharedReader<'s> {
    sources: &'s mut Sources,
    next: u64,
}

/// The writer and the sequence number to be written next.
struct SharedWriter<'a, T> {
    writer: OrderedWriter<'a, T>,
    sequence: u64,
    /// Outputs that are not next.
    pending: Vec<Pending<T>>,
    pending_max: usize,
    /// Written outputs, for reuse.
    spare: Vec<ChunkOutput<T>>,
    /// Number of workers waiting for their turn.
    waiting: usize,
}

/// An output with its sequence number.
struct Pending<T> {
    sequence: u64,
    /// The message of the panic, if the step panicked.
    result: Result<(), String>,
    output: ChunkOutput<T>,
}

impl<T: Default> SharedWriter<'_, T> {
    /// Stores `output` if it is not next and there is room, and returns an empty one to
    /// reuse. Otherwise returns it as the error.
    fn store(&mut self, output: Pending<T>) -> Result<ChunkOutput<T>, Pending<T>> {
        if self.sequence == output.sequence || self.pending.len() >= self.pending_max {
            return Err(output);
        }
        self.pending.push(output);
        Ok(self.spare.pop().unwrap_or_default())
    }

    /// Writes the output that is next, and the pending ones that follow it. Returns it for
    /// reuse.
    fn write(&mut self, own: Pending<T>) -> ChunkOutput<T> {
        let mut output = own.output;
        self.writer.write(own.result.map(|()| &mut output));
        self.sequence += 1;
        let is_next = |sequence: u64| move |pending: &Pending<T>| pending.sequence == sequence;
        while let Some(at) = self.pending.iter().position(is_next(self.sequence)) {
            let mut next = self.pending.swap_remove(at);
            self.writer.write(next.result.map(|()| &mut next.output));
            self.spare.push(next.output);
            self.sequence += 1;
        }
        output
    }
}

pub(super) fn run<W, T, M, S>(
    sources: &mut Sources,
    writer: OrderedWriter<'_, T>,
    settings: &Settings,
    make: &M,
    step: &S,
) -> (Vec<W>, Result<(), OutputError>)
where
    W: Send,
    T: Default + Send,
    M: Fn() -> W + Sync,
    S: Fn(&mut W, &Chunk, &mut ChunkOutput<T>) + Sync,
{
    let reader = Mutex::new(SharedReader { sources, next: 0 });
    let pending_max = if settings.ordered { settings.threads.get() } else { 0 };
    let shared = Mutex::new(SharedWriter {
        writer,
        sequence: 0,
        pending: Vec::with_capacity(pending_max),
        pending_max,
        spare: Vec::with_capacity(pending_max),
        waiting: 0,
    });
    let turn = Condvar::new();
    let work = || {
        let mut worker = make();
        let mut chunk = Chunk::default();
        let mut output = ChunkOutput::default();
        while let Some((sequence, origin)) = take(&reader, &mut chunk) {
            let result = process(&mut worker, step, &chunk, origin, &mut output);
            let sequence = if settings.ordered { Some(sequence) } else { None };
            let has_failed;
            (output, has_failed) = hand_over(&shared, &turn, sequence, result, output);
            if has_failed {
                break;
            }
        }
        worker
    };
    let workers = thread::scope(|scope| {
        // If the system has no more threads, the run continues with fewer workers.
        let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..settings.threads.get()).map_while(start).collect();
        let own = work();
        let others = others.into_iter().filter_map(|worker| worker.join().ok());
        std::iter::once(own).chain(others).collect()
    });
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    (workers, shared.writer.finish())
}

/// Writes an output, or stores it to be written later; without a sequence number it is
/// written at once. Returns an output to reuse, and whether writing has failed.
fn hand_over<T: Default>(
    shared: &Mutex<SharedWriter<'_, T>>,
    turn: &Condvar,
    sequence: Option<u64>,
    result: Result<(), String>,
    output: ChunkOutput<T>,
) -> (ChunkOutput<T>, bool) {
    let mut shared = lock(shared);
    let sequence = sequence.unwrap_or(shared.sequence);
    let mut own = Pending { sequence, result, output };
    loop {
        own = match shared.store(own) {
            Ok(next) => return (next, shared.writer.has_failed()),
            Err(own) => own,
        };
        if shared.sequence == sequence {
            break;
        }
        shared.waiting += 1;
        shared = turn.wait(shared).unwrap_or_else(PoisonError::into_inner);
        shared.waiting -= 1;
    }
    let output = shared.write(own);
    if shared.waiting > 0 {
        turn.notify_all();
    }
    (output, shared.writer.has_failed())
}

/// Reads the next chunk; returns its sequence number and origin, or `None` at the end.
fn take(reader: &Mutex<SharedReader<'_>>, chunk: &mut Chunk) -> Option<(u64, Option<ChunkOrigin>)> {
    let mut reader = lock(reader);
    if !reader.sources.next(chunk, &|| false) {
        return None;
    }
    reader.next += 1;
    Some((reader.next - 1, reader.sources.origin()))
}

/// Ignores poisoning: the guarded data is consistent even after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
