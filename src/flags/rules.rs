//! Rules and policy.

use crate::term::say;
use clap::Args;
use std::path::{Path, PathBuf};
use tidegate_engine::domain::category::{Category, DeclaredCategory, built_in_names};
use tidegate_engine::message::message;
use tidegate_engine::policy::RuleChoice;
use tidegate_engine::rules::load::unknown_category_help;

/// Which rules and which policy to use.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// Add rules: a pack, a folder of packs (repeatable), or one compiled rule set
    ///
    /// They are used in addition to the embedded rules, unless --no-default-rules is given; the name
    /// `embedded` (or `default`) means those. A pack replaces the embedded packs that its `replaces:`
    /// names. A file written by `tidegate compile` is a complete rule set; it cannot be combined with other
    /// rules.
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Use only the rules given with --rules, not the embedded ones
    #[arg(long)]
    pub no_default_rules: bool,
    /// Policy that maps scores to actions: a file, or the name of an embedded policy
    #[arg(long, value_name = "FILE|NAME")]
    pub policy: Option<PathBuf>,
    /// Switch off a rule, or all that a glob such as 'gambling.*' matches (repeatable)
    #[arg(long, value_name = "ID|GLOB")]
    pub disable: Vec<String>,
    /// Switch off all rules but those of these categories
    #[arg(long, value_name = "CATEGORY,…", value_delimiter = ',', value_parser = category)]
    pub only_categories: Vec<Category>,
}

impl RuleArgs {
    /// Rules at these paths, in addition to the embedded ones unless `no_default_rules` is set.
    pub fn new(rules: Vec<PathBuf>, no_default_rules: bool, policy: Option<PathBuf>) -> RuleArgs {
        let (disable, only_categories) = (Vec::new(), Vec::new());
        RuleArgs { rules, no_default_rules, policy, disable, only_categories }
    }

    /// The paths of rules, without the names of the embedded rules.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.rules.iter().filter(|path| !is_embedded_name(path))
    }

    /// Are the embedded rules used?
    pub fn has_embedded(&self) -> bool {
        !self.no_default_rules || self.rules.iter().any(|path| is_embedded_name(path))
    }

    /// The rules that are switched off.
    pub fn choice(&self) -> RuleChoice {
        RuleChoice { disabled: self.disable.clone(), categories: self.only_categories.clone() }
    }
}

/// Is it a name of the rules that are built into the program? A file of that name is a file.
pub fn is_embedded_name(path: &Path) -> bool {
    let is_name = ["embedded", "default"].iter().any(|name| path == Path::new(name));
    is_name && !path.exists()
}

/// Reads the name of a category. Whether the rules declare one of this name is known later
/// ([`known_category`]).
pub fn category(name: &str) -> Result<Category, String> {
    Category::from_name(name).ok_or_else(|| say!("expected a category: {}", category_names()))
}

/// The categories, for messages.
pub fn category_names() -> String {
    let built_in: Vec<&str> = built_in_names().collect();
    say!("{}, or a declared one (x-…)", built_in.join(", "))
}

/// Checks that a category is built in or declared.
///
/// # Errors
///
/// It is not: a message with what to do.
pub fn known_category(category: Category, declared: &[DeclaredCategory]) -> Result<(), String> {
    if !category.is_own() || declared.iter().any(|it| it.category == category) {
        return Ok(());
    }
    let known: Vec<&str> = declared.iter().map(|it| it.category.name()).collect();
    let help = unknown_category_help(category.name(), &known, message!("a pack"));
    Err(say!("there is no category `{}`; {help}", category.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: RuleArgs,
    }

    #[test]
    fn parses_rules_and_policy() {
        let line = "x --rules a --rules b --no-default-rules --policy strict";
        let args = Cli::try_parse_from(line.split(' ')).unwrap().args;
        assert_eq!(args.rules, [Path::new("a"), Path::new("b")]);
        assert!(args.no_default_rules);
        assert_eq!(args.policy.as_deref(), Some(Path::new("strict")));
        let line = "x --disable a.b --disable c.* --only-categories spam,fraud";
        let choice = Cli::try_parse_from(line.split(' ')).unwrap().args.choice();
        assert_eq!((choice.disabled.len(), choice.categories.len()), (2, 2));
        assert!(Cli::try_parse_from("x --only-categories no".split(' ')).is_err());
    }

    #[test]
    fn embedded_names_the_rules_of_the_program() {
        for name in ["embedded", "default"] {
            let alone = RuleArgs::new(vec![name.into()], true, None);
            assert!(alone.has_embedded() && alone.paths().next().is_none());
        }
        let both = RuleArgs::new(vec!["embedded".into(), "my-rules".into()], true, None);
        assert!(both.has_embedded());
        assert_eq!(both.paths().collect::<Vec<_>>(), [Path::new("my-rules")]);
        assert!(!RuleArgs::new(vec!["my-rules".into()], true, None).has_embedded());
    }
}
