//! Rule flags → an engine.

use crate::flags::RuleArgs;
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_engine::codec::container;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::limits::{COMPILED_FILE_BYTES_MAX, RULE_FILE_BYTES_MAX};
use tidegate_engine::engine::{Engine, EngineBuilder};
use tidegate_engine::output::Style;
use tidegate_engine::post::Mapping;
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::compiled::{Origin, RuleSet};
use tidegate_engine::rules::load::{Loaded, Loader};
use tidegate_packs::BUNDLE;

/// Builds an engine from the rule flags, for posts read with `mapping`.
///
/// # Errors
///
/// All errors of the rules; without any, those of the mapping or the policy.
pub fn build(args: &RuleArgs, mapping: &Mapping) -> Result<Engine, StartError> {
    build_in(args, mapping, Style::default())
}

/// As [`build`], for an engine that writes verdicts in this style.
///
/// # Errors
///
/// As [`build`].
pub fn build_in(args: &RuleArgs, mapping: &Mapping, style: Style) -> Result<Engine, StartError> {
    let RuleArgs { rules, no_default_rules, policy, disable: _, only_categories: _ } = args;
    if *no_default_rules && rules.is_empty() {
        let message = &say!("--no-default-rules leaves no rules; add some with --rules PATH");
        return Err(StartError::Usage(message.to_owned()));
    }
    let builder = tidegate_packs::builder().embedded(args.has_embedded());
    let builder = builder.mapping(mapping.clone()).choose(args.choice()).style(style);
    let builder = match args.paths().find(|path| is_compiled(path)) {
        Some(path) => builder.compiled(read_compiled(path, args)?),
        None => args.paths().fold(builder, |builder, path| builder.rules(path)),
    };
    let builder = match policy.as_deref() {
        Some(path) => with_policy(builder, path)?,
        None => builder,
    };
    Ok(builder.build()?)
}

/// Sets the policy: the file `wanted`, or the policy of that name.
fn with_policy(builder: EngineBuilder, wanted: &Path) -> Result<EngineBuilder, String> {
    if wanted.is_file() {
        return Ok(builder.policy_source(Arc::new(read_policy(wanted)?)));
    }
    match wanted.to_str() {
        Some(name) => Ok(builder.policy(name)),
        None => Err(say!("{}: no such file", wanted.display())),
    }
}

/// A loader of the packs at `paths`, and of the embedded ones if `embedded`.
/// The names of the embedded rules may be among the paths.
pub fn loader(paths: &[PathBuf], embedded: bool) -> Loader {
    let args = RuleArgs::new(paths.to_vec(), !embedded, None);
    let loader = Loader::new().bundle(args.has_embedded().then_some(BUNDLE)).unused_bundle(BUNDLE);
    args.paths().fold(loader, |loader, path| loader.path(path))
}

/// How many of the rules are embedded, how many are of the user, and which embedded packs are replaced
/// by those of the user.
pub fn composition(rules: &RuleSet) -> String {
    let Origin { embedded, replaced } = rules.origin();
    let (own, embedded) = (rules.rules().len().saturating_sub(*embedded), *embedded);
    let text = match (own, embedded) {
        (0, embedded) => say!("{embedded} embedded rules"),
        (1, 0) => say!("1 rule of yours, none embedded"),
        (1, embedded) => say!("1 rule of yours, {embedded} embedded"),
        (_, 0) => say!("{own} rules of yours, none embedded"),
        (_, embedded) => say!("{own} rules of yours, {embedded} embedded"),
    };
    match replaced.as_slice() {
        [] => text,
        names => say!("{text}; replaced by yours: {}", names.join(", ")),
    }
}

/// Prints where the rules come from, on a terminal, if some are not embedded. `name` says which rules,
/// where there are several rule sets.
pub fn note_composition(name: &str, rules: &RuleSet) {
    if term::is_interactive() && rules.origin().embedded < rules.rules().len() {
        term::note(&(say!("{name}: {}", composition(rules)) + "\n"));
    }
}

/// Reads and compiles packs.
///
/// # Errors
///
/// All errors of the packs.
pub fn from_sources(paths: &[PathBuf], embedded: bool) -> Result<Compiled, Vec<Diagnostic>> {
    let Loaded { model, policies } = loader(paths, embedded).load()?;
    Ok(Compiled { rules: compile(model)?, policies, embedded })
}

