//! Reads lines, or records in frames, from standard input and files, plain or compressed, in order.
//!
//! Input: a list of [`Input`]s. Output: one sequence of chunks, each within one input;
//! offsets start at 0 in each input.
//!
//! * How the bytes of an input become lines is described in [`crate::input`].
//! * An input that fails is an [`InputError`], reported at the end: lines read from it are
//!   passed on, and the following inputs are read. Only an error at the start of the first
//!   input, before any line was passed on, ends the run ([`ReadingReport::refused`]).
//! * An interrupted run can be resumed from an [`InputPosition`]: earlier lines are skipped,
//!   and the last of them must be unchanged.
//! * A file that is followed is one input, also if several files have its name one after the other.
//!   Offsets start at 0 in each of them.
//! * When the stop is raised, complete lines already read are passed on, and no more.

use crate::follow::{self, Follow, FollowEvent, Generation};
use crate::input::{self, Compression, Format, Input, Making, Notes, RandomAccess, read_start};
use crate::position::{self, ChunkOrigin, InputPosition};
use crate::stop::{Stop, Wait};
use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tidegate_engine::lines::{
    Chunk, Cut, CutError, Cutter, CutterSettings, FrameCutter, LineNotes,
};

/// The error of one input.
#[derive(Debug)]
pub struct InputError {
    /// The input.
    pub input: Input,
    /// Its compression.
    pub compression: Compression,
    /// The error.
    pub error: CutError,
}

/// Does the error say all that there is to say: the format is refused, or the encoding?
fn is_refusal(error: &CutError) -> bool {
    match error {
        CutError::Read(error) => input::is_refusal(error),
        CutError::Utf16 => true,
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InputError { input, compression, error } = self;
        match compression {
            Compression::None => write!(f, "{input}: {error}"),
            _ if is_refusal(error) => write!(f, "{input}: {error}"),
            _ => write!(f, "{input}: damaged or truncated ({}): {error}", compression.name()),
        }
    }
}

/// How long a partly filled chunk waits for more bytes while all workers are busy.
const FILL_MILLISECONDS: u32 = 1;

/// How often the end of a file that is followed is looked at.
const FOLLOW_MILLISECONDS: u32 = 100;

/// Numbers chunks as they are read, see [`Sources::numbering`].
#[derive(Clone)]
struct ChunkNumbers(Arc<dyn Fn() -> u64 + Send + Sync>);

impl fmt::Debug for ChunkNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkNumbers").finish_non_exhaustive()
    }
}

/// What is to be read of a file that is followed.
#[derive(Default)]
struct Followed {
    /// The input, once it was opened.
    input: Option<Input>,
    /// Files that are read before the one that has the name then, each after a position.
    files: VecDeque<(Generation, Option<InputPosition>)>,
    /// Is informed of what happens to the file.
    observer: Option<FollowObserver>,
}

/// Is informed of what happens to a file that is followed.
pub type FollowObserver = Arc<dyn Fn(&Input, &FollowEvent) + Send + Sync>;

