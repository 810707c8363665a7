//! The command line. This is the only file that knows all commands.

use crate::commands::bench::{self, BenchArgs};
#[cfg(feature = "state")]
use crate::commands::campaign::{self, CampaignArgs};
#[cfg(feature = "state")]
use crate::commands::case::{self, CaseArgs};
use crate::commands::check::{self, CheckArgs};
use crate::commands::compile::{self, CompileArgs};
#[cfg(feature = "state")]
use crate::commands::correlate::{self, CorrelateArgs};
#[cfg(feature = "state")]
use crate::commands::decide::{self, DecideArgs};
use crate::commands::diff::{self, DiffArgs};
use crate::commands::eval::{self, EvalArgs};
use crate::commands::explain::{self, ExplainArgs};
use crate::commands::init::{self, InitArgs};
use crate::commands::lsp::{self, LspArgs};
use crate::commands::packs::{self, PacksArgs};
#[cfg(feature = "state")]
use crate::commands::queue::{self, QueueArgs};
use crate::commands::report::{self, ReportArgs};
use crate::commands::scan::{self, ScanArgs};
use crate::commands::schema::{self, SchemaArgs};
#[cfg(feature = "serve")]
use crate::commands::serve::{self, ServeArgs};
#[cfg(feature = "state")]
use crate::commands::state::{self, StateArgs};
use crate::commands::suggest::{self, SuggestArgs};
use crate::commands::test::{self, TestArgs};
use crate::commands::tune::{self, TuneArgs};
use crate::exit::Exit;
use crate::help;
use crate::term;
use crate::term::say;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::panic;
use std::path::Path;
use tidegate_pipeline::panic_text;

/// A streaming text classifier: JSON-lines posts in, one explained verdict per post out.
#[derive(Debug, Parser)]
#[command(
    name = "tidegate",
    version,
    about,
    long_about = LONG_ABOUT,
    args_conflicts_with_subcommands = true,
    override_usage = "tidegate [OPTIONS] [FILE|DIR|GLOB]...\n       tidegate <COMMAND> [OPTIONS]...",
    disable_help_subcommand = true,
    max_term_width = 100
)]
struct Cli {
    /// The command; `scan` if none is given.
    #[command(subcommand)]
    command: Option<Command>,
    /// Arguments of `scan`.
    #[command(flatten)]
    scan: ScanArgs,
}

/// A command: its name, its line in the list of commands, and its arguments.
#[derive(Debug, Subcommand)]
enum Command {
    /// Judge posts from standard input, files or folders (default)
    #[command(override_usage = "tidegate [scan] [OPTIONS] [FILE|DIR|GLOB]...")]
    Scan(Box<ScanArgs>),
    /// Find what single posts do not show: campaigns, repeated offences, cases
    #[cfg(feature = "state")]
    Correlate(Box<CorrelateArgs>),
    /// List open cases in a state file, the most urgent first
    #[cfg(feature = "state")]
    Queue(QueueArgs),
    /// Print the line of a report or a decision, for the next `correlate`
    #[cfg(feature = "state")]
    Decide(Box<DecideArgs>),
    /// Show a campaign in a state file: facts, common text, timeline, samples
    #[cfg(feature = "state")]
    Campaign(CampaignArgs),
    /// Look into a state file: authors, channels, campaigns, cases, breakers, log
    #[cfg(feature = "state")]
    State(StateArgs),
    /// Show a case: a page for reviewers, a folder to hand over
    #[cfg(feature = "state")]
    Case(Box<CaseArgs>),
    /// Check rules, policies and measures for errors and possible improvements
    Check(Box<CheckArgs>),
    /// Run the examples in the rules
    Test(TestArgs),
    /// Show why a text gets its verdict
    Explain(Box<ExplainArgs>),
    /// Measure precision and recall of rules on labelled posts
    Eval(Box<EvalArgs>),
    /// Measure the throughput of a rule set and the cost of each rule
    Bench(Box<BenchArgs>),
    /// Create an HTML report from verdicts
    Report(Box<ReportArgs>),
    /// Show which verdicts differ between two rule sets, and why
    Diff(Box<DiffArgs>),
    /// Create a folder with a small example rule set
    Init(InitArgs),
    /// Suggest terms that separate labelled posts from harmless ones
    Suggest(Box<SuggestArgs>),
    /// Fit weights and thresholds to a target precision
    Tune(Box<TuneArgs>),
    /// Compile rules into one file that loads in milliseconds
    Compile(Box<CompileArgs>),
    /// Print the JSON Schema of packs, policies, measures or label files
    Schema(SchemaArgs),
    /// List the embedded rule packs and policies
    Packs(PacksArgs),
    /// Answer over HTTP: verdicts, explanations, metrics, a page to try texts
    #[cfg(feature = "serve")]
    Serve(Box<ServeArgs>),
    /// Serve editors that check and complete rule files (Language Server Protocol)
    Lsp(LspArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = "Example: tidegate man | man -l -")]
    Man,
}

