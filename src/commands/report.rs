//! `report`: verdicts → one HTML page.

mod page_file;
#[cfg(feature = "state")]
mod state;

use crate::corpus::{Analysis, Corpus, Ended};
use crate::exit::Exit;
use crate::files::own_command;
use crate::flags::{HtmlPageArgs, MappingArgs, RuleArgs, short_html};
use crate::outputs::OutputCheck;
use crate::start_error::StartError;
use crate::term::say;
use crate::{inputs, load, term};
use clap::Args;
use page_file::write;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use tidegate_analysis::report::{Origin, Reader, ReaderScratch, Snapshot, Tally, render_page};
use tidegate_engine::domain::category::DeclaredCategory;
use tidegate_engine::domain::field::Names;
use tidegate_engine::domain::limits::LINE_BYTES_MAX_LIMIT;
use tidegate_engine::domain::summary::{grouped, human_bytes};
use tidegate_engine::post::Plan;
use tidegate_messages::Language;
use tidegate_pipeline::Input;

/// Arguments of `report`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("html_text", short_html))]
pub struct ReportArgs {
    /// Verdicts: files, folders or glob patterns [default: standard input]
    ///
    /// Verdicts written with --annotate also contain the time, source and author of the posts.
    #[arg(value_name = "VERDICTS")]
    pub files: Vec<PathBuf>,
    /// Write to a file (replaced if it exists) instead of standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Compare with an earlier report: the HTML page that this command or --report wrote
    #[arg(long, value_name = "PAGE")]
    pub since: Option<PathBuf>,
    /// Rules whose titles the page shows, in addition to the embedded ones (repeatable)
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Do not show progress
    #[arg(long, short = 'q')]
    pub quiet: bool,
    #[cfg(feature = "state")]
    #[command(flatten)]
    pub state: state::StateReportArgs,
    #[command(flatten)]
    pub page: HtmlPageArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate --annotate feed.jsonl.gz > judged.jsonl && tidegate report judged.jsonl -o report.html
  tidegate feed.jsonl.gz --report report.html > verdicts.jsonl
  tidegate report today.jsonl --since yesterday.html -o today.html
  tidegate report --page-lang zh verdicts/ > report.html
  tidegate report --state city.db --measures city.measures.yaml -o city.html";

/// Runs the command.
pub fn run(args: &ReportArgs) -> Exit {
    #[cfg(feature = "state")]
    if let Some(path) = &args.state.state {
        return state::run(&args.state, path, args.out.as_deref(), args.page.language());
    }
    let prepared = prepare(args).and_then(|prepared| Ok((prepared, earlier(args)?)));
    match prepared {
        Ok(((reader, inputs), earlier)) => count(args, &reader, inputs, earlier),
        Err(message) => {
            term::error(&message);
            Exit::CouldNotStart
        }
    }
}

fn prepare(args: &ReportArgs) -> Result<(Reader, Vec<Input>), String> {
    if args.files.is_empty() && io::stdin().is_terminal() {
        return Err(say!("no verdicts given: name files, or pipe verdicts to standard input"));
    }
    if args.out.is_none() && io::stdout().is_terminal() {
        return Err(say!("the report is an HTML page; write it to a file, as in -o report.html"));
    }
    check_output(args)?;
    let mapping = args.mapping.to_mapping().map_err(|error| term::say(error.message()))?;
    let mut names = Names::default();
    mapping.register(&mut names).map_err(|error| term::say(error.message()))?;
    let plan = Plan::new(&mapping, &names).map_err(|error| term::say(error.message()))?;
    Ok((Reader::new(plan, &names), inputs::expand(&args.files)?))
}

/// Rejects a page that would replace what is read.
fn check_output(args: &ReportArgs) -> Result<(), String> {
    let Some(page) = &args.out else { return Ok(()) };
    let mut check = OutputCheck::default();
    check.reads_arguments(&args.files, &say!("an input"));
    check.reads_rules(&args.rules);
    args.since.iter().for_each(|path| check.reads(path, &say!("the earlier report")));
    check.writes(page, "--out")
}

/// The counts of the earlier report, if one is named.
fn earlier(args: &ReportArgs) -> Result<Option<Snapshot>, String> {
    let Some(path) = &args.since else { return Ok(None) };
    let failed = |why: String| say!("--since {}: {why}", path.display());
    let page = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Snapshot::from_page(&page).map(Some).map_err(failed)
}

/// The titles of rules by id, and the declared categories.
fn titles(
    args: &ReportArgs,
) -> Result<(BTreeMap<String, String>, Vec<DeclaredCategory>), StartError> {
    let mapping = args.mapping.to_mapping().map_err(|error| error.to_string())?;
    let rules = RuleArgs::new(args.rules.clone(), false, None);
    let (classifier, _) = load::build(&rules, &mapping)?.into_parts();
    let declared = classifier.policy().declared().to_vec();
    Ok((Origin::titles_of(&classifier), declared))
}

/// The counts, file by file.
struct Count {
    total: Tally,
    /// A description of each input.
    inputs: Vec<String>,
    /// The error message of a file without verdicts.
    error: Option<String>,
}

impl Analysis for Count {
    type Worker = ReaderScratch;

