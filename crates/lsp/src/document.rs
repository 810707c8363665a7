//! Files that are open in the editor.

use crate::text::{Encoding, Lines};
use lsp_types::{Position, Range, Uri};
use std::ops;
use std::path::PathBuf;
use std::sync::Arc;

/// An open file with its unsaved changes.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its address, as the client writes it.
    pub uri: Uri,
    /// Its canonical path.
    pub path: PathBuf,
    /// The number that the client gives to this state of the text.
    pub version: i32,
    /// The text.
    pub text: Arc<str>,
    /// Its lines.
    pub lines: Lines,
}

impl Document {
    /// A document with this text.
    pub fn new(uri: Uri, path: PathBuf, version: i32, text: &str) -> Document {
        Document { uri, path, version, lines: Lines::new(text), text: text.into() }
    }

    /// The byte at a position.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        self.lines.offset(&self.text, position, encoding)
    }

    /// The range of bytes of the text.
    pub fn range(&self, range: &ops::Range<usize>, encoding: Encoding) -> Range {
        self.lines.range(&self.text, range, encoding)
    }
}
