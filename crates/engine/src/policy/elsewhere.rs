//! Keys of measures in a policy: where they belong.

use crate::diagnostic::Diagnostic;
use crate::message::message;

/// The keys of a measures file that no policy has, and the word itself.
const KEYS: [&str; 9] =
    ["bounds", "campaigns", "clock", "keep", "ladder", "limits", "measures", "operations", "queue"];

/// Removes the errors that a key of measures is unknown; returns them, each with what to do.
pub(super) fn take(errors: &mut Vec<Diagnostic>) -> Vec<Diagnostic> {
    errors.extract_if(.., |error| key_of(error).is_some()).map(explained).collect()
}

/// The key of measures that is unknown.
fn key_of(error: &Diagnostic) -> Option<&'static str> {
    let place = error.place.as_ref().filter(|_| error.code == "unknown_key")?;
    let written = place.source.text.get(place.range.clone())?;
    KEYS.into_iter().find(|key| *key == written)
}

fn explained(error: Diagnostic) -> Diagnostic {
    let key = key_of(&error).unwrap_or_default();
    let message = message!("`{key}` belongs in a measures file: a policy judges each post alone");
    let help = message!(
        "write it in `NAME.measures.yaml` and use `tidegate correlate --measures NAME.measures.yaml`"
    );
    Diagnostic { message, help, ..error }
}
