//! What is printed on standard error.

use super::color::ColorArgs;
use super::number::duration;
use crate::term::say;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Summary, statistics and colour of a scan.
#[derive(Args, Debug)]
#[command(next_help_heading = "Messages")]
pub struct MessageArgs {
    /// Write the statistics of the run: as JSON to a file or to standard error, or for Prometheus
    ///
    /// They are written at the end, and when the process gets the signal SIGUSR1 (which without
    /// this flag writes them to standard error, as JSON). `prom:FILE` writes the text format of
    /// Prometheus, for the textfile collector of node_exporter. A file is replaced whole.
    #[arg(long, value_name = "json[:FILE]|prom:FILE", value_parser = StatsTarget::parse)]
    pub stats: Option<StatsTarget>,
    /// Also write the statistics every so often while the run goes on; needs --stats with a file
    ///
    /// A number of seconds, or with a unit: 500ms, 10s, 5m.
    #[arg(long, value_name = "TIME", requires = "stats", value_parser = duration)]
    pub stats_every: Option<Duration>,
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
    /// JSON on standard error.
    Stderr,
    /// A file with JSON.
    Json(PathBuf),
    /// A file in the text format of Prometheus.
    Prometheus(PathBuf),
}

impl StatsTarget {
    fn parse(value: &str) -> Result<StatsTarget, String> {
        match value.split_once(':') {
            None if value == "json" => Ok(StatsTarget::Stderr),
            Some(("json" | "prom", "-")) => {
                Err(say!("standard output is used for verdicts; name a file"))
            }
            Some(("json", file)) if !file.is_empty() => Ok(StatsTarget::Json(file.into())),
            Some(("prom", file)) if !file.is_empty() => Ok(StatsTarget::Prometheus(file.into())),
            Some(("prom", _)) | None if value.starts_with("prom") => {
                Err(say!("the text for Prometheus is written to a file: prom:FILE"))
            }
            _ => Err(say!("expected json, json:FILE or prom:FILE")),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            StatsTarget::Stderr => None,
            StatsTarget::Json(path) | StatsTarget::Prometheus(path) => Some(path),
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
        assert_eq!(StatsTarget::parse("json:a:b"), Ok(StatsTarget::Json("a:b".into())));
        let file = StatsTarget::parse("prom:a.prom").unwrap();
        assert_eq!(file, StatsTarget::Prometheus("a.prom".into()));
        assert_eq!(file.file(), Some(Path::new("a.prom")));
        for bad in ["", "text", "json:", "json:-", "prom", "prom:", "prom:-"] {
            assert!(StatsTarget::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_period_needs_statistics() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).map(|cli| cli.args);
        let every = parse("x --stats prom:a --stats-every 2s").unwrap().stats_every;
        assert_eq!(every, Some(Duration::from_secs(2)));
        assert!(parse("x --stats-every 2s").is_err());
        assert!(parse("x --stats prom:a --stats-every 0s").is_err());
    }

    #[test]
    fn quiet_conflicts_with_summary() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).map(|cli| cli.args);
        assert!(parse("x -q").unwrap().quiet && parse("x --summary").unwrap().summary);
        assert!(parse("x --quiet --summary").is_err());
    }
}
