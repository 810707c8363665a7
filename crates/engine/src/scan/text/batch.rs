//! The folded texts of a batch, one after another, and their projections.

use crate::domain::field::{FieldId, FieldSet};
use crate::fold::{self, SEPARATOR};
use crate::post::{Batch, Post, Record, TextRef};
use crate::scan::literals::PADDING;
use crate::scan::text::projection::Projection;
use std::cell::Cell;

/// The position of one field of one post in each projection.
#[derive(Clone, Copy, Debug)]
pub struct FieldText {
    pub field: FieldId,
    pub is_html: bool,
    /// Each visible character became exactly one folded symbol.
    pub one_to_one: bool,
    /// By [`Projection::index`].
    ranges: [(u32, u32); Projection::COUNT],
}

impl FieldText {
    /// The field's range in [`FoldedBatch::symbols`] of a projection.
    #[inline]
    pub fn range(&self, projection: Projection) -> (u32, u32) {
        self.ranges[projection.index()]
    }

    /// Number of visible characters, if it is known without counting.
    pub fn characters(&self) -> Option<u32> {
        let (start, end) = self.range(Projection::FOLDED);
        self.one_to_one.then_some(end - start)
    }
}

/// Symbols of every post of a batch. Reused from batch to batch.
#[derive(Debug, Default)]
pub struct FoldedBatch {
    /// By [`Projection::index`]: symbols with padding on both sides and a [`SEPARATOR`] after
    /// each field. Empty for projections that no matcher needs.
    symbols: [Vec<u16>; Projection::COUNT],
    /// Fields that were folded.
    wanted: FieldSet,
    /// Those of them that posts have, in post order.
    fields: Vec<FieldText>,
    /// For each of `fields`: its visible characters, or [`UNCOUNTED`] before the first use.
    visible: Vec<Cell<u64>>,
    /// First entry of `fields` for each record, and one past the last.
    posts: Vec<u32>,
}

/// Marks a length that was not counted yet. No text has so many characters.
const UNCOUNTED: u64 = u64::MAX;

impl FoldedBatch {
    /// Folds the `wanted` fields of every post in `batch`, then derives each of `projections`.
    pub fn fill(
        &mut self,
        chunk: &[u8],
        batch: &Batch,
        wanted: FieldSet,
        projections: &[Projection],
    ) {
        self.clear();
        self.wanted = wanted;
        for index in 0..batch.len() {
            if let Record::Post(post) = batch.record(chunk, index) {
                self.add(&post, wanted);
            }
            self.posts.push(self.fields.len() as u32);
        }
        let folded = &mut self.symbols[Projection::FOLDED.index()];
        folded.resize(folded.len() + PADDING, SEPARATOR);
        for projection in projections {
            self.derive(*projection);
        }
    }

    fn clear(&mut self) {
        self.fields.clear();
        self.visible.clear();
        self.posts.clear();
        self.posts.push(0);
        for symbols in &mut self.symbols {
            symbols.clear();
        }
        self.symbols[Projection::FOLDED.index()].resize(PADDING, SEPARATOR);
    }

    fn add(&mut self, post: &Post<'_>, wanted: FieldSet) {
        let folded = &mut self.symbols[Projection::FOLDED.index()];
        for text in post.texts() {
            if !wanted.has(text.field) {
                continue;
            }
            let start = folded.len() as u32;
            let one_to_one = !text.html && fold::fold_into(text.text, folded);
            if text.html {
                fold::fold_html_into(text.text, folded);
            }
            let mut ranges = [(0, 0); Projection::COUNT];
            ranges[Projection::FOLDED.index()] = (start, folded.len() as u32);
            folded.push(SEPARATOR);
            let (field, is_html) = (text.field, text.html);
            self.fields.push(FieldText { field, is_html, one_to_one, ranges });
            self.visible.push(Cell::new(UNCOUNTED));
        }
    }

    fn derive(&mut self, projection: Projection) {
        if projection == Projection::FOLDED {
            return;
        }
        let mut out = std::mem::take(&mut self.symbols[projection.index()]);
        let folded = &self.symbols[Projection::FOLDED.index()];
        out.resize(PADDING, SEPARATOR);
        for field in &mut self.fields {
            let start = out.len() as u32;
            let (from, to) = field.range(Projection::FOLDED);
            projection.derive_symbols(folded, from as usize..to as usize, &mut out);
            field.ranges[projection.index()] = (start, out.len() as u32);
            out.push(SEPARATOR);
        }
        out.resize(out.len() + PADDING, SEPARATOR);
        self.symbols[projection.index()] = out;
    }

    /// All symbols of a projection, padding included.
    #[inline]
    pub fn symbols(&self, projection: Projection) -> &[u16] {
        &self.symbols[projection.index()]
    }

    /// The fields that were folded, of all posts. Nothing is known about other fields.
    pub fn wanted(&self) -> FieldSet {
        self.wanted
    }

    /// Number of records in the batch.
    pub fn records(&self) -> usize {
        self.posts.len() - 1
    }

    /// Visible characters of a folded field of record `index`; `None` if the field was not
    /// folded. Counted at most once.
    pub fn visible(&self, index: usize, text: &TextRef<'_>) -> Option<u64> {
        let first = self.posts[index] as usize;
        let at = self.fields_of(index).iter().position(|own| own.field == text.field)?;
        let (own, count) = (&self.fields[first + at], &self.visible[first + at]);
        if let Some(characters) = own.characters() {
            return Some(u64::from(characters));
        }
        if count.get() == UNCOUNTED {
            count.set(fold::visible_characters(text.text, text.html));
        }
        Some(count.get())
    }

    /// The folded fields of record `index`.
    #[inline]
    pub fn fields_of(&self, index: usize) -> &[FieldText] {
        &self.fields[self.posts[index] as usize..self.posts[index + 1] as usize]
    }
}
