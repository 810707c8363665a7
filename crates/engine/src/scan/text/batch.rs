//! The folded texts of a batch, one after another, and their projections.

use crate::domain::field::{FieldId, FieldSet};
use crate::fold::{self, Folded, Output, SEPARATOR};
use crate::post::{Batch, Post, Record};
use crate::scan::literals::PADDING;
use crate::scan::text::projection::{Derived, Projection};
use std::cell::Cell;
use std::ops::Range;

/// The position of one field of one post in each projection.
#[derive(Clone, Copy, Debug)]
pub struct FieldText {
    pub field: FieldId,
    pub is_html: bool,
    /// Each character became exactly one folded symbol, not counting white space at the end.
    pub one_to_one: bool,
    /// Range in the batch's list of signs.
    signs: (u32, u32),
    /// By [`Projection::index`].
    ranges: [(u32, u32); Projection::COUNT],
}

impl FieldText {
    /// The field's range in [`FoldedBatch::symbols`] of a projection.
    #[inline]
    pub fn range(&self, projection: Projection) -> (u32, u32) {
        self.ranges[projection.index()]
    }
}

/// Symbols of every post of a batch. Reused from batch to batch.
#[derive(Debug, Default)]
pub struct FoldedBatch {
    /// By [`Projection::index`]: symbols with padding on both sides and a [`SEPARATOR`] after
    /// each field. Empty for projections that no matcher needs; folded text has no places. Behind
    /// the last field of a derived projection, symbols of earlier batches may be left.
    derived: [Derived; Projection::COUNT],
    /// Positions in the folded symbols of those that come from signs, ascending.
    signs: Vec<u32>,
    /// The fields that were folded, in post order.
    fields: Vec<FieldText>,
    /// For each of `fields`: its length in units, or [`UNCOUNTED`] before the first use.
    lengths: Vec<Cell<u32>>,
    /// First entry of `fields` for each record, and one past the last.
    posts: Vec<u32>,
}

/// Marks a length that was not counted yet. No text is so long.
const UNCOUNTED: u32 = u32::MAX;

impl FoldedBatch {
    /// Folds the `wanted` fields of every post in `batch`.
    pub fn fill(&mut self, chunk: &[u8], batch: &Batch, wanted: FieldSet) {
        self.clear();
        for index in 0..batch.len() {
            if let Record::Post(post) = batch.record(chunk, index) {
                self.add(&post, wanted);
            }
            self.posts.push(self.fields.len() as u32);
        }
        let folded = &mut self.derived[Projection::FOLDED.index()].symbols;
        folded.resize(folded.len() + PADDING, SEPARATOR);
    }

    fn clear(&mut self) {
        self.fields.clear();
        self.lengths.clear();
        self.signs.clear();
        self.posts.clear();
        self.posts.push(0);
        let folded = &mut self.derived[Projection::FOLDED.index()].symbols;
        folded.clear();
        folded.resize(PADDING, SEPARATOR);
    }

    fn add(&mut self, post: &Post<'_>, wanted: FieldSet) {
        let folded = &mut self.derived[Projection::FOLDED.index()].symbols;
        let signs = &mut self.signs;
        for text in post.texts() {
            if !wanted.has(text.field) {
                continue;
            }
            let (start, first_sign) = (folded.len() as u32, signs.len() as u32);
            let mut out = Output { symbols: folded, signs };
            let one_to_one = !text.html && fold::fold_into(text.text, &mut out);
            if text.html {
                fold::fold_html_into(text.text, &mut out);
            }
            let mut ranges = [(0, 0); Projection::COUNT];
            ranges[Projection::FOLDED.index()] = (start, folded.len() as u32);
            folded.push(SEPARATOR);
            let (field, is_html) = (text.field, text.html);
            let signs = (first_sign, signs.len() as u32);
            self.fields.push(FieldText { field, is_html, one_to_one, signs, ranges });
            self.lengths.push(Cell::new(UNCOUNTED));
        }
    }

    /// Derives a projection of the folded texts.
    pub fn derive(&mut self, projection: Projection) {
        if projection == Projection::FOLDED {
            return;
        }
        let mut out = std::mem::take(&mut self.derived[projection.index()]);
        let folded = &self.derived[Projection::FOLDED.index()].symbols;
        out.grow(folded.len() + self.fields.len() + 2 * PADDING);
        let mut written = PADDING;
        for field in &mut self.fields {
            let (from, to) = field.range(Projection::FOLDED);
            let start = written as u32;
            let range = from as usize..to as usize;
            written = projection.derive_symbols(folded, range, &mut out, written);
            field.ranges[projection.index()] = (start, written as u32);
            out.symbols[written] = SEPARATOR;
            written += 1;
        }
        self.derived[projection.index()] = out;
    }

    /// All symbols of a projection, padding included; only those of its fields are of this batch.
    #[inline]
    pub fn symbols(&self, projection: Projection) -> &[u16] {
        &self.derived[projection.index()].symbols
    }

    /// The folded symbols that a symbol of a derived projection is made of.
    #[inline]
    pub fn place(&self, projection: Projection, at: usize) -> Range<usize> {
        let Derived { starts, ends, .. } = &self.derived[projection.index()];
        starts[at] as usize..ends[at] as usize
    }

    /// Number of records in the batch.
    pub fn records(&self) -> usize {
        self.posts.len() - 1
    }

    /// The folded text of a field.
    #[inline]
    pub fn folded(&self, field: &FieldText) -> Folded<'_> {
        let (start, end) = field.range(Projection::FOLDED);
        let symbols = &self.symbols(Projection::FOLDED)[start as usize..end as usize];
        let signs = &self.signs[field.signs.0 as usize..field.signs.1 as usize];
        Folded { symbols, signs, signs_base: start }
    }

    /// Does the folded symbol at `at` come from a sign ([`Output::signs`])?
    #[inline]
    pub fn is_sign(&self, at: usize) -> bool {
        !self.signs.is_empty() && self.signs.binary_search(&(at as u32)).is_ok()
    }

    /// Length in units of a field of record `index`; `None` if the post has the field and it was
    /// not folded. Counted at most once.
    pub fn length(&self, index: usize, field: FieldId) -> Option<u32> {
        let first = self.posts[index] as usize;
        let at = self.fields_of(index).iter().position(|own| own.field == field)?;
        let (own, length) = (&self.fields[first + at], &self.lengths[first + at]);
        if length.get() == UNCOUNTED {
            length.set(self.folded(own).length());
        }
        Some(length.get())
    }

    /// The folded fields of record `index`.
    #[inline]
    pub fn fields_of(&self, index: usize) -> &[FieldText] {
        &self.fields[self.posts[index] as usize..self.posts[index + 1] as usize]
    }
}
