//! The folded texts of a batch, one after another, as the engine scans them.

use crate::domain::field::{FieldId, FieldSet};
use crate::fold::{self, SEPARATOR};
use crate::post::{Batch, Post, Record, TextRef};
use crate::scan::literals::PADDING;
use crate::scan::text::projection::Reading;
use std::cell::Cell;

/// Where the symbols of one field of one post lie in each reading.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan) struct FieldText {
    pub field: FieldId,
    pub is_html: bool,
    /// Each character gave one symbol of its own.
    pub one_to_one: bool,
    /// By [`Reading::index`].
    ranges: [(u32, u32); Reading::COUNT],
}

impl FieldText {
    /// The field's symbols in [`Texts::symbols`] of a reading.
    #[inline]
    pub fn range(&self, reading: Reading) -> (u32, u32) {
        self.ranges[reading.index()]
    }

    /// How many symbols its folded text has: of an even text, so many visible characters.
    pub fn symbols(&self) -> u32 {
        let (start, end) = self.range(Reading::FOLDED);
        end - start
    }
}

/// Symbols of every post of a batch. Reused from batch to batch.
#[derive(Debug, Default)]
pub(in crate::scan) struct Texts {
    /// By [`Reading::index`]: symbols, padded on both sides, a [`SEPARATOR`] after
    /// each field. Readings that nothing asks for stay empty.
    symbols: [Vec<u16>; Reading::COUNT],
    /// Fields that were asked for.
    wanted: FieldSet,
    /// Those of them that posts have, in post order.
    fields: Vec<FieldText>,
    /// For each of `fields`: its visible characters, [`UNCOUNTED`] until somebody asks.
    visible: Vec<Cell<u64>>,
    /// First entry of `fields` of each record, and one past the last.
    posts: Vec<u32>,
}

/// No text has so many characters.
const UNCOUNTED: u64 = u64::MAX;

impl Texts {
    /// Folds every post of `batch`; fields outside `wanted` are left out. Then
    /// derives each of `readings`.
    pub fn fill(&mut self, chunk: &[u8], batch: &Batch, wanted: FieldSet, readings: &[Reading]) {
        self.begin();
        self.wanted = wanted;
        for index in 0..batch.len() {
            if let Record::Post(post) = batch.record(chunk, index) {
                self.add(&post, wanted);
            }
            self.posts.push(self.fields.len() as u32);
        }
        let folded = &mut self.symbols[Reading::FOLDED.index()];
        folded.resize(folded.len() + PADDING, SEPARATOR);
        for reading in readings {
            self.derive(*reading);
        }
    }

    fn begin(&mut self) {
        self.fields.clear();
        self.visible.clear();
        self.posts.clear();
        self.posts.push(0);
        for symbols in &mut self.symbols {
            symbols.clear();
        }
        self.symbols[Reading::FOLDED.index()].resize(PADDING, SEPARATOR);
    }

    fn add(&mut self, post: &Post<'_>, wanted: FieldSet) {
        let folded = &mut self.symbols[Reading::FOLDED.index()];
        for text in post.texts() {
            if !wanted.has(text.field) {
                continue;
            }
            let start = folded.len() as u32;
            let one_to_one = !text.html && fold::fold_into(text.text, folded);
            if text.html {
                fold::fold_html_into(text.text, folded);
            }
            let mut ranges = [(0, 0); Reading::COUNT];
            ranges[Reading::FOLDED.index()] = (start, folded.len() as u32);
            folded.push(SEPARATOR);
            let (field, is_html) = (text.field, text.html);
            self.fields.push(FieldText { field, is_html, one_to_one, ranges });
            self.visible.push(Cell::new(UNCOUNTED));
        }
    }

    fn derive(&mut self, reading: Reading) {
        if reading == Reading::FOLDED {
            return;
        }
        let mut out = std::mem::take(&mut self.symbols[reading.index()]);
        let folded = &self.symbols[Reading::FOLDED.index()];
        out.resize(PADDING, SEPARATOR);
        for field in &mut self.fields {
            let start = out.len() as u32;
            let (from, to) = field.range(Reading::FOLDED);
            reading.derive_symbols(folded, from as usize..to as usize, &mut out);
            field.ranges[reading.index()] = (start, out.len() as u32);
            out.push(SEPARATOR);
        }
        out.resize(out.len() + PADDING, SEPARATOR);
        self.symbols[reading.index()] = out;
    }

    /// All symbols of a reading, padding and all.
    #[inline]
    pub fn symbols(&self, reading: Reading) -> &[u16] {
        &self.symbols[reading.index()]
    }

    /// Which fields were asked for; of others nothing is known.
    pub fn wanted(&self) -> FieldSet {
        self.wanted
    }

    /// How many records the batch had.
    pub fn records(&self) -> usize {
        self.posts.len() - 1
    }

    /// Visible characters of a field of record `index` that was asked for and that the post
    /// has; counted once.
    pub fn visible(&self, index: usize, text: &TextRef<'_>) -> Option<u64> {
        let first = self.posts[index] as usize;
        let at = self.fields_of(index).iter().position(|own| own.field == text.field)?;
        let (own, count) = (&self.fields[first + at], &self.visible[first + at]);
        if own.one_to_one {
            return Some(u64::from(own.symbols()));
        }
        if count.get() == UNCOUNTED {
            count.set(fold::visible_characters(text.text, text.html));
        }
        Some(count.get())
    }

    /// The fields of record `index`.
    pub fn fields_of(&self, index: usize) -> &[FieldText] {
        &self.fields[self.posts[index] as usize..self.posts[index + 1] as usize]
    }
}
