//! The rows of a CSV file, one JSON object a line.
//!
//! A quoted cell may have line breaks. A quote that is never closed would take the rest of the file
//! for one cell, so it is bounded: where a row is over the limit on lines, or the file ends, before
//! a quote is closed, the first line of the row is unreadable, and reading goes on at the next line.

use super::invalid::invalid;
use super::json::{push_string, push_string_byte};
use super::notes::Notes;
use super::peek::{Pending, before_rest, peek};
use std::io::{self, Read};
use tidegate_engine::lines::LineProblem;

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;

/// Makes a JSON object of each row, with a member for each column of the header: the column `text`
/// is at `/text`. All values are strings. A row may be shorter than the header; cells behind its
/// last column become `column 7` and so on. The separator is the one of `,`, `;` and tab that the
/// first line has most of.
///
/// The last row has a line end if the file has one there: without it, more may follow.
pub(super) struct Rows {
    raw: Raw,
    separator: u8,
    line_bytes_max: usize,
    /// The JSON of each column's name.
    names: Vec<Vec<u8>>,
    line: Pending,
    /// Bytes of the lines before the one in `line`.
    offset: u64,
    /// Lines of the file before the next row.
    lines: u64,
    /// Up to here a row was searched for the end of its quote, in bytes of the file.
    searched: u64,
    /// Rows that begin before this byte of the file end with their line.
    one_line_until: u64,
    notes: Notes,
}

/// Where a row is in the bytes that were read, from the start of the row on.
struct Row {
    /// Bytes of the row, with its line end.
    bytes: usize,
    end: RowEnd,
}

enum RowEnd {
    /// It ended.
    Complete,
    /// The file ended.
    File,
    /// A quote is open where the search ended.
    OpenQuote,
    /// It is over the limit.
    TooLong,
}

/// State of the search for the end of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a cell.
    Start,
    /// In a cell without quotes, or behind the quote that closed it.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// Behind a quote in a quoted cell, which closes it or is the first of two.
    Quote,
}

impl Rows {
    /// # Errors
    ///
    /// The header is missing, does not end or has a column twice, or reading fails.
    pub fn new(
        bytes: Box<dyn Read + Send>,
        line_bytes_max: usize,
        notes: Notes,
    ) -> io::Result<Rows> {
        let mut bytes = bytes;
        let (mut start, error) = peek(&mut bytes, |start, _| start.contains(&b'\n'));
        if start.starts_with("\u{feff}".as_bytes()) {
            start.drain(..3);
        }
        let separator = separator(&start);
        let mut rows = Rows {
            raw: Raw::new(before_rest(start, error, bytes)),
            separator,
            line_bytes_max,
            names: Vec::new(),
            line: Pending::default(),
            offset: 0,
            lines: 0,
            searched: 0,
            one_line_until: 0,
            notes,
        };
        rows.read_header()?;
        Ok(rows)
    }

    fn read_header(&mut self) -> io::Result<()> {
        if !self.skip_blank_lines()? {
            return Ok(());
        }
        let mut cells = vec![Vec::new()];
        let limits = self.limits();
        let row = find_row(&mut self.raw, &limits, |part| match (part, cells.last_mut()) {
            (Part::Byte(byte), Some(cell)) => cell.push(byte),
            _ => cells.push(Vec::new()),
        })?;
        match row.end {
            RowEnd::Complete | RowEnd::File => {}
            RowEnd::OpenQuote => return Err(invalid("a quote in the header is not closed")),
            RowEnd::TooLong => {
                return Err(invalid(format!("the header is over {} bytes", self.line_bytes_max)));
            }
        }
        for cell in cells {
            let mut quoted = Vec::new();
            push_string(&mut quoted, &cell);
            if self.names.contains(&quoted) {
                let name = String::from_utf8_lossy(&cell);
                return Err(invalid(format!("the column `{name}` is in the header twice")));
            }
            self.names.push(quoted);
        }
        self.pass(row.bytes);
        Ok(())
    }

