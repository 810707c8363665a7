//! Reads a corpus file by file, for commands that analyse one.
//!
//! All threads read one file, compressed or not; their results are merged before the next
//! file begins. On a terminal a progress bar is shown.

use crate::exit::Exit;
use crate::flags::{CorpusArgs, MappingArgs, is_embedded_name};
use crate::term::progress::{Progress, bytes_of};
use crate::term::say;
use crate::{inputs, load, term};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tidegate_engine::lines::{Chunk, CutterSettings};
use tidegate_engine::rules::source::bundle::PACK_ENDING;
use tidegate_pipeline::{Format, Input, Outcome, OutputError, Settings, Sources, Stop, run};

/// Exit status of a pass that failed; the error is already printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended(pub Exit);

/// The files of a corpus, ready to be read.
pub struct Corpus {
    files: Vec<Input>,
    format: Format,
    cutting: CutterSettings,
    settings: Settings,
    is_interactive: bool,
}

impl Corpus {
    /// A corpus of these files, of which `mapping` says where the fields of posts are.
    pub fn new(files: Vec<Input>, args: &CorpusArgs, mapping: &MappingArgs) -> Corpus {
        let CorpusArgs { threads, max_line, quiet, input } = args;
        Corpus {
            format: input.format(mapping),
            ..Corpus::of_lines(files, *threads, *max_line, *quiet)
        }
    }

    /// A corpus of files of JSON lines.
    pub fn of_lines(
        files: Vec<Input>,
        threads: Option<NonZeroUsize>,
        line_bytes_max: usize,
        quiet: bool,
    ) -> Corpus {
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = threads.unwrap_or_else(processors);
        Corpus {
            files,
            format: Format::default(),
            cutting: CutterSettings { line_bytes_max, ..CutterSettings::default() },
            settings: Settings { threads, ordered: false },
            is_interactive: term::is_interactive() && !quiet,
        }
    }

    /// Whether progress and notes are printed.
    pub fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    /// Reads every file in turn: makes workers, passes each chunk to one of them by `read`, and
    /// merges the workers of the file into `state`.
    ///
    /// # Errors
    ///
    /// A file that cannot be read to its end. The error is printed.
    pub fn read<W: Send>(
        &self,
        state: &mut impl Analysis<Worker = W>,
        read: impl Fn(&mut W, &Chunk) + Sync,
    ) -> Result<(), Ended> {
        let progress = Progress::start(self.bytes());
        let bytes_read = progress.bytes();
        for (number, file) in self.files.iter().enumerate() {
            let workers = self.read_file(file, &bytes_read, || state.worker(number), &read);
            state.merge(number, &file.to_string(), workers?);
        }
        Ok(())
    }

    fn read_file<W: Send>(
        &self,
        file: &Input,
        bytes_read: &Arc<AtomicU64>,
        make: impl Fn() -> W + Sync,
        read: &(impl Fn(&mut W, &Chunk) + Sync),
    ) -> Result<Vec<W>, Ended> {
        let failed = |message: String, exit| {
            term::error(&message);
            Ended(exit)
        };
        let stop = Stop::new(None)
            .map_err(|error| failed(say!("cannot prepare the run: {error}"), Exit::Io))?;
        let sources = Sources::new(vec![file.clone()], self.cutting, false, stop.clone());
        let sources = sources.in_format(self.format).counting(bytes_read.clone());
        let step = |worker: &mut W, chunk: &Chunk, _: &mut Vec<u8>| read(worker, chunk);
        let outcome = run(sources, &mut io::sink(), &self.settings, &stop, make, step);
        let Outcome { workers, reading, output } = outcome;
        if let Some(refused) = reading.refused {
            return Err(failed(refused.to_string(), Exit::CouldNotStart));
        }
        if let Some(error) = reading.errors.first() {
            return Err(failed(error.to_string(), Exit::Io));
        }
        match output {
            Ok(()) => Ok(workers),
            Err(OutputError::Worker(message)) => {
                Err(failed(say!("internal error: {message}; please report it"), Exit::Io))
            }
            Err(OutputError::Threads(error)) => {
                Err(failed(say!("cannot start a thread: {error}; free some memory"), Exit::Io))
            }
            Err(OutputError::Write(_) | OutputError::ReaderGone) => Ok(workers),
        }
    }

    /// Bytes to read, if they are known and progress is shown.
    fn bytes(&self) -> Option<u64> {
        bytes_of(&self.files).filter(|_| self.is_interactive)
    }
}

/// An analysis of a corpus, file by file.
pub trait Analysis: Sync {
    /// State of one thread for one file.
    type Worker;
    /// A worker for file number `file`.
    fn worker(&self, file: usize) -> Self::Worker;
    /// Merges all workers of file number `file`, whose name is `name`.
    fn merge(&mut self, file: usize, name: &str, workers: Vec<Self::Worker>);
}

/// Splits paths into rules (packs, folders that contain packs, compiled rule sets, names of the
/// embedded rules) and posts (all others).
pub fn split_rules(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    paths.iter().cloned().partition(|path| is_rules(path))
}

fn is_rules(path: &Path) -> bool {
    if is_embedded_name(path) {
        return true;
    }
    let is_pack = |path: &Path| path.to_string_lossy().ends_with(PACK_ENDING);
    if !path.is_dir() {
        return is_pack(path) && path.exists() || load::is_compiled(path);
    }
    let entries = walkdir::WalkDir::new(path).follow_links(true);
    entries.into_iter().flatten().any(|entry| entry.file_type().is_file() && is_pack(entry.path()))
}

/// The data set of a file: the file name without its extensions.
pub fn set_name(input: &Input) -> String {
    let Input::File(path) = input else { return "stdin".to_owned() };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let compressed = [".gz", ".zst", ".bz2", ".xz"];
    let name = compressed.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let endings = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tar", ".parquet"];
    let bare = endings.iter().find_map(|ending| name.strip_suffix(ending));
    bare.unwrap_or(name).to_owned()
}

/// The inputs at `paths`; at least one path is required.
///
/// # Errors
///
/// A message for the user.
pub fn expand(paths: &[PathBuf], what: &str) -> Result<Vec<Input>, String> {
    if paths.is_empty() {
        return Err(say!("no posts given: name {what}, or `-` for standard input"));
    }
    inputs::expand(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn data_sets_are_named_after_their_files() {
        let name = |path: &str| set_name(&Input::File(path.into()));
        for path in [
            "a/x.jsonl",
            "x.jsonl.gz",
            "x.ndjson.zst",
            "/b/x.json.gz",
            "x.parquet",
            "x.csv.xz",
            "x",
        ] {
            assert_eq!(name(path), "x", "{path}");
        }
        assert_eq!(name("x.y.jsonl"), "x.y");
        assert_eq!(set_name(&Input::Stdin), "stdin");
    }

    #[test]
    fn packs_folders_of_packs_and_compiled_files_are_rules() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("rules/deep")).unwrap();
        fs::create_dir_all(path("posts")).unwrap();
        fs::write(path("rules/deep/a.rules.yaml"), "").unwrap();
        fs::write(path("posts/a.jsonl"), "").unwrap();
        let paths =
            ["rules", "rules/deep/a.rules.yaml", "posts", "posts/a.jsonl", "none.rules.yaml"];
        let mut paths: Vec<PathBuf> = paths.iter().map(|name| path(name)).collect();
        paths.insert(0, PathBuf::from("default"));
        paths.insert(0, PathBuf::from("embedded"));
        let (packs, posts) = split_rules(&paths);
        assert_eq!((packs.as_slice(), posts.as_slice()), (&paths[..4], &paths[4..]));
    }
}
