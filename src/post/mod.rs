//! One chunk of JSON lines → a [`Batch`] of posts.
//!
//! Input: whole lines. Output: one [`Record`] a line, in order, always; what is
//! no usable post is a record that says so. Values are slices of the chunk, or
//! of the batch's own arena where they had to be decoded. Nothing is judged here.

use crate::field::{FieldId, MetaId};

/// Why a line is not a usable post. The names are the codes of verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorCode {
    /// A blank line.
    Empty,
    /// Not one JSON object.
    BadJson,
    /// No mapped text field.
    NoText,
    /// A mapped text field that is not a string.
    BadText,
    /// A mapped key twice.
    DuplicateKey,
    /// Longer than the line limit.
    TooLong,
    /// The last line, without its newline, and not a post.
    Truncated,
    /// A fault of the program, caught.
    Internal,
}

/// Where a value lies: in the chunk, or in the batch's arena.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slice {
    start: u32,
    /// Length in bytes; the top bit is set for the arena.
    length: u32,
}

/// The records of one chunk, reused from chunk to chunk.
#[derive(Debug, Default)]
pub struct Batch {
    arena: Vec<u8>,
    lines: Vec<Slice>,
}

/// One line, read.
#[derive(Debug)]
pub enum Record<'a> {
    /// A post.
    Post(Post<'a>),
    /// Known to the preset as no post.
    Skipped {
        /// The id as it stands in the line (JSON), `null` if there is none.
        id: &'a str,
    },
    /// Not a usable post.
    Unreadable {
        /// Which kind.
        code: ErrorCode,
        /// For people; no control characters.
        detail: &'a str,
    },
}

/// A usable post.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// The id as it stands in the line (JSON, quotes included), `null` if there is none.
    pub id: &'a str,
    /// Text fields present, in field order. Valid UTF-8; bad bytes are U+FFFD already.
    pub texts: &'a [(FieldId, &'a str)],
    /// The raw JSON of each mapped path, by [`MetaId`]; `None` where it is missing.
    pub metas: &'a [Option<&'a str>],
}

impl<'a> Post<'a> {
    /// The decoded text of `field`, if the post has it.
    pub fn text(&self, field: FieldId) -> Option<&'a str> {
        self.texts.iter().find(|(id, _)| *id == field).map(|(_, text)| *text)
    }

    /// The raw JSON at a path, if the post has it.
    pub fn meta(&self, path: MetaId) -> Option<&'a str> {
        self.metas.get(path.index()).copied().flatten()
    }
}
