//! `tune`: fits weights and thresholds to a target precision, as a policy to review.
//!
//! The result goes to standard output. A policy is written only to a named file, and an
//! existing file is replaced only with `--force`.

use crate::corpus::Analysis;
use crate::exit::Exit;
use crate::flags::{EvalInputArgs, LabelledArgs, number, short_html};
use crate::labelled::{self, Labelled};
use crate::term::palette;
use crate::term::progress::steps;
use crate::term::say;
use crate::term::table::Table;
use crate::term::wrap;
use crate::term::{self, one_line};
use clap::Args;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tidegate_analysis::statistics::Rate;
use tidegate_analysis::tune::{Figures, Fit, Training, Tuned, Worker, policy_text};
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::phrase;

/// Arguments of `tune`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("html_text", short_html))]
pub struct TuneArgs {
    #[command(flatten)]
    pub labelled: LabelledArgs,
    /// Target precision: the share of correct rows among those found
    #[arg(long, value_name = "SHARE", default_value_t = 0.9, value_parser = number::share)]
    pub precision: f64,
    /// Write the fitted policy to this file
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace FILE if it exists
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub input: EvalInputArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate tune labelled/*.jsonl.gz
  tidegate tune --precision 0.95 my-rules/ rows.jsonl --out tuned.policy.yaml
  tidegate eval my-rules/ rows.jsonl --policy tuned.policy.yaml

For each category, the `flag` threshold and the weights of its rules are fitted to find as many \
of its rows as possible at the target precision, measured with harmless rows. Below the target, \
thresholds rise and weights fall: no post gets a stronger action. At the target, `flag` may fall. \
Channels of the policy follow in proportion. Three in ten rows, selected by a hash of their texts, \
are held out and only measured: worse figures there mean overfitting. The figures of all rows \
after the fit are those that eval prints with the written policy. That policy is the old one \
with the fitted values and a reason for each change; it has no effect until it is used with \
--policy.

Exit status:
  0  the fit is complete, with or without changes
  2  wrong arguments, invalid rules or labels, no rows to fit, or FILE exists
  4  reading or writing failed";

/// Runs the command.
pub fn run(args: &TuneArgs) -> Exit {
    args.input.color.apply();
    if let Some(out) = args.out.as_deref().filter(|out| out.exists() && !args.force) {
        let message = &say!("exists; name another file, or replace it with --force");
        term::error(&say!("--out {}: {message}", out.display()));
        return Exit::CouldNotStart;
    }
    if let Err(error) = check_output(args) {
        return term::refuse(&error.into());
    }
    let labelled = match Labelled::open(&args.labelled, &args.input) {
        Ok(labelled) => labelled,
        Err(exit) => return exit,
    };
    let tuned = match tune(args, &labelled) {
        Ok(tuned) => tuned,
        Err(exit) => return exit,
    };
    if let Some(out) = &args.out {
        let policy = policy_text(&labelled.policies, &tuned, term::language());
        if let Err(error) = write(out, &policy, args.force) {
            term::error(&say!("--out {}: {error}", out.display()));
            return Exit::Io;
        }
    }
    if args.json {
        return term::print(&term::json_line(&tuned));
    }
    term::print(text(&tuned, args.out.as_deref()).as_bytes())
}

/// Rejects a policy that would replace what is read, but for the policy that is fitted.
fn check_output(args: &TuneArgs) -> Result<(), String> {
    let Some(out) = &args.out else { return Ok(()) };
    let mut check = labelled::reads(&args.labelled, &args.input);
    check.writes(out, "--out")
}

struct Judging<'l> {
    training: Training<'l>,
    set_of: &'l [usize],
}

impl<'l> Analysis for Judging<'l> {
    type Worker = Worker<'l>;

    fn worker(&self, file: usize) -> Worker<'l> {
        self.training.worker(self.set_of[file])
    }

    fn merge(&mut self, _file: usize, name: &str, workers: Vec<Worker<'l>>) {
        self.training.take(name, workers);
    }
}

fn tune(args: &TuneArgs, labelled: &Labelled) -> Result<Tuned, Exit> {
    let Labelled { classifier, sets, set_of, corpus, .. } = labelled;
    let mut judging = Judging { training: Training::new(classifier, sets), set_of };
    corpus.read(&mut judging, Worker::read).map_err(|ended| ended.0)?;
    let training = judging.training;
    if let Some(messages) = problems(&training) {
        messages.iter().for_each(|message| term::error(message));
        return Err(Exit::CouldNotStart);
    }
    let bar = steps(training.categories(), "categories", corpus.is_interactive());
    let tuned = training.tune(args.precision, || bar.inc(1));
    bar.finish_and_clear();
    Ok(tuned)
}

/// The error messages if a fit is impossible.
fn problems(training: &Training<'_>) -> Option<Vec<String>> {
    let problems: Vec<String> = training.errors().iter().map(ToString::to_string).collect();
    if !problems.is_empty() {
        return Some(problems);
    }
    if training.harmless() == [0, 0] {
        let message = &say!(
            "no harmless rows: they are needed to measure precision; add a data set with \
                       labels that mean `none`"
        );
        return Some(vec![message.to_owned()]);
    }
    let message = &say!("no rows labelled with a single category; there is nothing to fit");
    (training.categories() == 0).then(|| vec![message.to_owned()])
}

/// Does not replace a file created since the check at the start, either.
fn write(path: &Path, policy: &str, replaces: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).truncate(true).create(replaces).create_new(!replaces);
    let mut file = options.open(path)?;
    file.write_all(policy.as_bytes())?;
    file.sync_data()
}

fn text(tuned: &Tuned, out: Option<&Path>) -> String {
    let [training, held_out] = tuned.harmless;
    let mut text = say!(
        "fitted to a precision of {} on {} harmless rows; {} harmless rows held out\n",
        tuned.precision,
        grouped(training),
        grouped(held_out)
    );
    for fit in &tuned.categories {
        of_category(&mut text, fit);
    }
    let is_changed = |fit: &Fit| fit.new_flag.is_some() || !fit.weights.is_empty();
    let end = match out {
        Some(out) => say!("written to {}", one_line(&out.display().to_string())),
        None if tuned.categories.iter().any(is_changed) => {
            say!("no policy written; name a file with --out")
        }
        None => say!("no changes"),
    };
    let warned = tuned.categories.iter().filter(|fit| !fit.warnings.is_empty());
    let names: Vec<&str> = warned.map(|fit| fit.category).collect();
    if !names.is_empty() {
        let what = &say!("read the warnings above before this policy is used");
        let _ = writeln!(text, "\n{}{what}: {}", warning_mark(), names.join(", "));
    }
    let _ = writeln!(text, "\n{end}");
    text
}

/// `WARNING: `, coloured if standard output is.
fn warning_mark() -> String {
    if term::is_stdout_colored() {
        let (style, mark) = (palette::WARN.bold(), say!("WARNING: "));
        return format!("{style}{}{style:#} ", mark.trim_end());
    }
    say!("WARNING: ")
}

fn of_category(text: &mut String, fit: &Fit) {
    let Fit { category, old_flag, new_flag, weights, taught, held_back, all, notes, .. } = fit;
    let _ = match (old_flag, new_flag) {
        (Some(old), Some(new)) => writeln!(text, "\n{}", say!("{category}: flag {old} → {new}")),
        (Some(old), None) => writeln!(text, "\n{}", say!("{category}: flag {old} unchanged")),
        (None, _) => writeln!(text, "\n{category}"),
    };
    for warning in &fit.warnings {
        let label = format!("  {}", say!("WARNING: "));
        let line = wrap::labelled(&label, &term::say(warning));
        text.push_str(&line.replacen(&say!("WARNING: "), &warning_mark(), 1));
    }
    let head = [
        phrase!("<rows"),
        phrase!("right"),
        phrase!("missed"),
        phrase!("wrong"),
        phrase!("elsewhere"),
        phrase!("precision"),
        phrase!("harmless only"),
        "95 %",
        phrase!("recall"),
        "95 %",
    ];
    let mut table = Table::new(&head);
    let is_changed = new_flag.is_some() || !weights.is_empty();
    let sides = [(say!("training"), taught), (say!("held out"), held_back), (say!("all"), all)];
    for (name, [before, after]) in sides {
        table.row(figures(&say!("{name}, before"), before));
        if is_changed {
            table.row(figures(&say!("{name}, after"), after));
        }
    }
    text.push_str(&table.text(2));
    let mut table = Table::new(&[
        phrase!("<rule"),
        phrase!("weight"),
        phrase!("new"),
        phrase!("right"),
        phrase!("harmless"),
    ]);
    for change in weights {
        table.row(vec![
            change.rule.clone(),
            change.old.to_string(),
            change.new.to_string(),
            grouped(change.right),
            grouped(change.harmless),
        ]);
    }
    if !table.is_empty() {
        text.push_str(&table.text(2));
    }
    for note in notes {
        text.push_str(&wrap::labelled(&say!("  note: "), &term::say(note)));
    }
}

fn figures(name: &str, figures: &Figures) -> Vec<String> {
    let percent = |rate: Option<Rate>| {
        rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1} %", rate.value * 100.0))
    };
    let interval = |rate: Option<Rate>| {
        rate.map_or_else(String::new, |rate| {
            format!("{:.1}–{:.1}", rate.low * 100.0, rate.high * 100.0)
        })
    };
    vec![
        name.to_owned(),
        grouped(figures.right),
        grouped(figures.missed),
        grouped(figures.wrong),
        grouped(figures.elsewhere),
        percent(figures.precision),
        percent(figures.precision_against_harmless),
        interval(figures.precision_against_harmless),
        percent(figures.recall),
        interval(figures.recall),
    ]
}
