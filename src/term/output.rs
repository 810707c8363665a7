//! Messages on standard error, data on standard output.

use super::escape::printable;
use super::language::say;
use super::palette;
use crate::closed_output::was_closed;
use crate::exit::Exit;
use std::io::{self, IsTerminal, Write};
use tidegate_engine::output::json::push_value;
use tidegate_pipeline::RawOutput;

/// Line width, in columns, where standard output is not a terminal.
const DEFAULT_COLUMNS: usize = 100;

/// Prints an error message of one or more lines.
pub fn error(message: &str) {
    let style = palette::ERROR;
    let message = printable(message);
    // If standard error cannot be written, there is no other place to report it.
    let _ = writeln!(anstream::stderr(), "{style}{}{style:#}: {message}", say!("error"));
}

/// Prints text of the program itself, unescaped, on standard error.
pub fn note(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Writes data to standard output.
pub fn print(data: &[u8]) -> Exit {
    let written = stdout().and_then(|mut out| {
        out.write_all(data)?;
        out.flush()
    });
    exit_of(written)
}

/// Standard output.
///
/// # Errors
///
/// It was closed when the program started, or the system has no file descriptors left.
pub fn stdout() -> io::Result<RawOutput> {
    if was_closed() {
        return Err(io::Error::other(say!("it was closed when the program started")));
    }
    RawOutput::stdout()
}

/// `value` as one line of JSON, with characters that act on a terminal escaped.
pub fn json_line(value: &impl serde::Serialize) -> Vec<u8> {
    // Plain data with string keys always serializes.
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut out = Vec::with_capacity(text.len() + 1);
    push_value(&mut out, &text);
    out.push(b'\n');
    out
}

/// The exit status after writing to standard output; prints the error, if any.
pub fn exit_of(written: io::Result<()>) -> Exit {
    match written {
        Ok(()) => Exit::Complete,
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Exit::ReaderGone,
        Err(fault) => {
            error(&say!("cannot write to standard output: {fault}"));
            Exit::Io
        }
    }
}

/// Whether standard error is a terminal.
pub fn is_interactive() -> bool {
    io::stderr().is_terminal()
}

/// Columns of the terminal on standard output, or [`DEFAULT_COLUMNS`].
pub fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    size.map(|size| size.ws_col.into()).filter(|columns| *columns > 0).unwrap_or(DEFAULT_COLUMNS)
}

/// Columns of the terminal on standard output; `None` if it is no terminal.
pub fn terminal_columns() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal();
    is_terminal.then(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::output::json::acts_on_terminals;

    #[test]
    fn json_keeps_its_value_and_has_no_control_characters() {
        let value = serde_json::json!({ "a\u{9b}": ["\u{1b}[31m\u{202e}", "\u{7f}", "赌😀"] });
        let line = String::from_utf8(json_line(&value)).unwrap();
        let line = line.strip_suffix('\n').unwrap();
        assert!(!line.contains(acts_on_terminals), "{line:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap(), value);
        assert!(line.contains("赌😀"), "harmless text is unchanged: {line}");
    }
}
