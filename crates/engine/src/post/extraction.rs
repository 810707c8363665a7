//! How the lines of one shape become records.
//!
//! For each part of a record a mapping names several places, of which the first that holds
//! something counts. In the lines of one shape these are the same places, so they are asked
//! for once, and of each line its values are taken over. What is not so plain (arrays of
//! texts, numbers where a text should be, one of several places that may be `null`,
//! records to be skipped) has no extraction, or does not follow it, and is settled by the plan.

use super::json_index::shape::{Shape, Value};
use super::trie::Slot;
use crate::domain::field::{FieldId, MetaId};

/// Which values of a shape become what. At least one text.
#[derive(Debug)]
pub(super) struct Extraction {
    pub id: Option<Value>,
    pub texts: Vec<ExtractedText>,
    pub metas: Vec<(MetaId, Value)>,
    /// Values that must be `null` for the extraction to be followed.
    pub nulls: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct ExtractedText {
    pub field: FieldId,
    pub html: bool,
    pub value: Value,
}

/// Collects a extraction. Each step gives `None` if there is none.
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

    /// Does any line of the shape hold a value there?
    pub fn holds(&self, slot: Slot) -> bool {
        self.shape.values().iter().any(|value| value.slot() == slot)
    }

    /// The one value that the first of `slots` with something in it holds; `Some(None)`
    /// if none of them ever does.
    fn first(&self, slots: &[Slot]) -> Option<Option<Value>> {
        let mut held = slots.iter().filter(|slot| self.holds(**slot));
        let Some(slot) = held.next() else { return Some(None) };
        let value = self.shape.values().iter().find(|value| value.slot() == *slot)?;
        let is_sure = value.is_string() || held.next().is_none();
        (is_sure && !value.is_one_of_many()).then_some(Some(*value))
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

    /// `sources`: where the text may stand, and whether it is HTML there.
    pub fn text(&mut self, field: FieldId, sources: &[(Slot, bool)]) -> Option<()> {
        let slots: Vec<Slot> = sources.iter().map(|(slot, _)| *slot).collect();
        let Some(value) = self.first(&slots)? else { return Some(()) };
        if value.is_string() {
            let (_, html) = *sources.iter().find(|(slot, _)| *slot == value.slot())?;
            self.extraction.texts.push(ExtractedText { field, html, value });
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
