//! Rule flags → a classifier.

use super::args::RuleArgs;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate::classifier::Classifier;
use tidegate::diagnostic::{Diagnostic, Source};
use tidegate::limits::{COMPILED_FILE_BYTES_MAX, RULE_FILE_BYTES_MAX};
use tidegate::policy::{DEFAULT, Policy, Resolution, RuleFacts};
use tidegate::post::Mapping;
use tidegate::ruleset::compile::compile;
use tidegate::ruleset::load::{Loaded, Loader};
use tidegate::ruleset::stored::Compiled;
use tidegate::store::sealed;

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
    let RuleArgs { rules: _, no_default_rules: _, policy } = args;
    let Compiled { mut rules, policies, embedded: _ } = load(args)?;
    mapping.register(rules.names_mut()).map_err(|error| error.to_string())?;
    let source = policy_source(policy.as_deref(), &policies)?;
    let policy = Policy::parse(&source, rules.names_mut())?;
    let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(RuleFacts::of).collect();
    let Resolution { policy, warnings } = policy.resolve(&facts)?;
    Ok(Built { classifier: Classifier::new(rules, policy), warnings, policy: source })
}

/// The rules that the flags name: compiled here, or read from a compiled file.
fn load(args: &RuleArgs) -> Result<Compiled, Refusal> {
    let RuleArgs { rules, no_default_rules, policy: _ } = args;
    if *no_default_rules && rules.is_empty() {
        let message = "--no-default-rules leaves no rules at all; add some with --rules PATH";
        return Err(Refusal::Usage(message.to_owned()));
    }
    match rules.iter().find(|path| is_compiled(path)) {
        Some(path) => Ok(read_compiled(path, args)?),
        None => Ok(from_sources(rules, !no_default_rules)?),
    }
}

/// Reads and compiles packs.
///
/// # Errors
///
/// Everything that is wrong with them.
pub fn from_sources(paths: &[PathBuf], embedded: bool) -> Result<Compiled, Vec<Diagnostic>> {
    let loader = Loader::new().embedded(embedded);
    let Loaded { model, policies } =
        paths.iter().fold(loader, |loader, path| loader.path(path)).load()?;
    Ok(Compiled { rules: compile(model)?, policies, embedded })
}

/// Is this a file of compiled rules, by its content?
pub fn is_compiled(path: &Path) -> bool {
    let mut start = [0; 16];
    let mut read = |path: &Path| -> std::io::Result<bool> {
        if !path.metadata()?.is_file() {
            return Ok(false);
        }
        File::open(path)?.read_exact(&mut start)?;
        Ok(sealed::is_sealed(&start))
    };
    read(path).unwrap_or(false)
}

/// A compiled file is a whole rule set: what the same flags would have made of its sources.
fn read_compiled(path: &Path, args: &RuleArgs) -> Result<Compiled, String> {
    let shown = path.display();
    if args.rules.len() > 1 {
        return Err(format!(
            "{shown} is a compiled rule set, and nothing can be added to one; compile all \
             rules into one file, or name their sources"
        ));
    }
    let bytes = path.metadata().map_err(|error| format!("{shown}: {error}"))?.len();
    check_size(bytes).map_err(|why| format!("{shown}: {why}"))?;
    let file = fs::read(path).map_err(|error| format!("{shown}: {error}"))?;
    let compiled = Compiled::from_bytes(&file).map_err(|why| format!("{shown}: {why}"))?;
    match (compiled.embedded, args.no_default_rules) {
        (true, true) => Err(format!(
            "{shown} was compiled with the rules that come with the program; compile it with \
             --no-default-rules, or leave that flag out here"
        )),
        (false, false) => Err(format!(
            "{shown} was compiled without the rules that come with the program; add \
             --no-default-rules here, or compile it without that flag"
        )),
        _ => Ok(compiled),
    }
}

fn check_size(bytes: u64) -> Result<(), String> {
    match bytes <= COMPILED_FILE_BYTES_MAX {
        true => Ok(()),
        false => {
            Err(format!("{bytes} bytes, and compiled rules have at most {COMPILED_FILE_BYTES_MAX}"))
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiled_files_end_at_their_limit() {
        assert!(check_size(COMPILED_FILE_BYTES_MAX - 1).is_ok());
        assert!(check_size(COMPILED_FILE_BYTES_MAX).is_ok());
        let why = check_size(COMPILED_FILE_BYTES_MAX + 1).unwrap_err();
        assert!(why.contains("2147483648"), "{why}");
    }
}
