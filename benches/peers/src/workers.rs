//! Lines of standard input spread over threads, answers in order.
//!
//! Each worker draws the next chunk of whole lines and a ticket under one lock, answers it,
//! and writes when its ticket is called: the fastest simple shape for a file.

use crate::error::Error;
use crate::post::Tally;
use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex};

/// Bytes of a chunk; more only to hold one line.
const CHUNK_BYTES: usize = 256 << 10;

/// Where chunks come from.
struct Source {
    /// Of the line that the last chunk cut.
    rest: Vec<u8>,
    tickets: u64,
    ended: bool,
}

/// Runs `judge` on every line of standard input: it appends an answer and returns the hits.
pub fn run<W>(
    threads: usize,
    worker: impl Fn() -> W + Sync,
    judge: impl Fn(&mut W, &[u8], &mut Vec<u8>) -> Option<u64> + Sync,
) -> Result<Tally, Error> {
    let source = Mutex::new(Source { rest: Vec::new(), tickets: 0, ended: false });
    let (turn, called) = (Mutex::new(0_u64), Condvar::new());
    let work = || -> io::Result<Tally> {
        let (mut own, mut tally) = (worker(), Tally::default());
        let (mut chunk, mut answers) = (Vec::new(), Vec::new());
        loop {
            let drawn = draw(&mut source.lock().expect("no worker fails"), &mut chunk)?;
            let Some(ticket) = drawn else { return Ok(tally) };
            answers.clear();
            for line in chunk.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                if let Some(hits) = judge(&mut own, line, &mut answers) {
                    tally.count(hits);
                }
            }
            let mut turn = turn.lock().expect("no worker fails");
            while *turn != ticket {
                turn = called.wait(turn).expect("no worker fails");
            }
            io::stdout().write_all(&answers)?;
            *turn += 1;
            called.notify_all();
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

/// Fills `chunk` with whole lines and returns its ticket; `None` at the end.
fn draw(source: &mut Source, chunk: &mut Vec<u8>) -> io::Result<Option<u64>> {
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
    source.tickets += 1;
    Ok((!chunk.is_empty()).then(|| source.tickets - 1))
}
