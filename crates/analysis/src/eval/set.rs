//! A set of labelled rows.

use crate::labelled::Reader;
use crate::labels::SetLabels;

/// A set of labelled rows: one kind of label, one or several files.
#[derive(Debug)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// What its labels mean.
    pub labels: SetLabels,
    /// Reads its rows.
    pub reader: Reader,
}
