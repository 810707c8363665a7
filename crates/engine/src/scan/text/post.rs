//! One post of a folded batch.

use super::batch::{FieldText, FoldedBatch};
use super::projection::Projection;
use super::script::Scripts;
use crate::domain::field::FieldSet;
use crate::fold::Folded;
use crate::post::Post;

/// One post: its original fields, and their symbols in every projection.
#[derive(Clone, Copy)]
pub struct PostText<'p> {
    pub post: &'p Post<'p>,
    pub batch: &'p FoldedBatch,
    /// The fields that some matcher reads. A field is named by its index in this list.
    pub fields: &'p [FieldText],
}

impl<'p> PostText<'p> {
    /// `post` must be record `record` of the batch that was folded into `batch`.
    #[inline]
    pub fn new(post: &'p Post<'p>, batch: &'p FoldedBatch, record: usize) -> PostText<'p> {
        PostText { post, batch, fields: batch.fields_of(record) }
    }

    /// The symbols of a field in a projection.
    #[inline]
    pub fn symbols(self, projection: Projection, field: usize) -> &'p [u16] {
        let (start, end) = self.fields[field].range(projection);
        &self.batch.symbols(projection)[start as usize..end as usize]
    }

    /// The folded text of a field.
    #[inline]
    pub fn folded(self, field: usize) -> Folded<'p> {
        self.batch.folded(&self.fields[field])
    }

    /// Position of the field's first folded symbol in [`FoldedBatch::symbols`].
    #[inline]
    pub fn folded_start(self, field: usize) -> usize {
        self.fields[field].range(Projection::FOLDED).0 as usize
    }

    /// The original text of a field.
    pub fn original(self, field: usize) -> &'p str {
        self.post.text(self.fields[field].field).unwrap_or("")
    }

    /// Is the field one of `fields`?
    #[inline]
    pub fn is_in(self, field: usize, fields: FieldSet) -> bool {
        fields.has(self.fields[field].field)
    }

    /// Scripts of the post's text in `fields`.
    pub fn scripts(self, fields: FieldSet) -> Scripts {
        let read = (0..self.fields.len()).filter(|field| self.is_in(*field, fields));
        read.fold(Scripts::NONE, |scripts, field| {
            scripts.or(Scripts::of(self.symbols(Projection::FOLDED, field)))
        })
    }
}
