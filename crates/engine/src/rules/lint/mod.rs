//! What an author should look at: rules that work, but badly.
//!
//! Input: a loaded [`Model`]. Output: warnings with places, in order of files and
//! places, without those that a comment silences (`# tidegate: allow(code)` on the
//! same line, alone on the line before, or for the whole file above its first
//! key). [`lint`] sees what the rules themselves show; what only a corpus shows
//! has its codes in [`LINTS`] too, so that comments can allow it.

mod needs;
mod pii;
mod rules;
mod silence;
mod table;
mod terms;
mod written;

pub use silence::drop_silenced;
pub use table::LINTS;

use crate::diagnostic::Diagnostic;
use crate::rules::model::Model;
use needs::Needs;
use written::written_once;

/// All warnings about `model`.
pub fn lint(model: &Model) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let needs = Needs::of(model);
    for matcher in written_once(model) {
        terms::lint(model, matcher, &needs, &mut found);
    }
    rules::lint(model, &needs.triggers, &mut found);
    drop_silenced(&model.sources, &mut found);
    found.extend(silence::unknown(&model.sources));
    let key = |warning: &Diagnostic| {
        let place = warning.place.as_ref();
        (place.map(|place| (place.source.name.clone(), place.range.start)), warning.code)
    };
    found.sort_by_cached_key(key);
    found.dedup();
    found
}

#[cfg(test)]
mod tests;
