//! The embedded packs and policy, built as the program builds them.

use tidegate::classifier::Classifier;
use tidegate::output::{Encoder, Labels, Style};
use tidegate::policy::{DEFAULT, Policy, RuleFacts};
use tidegate::post::{Mapping, Plan};
use tidegate::ruleset::compile::compile;
use tidegate::ruleset::load::Loader;

/// The embedded packs under the embedded default policy.
pub fn classifier() -> Classifier {
    let mut model = Loader::new().load().expect("the embedded packs load").model;
    let source = Policy::embedded(DEFAULT).expect("the default policy is embedded");
    let policy = Policy::parse(&source, &mut model.names).expect("the default policy is sound");
    let rules = compile(model).expect("the embedded packs compile");
    let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(RuleFacts::of).collect();
    let policy = policy.resolve(&facts).expect("the default policy fits").policy;
    Classifier::new(rules, policy)
}

/// Reads posts of the default shape for `classifier`.
pub fn plan(classifier: &Classifier) -> Plan {
    Plan::new(&Mapping::default(), classifier.rules().names()).expect("the default mapping")
}

/// Calls `with` with an encoder that names what `classifier` numbers.
pub fn with_encoder<T>(classifier: &Classifier, with: impl FnOnce(&Encoder<'_>) -> T) -> T {
    with(&Encoder::new(Labels::of(classifier), Style::default()))
}
