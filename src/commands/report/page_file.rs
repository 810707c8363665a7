//! Writes a page.

use crate::exit::Exit;
use crate::outputs::replace;
use crate::term;
use crate::term::say;
use std::path::Path;

/// Writes to a file or to standard output.
pub fn write(text: &[u8], out: Option<&Path>) -> Exit {
    let Some(path) = out else { return term::print(text) };
    match replace(path, text) {
        Ok(()) => Exit::Complete,
        Err(error) => {
            term::error(&say!("cannot write to {}: {error}", path.display()));
            Exit::Io
        }
    }
}
