//! Workers that read for themselves, for files: a chunk stays hot in the cache of the
//! core that read it.
//!
//! Each worker draws the next chunk and a ticket under one lock, answers the chunk, and
//! writes when its ticket is called. Memory is one chunk and its answer a worker.

use super::delivery::{Delivery, OutputFault};
use super::place::Drawn;
use super::source::Sources;
use super::{Answer, Settings, answer};
use crate::lines::Chunk;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The sources and the number of the next chunk.
struct Drawer<'s> {
    sources: &'s mut Sources,
    next: u64,
}

/// The output and the ticket whose turn it is.
struct Counter<'a, T> {
    delivery: Delivery<'a, T>,
    called: u64,
}

pub(super) fn run<W, T, M, S>(
    sources: &mut Sources,
    delivery: Delivery<'_, T>,
    settings: &Settings,
    make: &M,
    step: &S,
) -> (Vec<W>, Result<(), OutputFault>)
where
    W: Send,
    T: Default + Send,
    M: Fn() -> W + Sync,
    S: Fn(&mut W, &Chunk, &mut Answer<T>) + Sync,
{
    let drawer = Mutex::new(Drawer { sources, next: 0 });
    let counter = Mutex::new(Counter { delivery, called: 0 });
    let turn = Condvar::new();
    let serve = || {
        let mut worker = make();
        let mut chunk = Chunk::default();
        let mut out = Answer::default();
        while let Some((ticket, drawn)) = draw(&drawer, &mut chunk) {
            let made = answer(&mut worker, step, &chunk, drawn, &mut out);
            let mut counter = lock(&counter);
            while settings.ordered && counter.called != ticket {
                counter = turn.wait(counter).unwrap_or_else(PoisonError::into_inner);
            }
            counter.delivery.deliver(made.map(|()| &mut out));
            counter.called += 1;
            turn.notify_all();
            if counter.delivery.has_failed() {
                break;
            }
        }
        worker
    };
    let workers = thread::scope(|scope| {
        // Where the system has no thread left, fewer workers do.
        let start = |_| thread::Builder::new().spawn_scoped(scope, serve).ok();
        let others: Vec<_> = (1..settings.threads.get()).map_while(start).collect();
        let own = serve();
        let others = others.into_iter().filter_map(|worker| worker.join().ok());
        std::iter::once(own).chain(others).collect()
    });
    let counter = counter.into_inner().unwrap_or_else(PoisonError::into_inner);
    (workers, counter.delivery.finish())
}

fn draw(drawer: &Mutex<Drawer<'_>>, chunk: &mut Chunk) -> Option<(u64, Option<Drawn>)> {
    let mut drawer = lock(drawer);
    if !drawer.sources.next(chunk, &|| false) {
        return None;
    }
    drawer.next += 1;
    Some((drawer.next - 1, drawer.sources.drawn()))
}

/// A lock whose holder panicked is still good: what it guards changes in whole steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
