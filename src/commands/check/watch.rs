//! Waits until rule files change.
//!
//! Files are looked at a few times a second: names, sizes and times of change. That needs
//! nothing of the system, works on every kind of disk, and rule folders are small.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Between two looks: an editor's save is answered at once, and looking costs nothing.
const PERIOD: Duration = Duration::from_millis(200);

/// What is seen of the files below some paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen(Vec<(PathBuf, u64, Option<SystemTime>)>);

impl Seen {
    /// Looks at the files below `paths`. What is not there is seen as nothing.
    pub fn of(paths: &[PathBuf]) -> Seen {
        let mut files: Vec<_> = paths.iter().flat_map(|path| below(path)).collect();
        files.sort();
        Seen(files)
    }

    /// Waits until the files are not as they were, and then until they are still: an
    /// editor may write in several steps.
    pub fn wait(self, paths: &[PathBuf]) -> Seen {
        let mut before = self;
        let mut has_changed = false;
        loop {
            std::thread::sleep(PERIOD);
            let now = Seen::of(paths);
            let is_still = now == before;
            if has_changed && is_still {
                return now;
            }
            has_changed |= !is_still;
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
    fn every_kind_of_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        let mut before = Seen::of(&paths);
        let mut changed = |what: &str| {
            let now = Seen::of(&paths);
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
        assert_eq!(Seen::of(&paths), before, "nothing and nothing are alike");
    }
}
