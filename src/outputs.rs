//! The files that a command writes: checked against all that it reads, and replaced whole.
//!
//! A command names what it reads and what it writes to an [`OutputCheck`] before it opens anything
//! for writing. A file that is both is refused, also under another name: as a link, in another case,
//! as the file behind a redirected standard input.

use crate::term::say;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tidegate_engine::policy::{extended_files, is_policy};
use tidegate_pipeline::Input;

/// What a command reads and writes.
#[derive(Debug, Default)]
pub struct OutputCheck {
    files: Vec<Named>,
    /// Packs whose word lists are not among `files` yet.
    packs: Vec<PathBuf>,
}

/// A file, and what it is for the command.
#[derive(Debug)]
struct Named {
    id: FileId,
    what: String,
}

/// Identifies a file, whether it exists or not.
#[derive(Debug, PartialEq, Eq)]
enum FileId {
    /// Device and inode.
    Existing(u64, u64),
    /// Device and inode of the folder, and the name in lower case: some file systems do not
    /// distinguish case.
    New(u64, u64, String),
}

impl FileId {
    fn of(metadata: &Metadata) -> FileId {
        FileId::Existing(metadata.dev(), metadata.ino())
    }

    fn of_path(path: &Path) -> Option<FileId> {
        FileId::of_link(path, LINKS_MAX)
    }

    /// As [`FileId::of_path`], over so many links at most.
    fn of_link(path: &Path, links: usize) -> Option<FileId> {
        if let Ok(metadata) = path.metadata() {
            return Some(FileId::of(&metadata));
        }
        // A link to a file that does not exist yet.
        if let Ok(target) = fs::read_link(path) {
            let target = folder_of(path).join(target);
            return FileId::of_link(&target, links.checked_sub(1)?);
        }
        let folder = folder_of(path).metadata().ok()?;
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        Some(FileId::New(folder.dev(), folder.ino(), name))
    }
}

/// Links that are followed to a file that does not exist yet: more are a circle.
const LINKS_MAX: usize = 40;

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

impl OutputCheck {
    /// The command reads these inputs.
    pub fn reads_inputs(&mut self, inputs: &[Input]) {
        for input in inputs {
            let metadata = input.metadata().ok().filter(Metadata::is_file);
            if let Some(metadata) = metadata {
                self.add(FileId::of(&metadata), say!("an input ({input})"));
            }
        }
    }

    /// The command reads this file, or the files of this folder.
    pub fn reads(&mut self, path: &Path, what: &str) {
        for entry in walkdir::WalkDir::new(path).follow_links(true).into_iter().flatten() {
            if entry.file_type().is_file() {
                let shown = entry.path().display();
                self.add_path(entry.path(), format!("{what} ({shown})"));
            }
        }
    }

    /// The command reads what these arguments name: files, folders, patterns, `FILE:LINE`.
    pub fn reads_arguments(&mut self, arguments: &[PathBuf], what: &str) {
        for argument in arguments.iter().filter(|argument| *argument != Path::new("-")) {
            self.reads(argument, what);
            let text = argument.to_string_lossy();
            if let Some((file, _)) = text.rsplit_once(':') {
                self.reads(Path::new(file), what);
            }
            for path in glob::glob(&text).into_iter().flatten().flatten() {
                self.reads(&path, what);
            }
        }
        let stdin = Input::Stdin;
        if arguments.is_empty() || arguments.iter().any(|argument| argument == Path::new("-")) {
            self.reads_inputs(&[stdin]);
        }
    }

