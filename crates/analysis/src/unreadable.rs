//! What lines are that are no posts, in words for the author of a data set.

use tidegate_engine::message::{Message, message};
use tidegate_engine::post::ErrorCode;

/// Bytes of the first unreadable line that are kept.
pub(crate) const EXCERPT_BYTES_MAX: usize = 200;

/// What is wrong with lines of this kind, after a number of lines.
pub(crate) fn what(code: ErrorCode) -> Message {
    match code {
        ErrorCode::Empty => message!("blank"),
        ErrorCode::BadJson => message!("no JSON object"),
        ErrorCode::NoText => message!("without text in a mapped field"),
        ErrorCode::BadText => message!("with a text that is no string"),
        ErrorCode::DuplicateKey => message!("with a key twice"),
        ErrorCode::TooLong => message!("too long"),
        ErrorCode::Truncated => message!("cut off"),
        ErrorCode::Internal => message!("that made the program fail"),
    }
}

/// What a file seems to be that begins its first unreadable line like this, and how to convert it;
/// `None` if nothing is known.
pub(crate) fn remedy(code: ErrorCode, line: &[u8]) -> Option<Message> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let columns = |separator| text.matches(separator).count();
    match code {
        ErrorCode::NoText => {
            Some(message!("name the field that has the text, such as --text /content"))
        }
        ErrorCode::BadText => {
            Some(message!("map the text field to a string, such as --text /content/text"))
        }
        _ if line.starts_with(b"PK\x03\x04") => Some(message!("it is a ZIP file: unzip it")),
        _ if line.starts_with(b"BZh") => Some(message!("it is compressed with bzip2: bunzip2 it")),
        _ if line.starts_with(b"\xfd7zXZ") => Some(message!("it is compressed with xz: unxz it")),
        _ if line.starts_with(b"PAR1") => {
            Some(message!("it is a Parquet file: convert it to JSON lines"))
        }
        _ if text.starts_with('[') => {
            Some(message!("it is a JSON array: convert it with jq -c '.[]' FILE"))
        }
        _ if text.starts_with('{') => {
            Some(message!("an object must be on one line: convert the file with jq -c . FILE"))
        }
        _ if columns('\t') > 0 => {
            Some(message!("it looks like TSV: convert it with mlr --itsv --ojsonl cat FILE"))
        }
        _ if columns(',') > 0 => {
            Some(message!("it looks like CSV: convert it with mlr --icsv --ojsonl cat FILE"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_files_are_recognised() {
        let cases: [(&[u8], &str); 8] = [
            ("\u{feff}id,text,label".as_bytes(), "--icsv"),
            (b"id\ttext\tlabel", "--itsv"),
            (b"[", "JSON array"),
            (b"{", "one line"),
            (b"PK\x03\x04", "ZIP"),
            (b"BZh91AY", "bzip2"),
            (b"\xfd7zXZ\0", "unxz"),
            (b"PAR1", "Parquet"),
        ];
        for (line, says) in cases {
            let remedy = remedy(ErrorCode::BadJson, line).unwrap();
            assert!(remedy.to_string().contains(says), "{remedy}");
        }
        assert_eq!(remedy(ErrorCode::BadJson, b"hello"), None);
        assert!(remedy(ErrorCode::NoText, b"{\"a\":1}").unwrap().to_string().contains("--text"));
    }

    #[test]
    fn every_kind_has_words() {
        let mut all: Vec<String> =
            ErrorCode::ALL.into_iter().map(|code| what(code).to_string()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ErrorCode::ALL.len());
    }
}
