//! Files that are not UTF-8: where, and in which encoding they probably are.

use crate::diagnostic::{Place, Source};
use crate::message::{Message, message};
use std::sync::Arc;

/// Bytes that are not UTF-8.
#[derive(Debug)]
pub(super) struct WrongEncoding {
    pub why: Message,
    pub help: Message,
    /// The first wrong byte, in the text with replacement characters.
    pub place: Place,
}

/// What is wrong with the bytes of the file `name`; the text if nothing is.
pub(super) fn decode(name: &str, bytes: Vec<u8>) -> Result<String, Box<WrongEncoding>> {
    if let Some(encoding) = utf_16(&bytes) {
        let units = bytes.chunks_exact(2).map(|pair| match encoding {
            "UTF-16LE" => u16::from_le_bytes([pair[0], pair[1]]),
            _ => u16::from_be_bytes([pair[0], pair[1]]),
        });
        return Err(wrong(name, encoding, wide_text(units), 0));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let encoding = if is_gb18030(error.as_bytes()) { "GB18030" } else { "" };
        wrong(name, encoding, String::from_utf8_lossy(error.as_bytes()).into_owned(), at)
    })
}

fn wrong(name: &str, encoding: &str, text: String, at: usize) -> Box<WrongEncoding> {
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    let source = Arc::new(Source { name: name.to_owned(), text });
    let (why, from) = match encoding {
        "" => (message!("it is not UTF-8"), "ENCODING"),
        _ => (message!("it is not UTF-8 but probably {encoding}"), encoding),
    };
    let help = message!("convert it: `iconv -f {from} -t UTF-8 {name} > new`");
    Box::new(WrongEncoding { why, help, place: Place { source, range: at..at + length } })
}

fn wide_text(units: impl Iterator<Item = u16>) -> String {
    let units: Vec<u16> = units.skip_while(|unit| *unit == 0xFEFF).collect();
    String::from_utf16_lossy(&units)
}

/// UTF-16, by its byte order mark or by the zero bytes of its ASCII characters.
fn utf_16(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xFE, ..] => return Some("UTF-16LE"),
        [0xFE, 0xFF, ..] => return Some("UTF-16BE"),
        _ => {}
    }
    let zeros =
        |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    // A quarter of the characters is ASCII: keys, line ends, signs.
    let is_many = |count: usize| count > 0 && count >= bytes.len() / 8;
    match (is_many(zeros(1)), is_many(zeros(0))) {
        (true, false) => Some("UTF-16LE"),
        (false, true) => Some("UTF-16BE"),
        _ => None,
    }
}

/// Are the bytes above ASCII pairs of GBK, most of them common Han characters?
fn is_gb18030(bytes: &[u8]) -> bool {
    let (mut at, mut pairs, mut common) = (0, 0usize, 0usize);
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        let [lead, trail] = match bytes.get(at..at + 2) {
            Some(pair) => [pair[0], pair[1]],
            None => return false,
        };
        let is_pair =
            (0x81..=0xFE).contains(&lead) && (0x40..=0xFE).contains(&trail) && trail != 0x7F;
        if !is_pair {
            return false;
        }
        pairs += 1;
        // The rows of GB 2312 with the more frequent half of the characters, and its signs.
        common += usize::from(matches!(lead, 0xA1..=0xA3 | 0xB0..=0xD7) && trail >= 0xA1);
        at += 2;
    }
    pairs >= 2 && common * 2 > pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(bytes: &[u8]) -> String {
        match decode("words.txt", bytes.to_vec()) {
            Ok(_) => "UTF-8".to_owned(),
            Err(wrong) => wrong.why.to_string(),
        }
    }

    #[test]
    fn encodings_are_named() {
        assert_eq!(guess("百家乐\n".as_bytes()), "UTF-8");
        assert_eq!(guess(b""), "UTF-8");
        // 百家乐 in GBK.
        let gbk = b"a: \xB0\xD9\xBC\xD2\xC0\xD6\n";
        assert_eq!(guess(gbk), "it is not UTF-8 but probably GB18030");
        assert_eq!(guess(b"caf\xE9\n"), "it is not UTF-8");
        let wide: Vec<u16> = "pack: p\n百家乐\n".encode_utf16().collect();
        let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(guess(&little), "it is not UTF-8 but probably UTF-16LE");
        assert_eq!(guess(&big), "it is not UTF-8 but probably UTF-16BE");
        let marked = [&[0xFF, 0xFE], &little[..]].concat();
        assert_eq!(guess(&marked), "it is not UTF-8 but probably UTF-16LE");
    }

    #[test]
    fn the_place_is_the_first_wrong_byte() {
        let wrong = decode("words.txt", b"caf\xC3\xA9\ncaf\xE9\n".to_vec()).unwrap_err();
        assert_eq!(wrong.place.line_column(), (2, 4));
        assert_eq!(&wrong.place.source.text[wrong.place.range.clone()], "\u{FFFD}");
        assert!(wrong.help.to_string().contains("iconv -f ENCODING -t UTF-8 words.txt"));
    }
}
