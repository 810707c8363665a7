//! Writes checkpoints on a thread of its own. The next one waits for the last.

use super::output_file::OutputFile;
use crate::model::{Changes, Run};
use crate::store::{StateFile, StoreError};
use std::fmt;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// When checkpoints are written: when the first of both is reached.
#[derive(Clone, Copy, Debug)]
pub struct CheckpointSettings {
    /// After so many lines.
    pub lines: u64,
    /// After so much time.
    pub period: Duration,
}

impl Default for CheckpointSettings {
    fn default() -> CheckpointSettings {
        CheckpointSettings { lines: 100_000, period: Duration::from_secs(5) }
    }
}

/// What is written.
#[derive(Debug)]
struct Job {
    changes: Changes,
    run: Run,
    output: Option<OutputFile>,
}

/// The thread, and when it works next.
#[derive(Debug)]
pub struct Checkpoints {
    settings: CheckpointSettings,
    jobs: Option<SyncSender<Job>>,
    results: Receiver<Result<u64, Box<Failed>>>,
    thread: Option<JoinHandle<StateFile>>,
    is_busy: bool,
    lines: u64,
    last: Instant,
    /// Checkpoints that were written.
    written: u64,
    wal_bytes: u64,
    failed: Option<Job>,
}

/// A checkpoint that could not be written.
struct Failed {
    error: StoreError,
    job: Job,
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed").field("error", &self.error).finish_non_exhaustive()
    }
}

impl Checkpoints {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system has no thread.
    pub fn start(file: StateFile, settings: CheckpointSettings) -> io::Result<Checkpoints> {
        let (jobs, work) = sync_channel::<Job>(1);
        let (done, results) = sync_channel(1);
        let mut file = file;
        let run = move || {
            for job in work {
                let result = write(&mut file, job);
                if done.send(result).is_err() {
                    break;
                }
            }
            file
        };
        Ok(Checkpoints {
            settings,
            jobs: Some(jobs),
            results,
            thread: Some(thread::Builder::new().spawn(run)?),
            is_busy: false,
            lines: 0,
            last: Instant::now(),
            written: 0,
            wal_bytes: 0,
            failed: None,
        })
    }

    /// Counts lines that were applied; `true` when a checkpoint is due.
    pub fn is_due(&mut self, lines: u64) -> bool {
        self.lines += lines;
        self.lines >= self.settings.lines || self.last.elapsed() >= self.settings.period
    }

    /// Hands a checkpoint to the thread, once the last one is on the disk.
    ///
    /// # Errors
    ///
    /// The last one could not be written.
    pub fn write(
        &mut self,
        changes: Changes,
        run: Run,
        output: Option<OutputFile>,
    ) -> Result<(), StoreError> {
        self.wait()?;
        (self.lines, self.last) = (0, Instant::now());
        self.send(Job { changes, run, output })
    }

    fn send(&mut self, job: Job) -> Result<(), StoreError> {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if !sent {
            return Err(has_ended());
        }
        self.is_busy = true;
        Ok(())
    }

    /// Waits until the last checkpoint is on the disk.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub fn wait(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.is_busy) {
            return Ok(());
        }
        let result = self.results.recv();
        self.ended(result.map_err(|_| has_ended()))
    }

    /// Whether the last checkpoint is on the disk, without waiting: `None` if it is still written, or
    /// if none was begun since the last call.
    pub fn poll(&mut self) -> Option<Result<(), StoreError>> {
        if !self.is_busy {
            return None;
        }
        let result = match self.results.try_recv() {
            Ok(result) => Ok(result),
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err(has_ended()),
        };
        self.is_busy = false;
        Some(self.ended(result))
    }

    fn ended(
        &mut self,
        result: Result<Result<u64, Box<Failed>>, StoreError>,
    ) -> Result<(), StoreError> {
        match result? {
            Ok(wal_bytes) => {
                (self.wal_bytes, self.written) = (wal_bytes, self.written + 1);
                Ok(())
            }
            Err(failed) => {
                self.failed = Some(failed.job);
                Err(failed.error)
            }
        }
    }

    /// A checkpoint is being written.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Lines since the last checkpoint was begun.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Hands the checkpoint that failed last to the thread again; `false` if none did.
    ///
    /// # Errors
    ///
    /// The thread has ended.
    pub fn try_again(&mut self) -> Result<bool, StoreError> {
        let Some(job) = self.failed.take() else { return Ok(false) };
        self.send(job).map(|()| true)
    }

    /// Checkpoints that are on the disk.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Bytes of the write-ahead log after the last checkpoint.
    pub fn wal_bytes(&self) -> u64 {
        self.wal_bytes
    }
}

impl Drop for Checkpoints {
    /// Waits for the thread, so that the state file is closed.
    fn drop(&mut self) {
        drop(self.jobs.take());
        // Its result is reported by `wait`.
        self.thread.take().into_iter().for_each(|thread| drop(thread.join()));
    }
}

fn has_ended() -> StoreError {
    StoreError::Io("the thread of checkpoints has ended".to_owned())
}

fn write(file: &mut StateFile, mut job: Job) -> Result<u64, Box<Failed>> {
    match try_write(file, &mut job) {
        Ok(wal_bytes) => Ok(wal_bytes),
        Err(error) => Err(Box::new(Failed { error, job })),
    }
}

fn try_write(file: &mut StateFile, job: &mut Job) -> Result<u64, StoreError> {
    let Job { changes, run, output } = job;
    if let Some(output) = output {
        let bytes = output.bytes();
        output.sync()?;
        (run.output_bytes, run.output_end) = (bytes, output.end(bytes)?);
    }
    file.save(changes, run)?;
    Ok(file.wal_bytes())
}
