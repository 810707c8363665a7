//! `test`: runs the examples in the rules.
//!
//! The report is the product of this command, so it goes to standard output: failures as text
//! with an excerpt of the rule, or as one JSON object per line.

use crate::exit::Exit;
#[cfg(feature = "state")]
use crate::flags::RuleArgs;
use crate::flags::{ColorArgs, DisguiseArgs};
use crate::load;
use crate::start_error::StartError;
use crate::term;
use crate::term::diagnostics::{self, Format, add_place};
use crate::term::say;
use crate::term::table::Table;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use tidegate_analysis::disguise::{ExamplesReport, HitExamples};
use tidegate_analysis::rule_tests::{Failure, RuleHead, Suite, TestReport, matches_name};
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::phrase;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::model::Model;
use tidegate_engine::rules::source::bundle::is_embedded;

/// Arguments of `test`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct TestArgs {
    /// Packs or folders of packs [default: the embedded packs]
    ///
    /// Packs named here are read in addition to the embedded ones, and replace those of the
    /// same name. Only examples in the named files are run.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Do not load the embedded rules
    #[arg(long, requires = "paths")]
    pub no_default_rules: bool,
    /// Run only the examples of these rules: an id or a glob such as 'gambling.*' (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub rule: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    #[command(flatten)]
    pub disguise: DisguiseArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate test
  tidegate test my-rules/ --rule 'tickets.*'
  tidegate test --disguise all

With --disguise, the `hit` examples are run in each way, and the report says for how many of \
them the rule still fires; examples that fail as they are do not count.

Exit status:
  0  all examples pass, or the report on disguised examples is complete
  2  an example fails, or the rules cannot be loaded";

/// Runs the command.
pub fn run(args: &TestArgs) -> Exit {
    args.color.apply();
    if !args.disguise.ways().is_empty() {
        return match disguised(args) {
            Ok(reports) => term::print(disguised_report(&reports, args.format).as_bytes()),
            Err(error) => term::refuse(&error),
        };
    }
    let proof = match prove(args) {
        Ok(proof) => proof,
        Err(error) => return term::refuse(&error),
    };
    let report = match args.format {
        Format::Text => text(&proof, term::is_stdout_colored()),
        Format::Json => json_lines(&proof),
    };
    match term::print(report.as_bytes()) {
        Exit::Complete if !proof.failures.is_empty() => Exit::CouldNotStart,
        written => written,
    }
}

fn prove(args: &TestArgs) -> Result<TestReport, StartError> {
    let model = load::loader(&args.paths, !args.no_default_rules).load()?.model;
    let suite = suite(args, &model)?;
    let rules = Arc::new(compile(model)?);
    load::note_composition("rules", &rules);
    let report = suite.run(&rules).map_err(|error| StartError::Usage(error.to_string()))?;
    with_sequences(args, &suite, &rules, report)
}

/// Runs the sequences of posts that test correlations too.
#[cfg(feature = "state")]
fn with_sequences(
    args: &TestArgs,
    suite: &Suite,
    rules: &RuleSet,
    mut report: TestReport,
) -> Result<TestReport, StartError> {
    let rule_args = RuleArgs::new(args.paths.clone(), args.no_default_rules, None);
    crate::sequences::add(suite, &rule_args, rules.names(), &mut report)?;
    Ok(report)
}

/// Without the state of streams nothing fires correlations.
#[cfg(not(feature = "state"))]
fn with_sequences(
    _: &TestArgs,
    _: &Suite,
    _: &RuleSet,
    report: TestReport,
) -> Result<TestReport, StartError> {
    Ok(report)
}

fn disguised(args: &TestArgs) -> Result<Vec<ExamplesReport>, StartError> {
    let model = load::loader(&args.paths, !args.no_default_rules).load()?.model;
    let examples = {
        let is_selected = selected(args, &model)?;
        HitExamples::of(&model, |rule| is_selected(RuleHead::from(rule)))
    };
    let rules = Arc::new(compile(model)?);
    load::note_composition("rules", &rules);
    let reports = examples.run(&rules, args.disguise.ways());
    reports.map_err(|error| StartError::Usage(term::say(error.message())))
}

/// A table, or one line per way.
fn disguised_report(reports: &[ExamplesReport], format: Format) -> String {
    if matches!(format, Format::Json) {
        let lines = reports.iter().flat_map(term::json_line);
        // JSON is UTF-8.
        return String::from_utf8(lines.collect()).unwrap_or_default();
    }
    let mut table = Table::new(&[
        phrase!("<disguised"),
        phrase!("examples"),
        phrase!("changed"),
        phrase!("kept"),
        phrase!("rate"),
    ]);
    for report in reports {
        let rate = report
            .recall_kept
            .map_or("–".to_owned(), |rate| format!("{:.1} %", rate.value * 100.0));
        let ExamplesReport { examples, changed, kept, .. } = report;
        table.row(vec![
            report.way.clone(),
            grouped(*examples),
            grouped(*changed),
            grouped(*kept),
            rate,
        ]);
    }
    table.text(0)
}

/// The selected examples.
fn suite(args: &TestArgs, model: &Model) -> Result<Suite, String> {
    Ok(Suite::of(model, selected(args, model)?))
}

/// Whether the examples of a rule or a correlation are selected.
fn selected<'a>(
    args: &'a TestArgs,
    model: &'a Model,
) -> Result<impl Fn(RuleHead<'_>) -> bool + use<'a>, String> {
    let is_in_scope = move |rule: RuleHead<'_>| {
        is_embedded(&model.packs[rule.pack].source) == args.paths.is_empty()
    };
    for glob in &args.rule {
        let correlations = model.correlations.iter().map(RuleHead::from);
        let mut rules = model.rules.iter().map(RuleHead::from).chain(correlations);
        if !rules.any(|rule| is_in_scope(rule) && matches_name(rule, glob)) {
            let scope = if args.paths.is_empty() { "" } else { &say!(" in the named files") };
            return Err(say!("--rule {glob}: no rule{scope} has this id"));
        }
    }
    let is_chosen = move |rule: RuleHead<'_>| {
        args.rule.is_empty() || args.rule.iter().any(|glob| matches_name(rule, glob))
    };
    Ok(move |rule: RuleHead<'_>| is_in_scope(rule) && is_chosen(rule))
}

fn text(proof: &TestReport, colored: bool) -> String {
    let failures: Vec<Diagnostic> = proof.failures.iter().map(Failure::diagnostic).collect();
    format!("{}{}\n", diagnostics::render(&failures, colored), proof.summary())
}

/// One line per failure, and one with the counts.
fn json_lines(proof: &TestReport) -> String {
    let TestReport { passed, failures, tested, untested, sequences } = proof;
    let mut counts = json!({
        "passed": passed,
        "failed": failures.len(),
        "rules": tested,
        "untested": untested,
    });
    if *sequences > 0 {
        counts["sequences_not_run"] = json!(sequences);
    }
    let lines = failures.iter().map(as_json).chain([counts]);
    // JSON is UTF-8.
    String::from_utf8(lines.flat_map(|line| term::json_line(&line)).collect()).unwrap_or_default()
}

fn as_json(failure: &Failure) -> Value {
    let Failure { rule, is_hit, place, kind } = failure;
    let mut object = json!({
        "rule": rule,
        "example": if *is_hit { "hit" } else { "miss" },
        "code": kind.code(),
        "expected": kind.expected(),
        "came": kind.actual(),
    });
    if let Some(place) = place {
        add_place(&mut object, place);
    }
    object
}
