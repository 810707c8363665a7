//! Writes the statistics of a run: at its end, and while it runs every so often and on SIGUSR1.

use super::counts::{Counts, RunCounts};
use super::prometheus::{self, RunTimes};
use super::signals::WriteStatistics;
use crate::outputs::ReplacedFile;
use crate::term;
use crate::term::say;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

/// Where the statistics are written, and in which form.
#[derive(Debug)]
pub enum Stats {
    /// As JSON to standard error.
    Stderr,
    /// As JSON to a file.
    Json(ReplacedFile),
    /// In the text format of Prometheus to a file.
    Prometheus(ReplacedFile),
}

/// Writes the counts of one run.
#[derive(Debug)]
pub struct StatsWriter {
    target: Option<Stats>,
    started: SystemTime,
    /// Whether the last write failed, which was reported.
    is_failing: bool,
}

impl StatsWriter {
    /// Without `target` the statistics are written only when a signal request for them.
    pub fn new(target: Option<Stats>) -> StatsWriter {
        StatsWriter { target, started: SystemTime::now(), is_failing: false }
    }

    /// Writes the statistics at the end of the run.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn finish(&mut self, counts: &Counts) -> io::Result<()> {
        if self.target.is_none() { Ok(()) } else { self.write(counts, false) }
    }

    fn write(&mut self, counts: &Counts, is_running: bool) -> io::Result<()> {
        let times = RunTimes { started: self.started, written: SystemTime::now(), is_running };
        let json = || counts.named(|summary, names| summary.to_json(names));
        match &mut self.target {
            None | Some(Stats::Stderr) => io::stderr().write_all(json().as_bytes()),
            Some(Stats::Json(file)) => file.replace(json().as_bytes()),
            Some(Stats::Prometheus(file)) => {
                file.replace(prometheus::text(counts, times).as_bytes())
            }
        }
    }

    /// Writes the statistics while the run goes on. A failure is reported once, until a write
    /// succeeds again.
    fn write_now(&mut self, counts: &RunCounts) {
        match self.write(&counts.get(), true) {
            Ok(()) => self.is_failing = false,
            Err(_) if self.is_failing => {}
            Err(error) => {
                self.is_failing = true;
                term::error(&say!(
                    "cannot write the statistics: {error}; the run goes on, and they are tried \
                     again"
                ));
            }
        }
    }
}

/// Writes on `requests`, and every `period`, until the run ends.
fn write_until_end(
    writer: &Mutex<StatsWriter>,
    requests: &Receiver<WriteStatistics>,
    period: Option<Duration>,
    counts: &RunCounts,
) {
    let mut next = period.map(|period| Instant::now() + period);
    loop {
        let event = match next {
            Some(next) => requests.recv_timeout(next.saturating_duration_since(Instant::now())),
            None => requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(WriteStatistics::Now) => lock(writer).write_now(counts),
            Err(RecvTimeoutError::Timeout) => {
                lock(writer).write_now(counts);
                next = period.map(|period| Instant::now() + period);
            }
            Ok(WriteStatistics::End) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Ignores poisoning: after a panic the next write replaces the file as any other.
fn lock(writer: &Mutex<StatsWriter>) -> MutexGuard<'_, StatsWriter> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread that writes the statistics while a run goes on.
#[derive(Debug)]
pub struct StatsThread {
    request: Sender<WriteStatistics>,
    writer: Arc<Mutex<StatsWriter>>,
    /// `None` if the system had no thread left.
    thread: Option<JoinHandle<()>>,
}

impl StatsThread {
    /// Starts it. If the system has no thread left, only the end of the run is written.
    ///
    /// # Errors
    ///
    /// The system has no thread left, and there is a `period`.
    pub fn start(
        writer: StatsWriter,
        (request, requests): (Sender<WriteStatistics>, Receiver<WriteStatistics>),
        period: Option<Duration>,
        counts: Arc<RunCounts>,
    ) -> io::Result<StatsThread> {
        let writer = Arc::new(Mutex::new(writer));
        let shared = writer.clone();
        let run = move || write_until_end(&shared, &requests, period, &counts);
        let thread = match thread::Builder::new().name("statistics".to_owned()).spawn(run) {
            Err(error) if period.is_some() => return Err(error),
            thread => thread.ok(),
        };
        Ok(StatsThread { request, writer, thread })
    }

    /// Ends it, and writes the statistics of the whole run.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn finish(self, counts: &Counts) -> io::Result<()> {
        // There is no receiver if the thread did not start.
        let _ = self.request.send(WriteStatistics::End);
        if let Some(thread) = self.thread {
            // After a panic, which was reported, the end is still written.
            drop(thread.join());
        }
        lock(&self.writer).finish(counts)
    }
}
