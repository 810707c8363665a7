//! Output that a later run can resume: the verdicts in a file, and next to it a
//! [`Checkpoint`] of the progress.
//!
//! * The checkpoint is never ahead of the verdicts: everything it covers is on the disk.
//!   The resuming run truncates the file after the end that the checkpoint records.
//! * A separate thread writes checkpoints periodically, so that no verdict waits for the disk.
//! * A file without a checkpoint can be resumed too: the run starts at the beginning and
//!   compares its verdicts with the file. This is slow but equivalent; the tests compare
//!   resuming from a checkpoint with it.
//! * A mismatch is an error before the file is modified.

use crate::checkpoint::{Checkpoint, Continuation, RunFingerprint};
use crate::ordered_writer::Sink;
use crate::position::InputPosition;
use crate::step::ChunkOutput;
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError, thread};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tidegate_engine::domain::summary::Summary;
use xxhash_rust::xxh3::xxh3_64;

/// Length of the end of the output whose hash is in the checkpoint, in bytes.
const TAIL_BYTES: u64 = 4096;

/// The pause after a checkpoint is at least this many times as long as writing it took.
const PAUSE_FACTOR: u32 = 10;

/// Bytes compared per read.
const COMPARED_BYTES: usize = 64 * 1024;

/// An output file and its checkpoint.
#[derive(Debug)]
pub struct ResumableOutput {
    file: Arc<File>,
    /// Bytes of verdicts written, by this run and the runs it resumes.
    at: u64,
    /// Bytes of complete lines in the file at the start. The rest is truncated.
    existing: u64,
    is_truncated: bool,
    counts: Summary,
    /// The last position, the bytes of the verdicts up to it, and the counts.
    last: (Option<InputPosition>, u64, Summary),
    /// Start of this run.
    start: Option<InputPosition>,
    /// How this run continues another one.
    continuation: Option<Continuation>,
    base: Checkpoint,
    path: PathBuf,
    shared: Arc<Shared>,
    checkpointer: Option<thread::JoinHandle<io::Result<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The next checkpoint to write.
    latest: Option<Latest>,
    ended: bool,
}

#[derive(Debug)]
struct Latest {
    position: InputPosition,
    out_bytes: u64,
    counts: Summary,
}

