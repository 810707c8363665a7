//! Labelled posts, and the rules that are applied to them.

use super::color::ColorArgs;
use super::corpus::CorpusArgs;
use super::mapping::MappingArgs;
use super::rules::RuleArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use tidegate_engine::domain::action::Action;

/// Files of labelled posts, and the meaning of their labels.
#[derive(Args, Debug)]
pub struct LabelledArgs {
    /// Labelled posts: files, folders or glob patterns; rule packs may precede them
    ///
    /// A PATH that is a pack (*.rules.yaml), a folder containing packs, a compiled rule set, or the
    /// word `embedded` (or `default`) is added to --rules. All other paths are read as posts, in the
    /// same way as `scan` reads them: compressed files, archives and Parquet are recognised by
    /// content, and `-` is standard input. Each file is a data set named after the file without its
    /// extensions; files with the same name form one data set.
    #[arg(value_name = "RULES|LABELLED", required = true)]
    pub paths: Vec<PathBuf>,
    /// Label definitions [default: labels.yaml next to the posts, or one folder up]
    #[arg(long, value_name = "FILE", long_help = LABELS_HELP)]
    pub labels: Option<PathBuf>,
    /// Weakest action that counts as found [default: from the label file, otherwise flag]
    #[arg(long, value_name = "ACTION", value_enum)]
    positive: Option<Positive>,
}

impl LabelledArgs {
    /// Weakest action that counts as found, if the user set one.
    pub fn positive(&self) -> Option<Action> {
        self.positive.map(|positive| match positive {
            Positive::Flag => Action::Flag,
            Positive::Review => Action::Review,
            Positive::Block => Action::Block,
        })
    }
}

/// An action that can count as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Positive {
    /// flag or stronger
    Flag,
    /// review or stronger
    Review,
    /// block
    Block,
}

/// Rules, field mapping and reading options of a command that evaluates labelled posts.
#[derive(Args, Debug)]
pub struct EvalInputArgs {
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub reading: CorpusArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

const LABELS_HELP: &str = "\
Label definitions [default: labels.yaml next to the posts, or one folder up]

  tidegate: 1
  kind: labels
  label: /label                # JSON Pointer of the label in a row; this is the default
  positive: flag               # weakest action that counts as found; this is the default
  labels:
    casino: gambling           # a category
    ad: [spam, clickbait]      # any of these categories is correct
    ham: none                  # a harmless post
    unsure: ignore             # not counted
  sets:                        # overrides, by data set name or glob
    headlines: { fields: { title: /text } }       # read the text as a title
    chat: { unlabelled: none, leave_out: [spam] } # rows without a label are harmless

A row may have a list of labels: any of their categories is correct.
`tidegate schema labels` prints the JSON Schema.";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        labelled: LabelledArgs,
        #[command(flatten)]
        _input: EvalInputArgs,
    }

    fn parse(line: &str) -> Result<LabelledArgs, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.labelled)
    }

    #[test]
    fn requires_at_least_one_path() {
        assert!(parse("x").is_err());
        assert_eq!(parse("x rules a.jsonl").unwrap().paths.len(), 2);
    }

    #[test]
    fn parses_the_weakest_positive_action() {
        assert_eq!(parse("x a").unwrap().positive(), None);
        assert_eq!(parse("x a --positive review").unwrap().positive(), Some(Action::Review));
        assert!(parse("x a --positive allow").is_err());
    }
}
