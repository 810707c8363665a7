//! The threads that judge, and the queue before them.
//!
//! A job is one chunk of lines, or another task that takes a while (an explanation, a reload). A
//! permit of the queue belongs to each job from its acceptance to its end, so that the number of
//! chunks in memory has a limit. A job whose client went away is dropped before it is judged.

use crate::error::Refusal;
use crate::metrics::Metrics;
use crate::reading::Reading;
use crate::ruleset::Ruleset;
use crate::state;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::lines::Chunk;
use tidegate_engine::output::{Encoder, Labels, Style};
use tidegate_pipeline::{LineProcessor, ProcessorScratch};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

/// Accepts jobs. The threads end when all copies of it are gone.
#[derive(Clone, Debug)]
pub struct Judges {
    jobs: Sender<Job>,
    room: Arc<Semaphore>,
    capacity: usize,
    threads: usize,
}

/// The verdicts of one chunk.
#[derive(Debug)]
pub struct Judged {
    /// Lines of JSON.
    pub verdicts: Vec<u8>,
    /// What the state is to know of the lines, if the service keeps one.
    pub seen: Option<state::Seen>,
    /// Number of lines judged.
    pub lines: u64,
    /// The chunk, to be filled again.
    pub chunk: Chunk,
}

/// What a thread does.
enum Job {
    Chunk(Box<ChunkJob>),
    Task(Task, OwnedSemaphorePermit),
    /// Drops what belongs to sets that were replaced.
    Forget,
}

type Task = Box<dyn FnOnce() + Send>;

struct ChunkJob {
    set: Arc<Ruleset>,
    reading: Arc<Reading>,
    chunk: Chunk,
    reply: oneshot::Sender<Judged>,
    _permit: OwnedSemaphorePermit,
}

/// Room for one job.
pub struct Room(OwnedSemaphorePermit);

impl Judges {
    /// Starts `threads` threads with room for `queue` jobs. Lines are limited to `line_bytes_max`.
    ///
    /// # Errors
    ///
    /// When the system starts no more threads.
    pub fn start(
        threads: NonZeroUsize,
        queue: usize,
        line_bytes_max: usize,
        metrics: &Arc<Metrics>,
    ) -> std::io::Result<(Judges, Vec<JoinHandle<()>>)> {
        let (jobs, waiting) = unbounded();
        let mut handles = Vec::new();
        for at in 0..threads.get() {
            let (waiting, metrics) = (waiting.clone(), metrics.clone());
            let run = move || Judge { line_bytes_max, metrics }.run(&waiting);
            handles.push(Builder::new().name(format!("judge-{at}")).spawn(run)?);
        }
        let (room, threads) = (Arc::new(Semaphore::new(queue)), threads.get());
        Ok((Judges { jobs, room, capacity: queue, threads }, handles))
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Jobs that are judged or wait for it.
    pub fn queued(&self) -> usize {
        self.capacity - self.room.available_permits()
    }

    /// Room for a job of a new request.
    ///
    /// # Errors
    ///
    /// The queue is full, or the service stops.
    pub fn try_room(&self) -> Result<Room, Refusal> {
        match self.room.clone().try_acquire_owned() {
            Ok(permit) => Ok(Room(permit)),
            Err(TryAcquireError::NoPermits) => Err(Refusal::overloaded("the queue is full")),
            Err(TryAcquireError::Closed) => Err(Refusal::internal()),
        }
    }

    /// Waits for room, for a further job of a request that was accepted.
    ///
    /// # Errors
    ///
    /// The service stops.
    pub async fn room(&self) -> Result<Room, Refusal> {
        let permit = self.room.clone().acquire_owned().await;
        permit.map(Room).map_err(|_| Refusal::internal())
    }

    /// Judges `chunk`; the answer comes through the receiver, unless judging panics.
    pub fn judge(
        &self,
        room: Room,
        set: &Arc<Ruleset>,
        reading: &Arc<Reading>,
        chunk: Chunk,
    ) -> oneshot::Receiver<Judged> {
        let (reply, receiver) = oneshot::channel();
        let (set, reading) = (set.clone(), reading.clone());
        self.send(Job::Chunk(Box::new(ChunkJob { set, reading, chunk, reply, _permit: room.0 })));
        receiver
    }

    /// Runs `task` on one of the threads.
    ///
    /// # Errors
    ///
    /// The task panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        room: Room,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, receiver) = oneshot::channel();
        let task = move || {
            // The receiver is closed if the client has gone.
            let _ = reply.send(task());
        };
        self.send(Job::Task(Box::new(task), room.0));
        receiver.await.map_err(|_| Refusal::internal())
    }