impl Followed {
    fn report(&self, input: &Input, event: &FollowEvent) {
        if let Some(observer) = &self.observer {
            observer(input, event);
        }
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Reads a list of inputs one after the other.
#[derive(Debug)]
pub struct Sources {
    inputs: std::vec::IntoIter<Input>,
    regular: bool,
    settings: CutterSettings,
    format: Format,
    live: bool,
    follows: bool,
    followed: Followed,
    stop: Stop,
    /// Bytes read from the inputs, before decompression.
    bytes_read: Arc<AtomicU64>,
    current: Option<Open>,
    /// Number of inputs opened or skipped.
    opened: usize,
    tracks_positions: bool,
    /// The number that the next chunk gets.
    numbers: Option<ChunkNumbers>,
    /// Start position in the next input.
    start: Option<InputPosition>,
    /// The lines before the start are compared with those that were judged.
    verifies_start: bool,
    has_output: bool,
    bytes: u64,
    /// Part of `bytes` that the resumed run had read.
    bytes_before: u64,
    errors: Vec<InputError>,
    refused: Option<InputError>,
}

/// The input being read.
struct Open {
    input: Input,
    file: Arc<File>,
    compression: Compression,
    regular: bool,
    reader: Box<dyn Read + Send>,
    notes: Notes,
    cutter: Cutting,
    /// [`position::prefix_hash`] of the lines read, if positions are tracked.
    prefix_hash: u64,
}

/// What cuts the input into lines or records.
enum Cutting {
    Lines(Cutter),
    Frames(FrameCutter),
}

impl Cutting {
    fn next(
        &mut self,
        reader: &mut dyn Read,
        chunk: &mut Chunk,
        hand_over: impl FnMut() -> bool,
    ) -> Result<Cut, CutError> {
        match self {
            Cutting::Lines(cutter) => cutter.next(reader, chunk, hand_over),
            Cutting::Frames(cutter) => {
                cutter.next(reader, chunk, hand_over).map_err(CutError::Read)
            }
        }
    }

    fn take_tail(&mut self, chunk: &mut Chunk) -> bool {
        match self {
            Cutting::Lines(cutter) => cutter.take_tail(chunk),
            Cutting::Frames(cutter) => cutter.take_tail(chunk),
        }
    }

    fn offset(&self) -> u64 {
        match self {
            Cutting::Lines(cutter) => cutter.offset(),
            Cutting::Frames(cutter) => cutter.offset(),
        }
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("input", &self.input).finish_non_exhaustive()
    }
}

/// Result of reading.
#[derive(Debug, Default)]
pub struct ReadingReport {
    /// Decompressed bytes of lines, passed on or skipped.
    pub bytes: u64,
    /// Errors of inputs, in order.
    pub errors: Vec<InputError>,
    /// The error of the first input, if nothing could be read.
    pub refused: Option<InputError>,
}

impl Sources {
    /// A reader of these inputs; none is opened yet.
    ///
    /// With `live`, lines are passed on after every read of an input that may block.
    pub fn new(inputs: Vec<Input>, settings: CutterSettings, live: bool, stop: Stop) -> Sources {
        Sources {
            regular: inputs.iter().all(Input::is_regular),
            inputs: inputs.into_iter(),
            settings,
            format: Format::default(),
            live,
            follows: false,
            followed: Followed::default(),
            stop,
            bytes_read: Arc::default(),
            current: None,
            opened: 0,
            tracks_positions: false,
            numbers: None,
            start: None,
            verifies_start: false,
            has_output: false,
            bytes: 0,
            bytes_before: 0,
            errors: Vec::new(),
            refused: None,
        }
    }

    /// Sets how inputs are read.
    #[must_use]
    pub fn in_format(mut self, format: Format) -> Sources {
        self.format = format;
        self
    }

    /// Waits at the end of a file for more, as `tail -F` does: also when the file is replaced or
    /// emptied. Only for one file, which is not compressed. `observer` is called when that happens.
    ///
    /// With [`Sources::track_positions`], the start is looked for in the file and in those that had
    /// its name before (`FILE.1`, `FILE.2`, also compressed); they are read up to the file itself.
    #[must_use]
    pub fn follow(mut self, observer: FollowObserver) -> Sources {
        self.followed.observer = Some(observer);
        self.follows = true;
        self.regular = false;
        self.live = true;
        self
    }

    /// Lets `number` give each chunk a [version](Chunk::version): it is called once for a chunk, in
    /// input order, after its lines were read.
    #[must_use]
    pub fn numbering(mut self, number: Arc<dyn Fn() -> u64 + Send + Sync>) -> Sources {
        self.numbers = Some(ChunkNumbers(number));
        self
    }

    /// Whether all inputs are regular files, which can be read without blocking.
    pub fn are_regular(&self) -> bool {
        self.regular
    }

    /// Enables [`Sources::origin`], and starts after `start` if it is given: earlier inputs
    /// are not opened.
    ///
    /// If the line before it has changed, the run fails at once.
    #[must_use]
    pub fn track_positions(mut self, start: Option<InputPosition>) -> Sources {
        self.tracks_positions = true;
        if let Some(start) = start {
            self.opened = start.input;
            for skipped in self.inputs.by_ref().take(start.input) {
                let bytes = skipped.metadata().map_or(0, |metadata| metadata.len());
                self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
            }
            self.bytes = start.bytes_before;
            self.bytes_before = start.bytes_before;
        }
        self.start = start;
        self
    }

    /// Compares all lines before the start with those that were judged: the input may have grown.
    #[must_use]
    pub fn verify_start(mut self) -> Sources {
        self.verifies_start = true;
        self
    }

    /// Origin of the last chunk, if positions are tracked, no input has failed, and the lines will
    /// be the same when the input has grown.
    pub(crate) fn origin(&self) -> Option<ChunkOrigin> {
        let is_provisional = |open: &Open| open.notes.is_provisional(open.cutter.offset());
        let is_complete = self.tracks_positions
            && self.errors.is_empty()
            && !self.current.as_ref().is_some_and(is_provisional);
        let prefix_hash = self.current.as_ref().map_or(0, |open| open.prefix_hash);
        let (input, bytes_before) = (self.opened.saturating_sub(1), self.bytes);
        is_complete.then_some(ChunkOrigin { input, bytes_before, prefix_hash })
    }

    /// The counter of bytes read from the inputs, before decompression.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.bytes_read.clone()
    }

    /// Adds the bytes read to `counter`, which several readers may share.
    #[must_use]
    pub fn counting(mut self, counter: Arc<AtomicU64>) -> Sources {
        self.bytes_read = counter;
        self
    }

    /// Fills `chunk` with the next lines; `false` at the end.
    ///
    /// `are_workers_idle` is called when complete lines of an input that may block are ready.
    pub fn next(&mut self, chunk: &mut Chunk, are_workers_idle: &dyn Fn() -> bool) -> bool {
        let is_read = self.read(chunk, are_workers_idle);
        if is_read && let Some(ChunkNumbers(number)) = &self.numbers {
            chunk.set_version(number());
        }
        is_read
    }

    fn read(&mut self, chunk: &mut Chunk, are_workers_idle: &dyn Fn() -> bool) -> bool {
        loop {
            if self.stop.is_raised() && self.current.is_none() {
                return false;
            }
            if self.current.is_none() && !self.open_next() {
                return false;
            }
            let Some(open) = &mut self.current else { continue };
            let tracks_positions = self.tracks_positions;
            let Open { file, compression, regular, reader, notes, cutter, prefix_hash, .. } = open;
            let (live, stop) = (self.live, &self.stop);
            let is_ready = || {
                if *regular {
                    return false;
                }
                // A decompressor may have buffered more bytes, so polling the file is no use.
                if live || *compression != Compression::None {
                    return true;
                }
                let patience = if are_workers_idle() { 0 } else { FILL_MILLISECONDS };
                !matches!(stop.wait(file.as_fd(), Some(patience)), Ok(Wait::Readable))
            };
            match cutter.next(reader, chunk, is_ready) {
                Ok(Cut::Chunk) => {
                    self.has_output = true;
                    chunk.set_stream(self.opened - 1);
                    notes.take(chunk.offset(), cutter.offset(), chunk.notes_mut());
                    if tracks_positions {
                        *prefix_hash = position::prefix_hash(*prefix_hash, chunk.bytes());
                    }
                    return true;
                }
                Ok(Cut::End) => {
                    self.follow_on();
                    self.close(None);
                }
                Err(_) if self.stop.is_raised() => {
                    self.close(None);
                    return false;
                }
                Err(error) => {
                    let tail = cutter.take_tail(chunk);
                    notes.take(chunk.offset(), cutter.offset(), chunk.notes_mut());
                    self.close(Some(error));
                    if tail {
                        self.has_output = true;
                        chunk.set_stream(self.opened - 1);
                        return true;
                    }
                }
            }
        }
    }

    /// The result of reading.
    pub fn into_report(mut self) -> ReadingReport {
        self.close(None);
        ReadingReport { bytes: self.bytes, errors: self.errors, refused: self.refused }
    }

    /// Opens the next input; `false` if there is none, or the first one failed.
    fn open_next(&mut self) -> bool {
        if self.refused.is_some() {
            return false;
        }
        let opened = if self.followed.input.is_some() {
            self.open_followed()
        } else {
            let Some(input) = self.inputs.next() else { return false };
            self.opened += 1;
            let start = self.start.take();
            match &input {
                Input::File(path) if self.follows => {
                    self.followed.files = self.files_to_follow(&input, path, start);
                    self.followed.input = Some(input);
                    self.open_followed()
                }
                _ => {
                    let opened =
                        input.open().and_then(|file| self.open_file(&input, file, start, None));
                    opened.map_err(|error| (input, error))
                }
            }
        };
        match opened {
            Ok(open) => self.current = Some(open),
            Err(_) if self.stop.is_raised() => return false,
            Err((input, error)) => {
                self.followed.input = None;
                let error = CutError::Read(error);
                self.fail(InputError { input, compression: Compression::None, error }, true);
            }
        }
        true
    }

    /// After the end of a file that is followed: reports why it ended.
    fn follow_on(&self) {
        let Some(Open { input, file, .. }) = &self.current else { return };
        if let Input::File(path) = input
            && self.followed.files.is_empty()
            && let Ok(Some(event)) = follow::change(path, file)
        {
            self.followed.report(input, &event);
        }
    }

    /// Opens the next file that is followed; waits until there is one.
    fn open_followed(&mut self) -> Result<Open, (Input, io::Error)> {
        let Some(input) = self.followed.input.clone() else {
            return Err((Input::Stdin, io::ErrorKind::NotFound.into()));
        };
        let opened = match self.followed.files.pop_front() {
            Some((Generation { file, is_current, .. }, start)) => {
                let follow = is_current.then_some(&input);
                self.open_file(&input, file, start, follow)
            }
            None => self
                .wait_for(&input)
                .and_then(|file| self.open_file(&input, file, None, Some(&input))),
        };
        opened.map_err(|error| (input, error))
    }

    /// Opens a file by its name, once it is there.
    fn wait_for(&self, input: &Input) -> io::Result<File> {
        let Input::File(path) = input else { return input.open() };
        loop {
            if let Some(file) = follow::open_if_there(path)? {
                return Ok(file);
            }
            if !self.stop.pause(FOLLOW_MILLISECONDS)? {
                return Err(io::Error::other("stopped"));
            }
        }
    }

    /// The files that are read before the name of a followed file is opened again: the one in which
    /// `start` is, and those that had the name after it.
    fn files_to_follow(
        &mut self,
        input: &Input,
        path: &Path,
        start: Option<InputPosition>,
    ) -> VecDeque<(Generation, Option<InputPosition>)> {
        let Some(start) = start else { return VecDeque::new() };
        let mut files = follow::generations(path);
        let Some(at) = files.iter().position(|own| self.begins_with(input, &own.file, &start))
        else {
            if !self.stop.is_raised() {
                self.followed.report(input, &FollowEvent::Lost);
            }
            self.bytes += start.end;
            return VecDeque::new();
        };
        files.truncate(at + 1);
        let mut start = Some(start);
        let ordered: VecDeque<_> = files.into_iter().rev().map(|own| (own, start.take())).collect();
        if let Some((Generation { path, is_current: false, .. }, _)) = ordered.front() {
            self.followed.report(input, &FollowEvent::Renamed(path.clone()));
        }
        ordered
    }

    /// Does the file begin with the lines before `start`? It is at its start afterwards.
    fn begins_with(&self, input: &Input, file: &File, start: &InputPosition) -> bool {
        let verify = || {
            let (regular, follow) = (true, None);
            let (stop, file) = (self.stop.clone(), Arc::new(file.try_clone()?));
            let mut raw = Raw { file, regular, stop, bytes_read: Arc::default(), follow };
            let (compression, magic) = read_start(&mut raw)?;
            let random = RandomAccess::new(raw.file.clone(), raw.stop.clone(), Arc::default())?;
            let making = self.making(input);
            let mut lines = input::lines(&making, compression, magic, raw, Some(random))?;
            start.verify(&mut lines.reader, self.settings)
        };
        let is_same = verify().is_ok();
        let mut file = file;
        // Also if it is not: it is read from its start if it comes after the one looked for.
        let is_at_start = file.seek(SeekFrom::Start(0)).is_ok();
        is_same && is_at_start
    }

    /// How lines are made of an input.
    fn making(&self, input: &Input) -> Making {
        Making {
            format: self.format,
            line_bytes_max: self.settings.line_bytes_max,
            name: input.to_string(),
        }
    }

    /// Opens the lines of a file after `start`; waits at its end as long as it has the name of
    /// `follow`.
    fn open_file(
        &self,
        input: &Input,
        file: File,
        start: Option<InputPosition>,
        follow: Option<&Input>,
    ) -> io::Result<Open> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // A file that is followed blocks at its end.
        let regular = metadata.is_file() && follow.is_none();
        if !metadata.is_file() {
            enlarge_pipe(&file);
        }
        let file = Arc::new(file);
        let bytes_read = self.bytes_read.clone();
        let follow = match follow {
            Some(Input::File(path)) if metadata.is_file() => Some(Follow::of(path)),
            _ => None,
        };
        let is_followed = follow.is_some();
        let stop = self.stop.clone();
        let mut raw = Raw { file: file.clone(), regular, stop, bytes_read, follow };
        let (compression, magic) = read_start(&mut raw)?;
        if is_followed && compression != Compression::None {
            return Err(input::invalid("it is compressed, and only plain files can be followed"));
        }
        let making = self.making(input);
        let random = regular
            .then(|| RandomAccess::new(file.clone(), self.stop.clone(), self.bytes_read.clone()));
        let random = random.transpose()?;
        let lines = input::lines(&making, compression, magic, raw.clone(), random)?;
        let (mut reader, notes) = (lines.reader, lines.notes);
        let line_start = start.map_or(0, |start| start.line_start);
        let mut skipped = 0;
        let may_skip =
            |read: &u64| metadata.is_file() && !self.verifies_start && line_start >= *read;
        if let Some(read) = lines.verbatim.filter(may_skip) {
            skipped = read + raw.skip(line_start - read)?;
            reader = Box::new(raw);
        }
        match start {
            Some(start) if self.verifies_start => start.verify(&mut reader, self.settings)?,
            Some(start) => start.find(&mut reader, skipped)?,
            None => {}
        }
        // Lines that are not judged again.
        notes.take(0, start.map_or(0, |start| start.end), &mut LineNotes::default());
        let cutter = self.cutting(start);
        let prefix_hash = start.map_or(0, |start| start.prefix_hash);
        let input = input.clone();
        Ok(Open { input, file, compression, regular, reader, notes, cutter, prefix_hash })
    }

