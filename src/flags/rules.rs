//! Rules and policy.

use clap::Args;
use std::path::{Path, PathBuf};

/// Which rules and which policy to use.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// Add rules: a pack, a folder of packs (repeatable), or one compiled rule set
    ///
    /// A pack replaces the embedded pack of the same name. A file written by `tidegate
    /// compile` is a complete rule set; it cannot be combined with other rules.
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Use only the rules given with --rules
    #[arg(long)]
    pub no_default_rules: bool,
    /// Policy that maps scores to actions: a file, or the name of an embedded policy
    #[arg(long, value_name = "FILE|NAME")]
    pub policy: Option<PathBuf>,
}

impl RuleArgs {
    /// Only the rules at `path`; the name `embedded` means those built into the program,
    /// unless a file of that name exists.
    pub fn only(path: &Path, policy: Option<PathBuf>) -> RuleArgs {
        let is_embedded = path == Path::new("embedded") && !path.exists();
        RuleArgs {
            rules: if is_embedded { Vec::new() } else { vec![path.to_owned()] },
            no_default_rules: !is_embedded,
            policy,
        }
    }
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
    }

    #[test]
    fn embedded_names_the_rules_of_the_program() {
        let embedded = RuleArgs::only(Path::new("embedded"), None);
        assert!(embedded.rules.is_empty() && !embedded.no_default_rules);
        let folder = RuleArgs::only(Path::new("my-rules"), None);
        assert_eq!(folder.rules, [Path::new("my-rules")]);
        assert!(folder.no_default_rules);
    }
}
