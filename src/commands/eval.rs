//! `eval`: precision and recall of rules on labelled posts.
//!
//! The report is the product of this command, so it goes to standard output: as tables, or as
//! one JSON object.

mod text;

use crate::corpus::{Analysis, Ended};
use crate::exit::Exit;
use crate::flags::{DisguiseArgs, EvalInputArgs, HtmlPageArgs, LabelledArgs, number};
use crate::labelled::{self, Labelled};
use crate::outputs::replace;
use crate::term;
use crate::term::say;
use clap::Args;
use std::path::PathBuf;
use tidegate_analysis::disguise::Disguiser;
use tidegate_analysis::eval::{Evaluation, Report, Worker, render_page};

/// Arguments of `eval`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct EvalArgs {
    #[command(flatten)]
    pub labelled: LabelledArgs,
    /// Number of misses and of false alarms to show for each category
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = number::examples)]
    pub examples: u16,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Also write the report as a self-contained HTML page
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub page: HtmlPageArgs,
    #[command(flatten)]
    pub disguise: DisguiseArgs,
    #[command(flatten)]
    pub input: EvalInputArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate eval labelled/*.jsonl.gz
  tidegate eval my-rules/ --labels labels.yaml posts.jsonl
  tidegate eval --no-default-rules --rules my-rules/ --json labelled/ > report.json
  tidegate eval --disguise pad-prose:50,wrap labelled/

A category is found in a post if its score leads to the action that counts as positive, or to \
the `care` mark. Precision is the share of correct posts among those found, recall the share of \
found posts among those labelled. With --disguise, rows that get any action above `allow` are \
judged again in each way; what is kept is the share that gets one again. Intervals are 95 % confidence intervals (Wilson).

Exit status:
  0  the report is complete
  2  wrong arguments, invalid rules or labels, or rows without a known label
  4  reading or writing failed";

/// Runs the command.
pub fn run(args: &EvalArgs) -> Exit {
    if let Err(error) = check_output(args) {
        return term::refuse(&error.into());
    }
    let labelled = match Labelled::open(&args.labelled, &args.input) {
        Ok(labelled) => labelled,
        Err(exit) => return exit,
    };
    let report = match report(args, &labelled) {
        Ok(report) => report,
        Err(Ended(exit)) => return exit,
    };
    if let Some(path) = &args.html {
        let page = render_page(&report, args.page.language()).map_err(|error| error.to_string());
        let written =
            page.and_then(|page| replace(path, page.as_bytes()).map_err(|it| it.to_string()));
        if let Err(error) = written {
            term::error(&say!("--html {}: {error}", path.display()));
            return Exit::Io;
        }
    }
    if args.json {
        return term::print(&term::json_line(&report));
    }
    term::print(text::write(&report).as_bytes())
}

/// Rejects a page that would replace what is read.
fn check_output(args: &EvalArgs) -> Result<(), String> {
    let Some(page) = &args.html else { return Ok(()) };
    let mut check = labelled::reads(&args.labelled, &args.input);
    check.reads_policy(args.input.rules.policy.as_deref());
    check.writes(page, "--html")
}

struct Judging<'l> {
    evaluation: Evaluation<'l>,
    set_of: &'l [usize],
}

impl<'l> Analysis for Judging<'l> {
    type Worker = Worker<'l>;

    fn worker(&self, file: usize) -> Worker<'l> {
        self.evaluation.worker(self.set_of[file])
    }

    fn merge(&mut self, file: usize, name: &str, workers: Vec<Worker<'l>>) {
        self.evaluation.take(self.set_of[file], name, workers);
    }
}

fn report(args: &EvalArgs, labelled: &Labelled) -> Result<Report, Ended> {
    let Labelled { classifier, sets, set_of, corpus, .. } = labelled;
    let disguiser = disguiser(args, labelled)?;
    let evaluation =
        Evaluation::new(classifier, sets, args.examples.into()).disguised(disguiser.as_ref());
    let mut judging = Judging { evaluation, set_of };
    corpus.read(&mut judging, Worker::read)?;
    judging.evaluation.finish().map_err(|problems| {
        problems.iter().for_each(|problem| term::error(&problem.to_string()));
        Ended(Exit::CouldNotStart)
    })
}

fn disguiser(args: &EvalArgs, labelled: &Labelled) -> Result<Option<Disguiser>, Ended> {
    let ways = args.disguise.ways();
    if ways.is_empty() {
        return Ok(None);
    }
    let names = labelled.classifier.rules().names();
    Disguiser::new(ways.to_vec(), names).map(Some).map_err(|error| {
        term::error(&error.to_string());
        Ended(Exit::CouldNotStart)
    })
}