    /// What cuts an input from `start` on. Positions in frames are not tracked.
    fn cutting(&self, start: Option<InputPosition>) -> Cutting {
        if let Some(framing) = self.format.framing {
            return Cutting::Frames(FrameCutter::new(framing, self.settings));
        }
        let cutter = match start {
            Some(start) => Cutter::resumed(self.settings, start.end, start.lines),
            None => Cutter::new(self.settings),
        };
        Cutting::Lines(if self.tracks_positions { cutter.separating_tail() } else { cutter })
    }

    fn close(&mut self, error: Option<CutError>) {
        let Some(Open { input, compression, cutter, .. }) = self.current.take() else { return };
        self.bytes += cutter.offset();
        if let Some(error) = error {
            let at_start = matches!(error, CutError::Utf16);
            self.fail(InputError { input, compression, error }, at_start);
        }
    }

    fn fail(&mut self, error: InputError, at_start: bool) {
        let nothing_read = !self.has_output && self.bytes == self.bytes_before;
        if at_start && nothing_read && self.errors.is_empty() {
            self.refused = Some(error);
        } else {
            self.errors.push(error);
        }
    }
}

/// Enlarges a pipe from 64 KiB to 1 MiB, which gives two to three times the throughput.
/// Failure (not a pipe, over the quota of the user) is harmless and ignored.
pub fn enlarge_pipe(pipe: &impl AsFd) {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, 1 << 20);
    #[cfg(not(target_os = "linux"))]
    let _ = pipe;
}

