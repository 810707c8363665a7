//! Writes chunk outputs to a sink, in the order in which they are passed in.
//!
//! There is no buffer: the output of a chunk is written by one call, so that verdicts leave
//! as early as possible and no error is hidden until the end.

use crate::step::ChunkOutput;
use crate::stop::Stop;
use std::io::{self, Write};

/// Why output ended early.
#[derive(Debug)]
pub enum OutputError {
    /// The reader of the output closed it; the rest is not needed.
    ReaderGone,
    /// A write failed.
    Write(io::Error),
    /// The system had no thread for a worker.
    Threads(io::Error),
    /// A worker panicked outside the processing of a single line; the message.
    Worker(String),
}

/// A destination of chunk outputs.
pub trait Sink<T>: Send {
    /// Writes one output completely, or fails.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the sink is not used afterwards.
    fn write(&mut self, output: &mut ChunkOutput<T>) -> io::Result<()>;

    /// Flushes everything written.
    ///
    /// # Errors
    ///
    /// When it cannot be flushed.
    fn finish(&mut self) -> io::Result<()>;
}

/// A sink that ignores counts and positions.
pub(super) struct PlainSink<'w>(pub(super) &'w mut (dyn Write + Send));

impl Sink<()> for PlainSink<'_> {
    fn write(&mut self, output: &mut ChunkOutput<()>) -> io::Result<()> {
        self.0.write_all(&output.bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A sink and its first error.
pub(super) struct OrderedWriter<'a, T> {
    out: &'a mut dyn Sink<T>,
    stop: &'a Stop,
    error: Option<OutputError>,
}

impl<'a, T> OrderedWriter<'a, T> {
    pub(super) fn new(out: &'a mut dyn Sink<T>, stop: &'a Stop) -> OrderedWriter<'a, T> {
        OrderedWriter { out, stop, error: None }
    }

    /// Whether an error occurred. From then on nothing is written.
    pub(super) fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Writes an output, or records the panic message of the step.
    pub(super) fn write(&mut self, output: Result<&mut ChunkOutput<T>, String>) {
        if self.has_failed() {
            return;
        }
        let result = match output {
            Ok(output) => self.out.write(output).map_err(OutputError::from),
            Err(message) => Err(OutputError::Worker(message)),
        };
        if let Err(error) = result {
            self.fail(error);
        }
    }

    /// Records an error and stops the run.
    pub(super) fn fail(&mut self, error: OutputError) {
        self.error = Some(error);
        self.stop.raise();
    }

    /// Flushes; returns the first error.
    pub(super) fn finish(self) -> Result<(), OutputError> {
        match self.error {
            Some(error) => Err(error),
            None => self.out.finish().map_err(OutputError::from),
        }
    }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> OutputError {
        match error.kind() {
            io::ErrorKind::BrokenPipe => OutputError::ReaderGone,
            _ => OutputError::Write(error),
        }
    }
}
