//! Writes checkpoints on a thread of its own. The next one waits for the last.

use super::output_file::OutputFile;
use crate::model::{Changes, Run};
use crate::store::{StateFile, StoreError};
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
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
    results: Receiver<Result<u64, StoreError>>,
    thread: Option<JoinHandle<StateFile>>,
    is_busy: bool,
    lines: u64,
    last: Instant,
    /// Checkpoints that were written.
    written: u64,
    wal_bytes: u64,
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
        let job = Job { changes, run, output };
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if !sent {
            return Err(StoreError::Io("the thread of checkpoints has ended".to_owned()));
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
        let ended = || StoreError::Io("the thread of checkpoints has ended".to_owned());
        self.wal_bytes = self.results.recv().map_err(|_| ended())??;
        self.written += 1;
        Ok(())
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

fn write(file: &mut StateFile, job: Job) -> Result<u64, StoreError> {
    let Job { changes, mut run, output } = job;
    if let Some(output) = output {
        let bytes = output.bytes();
        output.sync()?;
        (run.output_bytes, run.output_end) = (bytes, output.end(bytes)?);
    }
    file.save(&changes, &run)?;
    Ok(file.wal_bytes())
}
