//! Arguments of a scan → everything it needs, built.
//!
//! All errors in the arguments are found here, before the first byte is read and before the
//! output file is touched.

use crate::commands::scan::args::ScanArgs;
use crate::flags::{
    Alarm, HtmlPageArgs, LimitArgs, MappingArgs, MessageArgs, OutputArgs, RunningArgs, StatsTarget,
};
use crate::load;
use crate::resume::{self, VerdictFlags};
use crate::start_error::StartError;
use crate::term::progress::bytes_of;
use crate::{inputs, term};
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tidegate_analysis::html::Language;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, CutterSettings};
use tidegate_engine::machine::{self, Vectors};
use tidegate_engine::output::Style;
use tidegate_engine::post;
use tidegate_pipeline::{Input, RawOutput, ResumableOutput, Selection, Settings};

/// Everything a scan needs, built.
pub struct Plan {
    /// Rules and policy.
    pub classifier: Classifier,
    /// Warnings about the rules, if standard error is a terminal.
    pub warnings: Vec<Diagnostic>,
    /// How posts are read from lines.
    pub posts: post::Plan,
    /// Inputs, in order.
    pub inputs: Vec<Input>,
    /// How inputs are cut into chunks and lines.
    pub cutting: CutterSettings,
    /// Whether lines are passed on after every read.
    pub live: bool,
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
    pub errors_max: Option<u64>,
    /// Conditions for exit status 1.
    pub alarms: Vec<Alarm>,
    /// Where the statistics are written as JSON.
    pub stats: Option<Box<dyn Write>>,
    /// Whether the summary is printed.
    pub summary: bool,
    /// Whether time and throughput are printed.
    pub throughput: bool,
    /// File and language of the HTML report.
    pub report: Option<(File, Language)>,
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
        let ScanArgs { files, rules, mapping, output, limits, running, messages } = args;
        check(&mapping, &output, &messages)?;
        let LimitArgs { max_line, max_errors, strict, fail_on } = limits;
        let RunningArgs { threads, live, chunk, vectors } = running;
        vectors.map_or(Ok(()), limit_vectors)?;
        let MessageArgs { stats, summary, quiet, color: _ } = messages;
        let inputs = inputs::expand_or_suggest(&files, commands)?;
        let mapping = mapping.to_mapping().map_err(|error| error.to_string())?;
        let engine = load::build(&rules, &mapping)?;
        let warnings = engine.warnings().to_vec();
        let (classifier, posts) = engine.into_parts();
        let (style, selection) = (output.style(), output.selection());
        let OutputArgs { unordered, out, resuming, report, page, .. } = output;
        let stats = stats.map(|target| open_stats(&target, out.as_deref())).transpose()?;
        let report = report.map(|path| open_report(path, out.as_deref(), &page)).transpose()?;
        let flags = VerdictFlags { mapping: &mapping, max_line, style, selection };
        let resuming = resuming.period().map(|period| (period, &flags));
        let (out, out_name) = open_output(out.as_deref(), &inputs, &classifier, resuming)?;
        let is_interactive = term::is_interactive() && !quiet;
        Ok(Plan {
            classifier,
            warnings: if is_interactive { warnings } else { Vec::new() },
            posts,
            inputs,
            cutting: CutterSettings {
                chunk_bytes: chunk.unwrap_or(CHUNK_BYTES_DEFAULT),
                line_bytes_max: max_line,
            },
            live,
            spread: Settings { threads: threads.unwrap_or_else(processors), ordered: !unordered },
            style,
            selection,
            progress: is_interactive && !out.is_terminal(),
            out,
            out_name,
            errors_max: if strict { Some(0) } else { max_errors },
            alarms: fail_on,
            stats,
            report,
            summary: summary || is_interactive,
            throughput: is_interactive,
        })
    }

    /// Bytes to read, if they are known and a progress bar may be drawn.
    pub fn progress_total(&self) -> Option<u64> {
        bytes_of(&self.inputs).filter(|_| self.progress)
    }
}

/// Limits kernels to vector registers of `widest`.
fn limit_vectors(widest: Vectors) -> Result<(), String> {
    let is_limited = machine::limit(widest);
    is_limited.then_some(()).ok_or_else(|| "kernels are already selected".to_owned())
}

/// Rejects flags that conflict.
fn check(mapping: &MappingArgs, output: &OutputArgs, messages: &MessageArgs) -> Result<(), String> {
    if messages.quiet && messages.stats == Some(StatsTarget::Stderr) {
        return Err("--stats json writes to standard error, which --quiet disables; \
             name a file: --stats json:FILE"
            .to_owned());
    }
    if output.annotate && mapping.preset.as_deref() == Some("lines") {
        return Err("--annotate adds a member to a JSON object, but --preset lines reads plain \
             text; remove one of them"
            .to_owned());
    }
    Ok(())
}

fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn open_stats(target: &StatsTarget, out: Option<&Path>) -> Result<Box<dyn Write>, String> {
    match target {
        StatsTarget::Stderr => Ok(Box::new(io::stderr())),
        StatsTarget::File(path) if out == Some(path) => {
            Err(format!("{}: used for both --out and --stats; name two files", path.display()))
        }
        StatsTarget::File(path) => match File::create(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(format!("--stats json:{}: {error}", path.display())),
        },
    }
}

/// Opens the file of the HTML report.
fn open_report(
    path: PathBuf,
    out: Option<&Path>,
    page: &HtmlPageArgs,
) -> Result<(File, Language), String> {
    let shown = path.display();
    if out == Some(&path) {
        return Err(format!("{shown}: used for both --out and --report; name two files"));
    }
    match File::create(&path) {
        Ok(file) => Ok((file, page.language())),
        Err(error) => Err(format!("--report {shown}: {error}")),
    }
}

/// Opens the output; called last, so that wrong arguments never truncate a file.
fn open_output(
    out: Option<&Path>,
    inputs: &[Input],
    classifier: &Classifier,
    resuming: Option<(Duration, &VerdictFlags<'_>)>,
) -> Result<(Output, String), String> {
    let Some(path) = out else {
        let output = RawOutput::stdout().map_err(|error| format!("standard output: {error}"))?;
        let own = output.metadata().ok();
        refuse_own_input(own.as_ref(), inputs, "standard output")?;
        return Ok((Output::Plain(output), "standard output".to_owned()));
    };
    let name = path.display().to_string();
    refuse_own_input(path.metadata().ok().as_ref(), inputs, &name)?;
    if let Some((period, flags)) = resuming {
        let output = resume::open(path, period, inputs, classifier, flags)?;
        return Ok((Output::Resumable(Box::new(output)), name));
    }
    let file = File::create(path).map_err(|error| format!("--out {name}: {error}"))?;
    Ok((Output::Plain(RawOutput::file(file)), name))
}

/// Rejects an output file that is also an input: it would be truncated, or its verdicts read
/// as posts.
fn refuse_own_input(output: Option<&Metadata>, inputs: &[Input], name: &str) -> Result<(), String> {
    let Some(output) = output.filter(|metadata| metadata.is_file()) else { return Ok(()) };
    for input in inputs {
        let same = input
            .metadata()
            .is_ok_and(|input| (input.dev(), input.ino()) == (output.dev(), output.ino()));
        if same {
            return Err(format!("{name} is also an input ({input}); write to another file"));
        }
    }
    Ok(())
}
