//! The files of a tar archive that hold lines, one after the other.

use super::compressed::{self, read_start};
use super::invalid::{invalid, is_refusal};
use super::names::{LINES_NAMES, has_lines_name};
use super::notes::Notes;
use super::settings::Making;
use super::text::of_text;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};
use tar::{EntryType, Header};
use tidegate_engine::lines;

/// Bytes of a block: headers are one, and contents are filled up to whole ones.
const BLOCK: u64 = 512;

/// The longest name that is read, in bytes.
const NAME_BYTES_MAX: u64 = 1 << 16;

/// Reads the lines of the regular files whose names are those of JSON lines, decompressed. Each ends
/// with a line end, so that no line continues in the next file.
pub(super) struct Members {
    archive: Arc<Mutex<Box<dyn Read + Send>>>,
    making: Making,
    notes: Notes,
    member: Option<Member>,
    /// Bytes and lines passed on.
    passed: (u64, u64),
    /// Bytes that fill up the member's last block.
    filling: u64,
    ends_line: bool,
    has_members: bool,
    is_finished: bool,
}

/// The member being read.
struct Member {
    name: String,
    reader: Box<dyn Read + Send>,
    /// How many of its bytes in the archive are left.
    left: Arc<Mutex<u64>>,
}

impl Members {
    /// The name of each member is noted for its lines.
    pub fn new(archive: Box<dyn Read + Send>, making: Making, notes: Notes) -> Members {
        Members {
            archive: Arc::new(Mutex::new(archive)),
            making,
            notes,
            member: None,
            passed: (0, 0),
            filling: 0,
            ends_line: true,
            has_members: false,
            is_finished: false,
        }
    }

    /// Finds the next member that holds lines; `false` at the end of the archive.
    fn next_member(&mut self) -> io::Result<bool> {
        let mut long_name = None;
        loop {
            let mut block = [0; BLOCK as usize];
            self.part(BLOCK).read_exact(&mut block)?;
            if block.iter().all(|byte| *byte == 0) {
                return Ok(false);
            }
            let header = Header::from_byte_slice(&block);
            let size = header.entry_size()?;
            let filling = size.next_multiple_of(BLOCK) - size;
            let kind = header.entry_type();
            if kind == EntryType::GNULongName || kind == EntryType::XHeader {
                let mut content = Vec::new();
                self.part(size.min(NAME_BYTES_MAX)).read_to_end(&mut content)?;
                self.skip(size.saturating_sub(NAME_BYTES_MAX) + filling)?;
                long_name = name_in(kind, &content).or(long_name);
                continue;
            }
            let name = long_name
                .take()
                .unwrap_or_else(|| String::from_utf8_lossy(&header.path_bytes()).into_owned());
            let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
            if !is_file || !has_lines_name(&name) {
                self.skip(size + filling)?;
                continue;
            }
            self.open(&name, size, filling).map_err(|error| in_member(&name, &error))?;
            return Ok(true);
        }
    }

    fn open(&mut self, name: &str, size: u64, filling: u64) -> io::Result<()> {
        self.has_members = true;
        self.filling = filling;
        self.ends_line = true;
        let mut part = self.part(size);
        let left = part.left.clone();
        let (compression, start) = read_start(&mut part)?;
        let bytes = Box::new(Cursor::new(start).chain(part));
        let window_bytes_max = self.making.format.window_bytes_max;
        let reader = compressed::reader(compression, bytes, window_bytes_max)?;
        let (offset, lines_before) = self.passed;
        let full_name = format!("{}:{name}", self.making.name).into();
        let (first_line, name) = (lines_before + 1, name.to_owned());
        self.notes.begin_member(lines::Member { offset, first_line, name: full_name });
        let reader = of_text(&self.making, reader, self.notes.clone())?;
        self.member = Some(Member { name, reader, left });
        Ok(())
    }

    fn part(&self, bytes: u64) -> Part {
        Part { archive: self.archive.clone(), left: Arc::new(Mutex::new(bytes)) }
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.passed.0 += bytes.len() as u64;
        self.passed.1 += memchr::memchr_iter(b'\n', bytes).count() as u64;
    }

