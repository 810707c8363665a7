//! Spreads the lines of standard input over threads and writes the answers in order.
//!
//! Each worker takes the next chunk of whole lines and its sequence number under one lock, answers
//! it, and writes when its number is next: the fastest simple design for a file.

use crate::error::Error;
use crate::post::Tally;
use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex};

/// Size of a chunk in bytes; larger only if a single line is.
const CHUNK_BYTES: usize = 256 << 10;

/// The source of chunks.
struct Source {
    /// Beginning of the line at which the last chunk was split.
    rest: Vec<u8>,
    taken: u64,
    ended: bool,
}

/// Runs `judge` on every line of standard input; it appends an answer and returns the number of
/// hits.
pub fn run<W>(
    threads: usize,
    worker: impl Fn() -> W + Sync,
    judge: impl Fn(&mut W, &[u8], &mut Vec<u8>) -> Option<u64> + Sync,
) -> Result<Tally, Error> {
    let source = Mutex::new(Source { rest: Vec::new(), taken: 0, ended: false });
    let (turn, changed) = (Mutex::new(0_u64), Condvar::new());
    let work = || -> io::Result<Tally> {
        let (mut own, mut tally) = (worker(), Tally::default());
        let (mut chunk, mut answers) = (Vec::new(), Vec::new());
        loop {
            let next = take_chunk(&mut source.lock().expect("no worker fails"), &mut chunk)?;
            let Some(number) = next else { return Ok(tally) };
            answers.clear();
            for line in chunk.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                if let Some(hits) = judge(&mut own, line, &mut answers) {
                    tally.count(hits);
                }
            }
            let mut turn = turn.lock().expect("no worker fails");
            while *turn != number {
                turn = changed.wait(turn).expect("no worker fails");
            }
            io::stdout().write_all(&answers)?;
            *turn += 1;
            changed.notify_all();
        }
    };
    let mut total = Tally::default();
    std::thread::scope(|scope| -> Result<(), Error> {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            total.add(worker.join().map_err(|_| "a worker failed")??);
        }
        Ok(())
    })?;
    io::stdout().flush()?;
    Ok(total)
}

/// Fills `chunk` with whole lines and returns its sequence number; `None` at the end of the input.
fn take_chunk(source: &mut Source, chunk: &mut Vec<u8>) -> io::Result<Option<u64>> {
    if source.ended {
        return Ok(None);
    }
    chunk.clear();
    chunk.append(&mut source.rest);
    loop {
        let from = chunk.len();
        let read = io::stdin().lock().take(CHUNK_BYTES as u64).read_to_end(chunk)?;
        if read < CHUNK_BYTES {
            source.ended = true;
            break;
        }
        if let Some(end) = chunk[from..].iter().rposition(|byte| *byte == b'\n') {
            source.rest.extend_from_slice(&chunk[from + end + 1..]);
            chunk.truncate(from + end + 1);
            break;
        }
    }
    source.taken += 1;
    Ok((!chunk.is_empty()).then(|| source.taken - 1))
}