const LONG_ABOUT: &str = "\
A streaming text classifier: JSON-lines posts in, one explained verdict per post out.

Each input line produces exactly one output line, in input order: an action (allow, flag, \
review, block), a score for each category, and the evidence (rule, term and byte range). \
A line that is not a post also produces a verdict, with the action `unreadable` and the \
reason. The embedded rules are used unless other rules are given.";

/// Arguments of `completions`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: tidegate completions bash > ~/.local/share/bash-completion/completions/tidegate"
)]
struct CompletionsArgs {
    /// Shell to print the script for
    shell: clap_complete::Shell,
}

/// Runs the program.
pub fn main(arguments: Vec<OsString>) -> Exit {
    panic::set_hook(Box::new(report_panic));
    let arguments = match term::choose(arguments) {
        Ok(arguments) => arguments,
        Err(message) => {
            term::error(&message);
            return Exit::CouldNotStart;
        }
    };
    // The hook has reported the panic; only the exit status is left to return.
    panic::catch_unwind(|| parse(arguments).map_or_else(|exit| exit, run)).unwrap_or(Exit::Io)
}

fn run(cli: Cli) -> Exit {
    match cli.command {
        None => scan::run(cli.scan, &names()),
        Some(Command::Scan(args)) => scan::run(*args, &names()),
        #[cfg(feature = "state")]
        Some(Command::Correlate(args)) => correlate::run(*args),
        #[cfg(feature = "state")]
        Some(Command::Queue(args)) => queue::run(&args),
        #[cfg(feature = "state")]
        Some(Command::Decide(args)) => decide::run(&args),
        #[cfg(feature = "state")]
        Some(Command::Campaign(args)) => campaign::run(&args),
        #[cfg(feature = "state")]
        Some(Command::State(args)) => state::run(&args),
        #[cfg(feature = "state")]
        Some(Command::Case(args)) => case::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Test(args)) => test::run(&args),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Eval(args)) => eval::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Diff(args)) => diff::run(&args),
        Some(Command::Init(args)) => init::run(&args),
        Some(Command::Suggest(args)) => suggest::run(&args),
        Some(Command::Tune(args)) => tune::run(&args),
        Some(Command::Compile(args)) => compile::run(&args),
        Some(Command::Schema(args)) => schema::run(&args),
        Some(Command::Packs(args)) => packs::run(&args),
        #[cfg(feature = "serve")]
        Some(Command::Serve(args)) => serve::run(*args),
        Some(Command::Lsp(args)) => lsp::run(args),
        Some(Command::Completions(args)) => completions(&args),
        Some(Command::Man) => man(),
    }
}

/// The names of all commands.
fn names() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// Prints a panic on one line, escaped: its message may quote a post. A panic over a damaged file is
/// reported as an error of that file.
fn report_panic(info: &panic::PanicHookInfo<'_>) {
    if tidegate_pipeline::input::is_decoding() {
        return;
    }
    let place = info.location().map_or_else(String::new, |place| say!(" at {place}"));
    let text = panic_text(info.payload());
    term::error(&say!("internal error{place}: {text}; please report it"));
}

/// Parses the arguments, or prints the error; help and version go to standard output.
fn parse(arguments: Vec<OsString>) -> Result<Cli, Exit> {
    let arguments = words_as_flags(arguments);
    let parsed = |arguments: &[OsString]| {
        let mut command = help::localized(definition());
        let mut matches = command.try_get_matches_from_mut(arguments)?;
        Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
    };
    parsed(&arguments).map_err(|error| {
        // Parsed again with escaped arguments, because the message quotes them.
        let error = parsed(&printable(&arguments)).err().unwrap_or(error);
        if let Some(message) = help::usage_error(&error) {
            term::error(&term::say(&message));
            return Exit::CouldNotStart;
        }
        let printed = match error.use_stderr() {
            true => error.print(),
            false => term::stdout().and_then(|_| error.print()),
        };
        if error.use_stderr() { Exit::CouldNotStart } else { term::exit_of(printed) }
    })
}

