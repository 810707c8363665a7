//! Where lines come from: standard input and files, plain or compressed, in order.
//!
//! Input: a list of [`Input`]s. Output: one sequence of chunks, each within one input;
//! offsets start anew in each.
//!
//! * gzip (all members) and zstd (all frames) are told by their first bytes, whatever
//!   the name; everything else is plain.
//! * An input that fails is a [`Fault`], told at the end: what was read of it is handed
//!   over, and the inputs after it are read. Only when nothing has been handed over yet
//!   does a first input that cannot be begun refuse the run.
//! * A run that was cut short can be gone on with from a [`Place`]: what was answered
//!   before is passed over, and the last line of it has to read as it did.
//! * When the stop is raised, whole lines already read are handed over, and no more.

use crate::place::{Drawn, Place};
use crate::stop::{Stop, Wait};
use flate2::bufread::MultiGzDecoder;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tidegate_engine::lines::{Chunk, Cut, CutError, Cutter, CutterSettings};

/// One place lines come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, or something that can be read like one.
    File(PathBuf),
}

impl Input {
    fn open(&self) -> io::Result<File> {
        match self {
            Input::Stdin => Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?)),
            Input::File(path) => File::open(path),
        }
    }

    /// What the system knows of it.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn metadata(&self) -> io::Result<Metadata> {
        match self {
            Input::Stdin => self.open()?.metadata(),
            Input::File(path) => std::fs::metadata(path),
        }
    }

    /// Can it be read without waiting for anybody?
    fn is_regular(&self) -> bool {
        self.metadata().is_ok_and(|metadata| metadata.is_file())
    }
}

/// The name for people. It may hold control characters: whoever shows it to a terminal
/// masks them.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Stdin => f.write_str("standard input"),
            Input::File(path) => path.display().fmt(f),
        }
    }
}

/// What went wrong with one input.
#[derive(Debug)]
pub struct Fault {
    /// Which.
    pub input: Input,
    /// How its bytes were read: `gzip`, `zstd`, or nothing for plain ones.
    pub packing: Packing,
    /// What went wrong.
    pub error: CutError,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { input, packing, error } = self;
        match packing {
            Packing::Plain => write!(f, "{input}: {error}"),
            Packing::Gzip => write!(f, "{input}: damaged or cut short (gzip): {error}"),
            Packing::Zstd => write!(f, "{input}: damaged or cut short (zstd): {error}"),
        }
    }
}

/// How the bytes of an input are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// gzip, one member or several.
    Gzip,
    /// zstd, one frame or several.
    Zstd,
}

impl Packing {
    /// Told by the first bytes; `None` if more are needed.
    fn of(start: &[u8]) -> Option<Packing> {
        const GZIP: &[u8] = b"\x1f\x8b";
        const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
        // A zstd frame that is to be skipped: 0x184D2A50 to 0x184D2A5F.
        const SKIPPABLE_END: &[u8] = b"\x2a\x4d\x18";
        let is_zstd = |start: &[u8]| match start.split_first() {
            Some((first, rest)) if first & 0xf0 == 0x50 => {
                rest.iter().zip(SKIPPABLE_END).all(|(byte, magic)| byte == magic)
            }
            _ => start.iter().zip(ZSTD).all(|(byte, magic)| byte == magic),
        };
        let is_gzip = start.iter().zip(GZIP).all(|(byte, magic)| byte == magic);
        match start.len() {
            0 => None,
            1 if is_gzip => None,
            _ if is_gzip => Some(Packing::Gzip),
            length if is_zstd(start) => (length >= ZSTD.len()).then_some(Packing::Zstd),
            _ => Some(Packing::Plain),
        }
    }
}

/// Compressed bytes taken at a time.
const PACKED_BYTES: usize = 128 * 1024;

/// How long a chunk that is not full waits for more bytes while every worker is busy.
const FILL_MILLISECONDS: u32 = 1;

/// Reads a list of inputs one after the other.
#[derive(Debug)]
pub struct Sources {
    inputs: std::vec::IntoIter<Input>,
    regular: bool,
    settings: CutterSettings,
    live: bool,
    stop: Stop,
    /// Bytes taken from the inputs, packed as they are.
    taken: Arc<AtomicU64>,
    current: Option<Open>,
    /// Inputs opened or passed over.
    opened: usize,
    keeps_places: bool,
    /// Where in the next input to begin.
    begin: Option<Place>,
    handed_over: bool,
    bytes: u64,
    /// Of these, what a run before this one had read.
    bytes_before: u64,
    faults: Vec<Fault>,
    refused: Option<Fault>,
}