    /// Writes the next row to `line`; `false` at the end.
    fn next_row(&mut self) -> io::Result<bool> {
        self.offset += self.line.bytes.len() as u64;
        self.line.clear();
        if !self.skip_blank_lines()? {
            return Ok(false);
        }
        let (limits, names) = (self.limits(), &self.names);
        let (line, mut column) = (&mut self.line.bytes, 0);
        line.push(b'{');
        begin_cell(line, names, column);
        let Row { bytes, end } = find_row(&mut self.raw, &limits, |part| match part {
            Part::Byte(byte) => push_string_byte(line, byte),
            Part::NextCell => {
                column += 1;
                line.extend_from_slice(b"\",");
                begin_cell(line, names, column);
            }
        })?;
        line.extend_from_slice(b"\"}\n");
        match end {
            RowEnd::Complete => self.pass(bytes),
            RowEnd::File => {
                self.line.bytes.pop();
                self.pass(bytes);
            }
            RowEnd::OpenQuote => self.give_up(bytes)?,
            RowEnd::TooLong => {
                let detail = format!("the row is longer than {} bytes", self.line_bytes_max);
                self.refuse(bytes, LineProblem { is_too_long: true, detail })?;
            }
        }
        Ok(true)
    }

    fn limits(&self) -> Limits {
        Limits {
            separator: self.separator,
            bytes_max: self.line_bytes_max,
            is_one_line: self.raw.offset < self.one_line_until,
        }
    }

    /// Gives up a row in which a quote is open after `bytes`: its first line is unreadable, and the
    /// next row begins behind it.
    ///
    /// A second such row within the bytes that were searched shows that quotes are no guide here: the
    /// rows that begin in them then end with their lines. So no byte is searched more than a few
    /// times, however many quotes are open.
    fn give_up(&mut self, bytes: usize) -> io::Result<()> {
        let end = self.raw.offset + bytes as u64;
        let is_at_end = self.raw.byte(bytes)?.is_none();
        let is_too_long = bytes > self.line_bytes_max;
        let line = self.lines + 1;
        let row = format!("a quote in the row that begins in line {line} of the table");
        let detail = if is_at_end {
            format!("{row} is not closed before the end")
        } else if is_too_long {
            format!("{row} is not closed within {} bytes", self.line_bytes_max)
        } else {
            format!("{row} is not closed in that line")
        };
        if is_at_end {
            self.notes.set_provisional(self.offset);
        }
        if self.raw.offset < self.searched {
            self.one_line_until = end.max(self.searched);
        }
        self.searched = end.max(self.searched);
        self.refuse(bytes, LineProblem { is_too_long, detail })
    }

    /// Writes the next line, of which `bytes` are ready, as one that is no post, and passes over it.
    fn refuse(&mut self, bytes: usize, problem: LineProblem) -> io::Result<()> {
        self.notes.add_problem(self.offset, problem);
        let ready = &self.raw.ready()[..bytes];
        let length = memchr::memchr2(b'\n', b'\r', ready).unwrap_or(bytes);
        let line = &mut self.line.bytes;
        line.clear();
        if ready.trim_ascii_start().starts_with(b"{") {
            // A reader that does not look for problems must not take it for a post.
            line.push(b'"');
        }
        // What is over the limit is not kept.
        line.extend_from_slice(&ready[..length.min(self.line_bytes_max)]);
        self.pass(length);
        while let Some(byte) = self.raw.byte(0)? {
            self.pass(1);
            if matches!(byte, b'\n' | b'\r') {
                self.line.bytes.push(b'\n');
                break;
            }
        }
        Ok(())
    }

    /// Passes over line ends; `false` at the end of the file.
    fn skip_blank_lines(&mut self) -> io::Result<bool> {
        loop {
            match self.raw.byte(0)? {
                None => return Ok(false),
                Some(b'\n' | b'\r') => self.pass(1),
                Some(_) => return Ok(true),
            }
        }
    }

