//! Applies lines in order and writes the output.

use super::checkpoints::{CheckpointSettings, Checkpoints};
use super::counts::Counts;
use super::output_file::OutputFile;
use crate::memory::{Alarm, Memory, Settings};
use crate::model::{MEASURES_KEY, Run};
use crate::output::{push_decision, push_event};
use crate::read::{LineKind, ReadLine};
use crate::record::Record;
use crate::store::{StateFile, StoreError};
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use tidegate_pipeline::{ChunkOutput, Sink};

/// The write-ahead log is reported from this size on, in bytes.
const WAL_BYTES: u64 = 256 << 20;

/// Where lines are written.
#[derive(Debug)]
pub enum Output<W> {
    /// A stream; lines after the last checkpoint are written again when the run is continued.
    Stream(W),
    /// A file that is cut to the last checkpoint when the run is continued.
    File(OutputFile),
}

/// Is informed of what a person should know at once.
pub trait Notices: Send {
    /// A breaker opened.
    ///
    /// # Errors
    ///
    /// The alarm cannot be written: the run ends.
    fn alarm(&mut self, alarm: &Alarm) -> io::Result<()>;
    /// The write-ahead log has grown to so many bytes: a program reads the state file for long.
    fn wal(&mut self, bytes: u64);
}

/// What a stage needs.
pub struct StageSettings {
    /// Measures, correlations, policy.
    pub settings: Arc<Settings>,
    /// Hash of measures and correlations.
    pub measures: String,
    /// Lines are written with the state as their last member.
    pub annotates: bool,
    /// When checkpoints are written.
    pub checkpoints: CheckpointSettings,
}

/// Without a state file, what changed is dropped after so many lines.
const UNSAVED_LINES: u64 = 20_000;

/// Applies lines and writes the decisions.
pub struct Stage<W> {
    memory: Memory,
    settings: StageSettings,
    out: Output<W>,
    checkpoints: Option<Checkpoints>,
    run: Run,
    notices: Box<dyn Notices>,
    counts: Counts,
    buffer: Vec<u8>,
    /// Lines after the last position that a later run could start at.
    is_between: bool,
    other_rules: Option<String>,
    store_error: Option<StoreError>,
    has_noted_wal: bool,
    /// Lines since the changes of the memory were dropped, without a state file.
    unsaved_lines: u64,
}

impl<W> fmt::Debug for Stage<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl<W: Write + Send> Stage<W> {
    /// A stage that begins with `memory`; with a state file it writes checkpoints.
    ///
    /// # Errors
    ///
    /// The system has no thread for checkpoints.
    pub fn new(
        memory: Memory,
        settings: StageSettings,
        out: Output<W>,
        state: Option<(StateFile, Run)>,
        notices: Box<dyn Notices>,
    ) -> io::Result<Stage<W>> {
        let (checkpoints, run) = match state {
            Some((file, run)) => (Some(Checkpoints::start(file, settings.checkpoints)?), run),
            None => (None, Run::default()),
        };
        Ok(Stage {
            memory,
            settings,
            out,
            checkpoints,
            run,
            notices,
            counts: Counts::default(),
            buffer: Vec::new(),
            is_between: false,
            other_rules: None,
            store_error: None,
            has_noted_wal: false,
            unsaved_lines: 0,
        })
    }

    /// Counts so far.
    pub fn counts(&self) -> Counts {
        let checkpoints = self.checkpoints.as_ref().map_or(0, Checkpoints::written);
        Counts { checkpoints, ..self.counts }
    }

    /// The state.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The hash of the rules of a verdict that is not of the rules of this run: it ended there.
    pub fn other_rules(&self) -> Option<&str> {
        self.other_rules.as_deref()
    }

    /// The error of the state file, if the run ended by one.
    pub fn store_error(&self) -> Option<&StoreError> {
        self.store_error.as_ref()
    }

