//! Formats that are recognised and refused, each with what to do instead.
//!
//! Only what cannot be JSON lines is recognised: an input that begins with a line that is not a post
//! is read, and each of its lines gets a verdict.

use super::invalid::invalid;
use super::peek::peek;
use super::settings::Form;
use super::table;
use std::fmt;
use std::io::{self, Read};

/// A format that cannot be read, or only with a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A JSON array.
    Array,
    /// A table with a header; the separator is in the name.
    Table,
    /// UTF-16, little endian or big endian.
    Utf16,
    /// UTF-32.
    Utf32,
    /// A zip archive.
    Zip,
    /// A 7-zip archive.
    SevenZip,
    /// A rar archive.
    Rar,
    /// Parquet, which is read from files.
    Parquet,
    /// Parquet whose metadata is encrypted.
    EncryptedParquet,
    /// Avro.
    Avro,
    /// ORC.
    Orc,
    /// An Arrow file.
    Arrow,
    /// lz4.
    Lz4,
    /// Framed snappy.
    Snappy,
    /// An SQLite database.
    Sqlite,
    /// PDF.
    Pdf,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, instead) = match self {
            Foreign::Array => {
                ("a JSON array", "read it with tidegate --array, or convert it: jq -c '.[]' FILE")
            }
            Foreign::Table => (
                "a table (CSV)",
                "read it with tidegate --csv, or convert it: mlr --icsv --ojsonl cat FILE",
            ),
            Foreign::Utf16 => (
                "UTF-16",
                "read it with tidegate --encoding utf-16le (or utf-16be), or convert it: iconv -f UTF-16 -t UTF-8",
            ),
            Foreign::Utf32 => ("UTF-32", "convert it first: iconv -f UTF-32 -t UTF-8"),
            Foreign::Zip => ("a zip archive", "unpack it first: unzip -p FILE | tidegate"),
            Foreign::SevenZip => ("a 7-zip archive", "unpack it first: 7z x -so FILE | tidegate"),
            Foreign::Rar => ("a rar archive", "unpack it first: unrar p -inul FILE | tidegate"),
            Foreign::Parquet if cfg!(feature = "parquet") => (
                "Parquet",
                "its index is at its end, so it is read from a file: name the file that has it, \
                 not compressed and not in an archive, without --array, --csv, --encoding, --follow \
                 and --preset lines",
            ),
            Foreign::Parquet => (
                "Parquet",
                "this program was built without it: build it with --features parquet, or write \
                 the file as JSON lines first, for example with DuckDB",
            ),
            Foreign::EncryptedParquet => {
                ("encrypted Parquet", "write it without encryption, or as JSON lines")
            }
            Foreign::Avro => ("Avro", "write it as JSON lines first: avro-tools tojson FILE"),
            Foreign::Orc => ("ORC", "write it as JSON lines first: orc-contents FILE"),
            Foreign::Arrow => ("an Arrow file", "write it as JSON lines first"),
            Foreign::Lz4 => ("lz4", "unpack it first: lz4 -dc FILE | tidegate"),
            Foreign::Snappy => ("snappy", "unpack it first: snzip -dc FILE | tidegate"),
            Foreign::Sqlite => ("an SQLite database", "write its rows as JSON lines first"),
            Foreign::Pdf => ("PDF", "convert it to text first: pdftotext FILE -"),
        };
        write!(f, "this is {what}, not JSON lines; {instead}")
    }
}

impl Foreign {
    /// What it is, for messages: `a JSON array`.
    pub fn name(self) -> String {
        let text = self.to_string();
        let name =
            text.strip_prefix("this is ").and_then(|rest| rest.split_once(", not JSON lines"));
        name.map_or(text.clone(), |(name, _)| name.to_owned())
    }
}

/// The format of an input that begins with `start` and is not JSON lines, as far as can be seen.
pub fn of_start(start: &[u8]) -> Option<Foreign> {
    match see(start, Form::JsonLines, false, true) {
        Seen::Foreign(foreign) => Some(foreign),
        Seen::Undecided | Seen::Lines | Seen::Tar => None,
    }
}

/// First bytes of formats that are not text.
const MAGICS: [(Foreign, &[u8]); 15] = [
    (Foreign::Zip, b"PK\x03\x04"),
    (Foreign::Zip, b"PK\x05\x06"),
    (Foreign::SevenZip, b"7z\xbc\xaf\x27\x1c"),
    (Foreign::Rar, b"Rar!\x1a\x07"),
    (Foreign::Parquet, b"PAR1"),
    (Foreign::EncryptedParquet, b"PARE"),
    (Foreign::Avro, b"Obj\x01"),
    (Foreign::Orc, b"ORC\x08"),
    (Foreign::Arrow, b"ARROW1\x00\x00"),
    (Foreign::Lz4, b"\x04\x22\x4d\x18"),
    (Foreign::Snappy, b"\xff\x06\x00\x00sNaPpY"),
    (Foreign::Sqlite, b"SQLite format 3\x00"),
    (Foreign::Pdf, b"%PDF-"),
    (Foreign::Utf32, b"\xff\xfe\x00\x00"),
    (Foreign::Utf32, b"\x00\x00\xfe\xff"),
];

