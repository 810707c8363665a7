//! Writes the statistics of a run: at its end, and while it runs every so often and on SIGUSR1.

use super::counts::{Counts, RunCounts};
use super::prometheus::{self, RunTimes};
use super::signals::WriteStatistics;
use crate::outputs::ReplacedFile;
use crate::term;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
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
    /// Without `target` the statistics are written only when a signal asks for them.
    pub fn new(target: Option<Stats>) -> StatsWriter {
        StatsWriter { target, started: SystemTime::now(), is_failing: false }
    }

    /// Writes the statistics at the end of the run.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn finish(mut self, counts: &Counts) -> io::Result<()> {
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
                term::error(&format!(
                    "cannot write the statistics: {error}; the run goes on, and they are tried \
                     again"
                ));
            }
        }
    }

    /// Writes whenever `asked`, and every `period`, until the run ends.
    fn run(
        mut self,
        asked: &Receiver<WriteStatistics>,
        period: Option<Duration>,
        counts: &RunCounts,
    ) -> StatsWriter {
        let mut next = period.map(|period| Instant::now() + period);
        loop {
            let event = match next {
                Some(next) => asked.recv_timeout(next.saturating_duration_since(Instant::now())),
                None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match event {
                Ok(WriteStatistics::Now) => self.write_now(counts),
                Err(RecvTimeoutError::Timeout) => {
                    self.write_now(counts);
                    next = period.map(|period| Instant::now() + period);
                }
                Ok(WriteStatistics::End) | Err(RecvTimeoutError::Disconnected) => return self,
            }
        }
    }
}

/// The thread that writes the statistics while a run goes on.
#[derive(Debug)]
pub struct StatsThread {
    asks: Sender<WriteStatistics>,
    thread: JoinHandle<StatsWriter>,
}

impl StatsThread {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// The system has no thread left.
    pub fn start(
        writer: StatsWriter,
        (asks, asked): (Sender<WriteStatistics>, Receiver<WriteStatistics>),
        period: Option<Duration>,
        counts: Arc<RunCounts>,
    ) -> io::Result<StatsThread> {
        let run = move || writer.run(&asked, period, &counts);
        let thread = thread::Builder::new().name("statistics".to_owned()).spawn(run)?;
        Ok(StatsThread { asks, thread })
    }

    /// Ends it, and writes the statistics of the whole run.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn finish(self, counts: &Counts) -> io::Result<()> {
        // The thread receives until it is told to end.
        let _ = self.asks.send(WriteStatistics::End);
        match self.thread.join() {
            Ok(writer) => writer.finish(counts),
            Err(_) => Err(io::Error::other("the thread that writes them panicked")),
        }
    }
}
