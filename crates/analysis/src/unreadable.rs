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
        ErrorCode::BadFrame => message!("that are no frames"),
        ErrorCode::Internal => message!("that made the program fail"),
    }
}

/// What to do about a file whose first unreadable line is of this kind and begins like this; `None` if
/// nothing is known.
///
/// Formats that are recognised by the beginning of a file are refused before a line is read. Left are
/// objects over several lines, and tables whose header does not look like one.
pub(crate) fn remedy(code: ErrorCode, line: &[u8]) -> Option<Message> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match code {
        ErrorCode::NoText => {
            Some(message!("name the field that has the text, such as --text /content"))
        }
        ErrorCode::BadText => {
            Some(message!("map the text field to a string, such as --text /content/text"))
        }
        _ if text.starts_with('{') => {
            Some(message!("an object must be on one line: convert the file with jq -c . FILE"))
        }
        _ if text.contains(['\t', ',', ';']) => {
            Some(message!("if it is a table with a header, read it with --csv"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_files_are_recognised() {
        for (line, says) in [
            (&b"{"[..], "one line"),
            ("\u{feff}id,(text),label".as_bytes(), "--csv"),
            (b"id\t(text)", "--csv"),
        ] {
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
