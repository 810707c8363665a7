//! Reads a file that grows, as `tail -F` does.
//!
//! A file ends when another one has its name and it has nothing more, or when it was emptied. The
//! file of that name is then read from its start, with offsets of its own: a position is always one
//! in a file that exists, and a later run can find it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What happened to a file that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowEvent {
    /// Another file has the name.
    Replaced,
    /// The file was emptied.
    Emptied,
    /// It was renamed between two runs: the rest of it is read under this name first.
    Renamed(PathBuf),
    /// The file in which the earlier run stopped was not found.
    Lost,
}

/// A file that is followed, by its name.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    path: PathBuf,
    has_ended: bool,
}

impl Follow {
    pub fn of(path: &Path) -> Follow {
        Follow { path: path.to_owned(), has_ended: false }
    }

    /// Reads what `file` has: `None` if there is nothing now, 0 bytes if it has ended.
    pub fn read(&mut self, mut file: &File, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if self.has_ended {
            return Ok(Some(0));
        }
        let count = file.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(Some(count));
        }
        if change(&self.path, file)?.is_none() {
            return Ok(None);
        }
        // What was written before the change comes first.
        let count = file.read(buffer)?;
        self.has_ended = count == 0;
        Ok(Some(count))
    }
}

/// Was the file replaced or emptied? A file that is missing may come back.
pub(crate) fn change(path: &Path, mut file: &File) -> io::Result<Option<FollowEvent>> {
    let Ok(named) = path.metadata() else { return Ok(None) };
    let own = file.metadata()?;
    if (named.dev(), named.ino()) != (own.dev(), own.ino()) {
        return Ok(Some(FollowEvent::Replaced));
    }
    Ok((own.len() < file.stream_position()?).then_some(FollowEvent::Emptied))
}

/// A file that had a name, or has it.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Its name now.
    pub path: PathBuf,
    pub file: File,
    /// Whether it has the name that is followed.
    pub is_current: bool,
}

/// Files that are looked at: the one that has the name, and those before it.
const GENERATIONS_MAX: usize = 100;

/// Endings of rotated files that were compressed.
const COMPRESSED: [&str; 5] = ["", ".gz", ".zst", ".xz", ".bz2"];

/// The file at `path` and those that had its name before, the newest first: `path.1`, `path.2` and
/// so on, also compressed.
pub(crate) fn generations(path: &Path) -> VecDeque<Generation> {
    let mut found = VecDeque::new();
    let mut known = Vec::new();
    for number in 0..GENERATIONS_MAX {
        let names = names(path, number);
        let opened = names.into_iter().find_map(|path| Some((File::open(&path).ok()?, path)));
        match opened {
            Some((file, path)) => {
                // A rotation in between: the same file under its next name.
                let Ok(metadata) = file.metadata() else { continue };
                let id = (metadata.dev(), metadata.ino());
                if metadata.is_file() && !known.contains(&id) {
                    known.push(id);
                    found.push_back(Generation { path, file, is_current: number == 0 });
                }
            }
            None if number == 0 => {}
            None => break,
        }
    }
    found
}

/// The names that the file may have after `number` rotations.
fn names(path: &Path, number: usize) -> Vec<PathBuf> {
    if number == 0 {
        return vec![path.to_owned()];
    }
    let named = |ending: &&str| {
        let mut name = OsString::from(path);
        name.push(format!(".{number}{ending}"));
        PathBuf::from(name)
    };
    COMPRESSED.iter().map(named).collect()
}

/// Opens the file at `path`; `None` while there is none.
pub(crate) fn open_if_there(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    #[test]
    fn a_file_ends_when_it_is_replaced_or_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let append = |text: &str| {
            let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        let read = |follow: &mut Follow, file: &File| {
            let (mut text, mut buffer) = (Vec::new(), [0; 3]);
            loop {
                match follow.read(file, &mut buffer).unwrap() {
                    None => return (String::from_utf8(text).unwrap(), false),
                    Some(0) => return (String::from_utf8(text).unwrap(), true),
                    Some(count) => text.extend_from_slice(&buffer[..count]),
                }
            }
        };
        append("one\n");
        let (file, mut follow) = (File::open(&path).unwrap(), Follow::of(&path));
        assert_eq!(read(&mut follow, &file), ("one\n".to_owned(), false));
        append("two\nthr");
        assert_eq!(read(&mut follow, &file), ("two\nthr".to_owned(), false));
        // Replaced, after something was added to the old file.
        append("ee");
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        assert_eq!(read(&mut follow, &file), ("ee".to_owned(), false), "no file has the name");
        append("four\n");
        assert_eq!(change(&path, &file).unwrap(), Some(FollowEvent::Replaced));
        assert_eq!(read(&mut follow, &file), (String::new(), true));
        let (file, mut follow) = (File::open(&path).unwrap(), Follow::of(&path));
        assert_eq!(read(&mut follow, &file), ("four\n".to_owned(), false));
        File::create(&path).unwrap();
        append("5\n");
        assert_eq!(change(&path, &file).unwrap(), Some(FollowEvent::Emptied));
        assert_eq!(read(&mut follow, &file), (String::new(), true));
        append("66666666\n");
        assert_eq!(read(&mut follow, &file), (String::new(), true), "it stays at its end");
    }

    #[test]
    fn files_of_a_rotation_are_found_once_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["log", "log.1", "log.2.gz", "log.4"] {
            fs::write(path(name), name).unwrap();
        }
        let found = |name: &str| -> Vec<PathBuf> {
            generations(&path(name)).into_iter().map(|own| own.path).collect()
        };
        assert_eq!(found("log"), [path("log"), path("log.1"), path("log.2.gz")]);
        fs::remove_file(path("log.1")).unwrap();
        fs::hard_link(path("log"), path("log.1")).unwrap();
        assert_eq!(found("log"), [path("log"), path("log.2.gz")]);
        fs::remove_file(path("log")).unwrap();
        let current: Vec<bool> = generations(&path("log")).iter().map(|it| it.is_current).collect();
        assert_eq!(current, [false, false]);
    }
}
