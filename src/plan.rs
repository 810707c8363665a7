//! Arguments of a scan → everything it needs, built.
//!
//! All errors in the arguments are found here, before the first byte is read and before the
//! output file is touched.

use crate::commands::scan::args::ScanArgs;
use crate::commands::scan::reloader::Watched;
use crate::commands::scan::ruleset::{RuleSet, Rules};
use crate::commands::scan::statistics::Stats;
use crate::flags::{
    Alarm, ErrorLimit, HtmlPageArgs, LimitArgs, MappingArgs, MessageArgs, OutputArgs, RuleArgs,
    RunningArgs, StatsTarget, known_category,
};
use crate::outputs::{OutputCheck, ReplacedFile, Replacement};
use crate::resume::{self, VerdictFlags};
use crate::rule_files::{LoadedRules, RuleFiles};
use crate::start_error::StartError;
use crate::term::progress::bytes_of;
use crate::term::say;
use crate::{inputs, term};
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, CutterSettings};
use tidegate_engine::machine::{self, Vectors};
use tidegate_engine::output::Style;
use tidegate_messages::Language;
use tidegate_pipeline::{
    Continuation, Format, Input, RawOutput, ResumableOutput, Selection, Settings,
};

/// Everything a scan needs, built.
pub struct Plan {
    /// Rules and policy at the start, with what belongs to them.
    pub rules: Arc<RuleSet>,
    /// Where the rules are loaded from again, if they are.
    pub reloading: Option<(RuleFiles, Watched)>,
    /// Warnings about the rules, if standard error is a terminal.
    pub warnings: Vec<Diagnostic>,
    /// Inputs, in order.
    pub inputs: Vec<Input>,
    /// Formats and encodings of the inputs.
    pub format: Format,
    /// How inputs are cut into chunks and lines.
    pub cutting: CutterSettings,
    /// Whether lines are passed on after every read.
    pub live: bool,
    /// Whether the end of the file is waited at.
    pub follow: bool,
    /// Threads and order.
    pub spread: Settings,
    /// Form of the verdicts.
    pub style: Style,
    /// Which verdicts are written.
    pub selection: Selection,
    /// Where verdicts are written.
    pub out: Output,
    /// Name of the output, for messages.
    pub out_name: String,
    /// Largest number of unreadable lines that is not an error.
    pub errors_max: Option<ErrorLimit>,
    /// Conditions for exit status 1.
    pub alarms: Vec<Alarm>,
    /// Where the statistics are written.
    pub stats: Option<Stats>,
    /// How often they are written while the run goes on.
    pub stats_every: Option<Duration>,
    /// Where the raw lines are written that are not posts.
    pub dead_letters: Option<File>,
    /// Whether the summary is printed.
    pub summary: bool,
    /// Whether only errors are printed.
    pub quiet: bool,
    /// Whether time and throughput are printed.
    pub throughput: bool,
    /// File and language of the HTML report.
    pub report: Option<(Replacement, Language)>,
    /// Whether a progress bar may be drawn.
    progress: bool,
}

/// Where verdicts are written.
pub enum Output {
    /// A stream or file, written once.
    Plain(RawOutput),
    /// A file that a later run can resume.
    Resumable(Box<ResumableOutput>),
}

impl Output {
    fn is_terminal(&self) -> bool {
        matches!(self, Output::Plain(out) if out.is_terminal())
    }

    /// The descriptor to watch for a closed reader, if there can be one.
    ///
    /// # Errors
    ///
    /// When the system has no file descriptors left.
    pub fn watched(&self) -> io::Result<Option<OwnedFd>> {
        match self {
            Output::Plain(out) => out.watched(),
            Output::Resumable(_) => Ok(None),
        }
    }
}

