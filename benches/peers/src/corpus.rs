//! The posts that peers read, and the command lines that name them.

use crate::error::Error;
use crate::peers::Reads;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The posts as files: the whole corpus and its two halves.
#[derive(Debug)]
pub struct Corpus {
    whole: PathBuf,
    first: PathBuf,
    second: PathBuf,
    /// Number of posts.
    pub posts: u64,
    /// Bytes of all posts.
    pub bytes: u64,
}

impl Corpus {
    /// Counts the posts at `path` and writes both halves to `folder`.
    pub fn new(path: &Path, folder: &Path) -> Result<Corpus, Error> {
        let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let bytes = file.metadata()?.len();
        let (first, second) = (folder.join("first.jsonl"), folder.join("second.jsonl"));
        let mut halves = [File::create(&first)?, File::create(&second)?];
        let (mut posts, mut read) = (0, 0);
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut line = Vec::new();
        let mut out = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            posts += 1;
            let half = usize::from(read >= bytes / 2);
            read += line.len() as u64;
            out.append(&mut line);
            let ends_half = half == 0 && read >= bytes / 2;
            if out.len() > 1 << 20 || ends_half {
                halves[half].write_all(&out)?;
                out.clear();
            }
        }
        halves[1].write_all(&out)?;
        Ok(Corpus { whole: path.to_owned(), first, second, posts, bytes })
    }

    /// A corpus without posts.
    pub fn empty(folder: &Path) -> Result<Corpus, Error> {
        let whole = folder.join("nothing.jsonl");
        File::create(&whole)?;
        Ok(Corpus { first: whole.clone(), second: whole.clone(), whole, posts: 0, bytes: 0 })
    }
}

/// The command with the names of its files filled in.
pub fn command(line: &[String], reads: Reads, corpus: &Corpus) -> Result<Command, Error> {
    let (program, arguments) = line.split_first().ok_or("no command")?;
    let mut command = Command::new(program);
    for argument in arguments {
        match argument.as_str() {
            "{corpus}" => command.arg(&corpus.whole),
            "{first}" => command.arg(&corpus.first),
            "{second}" => command.arg(&corpus.second),
            other => command.arg(other),
        };
    }
    if reads == Reads::Stdin {
        command.stdin(File::open(&corpus.whole)?);
    }
    Ok(command)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fs;

    /// A corpus of so many bytes that is on no disk.
    pub fn corpus_of(bytes: u64) -> Corpus {
        let none = PathBuf::new;
        Corpus { whole: none(), first: none(), second: none(), posts: 1, bytes }
    }

    #[test]
    fn the_halves_contain_every_line_once() {
        let folder = std::env::temp_dir().join(format!("peers-halves-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("posts.jsonl");
        for text in ["", "one\n", "one\ntwo\nthree\nfour\n", "one\ntwo, without an end"] {
            fs::write(&path, text).unwrap();
            let corpus = Corpus::new(&path, &folder).unwrap();
            let halves = [&corpus.first, &corpus.second].map(fs::read_to_string);
            let [first, second] = halves.map(Result::unwrap);
            assert_eq!(format!("{first}{second}"), text);
            assert!(first.is_empty() || first.ends_with('\n') || second.is_empty(), "{text:?}");
            assert_eq!(corpus.posts, text.lines().count() as u64);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