    /// Ends the run: the last checkpoint. `is_finished`: all inputs were read.
    ///
    /// # Errors
    ///
    /// It could not be written: a later run goes on at the checkpoint before.
    pub fn end(&mut self, is_finished: bool) -> Result<(), StoreError> {
        if self.checkpoints.is_none() {
            return Ok(());
        }
        if is_finished && self.is_between {
            self.run.position = None;
        }
        if is_finished || !self.is_between {
            self.run.finished = is_finished;
            self.checkpoint()?;
        }
        self.checkpoints.as_mut().map_or(Ok(()), Checkpoints::wait)
    }

    /// Lines that were applied. Without a state file no checkpoint takes what changed, and memory
    /// would grow with it.
    fn count_lines(&mut self, lines: u64) {
        self.unsaved_lines += lines;
        if self.checkpoints.is_none() && self.unsaved_lines >= UNSAVED_LINES {
            self.unsaved_lines = 0;
            self.memory.forget_changes();
        }
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        let Some(checkpoints) = &mut self.checkpoints else { return Ok(()) };
        // Before the changes are taken, so that memory is not filled with a second copy while the
        // first is written.
        checkpoints.wait()?;
        let output = match &self.out {
            Output::File(file) => Some(file.clone()),
            Output::Stream(_) => None,
        };
        let mut changes = self.memory.take_changes();
        let hash = self.settings.settings.measures.hash_hex();
        changes.meta.push((MEASURES_KEY.to_owned(), hash));
        checkpoints.write(changes, self.run.clone(), output)?;
        if checkpoints.wal_bytes() > WAL_BYTES && !self.has_noted_wal {
            self.has_noted_wal = true;
            self.notices.wal(checkpoints.wal_bytes());
        }
        Ok(())
    }

    /// Applies a line; its output is appended to the buffer. `before` are its first bytes.
    fn apply(&mut self, line: &ReadLine, before: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(before);
        let end: &[u8] = if self.settings.annotates { b"}\n" } else { b"\n" };
        match &line.line {
            LineKind::Passed => self.counts.lines.passed += 1,
            LineKind::Unreadable => self.counts.lines.unreadable += 1,
            LineKind::OtherRules(hash) => {
                self.other_rules = Some(hash.clone());
                return Err(io::Error::other("other rules"));
            }
            LineKind::Record(Record::Post(post)) => {
                let decision = self.memory.post(post, &self.settings.settings);
                self.counts.post(&decision);
                push_decision(&mut self.buffer, &post.id, &decision, &self.settings.measures);
                self.buffer.extend_from_slice(end);
            }
            LineKind::Record(Record::Event(event)) => {
                let answer = self.memory.event(event, &self.settings.settings);
                self.counts.event(&answer);
                push_event(&mut self.buffer, &answer);
                self.buffer.extend_from_slice(end);
            }
        }
        for alarm in self.memory.take_alarms() {
            self.counts.alarms += 1;
            self.notices.alarm(&alarm)?;
        }
        Ok(())
    }

    fn write_lines(&mut self) -> io::Result<()> {
        match &mut self.out {
            Output::Stream(out) => out.write_all(&self.buffer),
            Output::File(file) => file.append(&self.buffer),
        }
    }
}

impl<W: Write + Send> Sink<Vec<ReadLine>> for Stage<W> {
    fn write(&mut self, output: &mut ChunkOutput<Vec<ReadLine>>) -> io::Result<()> {
        self.buffer.clear();
        let mut start = 0;
        let mut applied = Ok(());
        for line in &output.counts {
            let end = start + line.before;
            applied = self.apply(line, output.bytes.get(start..end).unwrap_or_default());
            if applied.is_err() {
                break;
            }
            start = end;
        }
        self.write_lines()?;
        applied?;
        let lines = output.counts.len() as u64;
        self.run.lines += lines;
        self.count_lines(lines);
        self.is_between = output.position.is_none();
        if let Some(position) = &output.position {
            self.run.position = serde_json::to_string(position).ok();
        }
        let is_due = self.checkpoints.as_mut().is_some_and(|it| it.is_due(lines));
        if is_due && !self.is_between {
            self.checkpoint().map_err(|error| {
                let text = error.to_string();
                self.store_error = Some(error);
                io::Error::other(text)
            })?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        match &mut self.out {
            Output::Stream(out) => out.flush(),
            Output::File(_) => Ok(()),
        }
    }
}