    fn pass(&mut self, bytes: usize) {
        self.lines += memchr::memchr_iter(b'\n', &self.raw.ready()[..bytes]).count() as u64;
        self.raw.pass(bytes);
    }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.line.is_empty() {
            if buffer.is_empty() || !self.next_row()? {
                return Ok(0);
            }
        }
        Ok(self.line.read(buffer))
    }
}

/// The bytes of a file from the start of a row on.
struct Raw {
    bytes: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    from: usize,
    /// Bytes of the file before the row.
    offset: u64,
    is_at_end: bool,
}

impl Raw {
    fn new(bytes: Box<dyn Read + Send>) -> Raw {
        Raw { bytes, buffer: Vec::new(), from: 0, offset: 0, is_at_end: false }
    }

    fn ready(&self) -> &[u8] {
        &self.buffer[self.from..]
    }

    /// Byte `at` of the row; `None` at the end of the file.
    #[inline]
    fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        if let Some(byte) = self.buffer.get(self.from + at) {
            return Ok(Some(*byte));
        }
        self.read_on(at)
    }

    #[cold]
    fn read_on(&mut self, at: usize) -> io::Result<Option<u8>> {
        self.buffer.drain(..self.from);
        self.from = 0;
        while self.buffer.len() <= at && !self.is_at_end {
            let before = self.buffer.len();
            self.buffer.resize(before + READ_BYTES, 0);
            let count = self.bytes.read(&mut self.buffer[before..]);
            self.buffer.truncate(before + *count.as_ref().unwrap_or(&0));
            self.is_at_end = count? == 0;
        }
        Ok(self.buffer.get(at).copied())
    }

    /// Passes over bytes that are ready.
    fn pass(&mut self, bytes: usize) {
        self.from += bytes;
        self.offset += bytes as u64;
    }
}

/// What a row is made of, and how far it may go.
struct Limits {
    separator: u8,
    /// Bytes before the line end.
    bytes_max: usize,
    /// No cell has a line break.
    is_one_line: bool,
}

/// A part of a row.
enum Part {
    /// A byte of the current cell.
    Byte(u8),
    /// The current cell has ended, another begins.
    NextCell,
}

/// Finds the end of the row that begins at the first byte of `raw`, which keeps its bytes. The parts
/// are passed to `part`.
fn find_row(raw: &mut Raw, limits: &Limits, mut part: impl FnMut(Part)) -> io::Result<Row> {
    let (mut state, mut at) = (State::Start, 0);
    loop {
        let open = |end| match state {
            State::Quoted => RowEnd::OpenQuote,
            _ => end,
        };
        let Some(byte) = raw.byte(at)? else {
            return Ok(Row { bytes: at, end: open(RowEnd::File) });
        };
        let is_break = matches!(byte, b'\n' | b'\r');
        if at > limits.bytes_max {
            return Ok(Row { bytes: at, end: open(RowEnd::TooLong) });
        }
        at += 1;
        state = match (state, byte) {
            (State::Quoted, b'"') => State::Quote,
            (State::Quoted, _) if is_break && limits.is_one_line => {
                return Ok(Row { bytes: at - 1, end: RowEnd::OpenQuote });
            }
            (State::Start, b'"') => State::Quoted,
            (State::Quoted, _) | (State::Quote, b'"') => {
                part(Part::Byte(byte));
                State::Quoted
            }
            _ if is_break => return Ok(Row { bytes: at, end: RowEnd::Complete }),
            _ if byte == limits.separator => {
                part(Part::NextCell);
                State::Start
            }
            _ => {
                part(Part::Byte(byte));
                State::Plain
            }
        };
    }
}