/// The input being read.
struct Open {
    input: Input,
    file: Arc<File>,
    packing: Packing,
    regular: bool,
    reader: Box<dyn Read + Send>,
    cutter: Cutter,
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("input", &self.input).finish_non_exhaustive()
    }
}

/// What reading came to.
#[derive(Debug, Default)]
pub struct ReadingReport {
    /// Bytes of lines handed over or skipped, after decompression.
    pub bytes: u64,
    /// Inputs that failed, in order.
    pub faults: Vec<Fault>,
    /// Why nothing was read at all.
    pub refused: Option<Fault>,
}

impl Sources {
    /// The inputs, none of them opened yet.
    ///
    /// `live` hands lines over after every read of an input that may wait.
    pub fn new(inputs: Vec<Input>, settings: CutterSettings, live: bool, stop: Stop) -> Sources {
        Sources {
            regular: inputs.iter().all(Input::is_regular),
            inputs: inputs.into_iter(),
            settings,
            live,
            stop,
            taken: Arc::default(),
            current: None,
            opened: 0,
            keeps_places: false,
            begin: None,
            handed_over: false,
            bytes: 0,
            bytes_before: 0,
            faults: Vec::new(),
            refused: None,
        }
    }

    /// Are all inputs regular files, which can be read without waiting?
    pub fn are_regular(&self) -> bool {
        self.regular
    }

    /// Lets answers tell their places, and begins after `place` if there is one: inputs
    /// before it are not opened.
    ///
    /// If its line does not read as it did, the run is refused.
    #[must_use]
    pub fn keep_places(mut self, place: Option<Place>) -> Sources {
        self.keeps_places = true;
        if let Some(place) = place {
            self.opened = place.input;
            for passed in self.inputs.by_ref().take(place.input) {
                let packed = passed.metadata().map_or(0, |metadata| metadata.len());
                self.taken.fetch_add(packed, Ordering::Relaxed);
            }
            self.bytes = place.bytes_before;
            self.bytes_before = place.bytes_before;
        }
        self.begin = place;
        self
    }

    /// Which input the last chunk came from, if places are kept and everything before it
    /// was read without a fault.
    pub(super) fn drawn(&self) -> Option<Drawn> {
        let is_sound = self.keeps_places && self.faults.is_empty();
        is_sound.then(|| Drawn { input: self.opened - 1, bytes_before: self.bytes })
    }

    /// A counter of the bytes taken from the inputs, packed as they are.
    pub fn taken(&self) -> Arc<AtomicU64> {
        self.taken.clone()
    }

    /// Counts the bytes taken in `taken`, on top of what is there: several readings may be
    /// followed as one.
    #[must_use]
    pub fn counting(mut self, taken: Arc<AtomicU64>) -> Sources {
        self.taken = taken;
        self
    }

    /// Fills `chunk` with the next lines; `false` when there are none left.
    ///
    /// `are_workers_idle` is asked when an input that may wait has whole lines in hand.
    pub fn next(&mut self, chunk: &mut Chunk, are_workers_idle: &dyn Fn() -> bool) -> bool {
        loop {
            if self.stop.is_raised() && self.current.is_none() {
                return false;
            }
            if self.current.is_none() && !self.open_next() {
                return false;
            }
            let Some(open) = &mut self.current else { continue };
            let Open { file, packing, regular, reader, cutter, .. } = open;
            let (live, stop) = (self.live, &self.stop);
            let hand_over = || {
                if *regular {
                    return false;
                }
                // What a decoder holds back cannot be known, so it is not waited for.
                if live || *packing != Packing::Plain {
                    return true;
                }
                let patience = if are_workers_idle() { 0 } else { FILL_MILLISECONDS };
                !matches!(stop.wait(file.as_fd(), Some(patience)), Ok(Wait::Readable))
            };
            match cutter.next(reader, chunk, hand_over) {
                Ok(Cut::Chunk) => {
                    self.handed_over = true;
                    return true;
                }
                Ok(Cut::End) => self.close(None),
                Err(_) if self.stop.is_raised() => {
                    self.close(None);
                    return false;
                }
                Err(error) => {
                    let tail = cutter.take_tail(chunk);
                    self.close(Some(error));
                    if tail {
                        self.handed_over = true;
                        return true;
                    }
                }
            }
        }
    }