    fn skip(&self, bytes: u64) -> io::Result<()> {
        io::copy(&mut self.part(bytes), &mut io::sink()).map(|_| ())
    }
}

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_finished && !buffer.is_empty() {
            if let Some(Member { name, reader, left }) = &mut self.member {
                let count = reader.read(buffer).map_err(|error| in_member(name, &error))?;
                if count > 0 {
                    self.ends_line = buffer[count - 1] == b'\n';
                    self.pass(&buffer[..count]);
                    return Ok(count);
                }
                let rest = *left.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                self.member = None;
                self.skip(rest + self.filling)?;
                if !self.ends_line {
                    buffer[0] = b'\n';
                    self.pass(b"\n");
                    return Ok(1);
                }
            }
            if !self.next_member()? {
                self.is_finished = true;
                if !self.has_members {
                    return Err(invalid(format!("no file in the archive is named {LINES_NAMES}")));
                }
            }
        }
        Ok(0)
    }
}

/// An error that names the member in which it was met.
fn in_member(name: &str, error: &io::Error) -> io::Error {
    let message = format!("{name}: {error}");
    if is_refusal(error) { invalid(message) } else { io::Error::new(error.kind(), message) }
}

/// The next bytes of an archive, so many at most.
struct Part {
    archive: Arc<Mutex<Box<dyn Read + Send>>>,
    left: Arc<Mutex<u64>>,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A panic of another reader of this archive ends its run.
        let mut left = self.left.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let most = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let mut archive = self.archive.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let count = archive.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive is cut short"));
        }
        *left -= count as u64;
        Ok(count)
    }
}

/// The name that a header about the next member gives.
fn name_in(kind: EntryType, content: &[u8]) -> Option<String> {
    if kind == EntryType::GNULongName {
        let name = content.split(|byte| *byte == 0).next()?;
        return Some(String::from_utf8_lossy(name).into_owned());
    }
    let records = tar::PaxExtensions::new(content).filter_map(Result::ok);
    let path = records.filter(|record| record.key_bytes() == b"path").last()?;
    Some(String::from_utf8_lossy(path.value_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::settings::{Form, Format};
    use super::*;
    use tidegate_engine::lines::LineNotes;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append_data(&mut header, name, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn members(archive: Vec<u8>, form: Form, notes: &Notes) -> Members {
        let format = Format { form, ..Format::default() };
        let making = Making { format, line_bytes_max: 1000, name: "a.tar".to_owned() };
        Members::new(Box::new(Cursor::new(archive)), making, notes.clone())
    }

    fn read(archive: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        members(archive, Form::JsonLines, &Notes::default()).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn files_of_lines_are_read_one_after_the_other() {
        let zstd = zstd::encode_all(b"three\n".as_slice(), 1).unwrap();
        let long = format!("{}/four.ndjson", "folder/".repeat(40));
        let whole = archive(&[
            ("one.jsonl", b"one"),
            ("readme.txt", b"not read"),
            ("two.ndjson", b"two\n"),
            ("three.jsonl.zst", &zstd),
            (&long, b"four\n"),
            ("empty.jsonl", b""),
        ]);
        assert_eq!(read(whole.clone()).unwrap(), "one\ntwo\nthree\nfour\n");
        let error = read(whole[..600].to_vec()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let none = read(archive(&[("readme.txt", b"a")])).unwrap_err().to_string();
        assert!(none.contains("*.jsonl"), "{none}");
    }

    #[test]
    fn members_are_tables_of_their_own_and_are_named() {
        let files: [(&str, &[u8]); 2] = [("b/1.jsonl", b"a\n1\n2"), ("2.jsonl", b"b\n3\n\"4\n5\n")];
        let (notes, mut text) = (Notes::default(), String::new());
        members(archive(&files), Form::Table, &notes).read_to_string(&mut text).unwrap();
        assert_eq!(text, "{\"a\":\"1\"}\n{\"a\":\"2\"}\n{\"b\":\"3\"}\n\"4\n{\"b\":\"5\"}\n");
        let mut known = LineNotes::default();
        notes.take(0, u64::MAX, &mut known);
        let names: Vec<_> =
            known.members.iter().map(|it| (&*it.name, it.offset, it.first_line)).collect();
        assert_eq!(names, [("a.tar:b/1.jsonl", 0, 1), ("a.tar:2.jsonl", 20, 3)]);
        assert_eq!(known.problems[0].0, 30);
        let damaged = archive(&[("c.jsonl.gz", b"\x1f\x8bno")]);
        let error = read(damaged).unwrap_err().to_string();
        assert!(error.starts_with("c.jsonl.gz: "), "{error}");
    }
}