/// Writes the name of a column and the quote before its value.
fn begin_cell(line: &mut Vec<u8>, names: &[Vec<u8>], column: usize) {
    match names.get(column) {
        Some(name) => line.extend_from_slice(name),
        None => push_string(line, format!("column {}", column + 1).as_bytes()),
    }
    line.extend_from_slice(b":\"");
}

/// The separator that a table with this beginning uses.
pub(super) fn separator(start: &[u8]) -> u8 {
    let end = memchr::memchr(b'\n', start).unwrap_or(start.len());
    let count = |separator: &u8| start[..end].iter().filter(|byte| *byte == separator).count();
    // Of equal counts the last is taken.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// The lines of a table, and the problems of those that are none: their details by line.
    fn read(table: &[u8], line_bytes_max: usize) -> io::Result<(String, Vec<(usize, String)>)> {
        let mut text = Vec::new();
        // The first byte comes alone, as after the format was recognised.
        let (first, rest) = table.split_at(table.len().min(1));
        let bytes = io::Cursor::new(first.to_vec()).chain(io::Cursor::new(rest.to_vec()));
        let notes = Notes::default();
        Rows::new(Box::new(bytes), line_bytes_max, notes.clone())?.read_to_end(&mut text)?;
        let mut known = tidegate_engine::lines::LineNotes::default();
        notes.take(0, u64::MAX, &mut known);
        let line_of = |at: u64| memchr::memchr_iter(b'\n', &text[..at as usize]).count();
        let problems = known.problems.into_iter();
        let problems = problems.map(|(at, problem)| (line_of(at), problem.detail)).collect();
        Ok((String::from_utf8_lossy(&text).into_owned(), problems))
    }

    fn lines(table: &[u8]) -> io::Result<Vec<String>> {
        let (text, problems) = read(table, 1000)?;
        assert_eq!(problems, []);
        Ok(text.lines().map(str::to_owned).collect())
    }

    #[test]
    fn rows_are_objects() {
        let table = "\u{feff}id,text\r\n1,\"say \"\"hi\"\",\nyou\"\n2\n\n3,a,b\n";
        let expected = [
            r#"{"id":"1","text":"say \"hi\",\nyou"}"#,
            r#"{"id":"2"}"#,
            r#"{"id":"3","text":"a","column 3":"b"}"#,
        ];
        assert_eq!(lines(table.as_bytes()).unwrap(), expected);
        assert_eq!(lines(b"id;a,b;text\n1;2;3\n").unwrap(), [r#"{"id":"1","a,b":"2","text":"3"}"#]);
        assert_eq!(lines(b"id\ttext\n1\ta,b,c\n").unwrap(), [r#"{"id":"1","text":"a,b,c"}"#]);
        assert!(lines(b"a,a\n").unwrap_err().to_string().contains("twice"));
        assert!(lines(b"a,\"b\n1,2\n").unwrap_err().to_string().contains("header is not closed"));
        assert!(read(b"a,bc\n", 3).unwrap_err().to_string().contains("over 3 bytes"));
        assert!(lines(b"").unwrap().is_empty());
    }

    #[test]
    fn the_last_row_ends_as_the_file_does() {
        for (table, ends) in [("a\n1", false), ("a\n1\n", true), ("a\n\"1", false)] {
            assert_eq!(read(table.as_bytes(), 99).unwrap().0.ends_with('\n'), ends, "{table:?}");
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_a_line() {
        let table = "a,b\n1,2\n3,\"four\n5,6\n7,8";
        let (text, problems) = read(table.as_bytes(), 1000).unwrap();
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(rows[..2], [r#"{"a":"1","b":"2"}"#, "3,\"four"]);
        assert_eq!(rows[2..], [r#"{"a":"5","b":"6"}"#, r#"{"a":"7","b":"8"}"#]);
        let said =
            "a quote in the row that begins in line 3 of the table is not closed before the end";
        assert_eq!(problems, [(1, said.to_owned())]);
        // In a row that has line breaks before it, a row for each of its lines.
        let table = "a,b\r\n1,\"x\r\ny\",\"four\r\n5,6\r\n";
        let (text, problems) = read(table.as_bytes(), 1000).unwrap();
        assert_eq!(text, "1,\"x\ny\",\"four\n{\"a\":\"5\",\"b\":\"6\"}\n");
        assert_eq!(problems.iter().map(|it| it.0).collect::<Vec<_>>(), [0, 1]);
        assert!(problems[1].1.contains("line 3"), "{}", problems[1].1);
        // A row that is open where an earlier one was ends with its line.
        let (text, problems) =
            read("a,b\nx\"y,\"z\nx\"y,\"z\nx\"y,\"z\n5,6\n".as_bytes(), 1000).unwrap();
        assert!(text.ends_with("{\"a\":\"5\",\"b\":\"6\"}\n"), "{text}");
        assert_eq!(problems.iter().map(|it| it.0).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(problems[2].1.ends_with("line 4 of the table is not closed in that line"));
    }

    #[test]
    fn a_row_is_bounded() {
        let filling = "5,6\n".repeat(10);
        // The row is as long as it may be, and one byte longer.
        for (length, is_read) in [(17, true), (18, false)] {
            let row = format!("1,\"{}\n\"", "x".repeat(length - 4));
            let (text, problems) = read(format!("a,b\n{row}\n5,6\n").as_bytes(), 18).unwrap();
            assert_eq!((problems.is_empty(), text.contains("\\n")), (is_read, is_read), "{text}");
            assert!(text.ends_with("{\"a\":\"5\",\"b\":\"6\"}\n"), "{text}");
        }
        let (text, problems) = read(format!("a,b\n1,\"2\n{filling}").as_bytes(), 18).unwrap();
        assert_eq!((text.lines().count(), problems.len()), (11, 1));
        assert!(problems[0].1.contains("line 2 of the table is not closed within 18 bytes"));
        let long = format!("a,b\n1,{}\n{filling}", "x".repeat(99));
        let (text, problems) = read(long.as_bytes(), 18).unwrap();
        assert_eq!((text.lines().count(), problems.len()), (11, 1));
        assert_eq!(problems[0].1, "the row is longer than 18 bytes");
    }

    #[test]
    fn open_quotes_in_every_line_are_searched_for_once() {
        // Each line closes the quote of another and opens one, so every row is open up to the limit.
        let table = format!("a,b\n{}", "x\"y,\"z\n".repeat(100_000));
        let started = std::time::Instant::now();
        let (text, problems) = read(table.as_bytes(), 1 << 20).unwrap();
        assert_eq!((text.lines().count(), problems.len()), (100_000, 100_000));
        assert!(started.elapsed().as_secs() < 20, "took {:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn cells_are_kept(cells in prop::collection::vec("[a\",;\\\\\n\r\t\u{1} é]{0,8}", 3)) {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(["a", "b", "c"]).unwrap();
            writer.write_record(&cells).unwrap();
            let read = lines(&writer.into_inner().unwrap()).unwrap();
            let row: Value = serde_json::from_str(&read[0]).unwrap();
            prop_assert_eq!(row, serde_json::json!({ "a": cells[0], "b": cells[1], "c": cells[2] }));
        }

        #[test]
        fn rows_are_those_of_another_reader(rows in "[a\",\n\r]{0,40}") {
            let (text, problems) = read(format!("a,b\n{rows}").as_bytes(), 1000).unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true)
                .from_reader(rows.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            let read: Vec<Vec<String>> = text.lines().take(problems.first().map_or(999, |it| it.0))
                .map(|line| {
                    let row: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
                    row.values().map(|value| value.as_str().unwrap().to_owned()).collect()
                })
                .collect();
            // The other reader takes what follows an open quote for one cell.
            let complete = expected.len() - usize::from(!problems.is_empty());
            prop_assert_eq!(read, &expected[..complete]);
        }
    }
}
