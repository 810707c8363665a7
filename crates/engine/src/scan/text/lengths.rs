//! Lengths of the fields of a post in visible characters.

use crate::domain::field::{FIELDS_MAX, FieldId, FieldSet};

/// The lengths of a post's fields, where they are known without counting.
#[derive(Clone, Copy, Debug)]
pub struct Lengths {
    /// Visible characters, by field.
    known: [u32; FIELDS_MAX],
    /// Fields that the post has and whose length is known.
    counted: FieldSet,
    /// Fields whose length would have to be counted: those where characters and symbols are
    /// not one to one, and those that no matcher reads.
    unknown: FieldSet,
}

impl Lengths {
    /// No field has a known length yet; the length of `unknown` fields would have to be
    /// counted, and all others are absent.
    pub(in crate::scan) fn new(unknown: FieldSet) -> Lengths {
        Lengths { known: [0; FIELDS_MAX], counted: FieldSet::NONE, unknown }
    }

    /// Adds a field of the post: its length in characters, or `None` if it would have to be
    /// counted.
    pub(in crate::scan) fn add(&mut self, field: FieldId, characters: Option<u32>) {
        match characters {
            Some(characters) => {
                self.counted.insert(field);
                self.known[field.index()] = characters;
            }
            None => self.unknown.insert(field),
        }
    }

    /// Sum of the visible characters of `fields`; `None` if one of them would have to be
    /// counted.
    pub fn of(&self, fields: FieldSet) -> Option<u64> {
        if fields.intersects(self.unknown) {
            return None;
        }
        let counted = fields.intersection(self.counted).iter();
        Some(counted.map(|field| u64::from(self.known[field.index()])).sum())
    }
}
