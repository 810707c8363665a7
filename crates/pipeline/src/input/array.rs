//! The elements of JSON arrays, one a line.

use super::invalid::invalid;
use super::peek::Pending;
use std::io::{self, Read};

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;

/// Where the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before an array: at the start, and after one has ended.
    Outside,
    /// In an array, between elements.
    Between,
    /// In an element, in so many objects and arrays.
    Element { depth: u32 },
    /// In a string of an element.
    Text { depth: u32, is_escaped: bool },
}

/// Writes each element of a JSON array on a line of its own. Several arrays may follow each other.
///
/// The memory does not depend on the array or its elements: bytes are passed on as they come. Line
/// breaks between the tokens of an element become spaces. The elements are not checked otherwise:
/// what is wrong in one is found when its line is read.
pub(super) struct Elements {
    bytes: Box<dyn Read + Send>,
    state: State,
    /// Bytes read so far, for messages.
    offset: u64,
    raw: Vec<u8>,
    lines: Pending,
    is_at_end: bool,
    /// Elements that have begun in this array.
    has_elements: bool,
    /// Why no more can be read, once the lines before are.
    failed: Option<io::Error>,
}

impl Elements {
    pub fn new(bytes: Box<dyn Read + Send>) -> Elements {
        Elements {
            bytes,
            state: State::Outside,
            offset: 0,
            raw: vec![0; READ_BYTES],
            lines: Pending::default(),
            is_at_end: false,
            has_elements: false,
            failed: None,
        }
    }

    /// Splits the next bytes into `lines`.
    fn split(&mut self) -> io::Result<()> {
        let mut raw = std::mem::take(&mut self.raw);
        let count = self.bytes.read(&mut raw)?;
        self.is_at_end = count == 0;
        self.lines.clear();
        let result = raw[..count].iter().try_for_each(|byte| {
            self.offset += 1;
            self.push(*byte)
        });
        self.raw = raw;
        self.failed = result.err();
        if self.is_at_end && self.state != State::Outside {
            self.failed = Some(invalid("the array does not end: `]` is missing"));
        }
        Ok(())
    }

    fn push(&mut self, byte: u8) -> io::Result<()> {
        self.state = match (self.state, byte) {
            (State::Outside, b' ' | b'\t' | b'\r' | b'\n') => State::Outside,
            // A byte order mark.
            (State::Outside, 0xEF | 0xBB | 0xBF) if self.offset <= 3 => State::Outside,
            (State::Outside, b'[') => {
                self.has_elements = false;
                State::Between
            }
            (State::Outside, _) => return Err(self.unexpected(byte)),
            (State::Between, b' ' | b'\t' | b'\r' | b'\n') => State::Between,
            (State::Between, b',') => return Err(self.unexpected(byte)),
            (State::Between, b']') => State::Outside,
            (State::Between, _) => {
                self.has_elements = true;
                self.element(byte, 0)
            }
            (State::Element { depth: 0 }, b',' | b']') => {
                self.lines.bytes.push(b'\n');
                if byte == b',' { State::Between } else { State::Outside }
            }
            (State::Element { depth }, _) => self.element(byte, depth),
            (State::Text { depth, is_escaped }, _) => {
                self.lines.bytes.push(if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
                match (byte, is_escaped) {
                    (b'"', false) => State::Element { depth },
                    _ => State::Text { depth, is_escaped: byte == b'\\' && !is_escaped },
                }
            }
        };
        Ok(())
    }

    /// Passes on a byte of an element that is not in a string.
    fn element(&mut self, byte: u8, depth: u32) -> State {
        self.lines.bytes.push(if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
        match byte {
            b'"' => State::Text { depth, is_escaped: false },
            b'{' | b'[' => State::Element { depth: depth.saturating_add(1) },
            b'}' | b']' => State::Element { depth: depth.saturating_sub(1) },
            _ => State::Element { depth },
        }
    }

    fn unexpected(&self, byte: u8) -> io::Error {
        let shown = char::from(byte).escape_default();
        let at = self.offset;
        if self.has_elements {
            return invalid(format!("the array has `{shown}` at byte {at}, where it may not be"));
        }
        invalid(format!("no JSON array: expected `[` at byte {at}, found `{shown}`"))
    }
}

impl Read for Elements {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.lines.is_empty() {
            if let Some(error) = self.failed.take() {
                self.is_at_end = true;
                return Err(error);
            }
            if self.is_at_end || buffer.is_empty() {
                return Ok(0);
            }
            self.split()?;
        }
        Ok(self.lines.read(buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn lines(array: &str) -> io::Result<String> {
        let mut text = String::new();
        let bytes = Box::new(io::Cursor::new(array.to_owned().into_bytes()));
        Elements::new(bytes).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn elements_are_lines() {
        let array =
            "\u{feff} [ {\"a\":\n 1},\r\n{\"b]\":\"x,\\\"]\"} , 3,[1,{}],\"t\"\n]\n[]\n[{}]";
        let expected = "{\"a\":  1}\n{\"b]\":\"x,\\\"]\"}\n3\n[1,{}]\n\"t\" \n{}\n";
        assert_eq!(lines(array).unwrap().replace("} \n", "}\n"), expected);
    }

    #[test]
    fn what_is_no_array_is_an_error() {
        for wrong in ["{}", "[{}] {}", "[", "[1,", "[,1]", "x"] {
            assert!(lines(wrong).is_err(), "{wrong}");
        }
        assert!(lines("{}").unwrap_err().to_string().contains("expected `[` at byte 1"));
        // What was read before is passed on.
        for (wrong, before, why) in [
            ("[{\"a\":1", "{\"a\":1", "does not end"),
            ("[1,2", "1\n2", "does not end"),
            ("[1] x", "1\n", "`x` at byte 5"),
            ("[1,,2]", "1\n", "`,` at byte 4"),
        ] {
            let (mut read, mut byte) = (Vec::new(), [0]);
            let mut elements = Elements::new(Box::new(io::Cursor::new(wrong.as_bytes())));
            let error = loop {
                match elements.read(&mut byte) {
                    Ok(count) => read.extend_from_slice(&byte[..count]),
                    Err(error) => break error.to_string(),
                }
            };
            assert_eq!(String::from_utf8(read).unwrap(), before);
            assert!(error.contains(why), "{error}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i32>().prop_map(Value::from),
            "[a,\\\\\"\\[\\]{}\n é]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a\"\\]]{0,3}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn equals_the_parsed_array(values in prop::collection::vec(value(), 0..6), is_pretty: bool) {
            let array = Value::from(values.clone());
            let text = if is_pretty {
                serde_json::to_string_pretty(&array).unwrap()
            } else {
                array.to_string()
            };
            let read = lines(&text).unwrap();
            let read: Vec<Value> =
                read.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            prop_assert_eq!(read, values);
        }
    }
}