    /// The command reads these rules: packs with the word lists that they name, folders of them, or
    /// compiled rules.
    pub fn reads_rules(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.reads(path, &say!("a rule file"));
            let below = walkdir::WalkDir::new(path).follow_links(true).into_iter().flatten();
            for policy in below.filter(|entry| is_policy(entry.path())) {
                self.reads_extended(policy.path());
            }
            if path.is_file() {
                self.packs.push(path.clone());
            }
        }
    }

    /// The command reads this policy: a file, with those that it extends.
    pub fn reads_policy(&mut self, policy: Option<&Path>) {
        if let Some(policy) = policy {
            self.reads(policy, &say!("the policy"));
            self.reads_extended(policy);
        }
    }

    /// The command reads the policies that this file extends.
    pub fn reads_extended(&mut self, policy: &Path) {
        if policy.is_file() {
            for extended in extended_files(policy, &[]) {
                self.reads(&extended, &say!("a policy"));
            }
        }
    }

    /// Adds the word lists of the packs. They are looked for only when an existing file is written:
    /// the folder of a pack may be large.
    fn add_lists(&mut self) {
        for path in std::mem::take(&mut self.packs) {
            self.reads_lists(&path);
        }
    }

    fn reads_lists(&mut self, path: &Path) {
        for list in lists_of(path) {
            let shown = list.display().to_string();
            self.add_path(&list, say!("a word list ({shown})"));
        }
    }

    /// The command writes this file, because of `flag`.
    ///
    /// # Errors
    ///
    /// It also reads the file, or writes it because of another flag, or it is a folder.
    pub fn writes(&mut self, path: &Path, flag: &str) -> Result<(), String> {
        let shown = path.display();
        let metadata = path.metadata().ok();
        if metadata.as_ref().is_some_and(Metadata::is_dir) {
            return Err(say!("{flag} {shown}: this is a folder; name a file"));
        }
        // Devices and pipes hold nothing that could be lost.
        if metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return Ok(());
        }
        if metadata.is_some() {
            self.add_lists();
        }
        let Some(id) = FileId::of_path(path) else { return Ok(()) };
        self.check(&id, &format!("{flag} {shown}"))?;
        self.add(id, say!("written by {flag}"));
        Ok(())
    }

    /// The command writes to standard output.
    ///
    /// # Errors
    ///
    /// As [`OutputCheck::writes`].
    pub fn writes_stdout(&mut self, metadata: &Metadata) -> Result<(), String> {
        if !metadata.is_file() {
            return Ok(());
        }
        // A shell has emptied the file already, unless it is appended to.
        if metadata.len() > 0 {
            self.add_lists();
        }
        let id = FileId::of(metadata);
        self.check(&id, &say!("standard output"))?;
        self.add(id, say!("standard output"));
        Ok(())
    }

    fn check(&self, id: &FileId, name: &str) -> Result<(), String> {
        match self.files.iter().find(|own| own.id == *id) {
            Some(Named { what, .. }) => Err(say!("{name} is also {what}; write to another file")),
            None => Ok(()),
        }
    }

    fn add_path(&mut self, path: &Path, what: String) {
        if let Some(id) = FileId::of_path(path) {
            self.add(id, what);
        }
    }

    fn add(&mut self, id: FileId, what: String) {
        self.files.push(Named { id, what });
    }
}

/// A file that is written under another name, and takes its own when it is complete: what was there
/// before stays until then. Devices and pipes are written directly.
#[derive(Debug)]
pub struct Replacement {
    file: File,
    /// Where it goes, and where it is until then.
    names: Option<(PathBuf, PathBuf)>,
}

impl Replacement {
    /// Begins the file at `path`.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn begin(path: &Path) -> io::Result<Replacement> {
        let existing = path.metadata().ok();
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Replacement { file, names: None });
        }
        // A link keeps linking to the file, which is replaced.
        let path = if existing.is_some() { path.canonicalize()? } else { path.to_owned() };
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary)?;
        let replacement = Replacement { file, names: Some((path, temporary)) };
        if let Some(existing) = existing {
            replacement.file.set_permissions(existing.permissions())?;
        }
        Ok(replacement)
    }

    /// Writes all bytes, and puts the file in its place once they are on the disk.
    ///
    /// # Errors
    ///
    /// It cannot be written; what was there before is as it was.
    pub fn finish(mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        match self.names.take() {
            None => self.file.flush(),
            Some((path, temporary)) => {
                let done = self.file.sync_all().and_then(|()| fs::rename(&temporary, path));
                if done.is_err() {
                    self.names = Some((PathBuf::new(), temporary));
                }
                done
            }
        }
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some((_, temporary)) = &self.names {
            // Best effort: an error in removing a partial file is not reported.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A file that is replaced again and again, see [`Replacement`]. A device or pipe stays open.
#[derive(Debug)]
pub struct ReplacedFile {
    path: PathBuf,
    device: Option<File>,
}

impl ReplacedFile {
    /// Checks that the file at `path` can be written; it is not changed yet.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn open(path: &Path) -> io::Result<ReplacedFile> {
        let replacement = Replacement::begin(path)?;
        let is_device = replacement.names.is_none();
        let device = is_device.then(|| replacement.file.try_clone()).transpose()?;
        Ok(ReplacedFile { path: path.to_owned(), device })
    }

    /// Replaces what is in the file; what is written to a device follows what was written before.
    ///
    /// # Errors
    ///
    /// It cannot be written; a file is as it was.
    pub fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.device {
            Some(device) => device.write_all(bytes),
            None => replace(&self.path, bytes),
        }
    }
}

