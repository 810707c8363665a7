//! How the lines of one shape become records.
//!
//! For each part of a record a mapping names several places, of which the first that holds
//! something counts. In the lines of one shape these are the same places, so they are asked
//! for once, and of each line its values are taken over. What is not so plain (arrays of
//! texts, numbers where a text should be, one of several places that may be `null`,
//! records to be skipped) has no recipe, or does not follow it, and is settled by the plan.

use super::batch::{Batch, Kind, MetaAt, TextAt, range};
use super::bitmaps::shapes::{Line, Shape, Value};
use super::trie::Slot;
use super::unescape::push_unescaped;
use crate::domain::field::{FieldId, MetaId};

/// Which values of a shape become what. At least one text.
#[derive(Debug)]
pub(super) struct Recipe {
    id: Option<Value>,
    texts: Vec<Text>,
    metas: Vec<(MetaId, Value)>,
    /// Values that must be `null` for the recipe to be followed.
    nulls: Vec<Value>,
}

#[derive(Debug)]
struct Text {
    field: FieldId,
    html: bool,
    value: Value,
}

/// Collects a recipe. Each step gives `None` if there is none.
pub(super) struct Builder<'s> {
    shape: &'s Shape,
    recipe: Recipe,
}

impl<'s> Builder<'s> {
    pub fn new(shape: &'s Shape) -> Builder<'s> {
        let recipe = Recipe { id: None, texts: Vec::new(), metas: Vec::new(), nulls: Vec::new() };
        Builder { shape, recipe }
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
        self.recipe.id = self.first(slots)?;
        Some(())
    }

    pub fn meta(&mut self, path: MetaId, slots: &[Slot]) -> Option<()> {
        let value = self.first(slots)?;
        self.recipe.metas.extend(value.map(|value| (path, value)));
        Some(())
    }

    /// `sources`: where the text may stand, and whether it is HTML there.
    pub fn text(&mut self, field: FieldId, sources: &[(Slot, bool)]) -> Option<()> {
        let slots: Vec<Slot> = sources.iter().map(|(slot, _)| *slot).collect();
        let Some(value) = self.first(&slots)? else { return Some(()) };
        if value.is_string() {
            let (_, html) = *sources.iter().find(|(slot, _)| *slot == value.slot())?;
            self.recipe.texts.push(Text { field, html, value });
        } else if value.may_be_null() {
            self.recipe.nulls.push(value);
        } else {
            return None;
        }
        Some(())
    }

    pub fn finish(self) -> Option<Recipe> {
        (!self.recipe.texts.is_empty()).then_some(self.recipe)
    }
}

impl Recipe {
    /// Turns a line that fits the shape into a record, the line of `batch` that was begun.
    /// `text` is its text. `false`, and nothing is done, if the line does not follow.
    #[inline]
    pub fn follow(&self, line: Line<'_>, text: &str, may_escape: bool, batch: &mut Batch) -> bool {
        let is_null = |at: u32| text.as_bytes()[at as usize] == b'n';
        if !self.nulls.iter().all(|value| is_null(value.range(line).start)) {
            return false;
        }
        let id = self.id.map(|value| value.range(line)).filter(|id| !is_null(id.start));
        batch.set_id(id.map_or("", |id| &text[range(&id)]), false);
        for Text { field, html, value } in &self.texts {
            let quoted = value.range(line);
            let raw = &text[quoted.start as usize + 1..quoted.end as usize - 1];
            let start = batch.arena.len() as u32;
            if may_escape {
                push_unescaped(raw, &mut batch.arena);
            } else {
                batch.arena.push_str(raw);
            }
            let text = start..batch.arena.len() as u32;
            batch.texts.push(TextAt { field: *field, html: *html, text });
        }
        for (path, value) in &self.metas {
            let value = value.range(line);
            if !is_null(value.start) {
                let value = line.start + value.start..line.start + value.end;
                batch.metas.push(MetaAt { path: *path, in_repaired: false, value });
            }
        }
        batch.end(Kind::Post);
        true
    }
}
