//! `diff`: which verdicts differ between two rule sets, and which rules cause it.
//!
//! The report is the product of this command, so it goes to standard output: as tables, or as
//! one JSON object.

mod text;

use crate::corpus::{self, Analysis, Corpus, Ended};
use crate::exit::Exit;
use crate::flags::{ColorArgs, CorpusArgs, MappingArgs, RuleArgs, number, short_html};
use crate::load;
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use clap::Args;
use std::path::{Path, PathBuf};
use tidegate_analysis::diff::{Comparison, Report, Side, Worker};
use tidegate_engine::post::Mapping;

/// Arguments of `diff`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("html_text", short_html))]
pub struct DiffArgs {
    /// Old rules: a pack, a folder of packs, or `embedded` for the embedded rules alone
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// New rules, in the same form
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Posts to judge with both: files, folders or glob patterns; `-` is standard input
    #[arg(value_name = "CORPUS", required = true)]
    pub corpus: Vec<PathBuf>,
    /// Do not load the embedded rules; otherwise OLD and NEW replace packs of the same name
    #[arg(long)]
    pub no_default_rules: bool,
    /// Policy of both: a file, or the name of an embedded policy
    #[arg(long, value_name = "FILE|NAME")]
    pub policy: Option<PathBuf>,
    /// Policy of NEW, if it differs
    #[arg(long, value_name = "FILE|NAME")]
    pub new_policy: Option<PathBuf>,
    /// Number of posts to show for each kind of change
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = number::examples)]
    pub samples: u16,
    /// Exit with status 1 if any action changes
    #[arg(long)]
    pub fail_on_change: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub reading: CorpusArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate diff embedded my-rules/ posts.jsonl.gz
  tidegate diff --no-default-rules old-rules/ new-rules/ archive/
  tidegate diff embedded embedded --new-policy strict.policy.yaml posts.jsonl

A verdict changes if its action, its `care` mark, its scores or its rules change. The samples \
do not depend on the order of the posts.

Exit status:
  0  the report is complete, with or without changes
  1  an action or a `care` mark changes, with --fail-on-change
  2  wrong arguments or invalid rules
  4  reading or writing failed";

/// Runs the command.
pub fn run(args: &DiffArgs) -> Exit {
    args.color.apply();
    let report = match sides(args) {
        Ok((old, new, corpus)) => report(args, &old, &new, &corpus),
        Err(error) => return term::refuse(&error),
    };
    let report = match report {
        Ok(report) => report,
        Err(Ended(exit)) => return exit,
    };
    let written = match args.json {
        true => term::print(&term::json_line(&report)),
        false => term::print(text::write(&report).as_bytes()),
    };
    let is_found = args.fail_on_change && report.actions_changed > 0;
    if written == Exit::Complete && is_found { Exit::Found } else { written }
}

fn sides(args: &DiffArgs) -> Result<(Side, Side, Corpus), StartError> {
    let files = corpus::expand(&args.corpus, &say!("files of posts"))?;
    let mapping = args.mapping.to_mapping().map_err(|error| term::say(error.message()))?;
    let new_policy = args.new_policy.as_ref().or(args.policy.as_ref());
    let old = side(args, &args.old, args.policy.as_deref(), &mapping)?;
    let new = side(args, &args.new, new_policy.map(PathBuf::as_path), &mapping)?;
    Ok((old, new, Corpus::new(files, &args.reading, &args.mapping)))
}

fn side(
    args: &DiffArgs,
    path: &Path,
    policy: Option<&Path>,
    mapping: &Mapping,
) -> Result<Side, StartError> {
    let policy = policy.map(Path::to_owned);
    let rules = RuleArgs::new(vec![path.to_owned()], args.no_default_rules, policy);
    let (classifier, plan) = load::build(&rules, mapping)?.into_parts();
    load::note_composition(&path.display().to_string(), classifier.rules());
    Ok(Side { classifier, plan })
}

impl<'s> Analysis for Comparison<'s> {
    type Worker = Worker<'s>;

    fn worker(&self, _file: usize) -> Worker<'s> {
        Comparison::worker(self)
    }

    fn merge(&mut self, _file: usize, name: &str, workers: Vec<Worker<'s>>) {
        Comparison::take(self, name, workers);
    }
}

fn report(args: &DiffArgs, old: &Side, new: &Side, corpus: &Corpus) -> Result<Report, Ended> {
    let mut comparison = Comparison::new(old, new, args.samples.into());
    corpus.read(&mut comparison, Worker::read)?;
    Ok(comparison.finish())
}