/// Where the name of the tar format is in the first header.
const USTAR_AT: usize = 257;

/// Bytes of the longest name of a file in a tar header; zeros follow it.
const TAR_NAME_BYTES: usize = 100;

/// What the first bytes of an input show.
enum Seen {
    /// More bytes are needed.
    Undecided,
    /// Lines in the wanted form, as far as can be seen.
    Lines,
    /// A tar archive.
    Tar,
    /// A format that cannot be read so.
    Foreign(Foreign),
}

/// The first bytes of an input, to be read before the rest.
#[derive(Debug)]
pub(super) struct Peeked {
    pub bytes: Vec<u8>,
    pub kind: Kind,
    /// Why no more can be read.
    pub failed: Option<io::Error>,
}

/// What an input that can be read is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text in the wanted form.
    Text,
    /// A tar archive.
    Tar,
    /// A Parquet file.
    Parquet,
}

/// Reads the bytes that show what an input is: of JSON lines no more than come with the first one.
///
/// # Errors
///
/// The input is in another format ([`Foreign`]). An error of reading is left in the result.
pub(super) fn recognise(input: &mut impl Read, form: Form, is_encoded: bool) -> io::Result<Peeked> {
    let mut seen = Seen::Undecided;
    let (bytes, failed) = peek(input, |start, is_all| {
        seen = see(start, form, is_encoded, is_all);
        !matches!(seen, Seen::Undecided)
    });
    let kind = match seen {
        Seen::Foreign(Foreign::Parquet) if form == Form::JsonLines && !is_encoded => Kind::Parquet,
        Seen::Foreign(foreign) => return Err(refused(foreign)),
        Seen::Undecided | Seen::Lines => Kind::Text,
        Seen::Tar => Kind::Tar,
    };
    Ok(Peeked { bytes, kind, failed })
}

/// The error of an input in a format that cannot be read, or not so.
pub(super) fn refused(foreign: Foreign) -> io::Error {
    invalid(foreign.to_string())
}

fn see(start: &[u8], form: Form, is_encoded: bool, is_all: bool) -> Seen {
    let text = start.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(start);
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace());
    if first.is_some_and(|at| text[at] == b'{' && text.get(at + 1).is_some_and(|next| *next != 0)) {
        return Seen::Lines;
    }
    if let Some((foreign, _)) = MAGICS.iter().find(|(_, magic)| start.starts_with(magic)) {
        return Seen::Foreign(*foreign);
    }
    let may_follow = |magic: &[u8]| magic.len() > start.len() && magic.starts_with(start);
    if !is_all && MAGICS.iter().any(|(_, magic)| may_follow(magic)) {
        return Seen::Undecided;
    }
    if start.len() >= USTAR_AT + 5 && start[USTAR_AT..].starts_with(b"ustar") {
        return Seen::Tar;
    }
    if is_utf32(start, is_all) {
        return Seen::Foreign(Foreign::Utf32);
    }
    let name = &start[..start.len().min(TAR_NAME_BYTES)];
    let may_be_tar = name.contains(&0) && start.len() < USTAR_AT + 5;
    if may_be_tar && !is_all && !is_utf16(start) {
        return Seen::Undecided;
    }
    if !is_encoded && is_utf16(start) {
        return Seen::Foreign(Foreign::Utf16);
    }
    match (form, first.map(|at| text[at])) {
        (Form::PlainLines | Form::Array | Form::Table, _) => Seen::Lines,
        (Form::JsonLines, None) => Seen::Undecided,
        (Form::JsonLines, Some(b'[')) => Seen::Foreign(Foreign::Array),
        (Form::JsonLines, Some(_)) if is_encoded => Seen::Lines,
        (Form::JsonLines, Some(_)) => see_table(text, is_all),
    }
}

/// Is it UTF-16, by its mark or by the zeros of its first ASCII characters?
fn is_utf16(start: &[u8]) -> bool {
    let is_pair = |low: u8, high: u8| high == 0 && (low.is_ascii_graphic() || low == b' ');
    start.starts_with(b"\xff\xfe")
        || start.starts_with(b"\xfe\xff")
        || start.len() >= 4
            && (is_pair(start[0], start[1]) && is_pair(start[2], start[3])
                || is_pair(start[1], start[0]) && is_pair(start[3], start[2]))
}

/// Is it UTF-32 without a mark, by the zeros of its first two ASCII characters? A file of a tar
/// archive may have a name of one character.
fn is_utf32(start: &[u8], is_all: bool) -> bool {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let units = || start.chunks_exact(4).take(2);
    (start.len() >= 8 || is_all && start.len() >= 4)
        && (units().all(|unit| is_text(unit[0]) && unit[1..] == [0; 3])
            || units().all(|unit| unit[..3] == [0; 3] && is_text(unit[3])))
}

