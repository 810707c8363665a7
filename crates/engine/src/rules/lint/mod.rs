//! Lints: warnings about rules that work, but badly.
//!
//! Input: a loaded [`Model`]. Output: warnings with places, in order of files and places, without
//! those that a comment silences (`# tidegate: allow(code)` on the same line, alone on the line
//! before, or for the whole file above its first key). [`lint()`] reports the warnings that rules
//! alone show. [`LINTS`] also has the codes of warnings that need a corpus, so that comments can
//! silence them.

mod correlations;
mod examples;
mod lengths;
mod phrases;
mod pii;
mod rules;
mod silence;
mod spelling;
mod table;
mod terms;
mod trigger_use;
mod written;

pub use silence::drop_silenced;
pub use table::LINTS;

use crate::diagnostic::Diagnostic;
use crate::rules::model::Model;
use trigger_use::TriggerUse;
use written::written_once;

/// All warnings about `model`.
pub fn lint(model: &Model) -> Vec<Diagnostic> {
    let mut found = model.warnings.clone();
    let uses = TriggerUse::of(model);
    for matcher in written_once(model) {
        terms::lint(model, matcher, &uses, &mut found);
        spelling::lint(model, matcher, &mut found);
    }
    phrases::lint(model, &mut found);
    rules::lint(model, &uses, &mut found);
    correlations::lint(model, &mut found);
    for rule in &model.rules {
        examples::lint(model, rule, &mut found);
        lengths::lint(model, rule, &mut found);
    }
    drop_silenced(&mut found);
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
