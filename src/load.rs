//! Rule flags → an engine.

use crate::flags::RuleArgs;
use crate::start_error::StartError;
use crate::term::counts::{self, counted};
use crate::term::say;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_engine::codec::container;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::limits::{COMPILED_FILE_BYTES_MAX, RULE_FILE_BYTES_MAX};
use tidegate_engine::engine::{Engine, EngineBuilder};
use tidegate_engine::policy;
use tidegate_engine::post::Mapping;
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::load::{Loaded, Loader};
use tidegate_engine::rules::source::bundle::PACK_ENDING;
use tidegate_packs::BUNDLE;

/// Builds an engine from the rule flags, for posts read with `mapping`.
///
/// # Errors
///
/// All errors of the rules; without any, those of the mapping or the policy.
pub fn build(args: &RuleArgs, mapping: &Mapping) -> Result<Engine, StartError> {
    let RuleArgs { rules, no_default_rules, policy, disable: _, only_categories: _ } = args;
    if *no_default_rules && rules.is_empty() {
        let message = &say!("--no-default-rules leaves no rules; add some with --rules PATH");
        return Err(StartError::Usage(message.to_owned()));
    }
    let builder = tidegate_packs::builder().embedded(args.has_embedded());
    let builder = builder.mapping(mapping.clone()).choose(args.choice());
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
    let loader = Loader::new().bundle(args.has_embedded().then_some(BUNDLE));
    args.paths().fold(loader, |loader, path| loader.path(path))
}

/// How many of the rules are embedded, how many are of the user, and which embedded packs are replaced
/// by those of the user.
pub fn composition(args: &RuleArgs, rules: &RuleSet) -> String {
    let count = rules.rules().len();
    if args.paths().any(|path| is_compiled(path)) {
        return say!("{}, compiled", counted(count, &counts::RULES));
    }
    let named: Vec<String> = args.paths().flat_map(|path| pack_names(path)).collect();
    let own = rules.rules().iter().filter(|rule| named.contains(&rule.pack)).count();
    let shipped: Vec<&str> = BUNDLE.packs().map(|(_, text)| pack_name(text)).collect();
    let replaced: Vec<&str> =
        shipped.into_iter().filter(|name| named.iter().any(|own| own == name)).collect();
    let replaced = match (args.has_embedded(), replaced.as_slice()) {
        (false, _) | (true, []) => String::new(),
        (true, names) => say!("; replaced by yours: {}", names.join(", ")),
    };
    match (own, count - own) {
        (0, embedded) => say!("{embedded} embedded rules"),
        (1, 0) => say!("1 rule of yours, none embedded{replaced}"),
        (1, embedded) => say!("1 rule of yours, {embedded} embedded{replaced}"),
        (_, 0) => say!("{own} rules of yours, none embedded{replaced}"),
        (_, embedded) => say!("{own} rules of yours, {embedded} embedded{replaced}"),
    }
}

/// The names of the packs at a path.
fn pack_names(path: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(path).follow_links(true).into_iter().flatten();
    let packs = files.filter(|entry| {
        entry.path() == path || entry.file_name().to_string_lossy().ends_with(PACK_ENDING)
    });
    let texts = packs.filter_map(|entry| fs::read_to_string(entry.path()).ok());
    texts.map(|text| pack_name(&text).to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The name in the text of a pack.
fn pack_name(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.strip_prefix("pack:"));
    let name = line.map_or("", |line| line.split(" #").next().unwrap_or(line).trim());
    name.trim_matches(['"', '\''])
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
    let bytes = path.metadata().map_err(|error| say!("{shown}: {error}"))?.len();
    check_size(bytes).map_err(|why| say!("{shown}: {why}"))?;
    let file = fs::read(path).map_err(|error| say!("{shown}: {error}"))?;
    let compiled = Compiled::from_bytes(&file).map_err(|why| say!("{shown}: {why}"))?;
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

fn check_size(bytes: u64) -> Result<(), String> {
    match bytes <= COMPILED_FILE_BYTES_MAX {
        true => Ok(()),
        false => {
            Err(say!("{bytes} bytes; the limit for compiled rules is {COMPILED_FILE_BYTES_MAX}"))
        }
    }
}

/// Finds policies by name, for those that extend them: among `policies` and the embedded ones.
pub fn policies_by_name(
    policies: &[Arc<Source>],
) -> impl Fn(&str) -> Option<Arc<Source>> + use<'_> {
    |name| policy::find(name, policies).or_else(|| BUNDLE.policy(name))
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
            composition(&args, engine.classifier().rules())
        };
        pack("mine");
        assert_eq!(said(true), "1 rule of yours, none embedded");
        let both = said(false);
        assert!(both.starts_with("1 rule of yours, ") && both.ends_with("embedded"), "{both}");
        pack("gambling-zh");
        assert!(
            said(false).ends_with(" embedded; replaced by yours: gambling-zh"),
            "{}",
            said(false)
        );
        let args = RuleArgs::new(Vec::new(), false, None);
        let engine = build(&args, &Mapping::default()).unwrap();
        assert!(composition(&args, engine.classifier().rules()).ends_with(" embedded rules"));
    }

    #[test]
    fn compiled_files_have_a_size_limit() {
        assert!(check_size(COMPILED_FILE_BYTES_MAX - 1).is_ok());
        assert!(check_size(COMPILED_FILE_BYTES_MAX).is_ok());
        let why = check_size(COMPILED_FILE_BYTES_MAX + 1).unwrap_err();
        assert!(why.contains("2147483648"), "{why}");
    }
}
