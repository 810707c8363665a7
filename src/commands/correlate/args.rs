//! Arguments and help of `correlate`.

use crate::exit::Exit;
use crate::flags::number::{duration, line_size, positive_u64, threads};
use crate::flags::{ColorArgs, ErrorLimit, InputArgs, MappingArgs, RuleArgs, short_html};
use clap::{Args, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `correlate`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP, after_long_help = after_long_help())]
#[command(mut_arg("html_text", short_html))]
pub struct CorrelateArgs {
    /// Files, folders or glob patterns that `scan --annotate` wrote, and events; `-` is standard input
    ///
    /// Order matters: posts count in the order in which they are read. An event is a line such as
    /// {"event":"report","post":"p7","by":"r1"}; `tidegate decide` prints those of reviewers.
    #[arg(value_name = "FILE|DIR|GLOB")]
    pub files: Vec<PathBuf>,
    /// File of the measures: steps, campaigns, limits, operations, queue [default: built-in values]
    #[arg(long, value_name = "FILE")]
    pub measures: Option<PathBuf>,
    /// File of the state; created if it is missing
    ///
    /// A run that was interrupted goes on at its last checkpoint when the same command is given
    /// again; the result is byte for byte that of an uninterrupted run. Without it the state ends
    /// with the run.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// File to write instead of standard output
    ///
    /// With --state it must be new, or the output of the last run of that state.
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write the input lines, each with its decision as the last member `state`
    #[arg(long)]
    pub annotate: bool,
    /// Only these parts: `ladder,rules` leaves campaigns out, so that a stream can be split by author
    #[arg(long, value_name = "PART,…", value_delimiter = ',', value_enum)]
    pub only: Vec<Part>,
    /// Give up the run that is not finished: what it read since its last checkpoint is not counted
    #[arg(long, requires = "state")]
    pub abandon: bool,
    /// Write a JSON line for each breaker that opens
    #[arg(long, value_name = "FILE")]
    pub alarms: Option<PathBuf>,
    /// Exit with status 1 if a breaker opened, or if any post has this action or a stronger one
    #[arg(long, value_name = "alarm|ACTION,…", value_delimiter = ',', value_enum)]
    pub fail_on: Vec<FailOn>,
    /// Exit with status 3 if more than N lines, or more than this share, are unreadable
    ///
    /// Lines that `scan` could not read count.
    #[arg(long, value_name = "N|N%", value_parser = ErrorLimit::parse)]
    pub max_errors: Option<ErrorLimit>,
    /// Exit with status 3 if any line is unreadable; same as --max-errors 0
    #[arg(long, conflicts_with = "max_errors")]
    pub strict: bool,
    /// Longest line to read; a longer line is unreadable (too_long)
    #[arg(long, value_name = "SIZE", default_value = "2M", value_parser = line_size)]
    pub max_line: usize,
    /// Lines between two checkpoints
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = positive_u64)]
    pub checkpoint_lines: u64,
    /// Time between two checkpoints
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub checkpoint_every: Duration,
    /// Threads that read lines [default: one per processor]
    #[arg(long, short = 'j', value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
    /// Bytes per chunk
    #[arg(long, value_name = "SIZE", hide = true, value_parser = crate::flags::number::chunk_size)]
    pub chunk: Option<usize>,
    /// Print the summary when standard error is not a terminal too
    #[arg(long)]
    pub summary: bool,
    /// Print errors and alarms only
    #[arg(long, short, conflicts_with = "summary")]
    pub quiet: bool,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

/// A part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Texts under many names
    Campaigns,
    /// Steps for authors and channels
    Ladder,
    /// Correlations of rules
    Rules,
}

/// A condition of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A breaker opened
    Alarm,
    /// A post is `flag` or stronger
    Flag,
    /// A post is `review` or stronger
    Review,
    /// A post is `block`
    Block,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate --annotate feed.jsonl | tidegate correlate > decided.jsonl
  tidegate correlate --measures city.measures.yaml --state city.db --out decided.jsonl judged.jsonl

Use --help for details of each flag and the exit statuses.";

fn after_long_help() -> String {
    let mut text = String::from(
        "\
Examples:
  tidegate --annotate feed.jsonl | tidegate correlate > decided.jsonl
      Judge posts, then see what single posts do not show: campaigns, repeated offences.
  tidegate correlate --measures city.measures.yaml --state city.db --out decided.jsonl judged.jsonl
      With measures and a state that the next run takes up.
  tidegate queue --state city.db
      What reviewers should look at, the most urgent first.
  tidegate decide --case c-k3f9c2a71d0 upheld --by reviewer-2 >> events.jsonl
      A decision: an event that the next run reads.

Equal inputs, measures and first state give equal bytes. Every step is advice in the output;
nothing is enforced. Times are those of posts (created_at), never the clock of the machine.

Exit status:
",
    );
    for (_, code, meaning) in Exit::TABLE {
        text.push_str(&format!("  {code:>3}  {meaning}\n"));
    }
    text
}
