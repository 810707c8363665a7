//! Filling a [`Batch`] line by line.

use std::fmt::Write as _;
use std::ops::Range;

use super::batch::{Batch, ErrorCode, Kind, Line, MetaRange, TextRange};
use super::extraction::{ExtractedText, Extraction};
use super::json_index::shape;
use super::range::range;
use super::text_field::plainly_shows;
use super::unescape::push_unescaped;
use crate::domain::field::FieldId;

/// The longest id that is echoed, in bytes of its JSON. A longer one is written as `null`:
/// truncated it could name another post.
pub const ID_BYTES_MAX: usize = 4096;

/// Filling the batch line by line.
impl Batch {
    /// Begins the record of the line at `span` of the chunk.
    pub(super) fn begin(&mut self, span: Range<usize>) {
        let (texts, metas) = (self.texts.len() as u32, self.metas.len() as u32);
        self.lines.push(Line {
            span: span.start as u32..span.end as u32,
            kind: Kind::Post,
            is_repaired: false,
            id: 0..0,
            detail: 0..0,
            texts: texts..texts,
            metas: metas..metas,
        });
    }

    #[inline]
    fn line(&mut self) -> &mut Line {
        self.lines.last_mut().expect("every line begins with `begin`")
    }

    /// The bytes of the current line are not UTF-8.
    pub(super) fn set_repaired(&mut self) {
        self.line().is_repaired = true;
    }

    /// Does the current line have a text?
    pub(super) fn has_text(&mut self) -> bool {
        self.texts.len() > self.line().texts.start as usize
    }

    /// Sets the id to the JSON value `raw`; empty for none.
    #[inline]
    pub(super) fn set_id(&mut self, raw: &str, may_have_controls: bool) {
        let start = self.arena.len();
        if raw.len() > ID_BYTES_MAX || matches!(raw.as_bytes().first(), Some(b'{' | b'[')) {
            return;
        }
        if may_have_controls {
            for c in raw.chars() {
                let written = match c {
                    '\0'..'\x20' => write!(self.arena, "\\u{:04x}", c as u32),
                    c => write!(self.arena, "{c}"),
                };
                debug_assert!(written.is_ok(), "writing to a string");
            }
        } else {
            self.arena.push_str(raw);
        }
        self.line().id = start as u32..self.arena.len() as u32;
    }

    /// The current line is itself the text of a post.
    pub(super) fn plain_line(&mut self, line: &str) {
        let start = self.arena.len() as u32;
        self.arena.push_str(line);
        let text = start..self.arena.len() as u32;
        self.texts.push(TextRange { field: FieldId::TEXT, html: false, text });
        self.end(Kind::Post);
    }

    /// Ends the line with `kind`.
    #[inline]
    pub(super) fn end(&mut self, kind: Kind) {
        if self.arena.len() > u32::MAX as usize {
            return self.refuse_arena();
        }
        let (texts, metas) = (self.texts.len() as u32, self.metas.len() as u32);
        let line = self.line();
        line.kind = kind;
        line.texts.end = texts;
        line.metas.end = metas;
    }

    /// Offsets are `u32`: the texts of one chunk must fit in 4 GiB.
    #[cold]
    fn refuse_arena(&mut self) {
        let texts = self.line().texts.start as usize;
        let start = self.texts.get(texts).map_or(0, |text| text.text.start as usize);
        self.arena.truncate(start.min(self.arena.len()));
        self.line().id = 0..0;
        self.refuse(
            ErrorCode::TooLong,
            format_args!("the texts of this chunk do not fit in 4 GiB"),
        );
    }

    /// Ends the line as unreadable.
    #[cold]
    pub(super) fn refuse(&mut self, code: ErrorCode, detail: std::fmt::Arguments<'_>) {
        let (texts, metas) = (self.line().texts.start, self.line().metas.start);
        self.texts.truncate(texts as usize);
        self.metas.truncate(metas as usize);
        let start = self.arena.len() as u32;
        let written = self.arena.write_fmt(detail);
        debug_assert!(written.is_ok(), "writing to a string");
        let end = self.arena.len() as u32;
        let line = self.line();
        line.kind = Kind::Unreadable(code);
        line.detail = start..end;
        line.texts.end = texts;
        line.metas.end = metas;
    }

    /// Called when the last line has no newline: if it is not JSON, it was truncated.
    pub(super) fn mark_truncated(&mut self) {
        if let Some(line) = self.lines.last_mut()
            && line.kind == Kind::Unreadable(ErrorCode::BadJson)
        {
            line.kind = Kind::Unreadable(ErrorCode::Truncated);
        }
    }

    /// Builds the record of the current line, which fits the shape of `extraction`. `text` is
    /// the text of the line. Returns `false` and changes nothing if the extraction does not
    /// apply.
    #[inline]
    pub(super) fn apply(
        &mut self,
        extraction: &Extraction,
        line: shape::Line<'_>,
        text: &str,
        may_have_escapes: bool,
    ) -> bool {
        let is_null = |at: u32| text.as_bytes()[at as usize] == b'n';
        if !extraction.nulls.iter().all(|value| is_null(value.range(line).start)) {
            return false;
        }
        let inside = |value: &shape::Value| {
            let quoted = value.range(line);
            &text[quoted.start as usize + 1..quoted.end as usize - 1]
        };
        let may_be_empty = |text: &&ExtractedText| text.has_others;
        if !extraction
            .texts
            .iter()
            .filter(may_be_empty)
            .all(|text| plainly_shows(inside(&text.value), text.html))
        {
            return false;
        }
        let id = extraction.id.map(|value| value.range(line)).filter(|id| !is_null(id.start));
        self.set_id(id.map_or("", |id| &text[range(&id)]), false);
        for ExtractedText { field, html, has_others: _, value } in &extraction.texts {
            let raw = inside(value);
            let start = self.arena.len() as u32;
            if may_have_escapes {
                push_unescaped(raw, &mut self.arena);
            } else {
                self.arena.push_str(raw);
            }
            let text = start..self.arena.len() as u32;
            self.texts.push(TextRange { field: *field, html: *html, text });
        }
        for (path, value) in &extraction.metas {
            let value = value.range(line);
            if !is_null(value.start) {
                let value = line.start + value.start..line.start + value.end;
                self.metas.push(MetaRange { path: *path, in_repaired: false, value });
            }
        }
        self.end(Kind::Post);
        true
    }
}
