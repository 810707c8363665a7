//! Output that a later run can go on with: the verdicts in a file, and beside it a
//! [`Checkpoint`] of how far they are.
//!
//! * The checkpoint is behind the verdicts, never ahead: what it tells of is on the disk.
//!   What the file holds beyond it is cut off by the run that goes on.
//! * It is kept by a thread of its own, every so often, so that no verdict waits for a disk.
//! * A file without a checkpoint is gone on with too: the run starts at the beginning and
//!   holds what is there against its own verdicts. That is slow, proves the same, and is
//!   what the fast way is tested against.
//! * Whatever does not fit is refused before the file is touched.

use crate::checkpoint::{Checkpoint, Terms};
use crate::delivery::Outlet;
use crate::place::Place;
use crate::step::Answer;
use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError, thread};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tidegate_engine::domain::summary::Summary;
use xxhash_rust::xxh3::xxh3_64;

/// The end of the verdicts that a checkpoint holds the hash of, in bytes.
const TAIL_BYTES: u64 = 4096;

/// How many times longer than taking a checkpoint the pause after it is at least.
const PAUSE_FACTOR: u32 = 10;

/// Bytes compared at a time.
const COMPARED_BYTES: usize = 64 * 1024;

/// An output file and its checkpoint.
#[derive(Debug)]
pub struct Recorder {
    file: Arc<File>,
    /// Bytes of the verdicts delivered, by this run and those before.
    at: u64,
    /// Bytes of whole lines that the file held at the start: what is beyond is cut off.
    existing: u64,
    is_cut: bool,
    counts: Summary,
    /// Where this run begins.
    begins_at: Option<Place>,
    base: Checkpoint,
    path: PathBuf,
    shared: Arc<Shared>,
    keeper: Option<thread::JoinHandle<io::Result<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What is to be kept next.
    latest: Option<Latest>,
    ended: bool,
}

#[derive(Debug)]
struct Latest {
    place: Place,
    out_bytes: u64,
    counts: Summary,
}

