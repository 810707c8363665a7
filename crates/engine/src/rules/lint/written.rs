//! Matchers as written: one definition may be several matchers of the model, one for each set of
//! fields.

use crate::diagnostic::Place;
use crate::rules::model::{Matcher, Model};
use std::collections::HashSet;

/// Each matcher once, even if the model has it for several sets of fields.
pub(super) fn written_once(model: &Model) -> impl Iterator<Item = &Matcher> {
    let mut seen = HashSet::new();
    model.matchers.iter().filter(move |matcher| seen.insert(key(&matcher.place)))
}

/// A key of a place, to compare places without comparing texts.
pub(super) fn key(place: &Place) -> (*const u8, usize) {
    (place.source.text.as_ptr(), place.range.start)
}
