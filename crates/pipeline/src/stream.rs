//! Reader → workers → writer, for inputs that may have to be waited for.
//!
//! A fixed number of [`Job`]s goes round: filled by the reader, answered by a worker, put
//! in order and written, handed back. Every queue has room for all of them, so sending
//! never blocks; the reader waits for a free job, and that is what bounds memory and
//! slows the input down to the pace of the output.

use crate::delivery::{Delivery, OutputFault};
use crate::place::Drawn;
use crate::source::Sources;
use crate::step::{Answer, Settings, answer};
use crate::sync::{Receiver, Sender, bounded, thread};
use tidegate_engine::lines::Chunk;

/// A chunk and what was made of it.
#[derive(Default)]
struct Job<T> {
    number: u64,
    chunk: Chunk,
    drawn: Option<Drawn>,
    out: Answer<T>,
    /// Why there is no answer.
    panic: Option<String>,
}

/// Jobs in flight: for each worker one in hand and one waiting, one at the reader, one at
/// the writer.
fn jobs_for(threads: usize) -> usize {
    2 * threads + 2
}

pub(super) fn run<W, T, M, S>(
    sources: &mut Sources,
    mut delivery: Delivery<'_, T>,
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
    let threads = settings.threads.get();
    let jobs = jobs_for(threads);
    let (free_in, free_out) = bounded(jobs);
    let (work_in, work_out) = bounded(jobs);
    let (done_in, done_out) = bounded(jobs);
    for _ in 0..jobs {
        free_in.send(Job::default()).expect("the queue has room for all jobs");
    }
    thread::scope(|scope| {
        let reader =
            thread::Builder::new().spawn_scoped(scope, || read(sources, free_out, work_in));
        let start = |_| {
            let (work, done) = (work_out.clone(), done_in.clone());
            let work = move || work_on(make(), step, work, done);
            thread::Builder::new().spawn_scoped(scope, work)
        };
        let mut workers = Vec::new();
        match reader.map(drop).and_then(|()| start(0)) {
            // Where the system has no thread left for more, fewer workers do.
            Ok(first) => workers.extend(
                std::iter::once(first).chain((1..threads).map_while(|number| start(number).ok())),
            ),
            Err(error) => delivery.fail(OutputFault::Threads(error)),
        }
        // Queues end when their last holder does: only those at work may hold them. That of
        // free jobs goes with the writing: where no worker started, the reader would else
        // wait for a job for ever.
        drop((work_out, done_in));
        write(&mut delivery, settings.ordered, jobs, &done_out, free_in);
        let workers = workers.into_iter().filter_map(|worker| worker.join().ok()).collect();
        (workers, delivery.finish())
    })
}

fn read<T>(sources: &mut Sources, free: Receiver<Job<T>>, work: Sender<Job<T>>) {
    let are_workers_idle = || work.is_empty();
    for (number, mut job) in (0..).zip(free) {
        job.number = number;
        if !sources.next(&mut job.chunk, &are_workers_idle) {
            return;
        }
        job.drawn = sources.drawn();
        if work.send(job).is_err() {
            return;
        }
    }
}

fn work_on<W, T: Default>(
    mut worker: W,
    step: &impl Fn(&mut W, &Chunk, &mut Answer<T>),
    work: Receiver<Job<T>>,
    done: Sender<Job<T>>,
) -> W {
    for mut job in work {
        job.panic = answer(&mut worker, step, &job.chunk, job.drawn, &mut job.out).err();
        // Sent whatever happened: a job that is kept would hold up all after it.
        if done.send(job).is_err() {
            break;
        }
    }
    worker
}

fn write<T>(
    delivery: &mut Delivery<'_, T>,
    ordered: bool,
    jobs: usize,
    done: &Receiver<Job<T>>,
    free: Sender<Job<T>>,
) {
    // No more than `jobs` numbers are under way at once, so each has a place of its own.
    let mut waiting: Vec<Option<Job<T>>> = (0..jobs).map(|_| None).collect();
    let place = |number: u64| (number % jobs as u64) as usize;
    let mut next = 0;
    for mut job in done {
        if !ordered {
            deliver(delivery, &mut job);
            hand_back(&free, job);
            continue;
        }
        let number = job.number;
        waiting[place(number)] = Some(job);
        while let Some(mut job) = waiting[place(next)].take() {
            deliver(delivery, &mut job);
            hand_back(&free, job);
            next += 1;
        }
    }
}

fn deliver<T>(delivery: &mut Delivery<'_, T>, job: &mut Job<T>) {
    delivery.deliver(match job.panic.take() {
        Some(message) => Err(message),
        None => Ok(&mut job.out),
    });
}

fn hand_back<T>(free: &Sender<Job<T>>, job: Job<T>) {
    // Refused only when the reader has ended: nobody needs the job then.
    drop(free.send(job));
}