impl ResumableOutput {
    /// Creates or resumes `out`, for the run `fingerprint` with a rule set of `rules` rules.
    /// A checkpoint is written every `period`.
    ///
    /// # Errors
    ///
    /// A message saying why it cannot be resumed; the file is left unchanged.
    pub fn open(
        out: &Path,
        fingerprint: RunFingerprint,
        rules: usize,
        period: Duration,
    ) -> Result<ResumableOutput, String> {
        let path = Checkpoint::path_for(out);
        let named = |error: io::Error| format!("{}: {error}", out.display());
        let fresh = Checkpoint::new(fingerprint);
        let length = length_of(out).map_err(named)?;
        let found = match length {
            // Without a file, an old checkpoint has no meaning.
            None => None,
            Some(length) => read_checkpoint(out, length, &fresh.fingerprint)?,
        };
        let (mut base, continuation) = found.unzip();
        if base.is_none() && length.unwrap_or(0) == 0 {
            // Before the file: then an interrupted run always leaves a checkpoint with its file.
            fresh.write(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let file = open_locked(out)?;
        let existing = match (&mut base, &continuation) {
            (Some(base), Some(continuation)) => {
                let named = |error: io::Error| format!("{}: {error}", path.display());
                verify_tail(&file, base).map_err(named)?;
                if base.finished && continuation.has_more {
                    base.reopen();
                    // Before anything is cut off: the checkpoint must not be ahead of the file.
                    base.write(&path).map_err(named)?;
                }
                base.fingerprint = continued(continuation, &fresh.fingerprint);
                base.out_bytes
            }
            _ => whole_lines(&file, length.unwrap_or(0)).map_err(named)?,
        };
        let at = base.as_ref().map_or(0, |base| base.out_bytes);
        let base = base.unwrap_or(fresh);
        let counts = base.counts(rules);
        let file = Arc::new(file);
        let shared = Arc::<Shared>::default();
        let checkpointer = Checkpointer {
            file: file.clone(),
            path: path.clone(),
            base: base.clone(),
            shared: shared.clone(),
            period,
        };
        let checkpointer =
            thread::Builder::new().spawn(move || checkpointer.run()).map_err(named)?;
        Ok(ResumableOutput {
            file,
            at,
            existing,
            is_truncated: false,
            last: (base.position, base.out_bytes, counts.clone()),
            counts,
            start: base.position,
            continuation,
            base,
            path,
            shared,
            checkpointer: Some(checkpointer),
        })
    }

    /// Whether the run was already complete.
    pub fn is_finished(&self) -> bool {
        self.base.finished
    }

    /// Where to start; `None` for the start of the first input.
    pub fn start(&self) -> Option<InputPosition> {
        self.start
    }

    /// The file of the verdicts.
    pub fn file_path(&self) -> PathBuf {
        // The ending of the checkpoint is its last extension.
        self.path.with_extension("")
    }

    /// How this run continues another one; `None` if it starts anew.
    pub fn continuation(&self) -> Option<&Continuation> {
        self.continuation.as_ref()
    }

    /// Counts of all lines, of this run and the runs it resumes.
    pub fn counts(&self) -> &Summary {
        &self.counts
    }

    /// Records that the run is complete, with `bytes` read in total.
    ///
    /// # Errors
    ///
    /// When the file continues after the last verdict, or the checkpoint cannot be written.
    pub fn complete(&mut self, bytes: u64) -> io::Result<()> {
        self.stop()?;
        if self.at < self.existing {
            return Err(differs("it continues after the last verdict"));
        }
        self.truncate()?;
        self.file.sync_data()?;
        self.counts.bytes = bytes;
        self.base.finished = true;
        let (position, out_bytes, counts) = &self.last;
        self.base.position = *position;
        if *out_bytes < self.at {
            let before = (*out_bytes, tail_hash(&self.file, *out_bytes)?);
            self.base.set_before_tail(*position, before, counts);
        }
        self.base.out_bytes = self.at;
        self.base.out_tail_hash = tail_hash(&self.file, self.at)?;
        self.base.set_counts(&self.counts);
        self.base.write(&self.path)
    }

    /// Writes the last checkpoint of a run that is not complete.
    ///
    /// # Errors
    ///
    /// When it could not be written: a later run then resumes from the checkpoint before it.
    pub fn stop(&mut self) -> io::Result<()> {
        let Some(checkpointer) = self.checkpointer.take() else { return Ok(()) };
        lock(&self.shared.state).ended = true;
        self.shared.changed.notify_all();
        checkpointer
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the checkpoint thread panicked")))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let known = self.existing.saturating_sub(self.at).min(bytes.len() as u64) as usize;
        self.compare(&bytes[..known])?;
        if known < bytes.len() {
            self.truncate()?;
            (&*self.file).write_all(&bytes[known..])?;
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Compares verdicts with the content of the file at the same offset.
    fn compare(&self, bytes: &[u8]) -> io::Result<()> {
        let mut existing = vec![0; bytes.len().min(COMPARED_BYTES)];
        let mut at = self.at;
        for part in bytes.chunks(COMPARED_BYTES) {
            let existing = &mut existing[..part.len()];
            self.file.read_exact_at(existing, at)?;
            if part != existing {
                let same = part.iter().zip(&*existing).take_while(|(a, b)| a == b).count();
                let byte = at + same as u64;
                return Err(differs(&format!(
                    "byte {byte} of it differs from the verdicts of this run"
                )));
            }
            at += part.len() as u64;
        }
        Ok(())
    }

    /// Truncates, once, an incomplete line of an earlier run.
    fn truncate(&mut self) -> io::Result<()> {
        if !self.is_truncated {
            self.file.set_len(self.existing)?;
            (&*self.file).seek(SeekFrom::Start(self.existing))?;
            self.is_truncated = true;
        }
        Ok(())
    }
}

impl Drop for ResumableOutput {
    fn drop(&mut self) {
        // A caller that needs the error has called `stop` or `complete`.
        drop(self.stop());
    }
}

impl Sink<Option<Summary>> for ResumableOutput {
    fn write(&mut self, output: &mut ChunkOutput<Option<Summary>>) -> io::Result<()> {
        self.append(&output.bytes)?;
        if let Some(counts) = output.counts.take() {
            self.counts.merge(&counts);
        }
        if let Some(position) = output.position {
            let latest = Latest { position, out_bytes: self.at, counts: self.counts.clone() };
            self.last = (Some(position), self.at, self.counts.clone());
            lock(&self.shared.state).latest = Some(latest);
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// The thread that writes checkpoints.
struct Checkpointer {
    file: Arc<File>,
    path: PathBuf,
    base: Checkpoint,
    shared: Arc<Shared>,
    period: Duration,
}

impl Checkpointer {
    fn run(mut self) -> io::Result<()> {
        let mut written = Ok(());
        let mut pause = self.period;
        loop {
            let state = lock(&self.shared.state);
            let waited = self.shared.changed.wait_timeout_while(state, pause, |it| !it.ended);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let (latest, ended) = (state.latest.take(), state.ended);
            drop(state);
            if let Some(latest) = latest {
                let begun = Instant::now();
                written = self.write_one(latest);
                // Keeps the share of time spent on checkpoints small on a slow disk.
                pause = self.period.max(begun.elapsed() * PAUSE_FACTOR);
            }
            if ended {
                return written;
            }
        }
    }

    fn write_one(&mut self, latest: Latest) -> io::Result<()> {
        self.file.sync_data()?;
        self.base.position = Some(latest.position);
        self.base.out_bytes = latest.out_bytes;
        self.base.out_tail_hash = tail_hash(&self.file, latest.out_bytes)?;
        self.base.set_counts(&latest.counts);
        self.base.write(&self.path)
    }
}

/// Length of a file in bytes; `None` if it does not exist.
fn length_of(out: &Path) -> io::Result<Option<u64>> {
    match out.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
        Ok(_) => {
            Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file; it cannot be resumed"))
        }
    }
}

/// The fingerprint of a run that continues another one over the inputs of `now`.
fn continued(continuation: &Continuation, now: &RunFingerprint) -> RunFingerprint {
    let inputs = continuation.order.iter().map(|at| now.inputs[*at].clone()).collect();
    RunFingerprint { inputs, ..now.clone() }
}

/// The checkpoint of a file of `length` bytes, if it applies to it, and how it is continued.
fn read_checkpoint(
    out: &Path,
    length: u64,
    now: &RunFingerprint,
) -> Result<Option<(Checkpoint, Continuation)>, String> {
    let path = Checkpoint::path_for(out);
    let (out, checkpoint) = (out.display(), path.display());
    let found = Checkpoint::read(&path).map_err(|error| {
        format!(
            "{checkpoint}: {error}; remove it to compare {out} with the verdicts from the start"
        )
    })?;
    let applies = |it: &Checkpoint| length > 0 || it.finished && it.out_bytes == 0;
    let Some(found) = found.filter(applies) else { return Ok(None) };
    match found.fingerprint.continued(now, found.position.as_ref()) {
        Ok(continuation) => Ok(Some((found, continuation))),
        Err(difference) => Err(format!(
            "cannot resume {out}: {difference}; remove it and {checkpoint} to start over"
        )),
    }
}

/// Opens and locks a file; fails if another run has locked it.
fn open_locked(out: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(out).map_err(|error| format!("--out {}: {error}", out.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(format!("{}: another run is writing it; wait until it ends", out.display()))
        }
        Err(TryLockError::Error(error)) => Err(format!("{}: {error}", out.display())),
    }
}

/// Checks that the file still contains the verdicts that its checkpoint covers.
fn verify_tail(file: &File, base: &Checkpoint) -> io::Result<()> {
    let length = file.metadata()?.len();
    let is_whole = length == base.out_bytes || length > base.out_bytes && !base.finished;
    if is_whole && tail_hash(file, base.out_bytes)? == base.out_tail_hash {
        return Ok(());
    }
    let message = "does not match its output file, which was modified; remove both to start \
                   over, or only this file to compare the verdicts";
    Err(io::Error::new(ErrorKind::InvalidData, message))
}

/// Hash of the end of the first `bytes` bytes; 0 if there are none.
fn tail_hash(file: &File, bytes: u64) -> io::Result<u64> {
    let length = bytes.min(TAIL_BYTES);
    let mut tail = vec![0; length as usize];
    file.read_exact_at(&mut tail, bytes - length)?;
    Ok(if tail.is_empty() { 0 } else { xxh3_64(&tail) })
}

/// Offset after the last line break.
fn whole_lines(file: &File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut part = vec![0; COMPARED_BYTES];
    while end > 0 {
        let start = end.saturating_sub(COMPARED_BYTES as u64);
        let part = &mut part[..(end - start) as usize];
        file.read_exact_at(part, start)?;
        if let Some(at) = memchr::memrchr(b'\n', part) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

fn differs(how: &str) -> io::Error {
    let message = format!(
        "{how}: it was written from other posts, by other rules or with other flags; remove it \
         to start over"
    );
    io::Error::new(ErrorKind::InvalidData, message)
}

/// Ignores poisoning: the guarded data is consistent even after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
