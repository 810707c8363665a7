//! Extraction: how the lines of one shape become records.
//!
//! For each part of a record a mapping lists several pointers; the first that has a value is
//! used. In lines of one shape these are the same tokens, so the choice is made once per
//! shape, and for each line the values are copied. Other cases (arrays of texts, a number in
//! place of a text, several pointers of which one may be `null` or empty, records to be skipped)
//! have no extraction, or the extraction does not apply; the plan builds these records from
//! [`super::line_values::LineValues`].

use super::json_index::shape::{Shape, Value};
use super::trie::Slot;
use crate::domain::field::{FieldId, MetaId};

/// Which values of a shape become which part of a record. Has at least one text.
#[derive(Debug)]
pub(super) struct Extraction {
    pub id: Option<Value>,
    pub texts: Vec<ExtractedText>,
    pub metas: Vec<(MetaId, Value)>,
    /// Values that must be `null` for the extraction to apply.
    pub nulls: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct ExtractedText {
    pub field: FieldId,
    pub html: bool,
    /// Another pointer has a value, too, which is used if this one shows nothing.
    pub has_others: bool,
    pub value: Value,
}

/// Builds an extraction. Each step returns `None` if the shape has no extraction.
pub(super) struct Builder<'s> {
    shape: &'s Shape,
    extraction: Extraction,
}

impl<'s> Builder<'s> {
    pub fn new(shape: &'s Shape) -> Builder<'s> {
        let extraction =
            Extraction { id: None, texts: Vec::new(), metas: Vec::new(), nulls: Vec::new() };
        Builder { shape, extraction }
    }

    /// Do lines of the shape have a value for this pointer?
    pub fn has_value(&self, slot: Slot) -> bool {
        self.shape.values().iter().any(|value| value.slot() == slot)
    }

    /// The value of the first of `slots` that the shape has; `Some(None)` if it has none of
    /// them.
    fn first(&self, slots: &[Slot]) -> Option<Option<Value>> {
        let mut present = slots.iter().filter(|slot| self.has_value(**slot));
        let Some(slot) = present.next() else { return Some(None) };
        let value = self.shape.values().iter().find(|value| value.slot() == *slot)?;
        let is_certain = value.is_string() || present.next().is_none();
        (is_certain && !value.is_one_of_many()).then_some(Some(*value))
    }

    pub fn id(&mut self, slots: &[Slot]) -> Option<()> {
        self.extraction.id = self.first(slots)?;
        Some(())
    }

    pub fn meta(&mut self, path: MetaId, slots: &[Slot]) -> Option<()> {
        let value = self.first(slots)?;
        self.extraction.metas.extend(value.map(|value| (path, value)));
        Some(())
    }

    /// `sources`: the pointers of the text, and whether it is HTML there.
    pub fn text(&mut self, field: FieldId, sources: &[(Slot, bool)]) -> Option<()> {
        let slots: Vec<Slot> = sources.iter().map(|(slot, _)| *slot).collect();
        let Some(value) = self.first(&slots)? else { return Some(()) };
        if value.is_string() {
            let (_, html) = *sources.iter().find(|(slot, _)| *slot == value.slot())?;
            let has_others = slots.iter().filter(|slot| self.has_value(**slot)).count() > 1;
            self.extraction.texts.push(ExtractedText { field, html, has_others, value });
        } else if value.may_be_null() {
            self.extraction.nulls.push(value);
        } else {
            return None;
        }
        Some(())
    }

    pub fn finish(self) -> Option<Extraction> {
        (!self.extraction.texts.is_empty()).then_some(self.extraction)
    }
}