/// The command line, with its help in English.
pub fn definition() -> clap::Command {
    let command = Cli::command();
    let names: Vec<String> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_language))
}

/// Adds `--lang` to the help. It is read before the other arguments are ([`term::choose`]), so that
/// errors about them are in its language. Commands that read posts have a pointer of that name.
fn with_language(command: clap::Command) -> clap::Command {
    if command.get_arguments().any(|argument| argument.get_long() == Some("lang")) {
        return command;
    }
    let help = "Language of messages for people [default: from LC_ALL, LC_MESSAGES or LANG]";
    let argument = clap::Arg::new("lang").long("lang").value_name("LANG").help(help);
    command.arg(argument.value_parser(["en", "zh"]))
}

/// `tidegate help eval` means `tidegate eval --help`, and `tidegate version` means `--version`,
/// unless there is a file of that name.
fn words_as_flags(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let word = arguments.get(1).and_then(|word| word.to_str()).unwrap_or_default().to_owned();
    let flag = match word.as_str() {
        "help" => "--help",
        "version" => "--version",
        _ => return arguments,
    };
    if !Path::new(&word).exists() {
        arguments.remove(1);
        arguments.truncate(2);
        arguments.push(flag.into());
    }
    arguments
}

fn printable(arguments: &[OsString]) -> Vec<OsString> {
    let escaped = |argument: &OsString| term::printable(&argument.to_string_lossy()).into_owned();
    arguments.iter().map(|argument| escaped(argument).into()).collect()
}

fn completions(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "tidegate", &mut script);
    term::print(&script)
}

fn man() -> Exit {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(definition()).render(&mut page);
    rendered.and_then(|()| page.flush()).map_or(Exit::Io, |()| term::print(&page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// Commands that authors of rules use.
    const OF_AUTHORS: &[&str] = &[
        "bench", "check", "diff", "eval", "explain", "init", "lsp", "packs", "suggest", "test",
        "tune",
    ];

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn every_argument_of_the_commands_of_authors_has_chinese_help() {
        let command = help::in_chinese(definition());
        let mut missing = Vec::new();
        for command in command.get_subcommands() {
            let name = command.get_name();
            if command.get_about().is_none_or(|about| !is_chinese(&about.to_string())) {
                missing.push(format!("{name}: its line in the list of commands"));
            }
            if !OF_AUTHORS.contains(&name) {
                continue;
            }
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                let texts = [argument.get_help(), argument.get_long_help()];
                let texts = texts.into_iter().flatten().map(ToString::to_string);
                for text in texts.filter(|text| !is_chinese(text)) {
                    missing.push(format!("{name}, {}: {text}", argument.get_id()));
                }
            }
        }
        assert!(
            missing.is_empty(),
            "add to crates/messages/po/zh/help.po:\n{}",
            missing.join("\n")
        );
        help::in_chinese(definition()).debug_assert();
    }

    #[test]
    fn scan_is_the_default_command() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        let cli = parse("tidegate a.jsonl --brief").unwrap();
        assert!(cli.command.is_none() && cli.scan.output.brief);
        assert!(matches!(parse("tidegate scan a.jsonl").unwrap().command, Some(Command::Scan(_))));
    }

    #[test]
    fn help_and_version_work_as_words() {
        let words = |line: &str| {
            let arguments = words_as_flags(line.split(' ').map(OsString::from).collect());
            arguments.iter().map(|it| it.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words("tidegate help"), "tidegate --help");
        assert_eq!(words("tidegate help eval"), "tidegate eval --help");
        assert_eq!(words("tidegate version"), "tidegate --version");
        assert_eq!(words("tidegate a.jsonl help"), "tidegate a.jsonl help");
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("tidegate"), "{} has no example in its help", command.get_name());
        }
    }

    #[test]
    fn every_command_has_a_transcript() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
        for name in names() {
            let exists = |ending| folder.join(format!("{name}.{ending}")).is_file();
            assert!(exists("trycmd") || exists("rs"), "tests/cli has no transcript of {name}");
        }
    }

    #[test]
    fn every_command_is_documented() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
        let pages = docs.filter(|path| path.extension().is_some_and(|it| it == "md"));
        let pages = pages.chain([root.join("README.md"), root.join("rules/README.md")]);
        let text: String = pages.map(|path| fs::read_to_string(path).unwrap()).collect();
        for name in names() {
            assert!(text.contains(&format!("tidegate {name}")), "no page names `tidegate {name}`");
        }
    }
}
