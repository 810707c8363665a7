//! Runs tidegate beside what people use instead, and prints one table.
//!
//! Without a verb: the table. `engine` and `naive` are the peers of Rust, each run as a
//! process of its own; `weigh` starts a command and says what it took. README.md tells
//! what each peer does and leaves out.

mod answers;
mod engines;
mod hyperscan;
mod naive;
mod peers;
mod post;
mod table;
mod terms;
mod weigh;
mod workers;

use clap::{Args, Parser, Subcommand};
use engines::Kind;
use std::path::PathBuf;
use std::process::ExitCode;

/// What can go wrong, in words.
type Fault = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(name = "peers", about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    table: Option<TableArgs>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Judge posts from standard input by one literal engine, on some threads
    Engine { kind: Kind, terms: PathBuf, threads: usize },
    /// Judge posts from standard input as most people would write it
    Naive { terms: PathBuf, threads: usize },
    /// Run a command and write its wall time and peak memory to standard error
    Weigh {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

/// What the table is about.
#[derive(Debug, Args)]
struct TableArgs {
    /// Posts, one JSON object a line
    corpus: PathBuf,
    /// A folder of .txt files with a term a line, or one such file
    terms: PathBuf,
    /// How often each peer runs
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only peers whose name holds one of these words
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out peers whose name holds one of these words
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// The program; by default the one beside this one
    #[arg(long)]
    tidegate: Option<PathBuf>,
    /// Run tidegate with the rules it carries, too
    #[arg(long)]
    own_packs: bool,
    /// Skip comparing answers, which takes an untimed run of each peer
    #[arg(long)]
    no_answers: bool,
}

fn main() -> ExitCode {
    let Cli { verb, table } = Cli::parse();
    let done = match (verb, table) {
        (Some(Verb::Engine { kind, terms, threads }), _) => engines::run(kind, &terms, threads),
        (Some(Verb::Naive { terms, threads }), _) => naive::run(&terms, threads),
        (Some(Verb::Weigh { command }), _) => weigh::run(&command),
        (None, Some(args)) => table::run(&args),
        (None, None) => Err("give a corpus and a folder of terms; see --help".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("peers: {fault}");
            ExitCode::FAILURE
        }
    }
}