impl Recorder {
    /// Opens `out`, new or to go on with, for verdicts under `terms` by a rule set of
    /// `rules` rules. A checkpoint is kept every `period`.
    ///
    /// # Errors
    ///
    /// Why it cannot be gone on with, for people. Nothing was changed then.
    pub fn open(
        out: &Path,
        terms: Terms,
        rules: usize,
        period: Duration,
    ) -> Result<Recorder, String> {
        let path = Checkpoint::path_beside(out);
        let told = |error: io::Error| format!("{}: {error}", out.display());
        let fresh = Checkpoint::new(terms);
        let length = length_of(out).map_err(told)?;
        let base = match length {
            // Nothing to go on with, whatever was beside it once.
            None => None,
            Some(length) => checkpoint_beside(out, length, &fresh.terms)?,
        };
        if base.is_none() && length.unwrap_or(0) == 0 {
            // Before the file: then no run like this leaves a file without a checkpoint.
            fresh.write(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let file = open_alone(out)?;
        let existing = match &base {
            Some(base) => {
                verify_tail(&file, base).map_err(|error| format!("{}: {error}", path.display()))?;
                base.out_bytes
            }
            None => whole_lines(&file, length.unwrap_or(0)).map_err(told)?,
        };
        let at = base.as_ref().map_or(0, |base| base.out_bytes);
        let base = base.unwrap_or(fresh);
        let counts = base.counts(rules);
        let file = Arc::new(file);
        let shared = Arc::<Shared>::default();
        let keeper = Keeper {
            file: file.clone(),
            path: path.clone(),
            base: base.clone(),
            shared: shared.clone(),
            period,
        };
        let keeper = thread::Builder::new().spawn(move || keeper.keep()).map_err(told)?;
        Ok(Recorder {
            file,
            at,
            existing,
            is_cut: false,
            counts,
            begins_at: base.place,
            base,
            path,
            shared,
            keeper: Some(keeper),
        })
    }

    /// Is nothing left to do?
    pub fn is_finished(&self) -> bool {
        self.base.finished
    }

    /// Where to begin; `None` for the start.
    pub fn begins_at(&self) -> Option<Place> {
        self.begins_at
    }

    /// What was counted over all lines, by this run and those before.
    pub fn counts(&self) -> &Summary {
        &self.counts
    }

    /// Keeps that there is nothing left to do, after reading `bytes` in all.
    ///
    /// # Errors
    ///
    /// When the file goes on after the last verdict, or the checkpoint cannot be written.
    pub fn complete(&mut self, bytes: u64) -> io::Result<()> {
        self.end_keeping()?;
        if self.at < self.existing {
            return Err(differs("it goes on after the last verdict"));
        }
        self.cut()?;
        self.file.sync_data()?;
        self.counts.bytes = bytes;
        self.base.finished = true;
        self.base.out_bytes = self.at;
        self.base.out_tail_hash = tail_hash(&self.file, self.at)?;
        self.base.set_counts(&self.counts);
        self.base.write(&self.path)
    }

    /// Keeps how far it is, for a run that is not complete.
    ///
    /// # Errors
    ///
    /// When the last checkpoint could not be written: a later run then goes on from one
    /// before it.
    pub fn end_keeping(&mut self) -> io::Result<()> {
        let Some(keeper) = self.keeper.take() else { return Ok(()) };
        lock(&self.shared.state).ended = true;
        self.shared.wake.notify_all();
        keeper
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the keeper of checkpoints panicked")))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let known = self.existing.saturating_sub(self.at).min(bytes.len() as u64) as usize;
        self.compare(&bytes[..known])?;
        if known < bytes.len() {
            self.cut()?;
            (&*self.file).write_all(&bytes[known..])?;
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Holds verdicts against what the file has in their place.
    fn compare(&self, bytes: &[u8]) -> io::Result<()> {
        let mut there = vec![0; bytes.len().min(COMPARED_BYTES)];
        let mut at = self.at;
        for part in bytes.chunks(COMPARED_BYTES) {
            let there = &mut there[..part.len()];
            self.file.read_exact_at(there, at)?;
            if part != there {
                let same = part.iter().zip(&*there).take_while(|(a, b)| a == b).count();
                let byte = at + same as u64;
                return Err(differs(&format!("byte {byte} of it is not what this run writes")));
            }
            at += part.len() as u64;
        }
        Ok(())
    }

    /// Cuts off, once, what an earlier run had begun to write.
    fn cut(&mut self) -> io::Result<()> {
        if !self.is_cut {
            self.file.set_len(self.existing)?;
            (&*self.file).seek(SeekFrom::Start(self.existing))?;
            self.is_cut = true;
        }
        Ok(())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Whoever wants to know has asked.
        drop(self.end_keeping());
    }
}

impl Outlet<Option<Summary>> for Recorder {
    fn deliver(&mut self, answer: &mut Answer<Option<Summary>>) -> io::Result<()> {
        self.put(&answer.bytes)?;
        if let Some(counts) = answer.counts.take() {
            self.counts.merge(counts);
        }
        if let Some(place) = answer.place {
            let latest = Latest { place, out_bytes: self.at, counts: self.counts.clone() };
            lock(&self.shared.state).latest = Some(latest);
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// The thread that keeps checkpoints.
struct Keeper {
    file: Arc<File>,
    path: PathBuf,
    base: Checkpoint,
    shared: Arc<Shared>,
    period: Duration,
}

impl Keeper {
    fn keep(mut self) -> io::Result<()> {
        let mut kept = Ok(());
        let mut pause = self.period;
        loop {
            let state = lock(&self.shared.state);
            let waited = self.shared.wake.wait_timeout_while(state, pause, |it| !it.ended);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let (latest, ended) = (state.latest.take(), state.ended);
            drop(state);
            if let Some(latest) = latest {
                let begun = Instant::now();
                kept = self.keep_one(latest);
                // A slow disk has other things to do than to take checkpoints.
                pause = self.period.max(begun.elapsed() * PAUSE_FACTOR);
            }
            if ended {
                return kept;
            }
        }
    }

    fn keep_one(&mut self, latest: Latest) -> io::Result<()> {
        self.file.sync_data()?;
        self.base.place = Some(latest.place);
        self.base.out_bytes = latest.out_bytes;
        self.base.out_tail_hash = tail_hash(&self.file, latest.out_bytes)?;
        self.base.set_counts(&latest.counts);
        self.base.write(&self.path)
    }
}

/// Bytes of a file; `None` if there is none.
fn length_of(out: &Path) -> io::Result<Option<u64>> {
    match out.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "is no file: it cannot be resumed")),
    }
}

/// The checkpoint beside a file of `length` bytes, if it tells anything of it.
fn checkpoint_beside(out: &Path, length: u64, now: &Terms) -> Result<Option<Checkpoint>, String> {
    let path = Checkpoint::path_beside(out);
    let (out, shown) = (out.display(), path.display());
    let found = Checkpoint::read(&path).map_err(|error| {
        format!(
            "{shown}: {error}; remove it to have {out} compared with the \
             verdicts from the start"
        )
    })?;
    let tells = |it: &Checkpoint| length > 0 || it.finished && it.out_bytes == 0;
    let Some(found) = found.filter(tells) else { return Ok(None) };
    match found.terms.difference(now) {
        None => Ok(Some(found)),
        Some(difference) => {
            Err(format!("cannot resume {out}: {difference}; remove it and {shown} to start anew"))
        }
    }
}

/// Opens a file that nobody else is resuming.
fn open_alone(out: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(out).map_err(|error| format!("--out {}: {error}", out.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(format!("{}: another run is writing it; wait for its end", out.display()))
        }
        Err(TryLockError::Error(error)) => Err(format!("{}: {error}", out.display())),
    }
}

/// Does the file still hold the verdicts that its checkpoint tells of?
fn verify_tail(file: &File, base: &Checkpoint) -> io::Result<()> {
    let length = file.metadata()?.len();
    let is_whole = length == base.out_bytes || length > base.out_bytes && !base.finished;
    if is_whole && tail_hash(file, base.out_bytes)? == base.out_tail_hash {
        return Ok(());
    }
    let message = "does not belong to its output file, which was changed by somebody else; \
                   remove both to start anew, or this one to have the verdicts compared";
    Err(io::Error::new(ErrorKind::InvalidData, message))
}

/// Hash over the last of the first `bytes` bytes; 0 if there are none.
fn tail_hash(file: &File, bytes: u64) -> io::Result<u64> {
    let length = bytes.min(TAIL_BYTES);
    let mut tail = vec![0; length as usize];
    file.read_exact_at(&mut tail, bytes - length)?;
    Ok(if tail.is_empty() { 0 } else { xxh3_64(&tail) })
}

/// Bytes up to the last end of a line.
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
        "{how}: it was made from other posts, by other rules or with other flags; remove it to \
         start anew"
    );
    io::Error::new(ErrorKind::InvalidData, message)
}

/// A lock whose holder panicked is still good: what it guards changes in whole steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
