//! Workers that read for themselves, for files: a chunk stays hot in the cache of the
//! core that read it.
//!
//! Each worker draws the next chunk and a ticket under one lock, answers the chunk, and
//! writes when its ticket is called. A worker that is early leaves its answer to whoever
//! writes the one before, and goes on; it waits only when so many are left already.
//! Memory is one chunk and two answers a worker.

use crate::delivery::{Delivery, OutputFault};
use crate::place::Drawn;
use crate::source::Sources;
use crate::step::{Answer, Settings};
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError, thread};
use tidegate_engine::lines::Chunk;

/// The sources and the number of the next chunk.
struct Drawer<'s> {
    sources: &'s mut Sources,
    next: u64,
}

/// The output and the ticket whose turn it is.
struct Counter<'a, T> {
    delivery: Delivery<'a, T>,
    called: u64,
    /// Answers whose turn has not come.
    early: Vec<Early<T>>,
    early_max: usize,
    /// Answers that were written, to be filled anew.
    spare: Vec<Answer<T>>,
    /// Workers that wait for their turn.
    waiting: usize,
}

/// An answer that was made before the one that it follows.
struct Early<T> {
    ticket: u64,
    made: Result<(), String>,
    answer: Answer<T>,
}

impl<T: Default> Counter<'_, T> {
    /// Takes the answer in `early` if it cannot be written yet and there is room; gives
    /// another in its place to be filled.
    fn leave(&mut self, early: Early<T>) -> Result<Answer<T>, Early<T>> {
        if self.called == early.ticket || self.early.len() >= self.early_max {
            return Err(early);
        }
        self.early.push(early);
        Ok(self.spare.pop().unwrap_or_default())
    }

    /// Writes the answer whose turn it is, and those after it that were left. Gives it
    /// back to be filled.
    fn write(&mut self, own: Early<T>) -> Answer<T> {
        let mut answer = own.answer;
        self.delivery.deliver(own.made.map(|()| &mut answer));
        self.called += 1;
        let is_next = |called: u64| move |early: &Early<T>| early.ticket == called;
        while let Some(at) = self.early.iter().position(is_next(self.called)) {
            let mut next = self.early.swap_remove(at);
            self.delivery.deliver(next.made.map(|()| &mut next.answer));
            self.spare.push(next.answer);
            self.called += 1;
        }
        answer
    }
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
    let early_max = if settings.ordered { settings.threads.get() } else { 0 };
    let counter = Mutex::new(Counter {
        delivery,
        called: 0,
        early: Vec::with_capacity(early_max),
        early_max,
        spare: Vec::with_capacity(early_max),
        waiting: 0,
    });
    let turn = Condvar::new();
    let serve = || {
        let mut worker = make();
        let mut chunk = Chunk::default();
        let mut answer = Answer::default();
        while let Some((ticket, drawn)) = draw(&drawer, &mut chunk) {
            let made = crate::step::answer(&mut worker, step, &chunk, drawn, &mut answer);
            let ticket = if settings.ordered { Some(ticket) } else { None };
            let has_failed;
            (answer, has_failed) = hand_over(&counter, &turn, ticket, made, answer);
            if has_failed {
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

/// Writes an answer, or leaves it to be written in its turn; without a ticket every turn is
/// right. Gives an answer to be filled, and whether writing has failed.
fn hand_over<T: Default>(
    counter: &Mutex<Counter<'_, T>>,
    turn: &Condvar,
    ticket: Option<u64>,
    made: Result<(), String>,
    answer: Answer<T>,
) -> (Answer<T>, bool) {
    let mut counter = lock(counter);
    let ticket = ticket.unwrap_or(counter.called);
    let mut own = Early { ticket, made, answer };
    loop {
        own = match counter.leave(own) {
            Ok(next) => return (next, counter.delivery.has_failed()),
            Err(own) => own,
        };
        if counter.called == ticket {
            break;
        }
        counter.waiting += 1;
        counter = turn.wait(counter).unwrap_or_else(PoisonError::into_inner);
        counter.waiting -= 1;
    }
    let answer = counter.write(own);
    if counter.waiting > 0 {
        turn.notify_all();
    }
    (answer, counter.delivery.has_failed())
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
