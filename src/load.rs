//! Rule flags → an engine.

use crate::flags::RuleArgs;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_engine::codec::container;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::limits::{COMPILED_FILE_BYTES_MAX, RULE_FILE_BYTES_MAX};
use tidegate_engine::engine::{BuildError, Engine, EngineBuilder};
use tidegate_engine::post::Mapping;
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::load::{Loaded, Loader};
use tidegate_packs::BUNDLE;

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

impl From<BuildError> for Refusal {
    fn from(error: BuildError) -> Refusal {
        match error {
            BuildError::Rules(faults) => Refusal::Rules(faults),
            BuildError::UnknownPolicy { name, known } => Refusal::Usage(format!(
                "{name}: no such policy; give a file, or one of these names: {}",
                known.join(", ")
            )),
            error => Refusal::Usage(error.to_string()),
        }
    }
}

/// Builds an engine from the rule flags, for posts that are read by `mapping`.
///
/// # Errors
///
/// Everything that is wrong with the rules; or, if nothing is, with mapping or policy.
pub fn build(args: &RuleArgs, mapping: &Mapping) -> Result<Engine, Refusal> {
    let RuleArgs { rules, no_default_rules, policy } = args;
    if *no_default_rules && rules.is_empty() {
        let message = "--no-default-rules leaves no rules at all; add some with --rules PATH";
        return Err(Refusal::Usage(message.to_owned()));
    }
    let builder = tidegate_packs::builder().embedded(!no_default_rules).mapping(mapping.clone());
    let builder = match rules.iter().find(|path| is_compiled(path)) {
        Some(path) => builder.compiled(read_compiled(path, args)?),
        None => rules.iter().fold(builder, |builder, path| builder.rules(path)),
    };
    let builder = match policy.as_deref() {
        Some(path) => with_policy(builder, path)?,
        None => builder,
    };
    Ok(builder.build()?)
}

/// The policy stored in or called `wanted`.
fn with_policy(builder: EngineBuilder, wanted: &Path) -> Result<EngineBuilder, String> {
    if wanted.is_file() {
        return Ok(builder.policy_source(Arc::new(read_policy(wanted)?)));
    }
    match wanted.to_str() {
        Some(name) => Ok(builder.policy(name)),
        None => Err(format!("{}: no such file", wanted.display())),
    }
}

/// A loader of the packs at `paths`, and of the shipped ones if `embedded`.
pub fn loader(paths: &[PathBuf], embedded: bool) -> Loader {
    let loader = Loader::new().bundle(embedded.then_some(BUNDLE));
    paths.iter().fold(loader, |loader, path| loader.path(path))
}

/// Reads and compiles packs.
///
/// # Errors
///
/// Everything that is wrong with them.
pub fn from_sources(paths: &[PathBuf], embedded: bool) -> Result<Compiled, Vec<Diagnostic>> {
    let Loaded { model, policies } = loader(paths, embedded).load()?;
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
        Ok(container::is_container(&start))
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
