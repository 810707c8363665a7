//! Rule flags → a classifier.

use super::args::RuleArgs;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tidegate::classifier::Classifier;
use tidegate::diagnostic::{Diagnostic, Source};
use tidegate::limits::RULE_FILE_BYTES_MAX;
use tidegate::policy::{DEFAULT, Policy, Resolution, RuleFacts};
use tidegate::post::Mapping;
use tidegate::ruleset::compile::compile;
use tidegate::ruleset::compiled::{CompiledRule, RuleSet};
use tidegate::ruleset::load::Loader;

/// Why a call was refused.
#[derive(Debug)]
pub enum Refusal {
    /// It makes no sense as it is.
    Usage(String),
    /// Rules or policy are wrong.
    Rules(Vec<Diagnostic>),
}

impl From<String> for Refusal {
    fn from(message: String) -> Refusal {
        Refusal::Usage(message)
    }
}

impl From<Vec<Diagnostic>> for Refusal {
    fn from(faults: Vec<Diagnostic>) -> Refusal {
        Refusal::Rules(faults)
    }
}

/// A classifier, and what its operator should look at.
pub struct Built {
    /// Rules and policy.
    pub classifier: Classifier,
    /// Not wrong, but perhaps not meant.
    pub warnings: Vec<Diagnostic>,
    /// The file of the policy.
    pub policy: Arc<Source>,
}

/// Loads and compiles the rules, for posts that are read by `mapping`, and lays the
/// policy over them.
///
/// # Errors
///
/// Everything that is wrong with the rules; or, if nothing is, with the policy.
pub fn build(args: &RuleArgs, mapping: &Mapping) -> Result<Built, Refusal> {
    let RuleArgs { rules, no_default_rules, policy } = args;
    if *no_default_rules && rules.is_empty() {
        let message = "--no-default-rules leaves no rules at all; add some with --rules PATH";
        return Err(Refusal::Usage(message.to_owned()));
    }
    let loader = Loader::new().embedded(!no_default_rules);
    let loader = rules.iter().fold(loader, |loader, path| loader.path(path));
    let loaded = loader.load()?;
    let mut model = loaded.model;
    mapping.register(&mut model.names).map_err(|error| error.to_string())?;
    let source = policy_source(policy.as_deref(), &loaded.policies)?;
    let policy = Policy::parse(&source, &mut model.names)?;
    let rules: RuleSet = compile(model)?;
    let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(facts).collect();
    let Resolution { policy, warnings } = policy.resolve(&facts)?;
    Ok(Built { classifier: Classifier::new(rules, policy), warnings, policy: source })
}

/// What a policy needs to know of a rule.
pub fn facts(rule: &CompiledRule) -> RuleFacts<'_> {
    let CompiledRule { id, aliases, status, weight, .. } = rule;
    RuleFacts { id, aliases, status: *status, weight: *weight }
}

/// The policy called or stored as `wanted`: a file, the name of one beside the rules, or
/// the name of one that comes with the program.
fn policy_source(wanted: Option<&Path>, beside: &[Arc<Source>]) -> Result<Arc<Source>, String> {
    let wanted = wanted.unwrap_or(Path::new(DEFAULT));
    if wanted.is_file() {
        return read_policy(wanted).map(Arc::new);
    }
    let shown = wanted.display();
    let Some(name) = wanted.to_str() else { return Err(format!("{shown}: no such file")) };
    let is_it = |source: &&Arc<Source>| policy_name(&source.name) == Some(name);
    if let Some(source) = beside.iter().find(is_it) {
        return Ok(source.clone());
    }
    Policy::embedded(name).ok_or_else(|| {
        let mut known: Vec<&str> =
            beside.iter().filter_map(|file| policy_name(&file.name)).collect();
        known.splice(0..0, Policy::embedded_names().map(|name| -> &str { name }));
        format!("{shown}: no such policy; give a file, or one of these names: {}", known.join(", "))
    })
}

/// `folder/strict.policy.yaml` → `strict`.
fn policy_name(file: &str) -> Option<&str> {
    Path::new(file).file_name()?.to_str()?.strip_suffix(tidegate::ruleset::embedded::POLICY_ENDING)
}

fn read_policy(path: &Path) -> Result<Source, String> {
    let name = path.display().to_string();
    let read = || {
        let bytes = path.metadata()?.len();
        if bytes > RULE_FILE_BYTES_MAX {
            let text = format!("{bytes} bytes, and a policy has at most {RULE_FILE_BYTES_MAX}");
            return Err(std::io::Error::other(text));
        }
        fs::read_to_string(path)
    };
    match read() {
        Ok(text) => Ok(Source { text: text.trim_start_matches('\u{feff}').to_owned(), name }),
        Err(error) => Err(format!("{name}: {error}")),
    }
}