    /// What reading came to.
    pub fn into_report(mut self) -> ReadingReport {
        self.close(None);
        ReadingReport { bytes: self.bytes, faults: self.faults, refused: self.refused }
    }

    /// `false` when there is no other input, or the run is refused.
    fn open_next(&mut self) -> bool {
        if self.refused.is_some() {
            return false;
        }
        let Some(input) = self.inputs.next() else { return false };
        self.opened += 1;
        let begin = self.begin.take();
        match self.open(&input, begin) {
            Ok(open) => self.current = Some(open),
            Err(_) if self.stop.is_raised() => return false,
            Err(error) => {
                let error = CutError::Read(error);
                self.fail(Fault { input, packing: Packing::Plain, error }, true);
            }
        }
        true
    }

    fn open(&self, input: &Input, begin: Option<Place>) -> io::Result<Open> {
        let file = input.open()?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let regular = metadata.is_file();
        if !regular {
            enlarge_pipe(&file);
        }
        let file = Arc::new(file);
        let taken = self.taken.clone();
        let mut raw = Raw { file: file.clone(), regular, stop: self.stop.clone(), taken };
        let (packing, mut start) = raw.sniff()?;
        let line_start = begin.map_or(0, |place| place.line_start);
        let mut passed = 0;
        if packing == Packing::Plain && regular && line_start >= start.len() as u64 {
            passed = raw.pass(line_start - start.len() as u64)? + start.len() as u64;
            start.clear();
        }
        let whole = Cursor::new(start).chain(raw);
        let mut reader: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(whole),
            Packing::Gzip => {
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(PACKED_BYTES, whole)))
            }
            Packing::Zstd => {
                Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(PACKED_BYTES, whole))?)
            }
        };
        if let Some(place) = begin {
            place.find(&mut reader, passed)?;
        }
        let cutter = Cutter::resumed(self.settings, begin.map_or(0, |place| place.end));
        Ok(Open { input: input.clone(), file, packing, regular, reader, cutter })
    }

    fn close(&mut self, error: Option<CutError>) {
        let Some(Open { input, packing, cutter, .. }) = self.current.take() else { return };
        self.bytes += cutter.offset();
        if let Some(error) = error {
            let begun = !matches!(error, CutError::Utf16);
            self.fail(Fault { input, packing, error }, !begun);
        }
    }

    fn fail(&mut self, fault: Fault, at_start: bool) {
        let nothing_read = !self.handed_over && self.bytes == self.bytes_before;
        if at_start && nothing_read && self.faults.is_empty() {
            self.refused = Some(fault);
        } else {
            self.faults.push(fault);
        }
    }
}

/// A pipe of 1 MiB instead of 64 KiB is worth two to three times the throughput. Nothing
/// depends on it: not a pipe, or over the user's quota, it stays as it was.
pub fn enlarge_pipe(pipe: &impl AsFd) {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, 1 << 20);
    #[cfg(not(target_os = "linux"))]
    let _ = pipe;
}

/// The bytes of an input as they are. Waits for them in a way that a stop can end.
struct Raw {
    file: Arc<File>,
    regular: bool,
    stop: Stop,
    taken: Arc<AtomicU64>,
}

impl Raw {
    /// Passes over the next `bytes` of a regular file.
    fn pass(&mut self, bytes: u64) -> io::Result<u64> {
        let bytes_signed = i64::try_from(bytes).map_err(io::Error::other)?;
        (&*self.file).seek(SeekFrom::Current(bytes_signed))?;
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        Ok(bytes)
    }

    /// Reads as many bytes as it takes to tell the packing.
    fn sniff(&mut self) -> io::Result<(Packing, Vec<u8>)> {
        let mut start = Vec::new();
        loop {
            if let Some(packing) = Packing::of(&start) {
                return Ok((packing, start));
            }
            let mut byte = [0];
            match self.read(&mut byte) {
                Ok(0) => return Ok((Packing::Plain, start)),
                Ok(_) => start.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.stop.is_raised()
                || !self.regular && self.stop.wait(self.file.as_fd(), None)? == Wait::Stopped
            {
                return Err(io::Error::other("stopped"));
            }
            match (&*self.file).read(buffer) {
                // Somebody else who shares the pipe took the bytes or made it non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(count) => {
                    self.taken.fetch_add(count as u64, Ordering::Relaxed);
                    return Ok(count);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