/// Replaces the file at `path`, see [`Replacement`].
///
/// # Errors
///
/// It cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Replacement::begin(path)?.finish(bytes)
}

/// The word lists that the pack at `path` names: the files below its folder whose names are in its
/// text.
pub fn lists_of(path: &Path) -> Vec<PathBuf> {
    /// Folders of word lists below a pack.
    const DEPTH_MAX: usize = 4;
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    if !text.contains("file:") {
        return Vec::new();
    }
    let below = walkdir::WalkDir::new(folder_of(path)).max_depth(DEPTH_MAX);
    let files = below.into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let is_named = |entry: &walkdir::DirEntry| {
        entry.file_name().to_str().is_some_and(|name| text.contains(name))
    };
    files.filter(is_named).map(walkdir::DirEntry::into_path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_file_that_is_read_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("rules/lists")).unwrap();
        for (name, text) in [
            ("posts.jsonl", "{}"),
            ("rules/a.rules.yaml", "match: { w: { file: [lists/words.txt] } }"),
            ("rules/lists/words.txt", "a"),
            ("rules/lists/other.txt", "a"),
        ] {
            fs::write(path(name), text).unwrap();
        }
        symlink(path("posts.jsonl"), path("link")).unwrap();
        fs::hard_link(path("posts.jsonl"), path("hard")).unwrap();
        let mut check = OutputCheck::default();
        check.reads_inputs(&[Input::File(path("posts.jsonl"))]);
        check.reads_rules(&[path("rules/a.rules.yaml")]);
        for name in ["posts.jsonl", "link", "hard", "rules/../posts.jsonl", "rules/a.rules.yaml"] {
            let refused = check.writes(&path(name), "--out").unwrap_err();
            assert!(refused.contains("is also a"), "{refused}");
        }
        let list = check.writes(&path("rules/lists/words.txt"), "--out").unwrap_err();
        assert!(list.contains("a word list"), "{list}");
        assert!(check.writes(&path("rules"), "--out").unwrap_err().contains("folder"));
        for name in ["new", "rules/lists/other.txt", "rules/new"] {
            assert_eq!(check.writes(&path(name), "--out"), Ok(()), "{name}");
        }
        for name in ["new", "NEW", "rules/../new"] {
            let refused = check.writes(&path(name), "--report").unwrap_err();
            assert!(refused.contains("written by --out"), "{refused}");
        }
        symlink("new", path("dangling")).unwrap();
        assert!(check.writes(&path("dangling"), "--report").is_err());
        assert_eq!(check.writes(Path::new("/dev/null"), "--out"), Ok(()));
        assert_eq!(check.writes(Path::new("/dev/null"), "--report"), Ok(()));
        let mut folders = OutputCheck::default();
        folders.reads_rules(&[path("rules")]);
        assert!(folders.writes(&path("rules/lists/other.txt"), "--out").is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("page"), folder.path().join("link"));
        fs::write(&path, "before").unwrap();
        symlink(&path, &link).unwrap();
        drop(Replacement::begin(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        replace(&link, b"after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        replace(Path::new("/dev/null"), b"gone").unwrap();
        assert!(replace(&folder.path().join("no/such"), b"x").is_err());
    }
}