impl Plan {
    /// Builds everything. `commands` are the names suggested for a mistyped command.
    ///
    /// # Errors
    ///
    /// Wrong arguments, rules or inputs: messages for the user.
    pub fn new(args: ScanArgs, commands: &[String]) -> Result<Plan, StartError> {
        // Without `..`, an argument that is never read is a compile error.
        let ScanArgs { files, rules, input, framing, mapping, output, limits, running, messages } =
            args;
        framing.check(&files, &input, &output, &running)?;
        check(&mapping, &output, &messages)?;
        check_watch(&running, &output)?;
        let LimitArgs { max_line, max_errors, strict, fail_on } = limits;
        let RunningArgs { threads, live, follow, watch, chunk, vectors } = running;
        vectors.map_or(Ok(()), limit_vectors)?;
        let MessageArgs { stats, stats_every, summary, quiet, color: _ } = messages;
        let inputs = inputs::expand_or_suggest(&files, commands)?;
        if follow && !matches!(inputs.as_slice(), [Input::File(path)] if path.is_file()) {
            return Err(say!("--follow needs one file; a pipe is followed without it").into());
        }
        check_outputs(&inputs, &rules, &output, stats.as_ref())?;
        let format = Format { framing: framing.framing(), ..input.format(&mapping) };
        let mapping = mapping.to_mapping().map_err(|error| error.to_string())?;
        let files = RuleFiles { args: rules, mapping };
        let (LoadedRules { engine, origin, .. }, watched) = load(&files, watch)?;
        check_alarms(&fail_on, engine.classifier())?;
        let warnings = engine.warnings().to_vec();
        let is_interactive = term::is_interactive() && !quiet;
        let (classifier, posts) = engine.into_parts();
        let (style, selection) = (output.style(), output.selection());
        let OutputArgs { unordered, out, dead_letter, resuming, report, page, .. } = output;
        let out = out.filter(|path| path != Path::new("-"));
        let stats = stats.map(|target| open_stats(&target)).transpose()?;
        let report = report.map(|path| open_report(&path, &page)).transpose()?;
        let dead_letters = dead_letter.map(|path| create("--dead-letter", &path)).transpose()?;
        let mapping = &files.mapping;
        let flags = VerdictFlags { mapping, format, max_line, style, selection, follows: follow };
        let resuming = resuming.period().map(|period| (period, &flags));
        let (out, out_name) = open_output(out.as_deref(), &inputs, &classifier, resuming)?;
        let inputs = match &out {
            Output::Resumable(out) => in_order(inputs, out.continuation()),
            Output::Plain(_) => inputs,
        };
        let numbers = (0..classifier.rules().rules().len()).collect();
        let set = RuleSet::new(Rules { classifier, posts }, style, numbers, origin);
        Ok(Plan {
            rules: Arc::new(set),
            reloading: watched.map(|watched| (files, watched)),
            warnings: if is_interactive { warnings } else { Vec::new() },
            inputs,
            format,
            cutting: CutterSettings {
                chunk_bytes: chunk.unwrap_or(CHUNK_BYTES_DEFAULT),
                line_bytes_max: max_line,
            },
            live,
            follow,
            spread: Settings { threads: threads.unwrap_or_else(processors), ordered: !unordered },
            style,
            selection,
            progress: is_interactive && !out.is_terminal(),
            out,
            out_name,
            errors_max: if strict { Some(ErrorLimit::Lines(0)) } else { max_errors },
            alarms: fail_on,
            stats,
            stats_every,
            dead_letters,
            report,
            summary: summary || is_interactive,
            quiet,
            throughput: is_interactive,
        })
    }

    /// Bytes to read, if they are known and a progress bar may be drawn.
    pub fn progress_total(&self) -> Option<u64> {
        bytes_of(&self.inputs).filter(|_| self.progress && !self.follow)
    }
}

/// Rejects conditions about categories that neither are built in nor declared.
fn check_alarms(alarms: &[Alarm], classifier: &Classifier) -> Result<(), String> {
    let declared = classifier.policy().declared();
    for alarm in alarms {
        if let Alarm::Category(category) = alarm {
            known_category(*category, declared).map_err(|why| say!("--fail-on: {why}"))?;
        }
    }
    Ok(())
}

/// The inputs in the order in which a run is continued.
fn in_order(inputs: Vec<Input>, continuation: Option<&Continuation>) -> Vec<Input> {
    match continuation {
        None => inputs,
        Some(own) => own.order.iter().filter_map(|at| inputs.get(*at).cloned()).collect(),
    }
}

/// Limits kernels to vector registers of `widest`.
fn limit_vectors(widest: Vectors) -> Result<(), String> {
    let is_limited = machine::limit(widest);
    is_limited.then_some(()).ok_or_else(|| say!("kernels are already selected"))
}

/// Rejects flags that conflict.
fn check(mapping: &MappingArgs, output: &OutputArgs, messages: &MessageArgs) -> Result<(), String> {
    let is_to_stderr = messages.stats == Some(StatsTarget::Stderr);
    if messages.stats_every.is_some() && is_to_stderr {
        return Err(say!(
            "--stats-every replaces a file again and again; name one: --stats json:FILE or \
             prom:FILE"
        ));
    }
    if messages.quiet && is_to_stderr {
        return Err(say!(
            "--stats json writes to standard error, which --quiet disables; \
             name a file: --stats json:FILE"
        ));
    }
    if output.resuming.period().is_some() && output.out.as_deref() == Some(Path::new("-")) {
        return Err(say!("--resume continues a file: name it with --out FILE"));
    }
    if output.annotate && mapping.is_of_plain_lines() {
        return Err(say!(
            "--annotate adds a member to a JSON object, but --preset lines reads plain \
             text; remove one of them"
        ));
    }
    Ok(())
}

