//! Reader → workers → writer, for inputs that may block, such as pipes.
//!
//! A fixed number of [`Job`]s circulates: the reader fills a job, a worker processes it, the
//! writer writes it in order and returns it. Every channel has room for all jobs, so sending
//! never blocks. The reader waits for a free job: this bounds memory and slows reading down
//! to the speed of writing.

use crate::ordered_writer::{OrderedWriter, OutputError};
use crate::position::ChunkOrigin;
use crate::source::Sources;
use crate::step::{ChunkOutput, Settings, process};
use crate::sync::{Receiver, Sender, bounded, thread};
use tidegate_engine::lines::Chunk;

/// A chunk and its output.
#[derive(Default)]
struct Job<T> {
    sequence: u64,
    chunk: Chunk,
    origin: Option<ChunkOrigin>,
    out: ChunkOutput<T>,
    /// Message of the panic, if the step panicked.
    panic: Option<String>,
}

/// Jobs in circulation: for each worker one in process and one waiting, one at the reader,
/// one at the writer.
fn jobs_for(threads: usize) -> usize {
    2 * threads + 2
}

pub(super) fn run<W, T, M, S>(
    sources: &mut Sources,
    mut writer: OrderedWriter<'_, T>,
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
    let threads = settings.threads.get();
    let jobs = jobs_for(threads);
    let (free_in, free_out) = bounded(jobs);
    let (work_in, work_out) = bounded(jobs);
    let (done_in, done_out) = bounded(jobs);
    for _ in 0..jobs {
        free_in.send(Job::default()).expect("the channel has room for all jobs");
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
            // If the system has no more threads, the run continues with fewer workers.
            Ok(first) => workers.extend(
                std::iter::once(first).chain((1..threads).map_while(|number| start(number).ok())),
            ),
            Err(error) => writer.fail(OutputError::Threads(error)),
        }
        // Drop our channel ends so that receivers see a disconnect. `free_in` moves into
        // `write`: if no worker started, the reader must not block forever.
        drop((work_out, done_in));
        write(&mut writer, settings.ordered, jobs, &done_out, free_in);
        let workers = workers.into_iter().filter_map(|worker| worker.join().ok()).collect();
        (workers, writer.finish())
    })
}

fn read<T>(sources: &mut Sources, free: Receiver<Job<T>>, work: Sender<Job<T>>) {
    let are_workers_idle = || work.is_empty();
    for (sequence, mut job) in (0..).zip(free) {
        job.sequence = sequence;
        if !sources.next(&mut job.chunk, &are_workers_idle) {
            return;
        }
        job.origin = sources.origin();
        if work.send(job).is_err() {
            return;
        }
    }
}

fn work_on<W, T: Default>(
    mut worker: W,
    step: &impl Fn(&mut W, &Chunk, &mut ChunkOutput<T>),
    work: Receiver<Job<T>>,
    done: Sender<Job<T>>,
) -> W {
    for mut job in work {
        job.panic = process(&mut worker, step, &job.chunk, job.origin, &mut job.out).err();
        // Sent even after a panic: a missing job would block all jobs after it.
        if done.send(job).is_err() {
            break;
        }
    }
    worker
}

fn write<T>(
    writer: &mut OrderedWriter<'_, T>,
    ordered: bool,
    jobs: usize,
    done: &Receiver<Job<T>>,
    free: Sender<Job<T>>,
) {
    // At most `jobs` sequence numbers are in flight, so each has its own slot.
    let mut waiting: Vec<Option<Job<T>>> = (0..jobs).map(|_| None).collect();
    let slot = |sequence: u64| (sequence % jobs as u64) as usize;
    let mut next = 0;
    for mut job in done {
        if !ordered {
            write_job(writer, &mut job);
            hand_back(&free, job);
            continue;
        }
        let sequence = job.sequence;
        waiting[slot(sequence)] = Some(job);
        while let Some(mut job) = waiting[slot(next)].take() {
            write_job(writer, &mut job);
            hand_back(&free, job);
            next += 1;
        }
    }
}

fn write_job<T>(writer: &mut OrderedWriter<'_, T>, job: &mut Job<T>) {
    writer.write(match job.panic.take() {
        Some(message) => Err(message),
        None => Ok(&mut job.out),
    });
}

fn hand_back<T>(free: &Sender<Job<T>>, job: Job<T>) {
    // Fails only if the reader has ended, which needs no more jobs.
    drop(free.send(job));
}