/// The bytes of an input, before decompression. A stop interrupts a blocking read.
#[derive(Clone)]
struct Raw {
    file: Arc<File>,
    regular: bool,
    stop: Stop,
    bytes_read: Arc<AtomicU64>,
    follow: Option<Follow>,
}

impl Raw {
    /// Skips the next `bytes` of a regular file.
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let bytes_signed = i64::try_from(bytes).map_err(io::Error::other)?;
        (&*self.file).seek(SeekFrom::Current(bytes_signed))?;
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
        Ok(bytes)
    }
}

impl Raw {
    /// Reads a file that is followed: waits at its end until it grows or has ended.
    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Raw { file, stop, bytes_read, follow: Some(follow), .. } = self else { return Ok(0) };
        loop {
            if stop.is_raised() {
                return Err(io::Error::other("stopped"));
            }
            if let Some(count) = follow.read(file, buffer)? {
                bytes_read.fetch_add(count as u64, Ordering::Relaxed);
                return Ok(count);
            }
            stop.pause(FOLLOW_MILLISECONDS)?;
        }
    }
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.follow.is_some() {
            return self.read_on(buffer);
        }
        loop {
            if self.stop.is_raised()
                || !self.regular && self.stop.wait(self.file.as_fd(), None)? == Wait::Stopped
            {
                return Err(io::Error::other("stopped"));
            }
            match (&*self.file).read(buffer) {
                // Another process that shares the pipe read the bytes or made it non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(count) => {
                    self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
                    return Ok(count);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
