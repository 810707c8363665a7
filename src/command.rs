//! The command line: arguments → plan → run → exit. Flags end here.

use crate::commands::{
    bench, check, compile, diff, eval, explain, init, packs, report, scan, schema, suggest, test,
    tune,
};
use crate::exit::Exit;
use crate::flags::{Cli, CompletionsArgs, Verb};
use crate::term;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::io::Write;
use std::panic;
use tidegate_pipeline::panic_text;

/// Runs the program.
pub fn main(arguments: Vec<OsString>) -> Exit {
    panic::set_hook(Box::new(tell_panic));
    // The hook has told what happened; what is left is to end in an orderly way.
    panic::catch_unwind(|| parse(arguments).map_or_else(|exit| exit, run)).unwrap_or(Exit::Io)
}

fn run(cli: Cli) -> Exit {
    match cli.verb {
        None => scan::scan(cli.scan),
        Some(Verb::Scan(args)) => scan::scan(*args),
        Some(Verb::Check(args)) => check::run(&args),
        Some(Verb::Test(args)) => test::run(&args),
        Some(Verb::Explain(args)) => explain::run(&args),
        Some(Verb::Eval(args)) => eval::run(&args),
        Some(Verb::Bench(args)) => bench::run(&args),
        Some(Verb::Init(args)) => init::run(&args),
        Some(Verb::Report(args)) => report::run(&args),
        Some(Verb::Diff(args)) => diff::run(&args),
        Some(Verb::Suggest(args)) => suggest::run(&args),
        Some(Verb::Tune(args)) => tune::run(&args),
        Some(Verb::Compile(args)) => compile::run(&args),
        Some(Verb::Schema(args)) => schema::schema(&args),
        Some(Verb::Packs(args)) => packs::packs(&args),
        Some(Verb::Completions(args)) => completions(&args),
        Some(Verb::Man) => man(),
    }
}

/// A fault of the program, on one line, without a trace of the post that set it off
/// reaching the terminal as it is.
fn tell_panic(info: &panic::PanicHookInfo<'_>) {
    let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
    let text = panic_text(info.payload());
    term::error(&format!("internal error{place}: {text}; please report it"));
}

/// Parses, or says what was expected; help and version go to standard output.
fn parse(arguments: Vec<OsString>) -> Result<Cli, Exit> {
    Cli::try_parse_from(&arguments).map_err(|error| {
        let error = Cli::try_parse_from(printable(&arguments)).err().unwrap_or(error);
        let printed = error.print();
        if error.use_stderr() { Exit::CouldNotStart } else { term::exit_of(printed) }
    })
}

/// The arguments as they may be shown: an error message quotes them.
fn printable(arguments: &[OsString]) -> Vec<OsString> {
    let shown = |argument: &OsString| term::printable(&argument.to_string_lossy()).into_owned();
    arguments.iter().map(|argument| shown(argument).into()).collect()
}

fn completions(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tidegate", &mut script);
    term::print(&script)
}

fn man() -> Exit {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
    rendered.and_then(|()| page.flush()).map_or(Exit::Io, |()| term::print(&page))
}
