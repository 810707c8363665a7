//! The measures of `--measures`.

use crate::start_error::StartError;
use crate::term;
use std::path::Path;
use tidegate_engine::rules::source::read_file;
use tidegate_state::measures::{Measures, Parsed, parse};

/// Reads a measures file; the built-in values without one. Warnings are printed on a terminal.
///
/// # Errors
///
/// The file cannot be read, or every error in it.
pub fn read(path: Option<&Path>) -> Result<Measures, StartError> {
    let Some(path) = path else { return Ok(Measures::default()) };
    let source = read_file(path).map_err(|error| StartError::Rules(vec![*error]))?;
    let Parsed { measures, warnings } = parse(source)?;
    if term::is_interactive() {
        term::show(&warnings);
    }
    Ok(measures)
}
