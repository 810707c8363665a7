//! The records of one chunk, in buffers that are reused from chunk to chunk.

use std::ops::Range;

use super::json_index::shapes::Shapes;
use super::json_index::structural::Index;
use super::line_values::LineValues;
use super::range::{Range32, range};
use crate::domain::field::{FieldId, MetaId};

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
    /// A frame that cannot be read; nothing after it can.
    BadFrame,
    /// A panic of the program, caught.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order summaries list them.
    pub const ALL: [ErrorCode; 9] = [
        ErrorCode::Empty,
        ErrorCode::BadJson,
        ErrorCode::NoText,
        ErrorCode::BadText,
        ErrorCode::DuplicateKey,
        ErrorCode::TooLong,
        ErrorCode::Truncated,
        ErrorCode::BadFrame,
        ErrorCode::Internal,
    ];

    /// Name in verdicts.
    #[inline]
    pub fn name(self) -> &'static str {
        match self {
            ErrorCode::Empty => "empty",
            ErrorCode::BadJson => "bad_json",
            ErrorCode::NoText => "no_text",
            ErrorCode::BadText => "bad_text",
            ErrorCode::DuplicateKey => "duplicate_key",
            ErrorCode::TooLong => "too_long",
            ErrorCode::Truncated => "truncated",
            ErrorCode::BadFrame => "bad_frame",
            ErrorCode::Internal => "internal",
        }
    }
}

/// One line, read.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A post.
    Post(Post<'a>),
    /// A record that the preset recognises as something other than a post.
    Skipped {
        /// The id as written in the line (JSON), `null` if there is none.
        id: &'a str,
    },
    /// Not a usable post.
    Unreadable {
        /// The id as written in the line (JSON); `null` if there is none, if the line is not
        /// JSON, or if its key occurs twice.
        id: &'a str,
        /// The reason.
        code: ErrorCode,
        /// Human-readable: what is wrong and where. Contains no control characters.
        detail: &'a str,
    },
}

/// A text field of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRef<'a> {
    /// The field.
    pub field: FieldId,
    /// Decoded; invalid bytes and lone surrogates are replaced by U+FFFD. Spans are byte
    /// offsets in this text. Elements of an array are joined by `\n`.
    pub text: &'a str,
    /// The text is HTML, to be read with [`crate::html::pieces`]; spans still count tags.
    pub html: bool,
}

/// A usable post: a handle into its batch and chunk.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    batch: &'a Batch,
    chunk: &'a [u8],
    line: &'a Line,
}

impl<'a> Post<'a> {
    /// The id as written in the line: JSON, quotes included. `null` if there is
    /// none, if it is an object or an array, or if it is longer than
    /// [`super::ID_BYTES_MAX`]. Control characters in it are escaped.
    #[inline]
    pub fn id(&self) -> &'a str {
        self.batch.id(self.line)
    }

    /// Text fields present, in field order; at least one.
    #[inline]
    pub fn texts(&self) -> impl ExactSizeIterator<Item = TextRef<'a>> + use<'a> {
        let batch = self.batch;
        batch.texts[range(&self.line.texts)].iter().map(|at| TextRef {
            field: at.field,
            text: &batch.arena[range(&at.text)],
            html: at.html,
        })
    }

    /// The decoded text of `field`, if the post has it.
    pub fn text(&self, field: FieldId) -> Option<&'a str> {
        self.texts().find(|text| text.field == field).map(|text| text.text)
    }

    /// Bytes of the line that are not UTF-8 were read as U+FFFD.
    #[inline]
    pub fn is_repaired(&self) -> bool {
        self.line.is_repaired
    }

    /// The raw JSON at a path, if the post has it and it is not `null`.
    /// Parse it with [`super::Value`].
    ///
    /// Strings in it may contain raw control characters, as in the line.
    pub fn meta(&self, path: MetaId) -> Option<&'a str> {
        let metas = &self.batch.metas[range(&self.line.metas)];
        let at = metas.binary_search_by_key(&path, |meta| meta.path).ok()?;
        let value = &metas[at].value;
        if metas[at].in_repaired {
            return self.batch.repaired.get(range(value));
        }
        std::str::from_utf8(self.chunk.get(range(value))?).ok()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Post,
    Skipped,
    Unreadable(ErrorCode),
}

/// One record. Its parts are in the batch's buffers.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// In the chunk, line end and byte order mark excluded.
    pub span: Range32,
    pub kind: Kind,
    /// Its bytes are not UTF-8, and were repaired.
    pub is_repaired: bool,
    /// In the arena; empty for `null`.
    pub id: Range32,
    /// In the arena; only for unreadable lines.
    pub detail: Range32,
    /// In `texts`.
    pub texts: Range32,
    /// In `metas`.
    pub metas: Range32,
}

#[derive(Clone, Debug)]
pub(super) struct TextRange {
    pub field: FieldId,
    pub html: bool,
    /// In the arena.
    pub text: Range32,
}

#[derive(Clone, Debug)]
pub(super) struct MetaRange {
    pub path: MetaId,
    /// `value` is a range of `repaired`, not of the chunk.
    pub in_repaired: bool,
    pub value: Range32,
}

/// The records of one chunk, in line order.
///
/// Filled by [`super::Plan::read`], which discards the previous records. Once its buffers
/// have grown, reading allocates nothing for lines on the fast path.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) lines: Vec<Line>,
    pub(super) texts: Vec<TextRange>,
    /// For each post, in [`MetaId`] order.
    pub(super) metas: Vec<MetaRange>,
    /// Ids, decoded texts, details.
    pub(super) arena: String,
    /// Lines with invalid UTF-8, after repair.
    pub(super) repaired: String,
    pub(super) values: LineValues,
    pub(super) index: Index,
    pub(super) shapes: Shapes,
}

impl Batch {
    /// Number of lines.
    #[inline]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Is there no line?
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The bytes of line `index` in its chunk, without CR, LF and byte order mark.
    ///
    /// # Panics
    ///
    /// If there is no such line.
    #[inline]
    pub fn line_span(&self, index: usize) -> Range<usize> {
        range(&self.lines[index].span)
    }

    /// Does line `index` have bytes that are not UTF-8?
    ///
    /// # Panics
    ///
    /// If there is no such line.
    pub fn is_repaired(&self, index: usize) -> bool {
        self.lines[index].is_repaired
    }

    /// The record of line `index`. `chunk` must be the chunk that was read.
    ///
    /// # Panics
    ///
    /// If there is no such line.
    #[inline(always)]
    pub fn record<'a>(&'a self, chunk: &'a [u8], index: usize) -> Record<'a> {
        let line = &self.lines[index];
        match line.kind {
            Kind::Post => Record::Post(Post { batch: self, chunk, line }),
            Kind::Skipped => Record::Skipped { id: self.id(line) },
            Kind::Unreadable(code) => Record::Unreadable {
                id: self.id(line),
                code,
                detail: &self.arena[range(&line.detail)],
            },
        }
    }

    fn id(&self, line: &Line) -> &str {
        if line.id.is_empty() { "null" } else { &self.arena[range(&line.id)] }
    }

    pub(super) fn clear(&mut self) {
        let Batch { lines, texts, metas, arena, repaired, values: _, index: _, shapes: _ } = self;
        lines.clear();
        texts.clear();
        metas.clear();
        arena.clear();
        repaired.clear();
    }
}