/// Is the first line the header of a table? It has two names or more, and the next line is no
/// object.
fn see_table(text: &[u8], is_all: bool) -> Seen {
    let Some(end) = memchr::memchr(b'\n', text) else {
        return if is_all { Seen::Lines } else { Seen::Undecided };
    };
    let separator = table::separator(text);
    let header = text[..end].trim_ascii();
    let names: Vec<&[u8]> = header.split(|byte| *byte == separator).collect();
    if names.len() < 2 || !names.iter().all(|name| is_name(name)) {
        return Seen::Lines;
    }
    match text[end..].trim_ascii_start().first() {
        None if is_all => Seen::Foreign(Foreign::Table),
        None => Seen::Undecided,
        Some(b'{') => Seen::Lines,
        Some(_) => Seen::Foreign(Foreign::Table),
    }
}

/// Can it be the name of a column?
fn is_name(cell: &[u8]) -> bool {
    /// The longest name, in bytes.
    const NAME_BYTES_MAX: usize = 64;
    let cell = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
    let belongs =
        |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b" _-.#/".contains(byte);
    !cell.is_empty() && cell.len() <= NAME_BYTES_MAX && cell.iter().all(belongs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peek_all(bytes: &[u8], form: Form) -> Result<Kind, String> {
        let peeked = recognise(&mut &*bytes, form, false).map_err(|error| error.to_string())?;
        assert_eq!(peeked.bytes, &bytes[..peeked.bytes.len()]);
        Ok(peeked.kind)
    }

    #[test]
    fn foreign_formats_are_refused_with_a_remedy() {
        let utf16: Vec<u8> = "{\"text\":\"a\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16_be: Vec<u8> = "[{}]".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let utf32 = |text: &str, to_bytes: fn(u32) -> [u8; 4]| {
            text.chars().flat_map(|c| to_bytes(c.into())).collect::<Vec<u8>>()
        };
        let utf32_le = utf32("{\"text\":1}", u32::to_le_bytes);
        let utf32_be = utf32("{\"text\":1}", u32::to_be_bytes);
        let utf32_table = utf32("\nid,text\n", u32::to_be_bytes);
        let cases: [(&[u8], &str); 16] = [
            (b"PK\x03\x04\x14\x00", "unzip -p"),
            (b"PARE\x15\x04", "without encryption"),
            (&utf32_le, "UTF-32"),
            (&utf32_be, "UTF-32"),
            (&utf32_table, "UTF-32"),
            (&utf32_be[..4], "UTF-32"),
            (b" [\n {\"text\":\"a\"}]", "--array"),
            (b"\xef\xbb\xbf[]", "--array"),
            (b"id,text\n1,hello\n", "--csv"),
            (b"\"id\";\"text of it\"\n1;hello\n", "--csv"),
            (b"id\ttext\n", "--csv"),
            (&utf16, "--encoding utf-16le"),
            (&utf16_be, "UTF-16"),
            (b"\xff\xfe{\x00", "UTF-16"),
            (b"\xff\xfe\x00\x00{\x00\x00\x00", "UTF-32"),
            (b"\xff\x06\x00\x00sNaPpY", "snappy"),
        ];
        for (bytes, remedy) in cases {
            let refused = peek_all(bytes, Form::JsonLines).unwrap_err();
            assert!(refused.contains(remedy), "{bytes:?}: {refused}");
        }
    }

    #[test]
    fn what_may_be_lines_is_read() {
        for text in [
            "",
            "\n\n",
            "{",
            "{}\n[1]\n",
            "\u{feff} {\"text\":1}",
            "time,level\n{\"text\":\"a\"}\n",
            "a sentence, with a comma: yes\nanother\n",
            "hello\nworld\n",
            "P",
            "PK",
        ] {
            assert_eq!(peek_all(text.as_bytes(), Form::JsonLines), Ok(Kind::Text), "{text:?}");
        }
        for text in ["[a]\nb\n", "id,text\n1,2\n"] {
            assert_eq!(peek_all(text.as_bytes(), Form::PlainLines), Ok(Kind::Text));
            assert_eq!(peek_all(text.as_bytes(), Form::Table), Ok(Kind::Text));
        }
        for name in [&b"a.jsonl"[..], b"a"] {
            let mut tar = vec![0; 512];
            tar[..name.len()].copy_from_slice(name);
            tar[257..262].copy_from_slice(b"ustar");
            assert_eq!(peek_all(&tar, Form::JsonLines), Ok(Kind::Tar));
        }
        assert_eq!(peek_all(b"PAR1\x15\x04", Form::JsonLines), Ok(Kind::Parquet));
        assert!(peek_all(b"PAR1\x15\x04", Form::Table).unwrap_err().contains("Parquet"));
    }

    #[test]
    fn json_lines_are_not_waited_for() {
        /// Fails the second read.
        struct Once<'b>(&'b [u8]);
        impl Read for Once<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                assert!(!self.0.is_empty(), "read again");
                let count = self.0.len();
                buffer[..count].copy_from_slice(self.0);
                self.0 = b"";
                Ok(count)
            }
        }
        for text in ["{\"", " \n{\"id\":1", "\u{feff}{}"] {
            assert!(recognise(&mut Once(text.as_bytes()), Form::JsonLines, false).is_ok());
        }
    }
}
