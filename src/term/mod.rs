//! What people see on standard error.
//!
//! Text from outside (file names, arguments, rule files) is made printable first: no
//! control character, no escape code, nothing that turns the reading direction reaches a
//! terminal. Colour follows `--color`, NO_COLOR and whether anybody is looking.

pub mod diagnostics;
pub mod progress;
pub mod table;

use crate::exit::Exit;
use crate::load::Refusal;
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::output::json::{acts_on_terminals, push_value};
use tidegate_pipeline::RawOutput;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Holds for everything written from now on.
    pub fn set(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Where output that is no terminal is broken into lines.
const COLUMNS_ELSEWHERE: usize = 100;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Says what went wrong, on one line or several.
pub fn error(message: &str) {
    let message = printable(message);
    // There is nobody left to tell that standard error cannot be written.
    let _ = writeln!(anstream::stderr(), "{ERROR}error{ERROR:#}: {message}");
}

/// Says why a call is refused, and ends it.
pub fn refuse(refusal: &Refusal) -> Exit {
    match refusal {
        Refusal::Usage(message) => error(message),
        Refusal::Rules(faults) => show(faults),
    }
    Exit::CouldNotStart
}

/// Shows what is to be said of rules and policies, each with its place.
pub fn show(diagnostics: &[Diagnostic]) {
    note(&diagnostics::render(diagnostics, is_coloured_stream(&io::stderr())));
}

/// Writes text of our own, as it is.
pub fn note(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Writes data to standard output.
pub fn print(data: &[u8]) -> Exit {
    let written = RawOutput::stdout().and_then(|mut out| {
        out.write_all(data)?;
        out.flush()
    });
    exit_of(written)
}

/// `value` as JSON on one line, harmless on a terminal.
pub fn json_line(value: &impl serde::Serialize) -> Vec<u8> {
    // Plain data with text for keys is always written.
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut out = Vec::with_capacity(text.len() + 1);
    push_value(&mut out, &text);
    out.push(b'\n');
    out
}

/// What became of writing to standard output.
pub fn exit_of(written: io::Result<()>) -> Exit {
    match written {
        Ok(()) => Exit::Complete,
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Exit::ReaderGone,
        Err(fault) => {
            error(&format!("cannot write to standard output: {fault}"));
            Exit::Io
        }
    }
}

/// Is somebody looking at standard error?
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Is standard output to be coloured?
pub fn is_coloured() -> bool {
    is_coloured_stream(&io::stdout())
}

fn is_coloured_stream(stream: &impl anstream::stream::RawStream) -> bool {
    anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
}

/// Columns of the terminal behind standard output, or [`COLUMNS_ELSEWHERE`].
pub fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    size.map(|size| size.ws_col.into()).filter(|columns| *columns > 0).unwrap_or(COLUMNS_ELSEWHERE)
}

/// `text` with what could act on a terminal shown as escapes; line breaks stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    let acts = |character| character != '\n' && acts_on_terminals(character);
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if acts(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// `text` printable, and on one line.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_value_and_acts_on_nothing() {
        let value = serde_json::json!({ "a\u{9b}": ["\u{1b}[31m\u{202e}", "\u{7f}", "赌😀"] });
        let shown = String::from_utf8(json_line(&value)).unwrap();
        let shown = shown.strip_suffix('\n').unwrap();
        assert!(!shown.contains(acts_on_terminals), "{shown:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(shown).unwrap(), value);
        assert!(shown.contains("赌😀"), "what is harmless stays as it is: {shown}");
    }

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(printable("a\n帖子.jsonl"), "a\n帖子.jsonl");
        let hostile = "\x1b[31m\r\u{9b}2J\u{202e}x";
        assert_eq!(printable(hostile), r"\u{1b}[31m\u{d}\u{9b}2J\u{202e}x");
    }
}
