//! Matchers as an author wrote them: one definition may be several matchers of the model.

use crate::diagnostic::Place;
use crate::rules::model::{Matcher, Model};
use std::collections::HashSet;

/// Each matcher once, though it may stand in the model for several sets of fields.
pub(super) fn written_once(model: &Model) -> impl Iterator<Item = &Matcher> {
    let mut seen = HashSet::new();
    model.matchers.iter().filter(move |matcher| seen.insert(key(&matcher.place)))
}

/// Tells places apart without comparing texts.
pub(super) fn key(place: &Place) -> (*const u8, usize) {
    (place.source.text.as_ptr(), place.range.start)
}
