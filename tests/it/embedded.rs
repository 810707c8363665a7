//! The shipped packs and policy, built as the program builds them.

use tidegate_engine::classifier::Classifier;
use tidegate_engine::output::{Encoder, Labels, Style};
use tidegate_engine::post::{Mapping, Plan};

/// The shipped packs under the default policy.
pub fn classifier() -> Classifier {
    tidegate_packs::builder().build().expect("the shipped packs build").into_parts().0
}

/// Reads posts of the default shape for `classifier`.
pub fn plan(classifier: &Classifier) -> Plan {
    Plan::new(&Mapping::default(), classifier.rules().names()).expect("the default mapping")
}

/// Calls `with` with an encoder that names what `classifier` numbers.
pub fn with_encoder<T>(classifier: &Classifier, with: impl FnOnce(&Encoder<'_>) -> T) -> T {
    with(&Encoder::new(Labels::of(classifier), Style::default()))
}
