//! The rows of a CSV file, one JSON object a line.

use super::invalid::invalid;
use super::peek::{Pending, before_rest, peek};
use csv::ByteRecord;
use std::io::{self, BufReader, Read};

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;

/// Makes a JSON object of each row, with a member for each column of the header: the column `text`
/// is at `/text`. All values are strings. A row may be shorter than the header; cells behind its
/// last column become `column 7` and so on. The separator is the one of `,`, `;` and tab that the
/// first line has most of.
pub(super) struct Rows {
    rows: csv::Reader<BufReader<Box<dyn Read + Send>>>,
    /// The JSON of each column's name.
    names: Vec<Vec<u8>>,
    row: ByteRecord,
    line: Pending,
}

impl Rows {
    /// # Errors
    ///
    /// The header is missing or has a column twice, or reading fails.
    pub fn new(bytes: Box<dyn Read + Send>) -> io::Result<Rows> {
        let mut bytes = bytes;
        let (mut start, error) = peek(&mut bytes, |start, _| start.contains(&b'\n'));
        if start.starts_with("\u{feff}".as_bytes()) {
            start.drain(..3);
        }
        let separator = separator(&start);
        let bytes = BufReader::with_capacity(READ_BYTES, before_rest(start, error, bytes));
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut header = ByteRecord::new();
        rows.read_byte_record(&mut header).map_err(failed)?;
        let mut names: Vec<Vec<u8>> = Vec::new();
        for name in &header {
            let mut quoted = Vec::new();
            push_string(&mut quoted, name);
            if names.contains(&quoted) {
                let name = String::from_utf8_lossy(name);
                return Err(invalid(format!("the column `{name}` is in the header twice")));
            }
            names.push(quoted);
        }
        Ok(Rows { rows, names, row: ByteRecord::new(), line: Pending::default() })
    }

    /// Writes the next row to `line`; `false` at the end.
    fn next_row(&mut self) -> io::Result<bool> {
        self.line.clear();
        if !self.rows.read_byte_record(&mut self.row).map_err(failed)? {
            return Ok(false);
        }
        let line = &mut self.line.bytes;
        line.push(b'{');
        for (at, cell) in self.row.iter().enumerate() {
            if at > 0 {
                line.push(b',');
            }
            match self.names.get(at) {
                Some(name) => line.extend_from_slice(name),
                None => push_string(line, format!("column {}", at + 1).as_bytes()),
            }
            line.push(b':');
            push_string(line, cell);
        }
        line.extend_from_slice(b"}\n");
        Ok(true)
    }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() && (buffer.is_empty() || !self.next_row()?) {
            return Ok(0);
        }
        Ok(self.line.read(buffer))
    }
}

/// The separator that a table with this beginning uses.
pub(super) fn separator(start: &[u8]) -> u8 {
    let end = memchr::memchr(b'\n', start).unwrap_or(start.len());
    let count = |separator: &u8| start[..end].iter().filter(|byte| *byte == separator).count();
    // Of equal counts the last is taken.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// Appends a JSON string; bytes that are not UTF-8 are kept, and repaired when the line is read.
fn push_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=0x1F => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

fn failed(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => invalid(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn lines(table: &[u8]) -> io::Result<Vec<String>> {
        let mut text = Vec::new();
        // The first byte comes alone, as after the format was recognised.
        let (first, rest) = table.split_at(table.len().min(1));
        let bytes = io::Cursor::new(first.to_vec()).chain(io::Cursor::new(rest.to_vec()));
        Rows::new(Box::new(bytes))?.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
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
        assert!(lines(b"").unwrap().is_empty());
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
    }
}
