//! Flags of commands that look at a state file.

use super::number::positive_u64;
use clap::Args;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Rows of a table without `--limit`.
const TABLE_ROWS: usize = 50;

/// The state file.
#[derive(Args, Debug)]
pub struct StateFileArgs {
    /// State file that `tidegate correlate --state` wrote
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
}

/// The measures that name the steps.
#[derive(Args, Debug)]
pub struct MeasuresArgs {
    /// Measures of the run: names of steps, half-life, limits [default: built-in values]
    #[arg(long, value_name = "FILE")]
    pub measures: Option<PathBuf>,
}

/// For programs or for people.
#[derive(Args, Debug)]
pub struct FormArgs {
    /// Print JSON lines; the default in a pipe and in a file
    #[arg(long, conflicts_with = "human")]
    json: bool,
    /// Print text for people; the default on a terminal
    #[arg(long)]
    human: bool,
}

impl FormArgs {
    /// Is the output for people?
    pub fn is_human(&self) -> bool {
        self.human || !self.json && io::stdout().is_terminal()
    }
}

/// How many rows, and in which form.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Print at most N rows [default: 50 for people, all as JSON]
    #[arg(long, value_name = "N", value_parser = positive_u64)]
    limit: Option<u64>,
    #[command(flatten)]
    form: FormArgs,
}

impl ListArgs {
    /// Is the output for people?
    pub fn is_human(&self) -> bool {
        self.form.is_human()
    }

    /// The most rows.
    pub fn limit(&self) -> Option<usize> {
        let named = self.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        named.or(self.is_human().then_some(TABLE_ROWS))
    }
}