/// Whether the content of a file begins as a compiled rule set does.
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

/// Reads a compiled rule set. It is complete, so the flags must be those it was compiled with.
fn read_compiled(path: &Path, args: &RuleArgs) -> Result<Compiled, String> {
    let shown = path.display();
    if args.rules.len() > 1 {
        return Err(say!(
            "{shown} is a compiled rule set and cannot be combined with other rules; compile all \
             rules into one file, or name their sources"
        ));
    }
    let compiled = compiled(path)?;
    match (compiled.embedded, args.no_default_rules) {
        (true, true) => Err(say!(
            "{shown} was compiled with the embedded rules; compile it with --no-default-rules, or \
             omit that flag here"
        )),
        (false, false) => Err(say!(
            "{shown} was compiled without the embedded rules; add --no-default-rules here, or \
             compile it without that flag"
        )),
        _ => Ok(compiled),
    }
}

/// Reads a compiled rule set.
///
/// # Errors
///
/// It cannot be read, or another build wrote it: a message for the user.
pub fn compiled(path: &Path) -> Result<Compiled, String> {
    let shown = path.display();
    let bytes = path.metadata().map_err(|error| format!("{shown}: {error}"))?.len();
    check_size(bytes).map_err(|why| format!("{shown}: {why}"))?;
    let file = fs::read(path).map_err(|error| format!("{shown}: {error}"))?;
    Compiled::from_bytes(&file).map_err(|why| format!("{shown}: {why}"))
}

fn check_size(bytes: u64) -> Result<(), String> {
    match bytes <= COMPILED_FILE_BYTES_MAX {
        true => Ok(()),
        false => {
            Err(say!("{bytes} bytes; the limit for compiled rules is {COMPILED_FILE_BYTES_MAX}"))
        }
    }
}

fn read_policy(path: &Path) -> Result<Source, String> {
    let name = path.display().to_string();
    let read = || {
        let bytes = path.metadata()?.len();
        if bytes > RULE_FILE_BYTES_MAX {
            let text = say!("{bytes} bytes; the limit for a policy is {RULE_FILE_BYTES_MAX}");
            return Err(std::io::Error::other(text));
        }
        fs::read_to_string(path)
    };
    match read() {
        Ok(text) => Ok(Source { text: text.trim_start_matches('\u{feff}').to_owned(), name }),
        Err(error) => Err(say!("{name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_counted_by_their_origin() {
        let folder = tempfile::tempdir().unwrap();
        let pack = |name: &str| {
            let text = format!(
                "tidegate: 1\npack: {name} # mine\nrules:\n  - {{ id: a.b, title: T, category: spam, \
                 weight: 1, match: {{ w: [word] }}, condition: w }}\n"
            );
            fs::write(folder.path().join("a.rules.yaml"), text).unwrap();
        };
        let said = |no_default_rules: bool| {
            let args = RuleArgs::new(vec![folder.path().to_owned()], no_default_rules, None);
            let engine = build(&args, &Mapping::default()).unwrap();
            composition(engine.classifier().rules())
        };
        pack("mine");
        assert_eq!(said(true), "1 rule of yours, none embedded");
        let both = said(false);
        assert!(both.starts_with("1 rule of yours, ") && both.ends_with("embedded"), "{both}");
        pack("gambling-zh\nreplaces: gambling-zh");
        assert!(
            said(false).ends_with(" embedded; replaced by yours: gambling-zh"),
            "{}",
            said(false)
        );
        pack("mine\nreplaces: [gambling-zh, fraud-zh]");
        assert!(said(false).ends_with(" embedded; replaced by yours: fraud-zh, gambling-zh"));
        assert_eq!(said(true), "1 rule of yours, none embedded");
        let args = RuleArgs::new(Vec::new(), false, None);
        let engine = build(&args, &Mapping::default()).unwrap();
        assert!(composition(engine.classifier().rules()).ends_with(" embedded rules"));
    }

    #[test]
    fn compiled_files_have_a_size_limit() {
        assert!(check_size(COMPILED_FILE_BYTES_MAX - 1).is_ok());
        assert!(check_size(COMPILED_FILE_BYTES_MAX).is_ok());
        let why = check_size(COMPILED_FILE_BYTES_MAX + 1).unwrap_err();
        assert!(why.contains("2147483648"), "{why}");
    }
}