    fn worker(&self, _: usize) -> ReaderScratch {
        ReaderScratch::default()
    }

    fn merge(&mut self, _: usize, name: &str, workers: Vec<ReaderScratch>) {
        let mut tally = Tally::default();
        workers.into_iter().for_each(|worker| tally.merge(worker.tally));
        let lines = grouped(tally.verdicts() + tally.stray);
        self.inputs.push(say!("{name}  {lines} lines, {}", human_bytes(tally.bytes)));
        self.error = self.error.take().or_else(|| no_verdicts(name, &tally));
        self.total.merge(tally);
    }
}

fn count(
    args: &ReportArgs,
    reader: &Reader,
    inputs: Vec<Input>,
    earlier: Option<Snapshot>,
) -> Exit {
    let (titles, declared) = match titles(args) {
        Ok(found) => found,
        Err(error) => return term::refuse(&error),
    };
    let mut count = Count { total: Tally::default(), inputs: Vec::new(), error: None };
    let corpus = Corpus::of_lines(inputs, None, LINE_BYTES_MAX_LIMIT, args.quiet);
    if let Err(Ended(exit)) = corpus.read(&mut count, |scratch, chunk| reader.count(scratch, chunk))
    {
        return exit;
    }
    let Count { total, inputs, error } = count;
    if let Some(why) = error {
        term::error(&why);
        return Exit::CouldNotStart;
    }
    if total.rulesets.len() > 1 && corpus.is_interactive() {
        term::note(&say!("these verdicts were made by several rule sets; the report lists them\n"));
    }
    let origin = Origin {
        title: args.page.language().pick("What the stream held", "内容判定概况").to_owned(),
        inputs,
        commands: vec![own_command()],
        ruleset: None,
        titles,
        declared,
        earlier,
    };
    write_page(&total, &origin, args.page.language(), args.out.as_deref())
}

/// The error message of an input without verdicts.
fn no_verdicts(input: &str, tally: &Tally) -> Option<String> {
    if tally.verdicts() > 0 {
        return None;
    }
    Some(match tally.stray {
        0 => say!("{input}: empty; there are no verdicts to report"),
        1 => {
            say!("{input}: its only line is not a verdict; judge the posts first with tidegate")
        }
        lines => say!(
            "{input}: none of its {} lines is a verdict; judge the posts first with tidegate",
            grouped(lines)
        ),
    })
}

fn write_page(tally: &Tally, origin: &Origin, language: Language, out: Option<&Path>) -> Exit {
    match render_page(tally, origin, language) {
        Ok(text) => write(text.as_bytes(), out),
        Err(error) => {
            term::error(&say!("internal error: {error}"));
            Exit::Io
        }
    }
}
