//! A state that is read for a case.

use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use std::path::Path;
use tidegate_state::case::CaseView;
use tidegate_state::measures::Measures;
use tidegate_state::store::StateReader;

/// A state with the measures that name its steps.
pub struct Opened<'a> {
    /// The state.
    pub reader: StateReader,
    /// Its file.
    pub path: &'a Path,
    /// The measures.
    pub measures: Measures,
}

impl Opened<'_> {
    /// A case by id.
    ///
    /// # Errors
    ///
    /// The state cannot be read, or has no such case.
    pub fn case(&self, id: &str) -> Result<CaseView, StartError> {
        let found = CaseView::read(&self.reader, id, &self.measures);
        let found = found.map_err(|error| term::say(&error.at(self.path)))?;
        found.ok_or_else(|| {
            let path = self.path.display();
            let text =
                say!("{path} has no case `{id}`; `tidegate queue --state {path}` lists them");
            text.into()
        })
    }
}
