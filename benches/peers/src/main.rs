//! Runs tidegate and its alternatives on the same corpus, and prints one table.
//!
//! Without a subcommand it prints the table. `engine` and `naive` are the peers written in Rust,
//! each run as its own process; `weigh` runs a command and measures it. `rules` prints the tables of
//! the rule workload. README.md describes the work that each peer does and leaves out.

mod answers;
mod corpus;
mod engines;
mod error;
mod hyperscan;
mod naive;
mod peers;
mod post;
mod rules;
mod table;
mod terms;
mod weigh;
mod workers;

use clap::{Parser, Subcommand};
use engines::Kind;
use rules::RulesArgs;
use std::path::PathBuf;
use std::process::ExitCode;
use table::TableArgs;

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
    /// Judge posts from standard input with the straightforward program
    Naive { terms: PathBuf, threads: usize },
    /// Run the rule workload: rules of words that are near each other, in several peers
    Rules(RulesArgs),
    /// Judge posts from standard input by rules, on one thread
    RuleEngine { kind: rules::Kind, rules: PathBuf },
    /// Write the posts of standard input as plain lower-case text
    Plain,
    /// Run a command and write its wall time and peak memory to standard error
    Weigh {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    let Cli { verb, table } = Cli::parse();
    let done = match (verb, table) {
        (Some(Verb::Engine { kind, terms, threads }), _) => engines::run(kind, &terms, threads),
        (Some(Verb::Naive { terms, threads }), _) => naive::run(&terms, threads),
        (Some(Verb::Rules(args)), _) => rules::run(&args),
        (Some(Verb::RuleEngine { kind, rules }), _) => rules::answer(kind, &rules),
        (Some(Verb::Plain), _) => rules::write_plain(),
        (Some(Verb::Weigh { command }), _) => weigh::run(&command),
        (None, Some(args)) => table::run(&args),
        (None, None) => Err("specify a corpus and a folder of terms; see --help".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}