/// Rejects flags that need one rule set, together with `--watch`.
fn check_watch(running: &RunningArgs, output: &OutputArgs) -> Result<(), String> {
    if !running.watch {
        return Ok(());
    }
    if output.resuming.period().is_some() {
        return Err(say!(
            "--watch and --resume exclude each other: a resumed file is that of one rule set"
        ));
    }
    if output.report.is_some() {
        return Err(say!(
            "--watch and --report exclude each other: a report is of one rule set; write one from \
             the verdicts with tidegate report"
        ));
    }
    Ok(())
}

/// One thread per processor.
pub fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Rejects outputs that are also read, or named twice.
fn check_outputs(
    inputs: &[Input],
    rules: &RuleArgs,
    output: &OutputArgs,
    stats: Option<&StatsTarget>,
) -> Result<(), String> {
    let mut check = OutputCheck::default();
    check.reads_inputs(inputs);
    check.reads_rules(&rules.rules);
    check.reads_policy(rules.policy.as_deref());
    let stats = stats.and_then(StatsTarget::file);
    let out = output.out.as_deref().filter(|path| *path != Path::new("-"));
    for (path, flag) in [
        (out, "--out"),
        (output.report.as_deref(), "--report"),
        (stats, "--stats"),
        (output.dead_letter.as_deref(), "--dead-letter"),
    ] {
        path.map_or(Ok(()), |path| check.writes(path, flag))?;
    }
    if out.is_none() {
        let stdout = RawOutput::stdout().and_then(|stdout| stdout.metadata());
        stdout.map_or(Ok(()), |metadata| check.writes_stdout(&metadata))?;
    }
    Ok(())
}

/// Loads the rules; with `watch` their own tests are run, and their files are watched.
fn load(files: &RuleFiles, watch: bool) -> Result<(LoadedRules, Option<Watched>), StartError> {
    if !watch {
        return Ok((files.load_untested()?, None));
    }
    // Before they are loaded: a change in between is seen.
    let watched = watched(files)?;
    Ok((files.load()?, Some(watched)))
}

/// The rule files that are loaded again when they change.
fn watched(files: &RuleFiles) -> Result<Watched, String> {
    let is_embedded = files.paths().iter().all(|path| !path.exists());
    if is_embedded {
        return Err(say!(
            "--watch loads rule files again when they change; name some with --rules, or a \
             policy file with --policy"
        ));
    }
    Ok(Watched::of(files))
}

fn open_stats(target: &StatsTarget) -> Result<Stats, String> {
    let open = |name: &str, path: &Path| {
        let file = ReplacedFile::open(path);
        file.map_err(|error| say!("--stats {name}:{}: {error}", path.display()))
    };
    match target {
        StatsTarget::Stderr => Ok(Stats::Stderr),
        StatsTarget::Json(path) => open("json", path).map(Stats::Json),
        StatsTarget::Prometheus(path) => open("prom", path).map(Stats::Prometheus),
    }
}

/// Opens the file of the HTML report.
fn open_report(path: &Path, page: &HtmlPageArgs) -> Result<(Replacement, Language), String> {
    match Replacement::begin(path) {
        Ok(file) => Ok((file, page.language())),
        Err(error) => Err(say!("--report {}: {error}", path.display())),
    }
}

fn create(flag: &str, path: &Path) -> Result<File, String> {
    File::create(path).map_err(|error| format!("{flag} {}: {error}", path.display()))
}

/// Opens the output; called last, so that wrong arguments never truncate a file.
fn open_output(
    out: Option<&Path>,
    inputs: &[Input],
    classifier: &Classifier,
    resuming: Option<(Duration, &VerdictFlags<'_>)>,
) -> Result<(Output, String), String> {
    let Some(path) = out else {
        let output = RawOutput::stdout().map_err(|error| say!("standard output: {error}"))?;
        return Ok((Output::Plain(output), say!("standard output")));
    };
    let name = path.display().to_string();
    if let Some((period, flags)) = resuming {
        let output = resume::open(path, period, inputs, classifier, flags)?;
        return Ok((Output::Resumable(Box::new(output)), name));
    }
    let file = create("--out", path)?;
    Ok((Output::Plain(RawOutput::file(file)), name))
}
