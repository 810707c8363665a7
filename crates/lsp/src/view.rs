//! One request's view of the session: the file, its place, and the names around it.

use crate::cursor::{Cursor, cursor};
use crate::document::Document;
use crate::index::{Index, Reference};
use crate::outline::{Outline, is_policy};
use crate::schema::{Schema, of_packs, of_policies};
use crate::session::Session;
use crate::text::{Encoding, Lines};
use crate::uri;
use lsp_types::{Location, Position, Range, Uri};
use std::ops;
use std::path::Path;
use std::sync::Arc;
use tidegate_engine::Message;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::rules::compiled::RuleSet;

/// An open file with the names of its folder.
pub struct View<'s> {
    /// The file.
    pub document: &'s Document,
    /// The names.
    pub index: Index<'s>,
    /// The unit of columns.
    pub encoding: Encoding,
    /// The rules of the last check without errors.
    pub compiled: Option<&'s Arc<RuleSet>>,
    session: &'s Session,
}

impl<'s> View<'s> {
    /// The view of an open file; `None` if it is not open.
    pub fn new(session: &'s Session, uri: &Uri) -> Option<View<'s>> {
        let document = session.document(uri)?;
        let state = session.folder_of(&document.path)?;
        let index = Index::new(state.folder.outlines(), session.embedded());
        let (encoding, compiled) = (session.encoding, state.compiled.as_ref());
        Some(View { document, index, encoding, compiled, session })
    }

    /// A message in the language of the client.
    pub fn say(&self, message: &Message) -> String {
        self.session.language.say(message)
    }

    /// A text marked by `phrase!` in the language of the client.
    pub fn phrase<'t>(&self, text: &'t str) -> &'t str {
        self.session.language.phrase(text)
    }

    /// The number of the file in the index, if its outline is that of the present text.
    pub fn current_file(&self) -> Option<usize> {
        let file = self.file()?;
        self.is_outline_current(self.index.outlines()[file]).then_some(file)
    }

    /// The number of the file in the index. Its outline may be that of an earlier text.
    pub fn file(&self) -> Option<usize> {
        self.index.file(&self.document.path)
    }

    /// Is the file a pack or a policy, and not a word list?
    pub fn is_rule_file(&self) -> bool {
        crate::folder::is_rule_file(&self.document.path)
    }

    /// Is the file a policy?
    pub fn is_policy(&self) -> bool {
        is_policy(&self.document.path.to_string_lossy())
    }

    /// Is an outline that of the present text of its file?
    pub fn is_outline_current(&self, outline: &Outline) -> bool {
        let open = outline.path.as_deref().and_then(|path| self.session.open_file(path));
        open.is_none_or(|document| *document.text == *outline.source.text)
    }

    /// The schema of the file.
    pub fn schema(&self) -> &'static Schema {
        match self.is_policy() {
            true => of_policies(),
            false => of_packs(),
        }
    }

    /// The byte at a position.
    pub fn offset(&self, position: Position) -> usize {
        self.document.offset(position, self.encoding)
    }

    /// Where a byte of the file is in its structure.
    pub fn cursor(&self, offset: usize) -> Cursor {
        cursor(&self.document.text, offset)
    }

    /// The range of bytes of the file.
    pub fn range(&self, range: &ops::Range<usize>) -> Range {
        self.document.range(range, self.encoding)
    }

    /// The range of bytes of a file of the index.
    pub fn range_in(&self, outline: &Outline, range: &ops::Range<usize>) -> Range {
        let text = &outline.source.text;
        Lines::new(text).range(text, range, self.encoding)
    }

    /// The address of a file: as the client writes it if it is open.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        let open = self.session.open_file(path).map(|document| document.uri.clone());
        open.or_else(|| uri::of_path(path))
    }

    /// The location of a reference; `None` in an embedded pack.
    pub fn location(&self, reference: &Reference) -> Option<Location> {
        let outline = self.index.outlines()[reference.outline];
        let uri = self.uri(outline.path.as_deref()?)?;
        Some(Location { uri, range: self.range_in(outline, &reference.range) })
    }

    /// The text of a word list: of the open file, the file on disk, or the embedded one.
    pub fn list(&self, path: &Path) -> Option<Arc<Source>> {
        let name = path.to_string_lossy().into_owned();
        let open = self.session.open_file(path).map(|document| document.text.to_string());
        let embedded = || {
            let text = self.session.bundle?.file(crate::index::embedded_path(path)?)?;
            Some(text.to_owned())
        };
        let text = open.or_else(embedded).or_else(|| std::fs::read_to_string(path).ok())?;
        Some(Arc::new(Source { name, text }))
    }
}
