//! Reads a file that grows, as `tail -F` does.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is followed, by its name.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    path: PathBuf,
    ends_line: bool,
    /// The text ends where the file is replaced or emptied.
    ends_at_change: bool,
    is_over: bool,
}

impl Follow {
    /// The file of this name. With `ends_at_change`, reading ends where it is replaced or emptied.
    pub fn of(path: &Path, ends_at_change: bool) -> Follow {
        Follow { path: path.to_owned(), ends_line: true, ends_at_change, is_over: false }
    }

    /// Was the file replaced or emptied, and does reading end there?
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Reads what `file` has; 0 if there is nothing now. Where another file has taken the name, it is
    /// opened once the old one has nothing more; where the file was emptied, it is read from its
    /// start. A line that had no end by then is ended.
    pub fn read(&mut self, file: &mut Arc<File>, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = (&**file).read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.has_changed(file)? {
            count = self.change(file, buffer)?;
        }
        if count > 0 {
            self.ends_line = buffer[count - 1] == b'\n';
        }
        Ok(count)
    }

    /// Was the file replaced or emptied? A file that is missing may come back.
    fn has_changed(&self, file: &File) -> io::Result<bool> {
        let Ok(named) = self.path.metadata() else { return Ok(false) };
        let own = file.metadata()?;
        let is_other = (named.dev(), named.ino()) != (own.dev(), own.ino());
        Ok(is_other || own.len() < (&*file).stream_position()?)
    }

    fn change(&mut self, file: &mut Arc<File>, buffer: &mut [u8]) -> io::Result<usize> {
        // What was written before the change comes first.
        let count = (&**file).read(buffer)?;
        if count > 0 {
            return Ok(count);
        }
        if self.ends_at_change {
            self.is_over = true;
            return Ok(0);
        }
        if !self.ends_line {
            buffer[0] = b'\n';
            return Ok(1);
        }
        let own = file.metadata()?;
        let is_emptied = own.len() < (&**file).stream_position()?;
        if is_emptied && self.path.metadata().is_ok_and(|named| named.ino() == own.ino()) {
            (&**file).seek(SeekFrom::Start(0))?;
        } else {
            *file = Arc::new(File::open(&self.path)?);
        }
        (&**file).read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    #[test]
    fn a_file_is_followed_when_it_grows_is_replaced_or_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let append = |text: &str| {
            let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        append("one\n");
        let mut file = Arc::new(File::open(&path).unwrap());
        let mut follow = Follow::of(&path, false);
        let mut read = || {
            let (mut text, mut buffer) = (Vec::new(), [0; 3]);
            loop {
                match follow.read(&mut file, &mut buffer).unwrap() {
                    0 => return String::from_utf8(text).unwrap(),
                    count => text.extend_from_slice(&buffer[..count]),
                }
            }
        };
        assert_eq!((read(), read()), ("one\n".to_owned(), String::new()));
        append("two\nthr");
        assert_eq!(read(), "two\nthr");
        // Replaced, after something was added to the old file.
        append("ee");
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        assert_eq!(read(), "ee");
        append("four\n");
        assert_eq!(read(), "\nfour\n");
        File::create(&path).unwrap();
        append("5\n");
        assert_eq!(read(), "5\n");
        fs::remove_file(&path).unwrap();
        assert_eq!(read(), "");
        append("six\n");
        assert_eq!(read(), "six\n");
    }

    #[test]
    fn a_text_may_end_where_the_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one").unwrap();
        let mut file = Arc::new(File::open(&path).unwrap());
        let (mut follow, mut buffer) = (Follow::of(&path, true), [0; 9]);
        assert_eq!(follow.read(&mut file, &mut buffer).unwrap(), 3);
        assert_eq!((follow.read(&mut file, &mut buffer).unwrap(), follow.is_over()), (0, false));
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        fs::write(&path, "two").unwrap();
        assert_eq!((follow.read(&mut file, &mut buffer).unwrap(), follow.is_over()), (0, true));
    }
}
