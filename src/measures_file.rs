//! The measures of `--measures`.

use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use std::path::Path;
use std::sync::Arc;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::domain::limits::RULE_FILE_BYTES_MAX;
use tidegate_state::measures::{Measures, Parsed, parse};

/// Reads a measures file; the built-in values without one. Warnings are printed on a terminal.
///
/// # Errors
///
/// The file cannot be read, or every error in it.
pub fn read(path: Option<&Path>) -> Result<Measures, StartError> {
    let Some(path) = path else { return Ok(Measures::default()) };
    let name = path.display().to_string();
    let read = || {
        let bytes = path.metadata()?.len();
        if bytes > RULE_FILE_BYTES_MAX {
            let text = say!("{bytes} bytes; the limit for measures is {RULE_FILE_BYTES_MAX}");
            return Err(std::io::Error::other(text));
        }
        std::fs::read_to_string(path)
    };
    let text = read().map_err(|error| format!("{name}: {error}"))?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let Parsed { measures, warnings } = parse(Arc::new(Source { name, text }))?;
    if term::is_interactive() {
        term::show(&warnings);
    }
    Ok(measures)
}