    /// Lets every thread drop what belongs to sets that were replaced.
    pub fn forget(&self) {
        (0..self.threads).for_each(|_| self.send(Job::Forget));
    }

    fn send(&self, job: Job) {
        // The threads end after the last sender only.
        let _ = self.jobs.send(job);
    }
}

/// One thread that judges.
struct Judge {
    line_bytes_max: usize,
    metrics: Arc<Metrics>,
}

impl Judge {
    fn run(&self, jobs: &Receiver<Job>) {
        let mut next = None;
        while let Some(job) = next.take().or_else(|| jobs.recv().ok()) {
            match job {
                Job::Chunk(job) => next = self.with_set(*job, jobs),
                Job::Task(task, permit) => run_task(task, permit),
                Job::Forget => {}
            }
        }
    }

    /// Judges chunks as long as they are for the set of the first. Returns another job.
    fn with_set(&self, first: ChunkJob, jobs: &Receiver<Job>) -> Option<Job> {
        let set = first.set.clone();
        let mut bench = Bench::new(&set, self);
        bench.judge(first);
        loop {
            match jobs.recv().ok()? {
                Job::Chunk(job) if Arc::ptr_eq(&job.set, &set) => bench.judge(*job),
                Job::Task(task, permit) => run_task(task, permit),
                other @ (Job::Chunk(_) | Job::Forget) => return Some(other),
            }
        }
    }
}

/// A panic of a task is reported by the panic hook; its receiver sees that no answer comes.
fn run_task(task: Task, permit: OwnedSemaphorePermit) {
    // A task shares nothing that it could leave inconsistent.
    let _ = catch_unwind(AssertUnwindSafe(task));
    drop(permit);
}

/// The buffers of a thread for one set.
struct Bench<'s> {
    set: &'s Ruleset,
    labels: Labels<'s>,
    /// By style; a service sees few.
    encoders: Vec<(Style, Encoder<'s>)>,
    scratch: Option<ProcessorScratch>,
    /// For what the state is to know.
    texts: state::Scratch,
    judge: &'s Judge,
}

impl<'s> Bench<'s> {
    fn new(set: &'s Ruleset, judge: &'s Judge) -> Bench<'s> {
        let labels = Labels::of(set.classifier());
        Bench { set, labels, encoders: Vec::new(), scratch: None, texts: Default::default(), judge }
    }

    fn judge(&mut self, job: ChunkJob) {
        let ChunkJob { set: _, reading, chunk, reply, _permit } = job;
        if reply.is_closed() {
            return;
        }
        let began = Instant::now();
        // After a panic the buffers are not used again.
        let scratch = self.scratch.take();
        let judged = catch_unwind(AssertUnwindSafe(|| self.verdicts(&reading, &chunk, scratch)));
        let Ok((verdicts, seen, summary, scratch)) = judged else { return };
        self.scratch = Some(scratch);
        let lines = summary.lines();
        self.judge.metrics.judged(self.set, &summary, chunk.bytes().len(), began.elapsed());
        // The receiver is closed if the client has gone.
        let _ = reply.send(Judged { verdicts, seen, lines, chunk });
    }

    fn verdicts(
        &mut self,
        reading: &Reading,
        chunk: &Chunk,
        scratch: Option<ProcessorScratch>,
    ) -> (Vec<u8>, Option<state::Seen>, Summary, ProcessorScratch) {
        let at = self.encoder(reading.style);
        let (classifier, line_bytes_max) = (self.set.classifier(), self.judge.line_bytes_max);
        let (encoder, selection) = (&self.encoders[at].1, reading.selection);
        let processor =
            LineProcessor::new(classifier, &reading.plan, encoder, selection, line_bytes_max);
        let mut scratch = scratch.unwrap_or_else(|| processor.scratch());
        let mut verdicts = Vec::new();
        let seen = match &self.set.state {
            None => {
                processor.process(&mut scratch, chunk, &mut verdicts);
                None
            }
            Some(rules) => {
                let mut watch = state::Watch::new(rules, selection, &mut self.texts);
                processor.process_observed(&mut scratch, chunk, &mut verdicts, &mut watch);
                Some(watch.seen())
            }
        };
        let summary = scratch.take_summary();
        (verdicts, seen, summary, scratch)
    }

    /// The place of the encoder of `style`.
    fn encoder(&mut self, style: Style) -> usize {
        if let Some(at) = self.encoders.iter().position(|(own, _)| *own == style) {
            return at;
        }
        self.encoders.push((style, Encoder::new(self.labels.clone(), style)));
        self.encoders.len() - 1
    }
}
