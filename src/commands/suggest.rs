//! `suggest`: terms and pairs of terms that separate labelled posts from harmless ones.
//!
//! The suggestions are the product of this command, so they go to standard output: as a pack
//! to load or to copy from, or as one JSON object.

use crate::corpus::Analysis;
use crate::exit::Exit;
use crate::flags::{EvalInputArgs, LabelledArgs, category, known_category, number, short_html};
use crate::labelled::Labelled;
use crate::term;
use crate::term::progress::steps;
use crate::term::say;
use clap::Args;
use serde_json::json;
use tidegate_analysis::labels::CategorySet;
use tidegate_analysis::suggest::{Collection, Suggestions, Wanted, Worker, pack};
use tidegate_engine::domain::category::Category;
use tidegate_engine::phrase;

/// Arguments of `suggest`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("html_text", short_html))]
pub struct SuggestArgs {
    #[command(flatten)]
    pub labelled: LabelledArgs,
    /// Only for labels that include this category (repeatable)
    #[arg(long = "for", value_name = "CATEGORY", value_parser = category)]
    pub categories: Vec<Category>,
    /// Use only rows that the rules do not find
    #[arg(long)]
    pub missed: bool,
    /// Number of texts that a suggestion must find in addition to those of other suggestions
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..))]
    pub min_rows: u32,
    /// Harmless texts per 10,000 that a suggestion may find
    #[arg(long, value_name = "RATE", default_value_t = 10.0, value_parser = number::per_10000)]
    pub max_cost: f64,
    /// Largest number of terms, and of pairs, for each group of categories
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub most: u16,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub input: EvalInputArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate suggest labelled/*.jsonl.gz > suggested.rules.yaml
  tidegate suggest --for gambling --missed my-rules/ labelled.jsonl harmless.jsonl.gz

The output is a pack: each term and pair with the texts it finds, its false alarms on harmless \
texts and its lift as log-odds, with 95 % intervals. Nothing is applied automatically: review \
each suggestion, keep those that describe the harm, and measure them with `eval`. Use as much \
harmless text as possible, because false alarms are measured only there. Equal texts count \
once; at most 100,000 different texts of each kind are used, as a sample.

Exit status:
  0  the suggestions are complete
  2  wrong arguments, invalid rules or labels, rows without a known label, or no rows to compare
  4  reading or writing failed";

/// Runs the command.
pub fn run(args: &SuggestArgs) -> Exit {
    let labelled = match Labelled::open(&args.labelled, &args.input) {
        Ok(labelled) => labelled,
        Err(exit) => return exit,
    };
    let Labelled { classifier, sets, set_of, corpus, .. } = &labelled;
    for category in &args.categories {
        if let Err(why) = known_category(*category, classifier.policy().declared()) {
            term::error(&say!("--for: {why}"));
            return Exit::CouldNotStart;
        }
    }
    let collection = Collection::new(sets, args.missed.then_some(classifier));
    let mut collecting = Collecting { collection, set_of };
    if let Err(ended) = corpus.read(&mut collecting, Worker::read) {
        return ended.0;
    }
    let collection = collecting.collection;
    let groups = match groups(&collection, &args.categories) {
        Ok(groups) => groups,
        Err(messages) => {
            messages.iter().for_each(|message| term::error(message));
            return Exit::CouldNotStart;
        }
    };
    let proposals = propose(args, &collection, &groups, corpus.is_interactive());
    if args.json {
        let found = collection.found();
        return term::print(&term::json_line(&json!({
            "left_out": found,
            "groups": proposals,
        })));
    }
    term::print(pack(&proposals, term::language()).as_bytes())
}

struct Collecting<'l> {
    collection: Collection<'l>,
    set_of: &'l [usize],
}

impl<'l> Analysis for Collecting<'l> {
    type Worker = Worker<'l>;

    fn worker(&self, file: usize) -> Worker<'l> {
        self.collection.worker(self.set_of[file])
    }

    fn merge(&mut self, _file: usize, name: &str, workers: Vec<Worker<'l>>) {
        self.collection.take(name, workers);
    }
}

/// The groups of categories to suggest for; or the error messages.
fn groups(
    collection: &Collection<'_>,
    wanted: &[Category],
) -> Result<Vec<CategorySet>, Vec<String>> {
    let problems: Vec<String> = collection.errors().iter().map(ToString::to_string).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    if collection.harmless() == 0 {
        return Err(vec![say!(
            "no harmless rows: they are needed to measure false alarms; add a data set with \
             labels that mean `none`"
        )]);
    }
    let is_wanted = |group: &CategorySet| {
        wanted.is_empty() || wanted.iter().any(|category| group.has(*category))
    };
    let groups: Vec<CategorySet> = collection.groups().into_iter().filter(is_wanted).collect();
    if !groups.is_empty() {
        return Ok(groups);
    }
    let left_out = match collection.found() {
        0 => String::new(),
        found => say!("; {found} rows are excluded because rules find them"),
    };
    Err(vec![say!("no labelled rows to suggest terms for{left_out}")])
}

fn propose(
    args: &SuggestArgs,
    collection: &Collection<'_>,
    groups: &[CategorySet],
    is_interactive: bool,
) -> Vec<Suggestions> {
    let wanted = Wanted {
        rows_least: args.min_rows,
        cost_most: args.max_cost / 10_000.0,
        most: args.most.into(),
    };
    let what = term::phrase(phrase!("groups of categories"));
    let bar = steps(groups.len(), what, is_interactive);
    let one = |group: &CategorySet| {
        let proposals = collection.suggest(group, &wanted);
        bar.inc(1);
        proposals
    };
    let proposals = groups.iter().map(one).collect();
    bar.finish_and_clear();
    proposals
}
