//! Waits until rule files change.
//!
//! Names, sizes and modification times are polled a few times per second. Polling needs no
//! system service, works on every file system, and rule folders are small.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Time between two polls: short enough to react to a save, at negligible cost.
pub const PERIOD: Duration = Duration::from_millis(200);

/// The files below some paths, with their sizes and modification times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(Vec<(PathBuf, u64, Option<SystemTime>)>);

impl Snapshot {
    /// Reads the state of the files below `paths`; missing paths are skipped.
    pub fn of(paths: &[PathBuf]) -> Snapshot {
        let mut files: Vec<_> = paths.iter().flat_map(|path| below(path)).collect();
        files.sort();
        Snapshot(files)
    }

    /// Waits until the files differ, and then until they stop changing: an editor may write
    /// in several steps.
    pub fn wait(self, paths: &[PathBuf]) -> Snapshot {
        let mut before = self;
        let mut has_changed = false;
        loop {
            std::thread::sleep(PERIOD);
            let now = Snapshot::of(paths);
            let is_same = now == before;
            if has_changed && is_same {
                return now;
            }
            has_changed |= !is_same;
            before = now;
        }
    }
}

fn below(path: &Path) -> impl Iterator<Item = (PathBuf, u64, Option<SystemTime>)> {
    let entries = walkdir::WalkDir::new(path).follow_links(true).into_iter();
    entries.flatten().filter(|entry| entry.file_type().is_file()).map(|entry| {
        let metadata = entry.metadata().ok();
        let bytes = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        (entry.into_path(), bytes, metadata.and_then(|it| it.modified().ok()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn every_kind_of_change_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        let mut before = Snapshot::of(&paths);
        let mut changed = |what: &str| {
            let now = Snapshot::of(&paths);
            assert_ne!(now, before, "{what}");
            before = now;
        };
        let file = folder.path().join("a/b.txt");
        fs::create_dir(file.parent().unwrap()).unwrap();
        fs::write(&file, "one").unwrap();
        changed("a new file");
        fs::write(&file, "longer").unwrap();
        changed("another size");
        let open = fs::File::options().write(true).open(&file).unwrap();
        open.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        changed("another time");
        fs::remove_file(&file).unwrap();
        changed("a file that is gone");
        fs::remove_dir_all(folder.path()).unwrap();
        assert_eq!(Snapshot::of(&paths), before, "two empty snapshots are equal");
    }
}
