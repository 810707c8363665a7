//! What is printed on standard error.

use super::color::ColorArgs;
use crate::term::say;
use clap::Args;
use std::path::PathBuf;

/// Summary, statistics and colour of a scan.
#[derive(Args, Debug)]
#[command(next_help_heading = "Messages")]
pub struct MessageArgs {
    /// Write the statistics of the run as JSON, to a file or to standard error
    #[arg(long, value_name = "json[:FILE]", value_parser = StatsTarget::parse)]
    pub stats: Option<StatsTarget>,
    /// Print a summary on standard error (always printed on a terminal)
    #[arg(long)]
    pub summary: bool,
    /// Print only errors on standard error
    #[arg(long, short = 'q', conflicts_with = "summary")]
    pub quiet: bool,
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Destination of `--stats`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatsTarget {
    /// Standard error.
    Stderr,
    /// A file.
    File(PathBuf),
}

impl StatsTarget {
    fn parse(value: &str) -> Result<StatsTarget, String> {
        match value.split_once(':') {
            None if value == "json" => Ok(StatsTarget::Stderr),
            Some(("json", "-")) => {
                Err(say!("standard output is used for verdicts; name a file, or omit `:-`"))
            }
            Some(("json", file)) if !file.is_empty() => Ok(StatsTarget::File(file.into())),
            _ => Err(say!("expected json or json:FILE")),
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
        args: MessageArgs,
    }

    #[test]
    fn parses_the_target_of_the_statistics() {
        assert_eq!(StatsTarget::parse("json"), Ok(StatsTarget::Stderr));
        assert_eq!(StatsTarget::parse("json:a:b"), Ok(StatsTarget::File("a:b".into())));
        for bad in ["", "text", "json:", "json:-"] {
            assert!(StatsTarget::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn quiet_conflicts_with_summary() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).map(|cli| cli.args);
        assert!(parse("x -q").unwrap().quiet && parse("x --summary").unwrap().summary);
        assert!(parse("x --quiet --summary").is_err());
    }
}
