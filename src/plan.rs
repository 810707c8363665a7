//! Flags → built things. Below this nobody sees a flag.
//!
//! Everything that can be wrong with a call is found here, before the first byte is read
//! and before the output file is touched.

use crate::commands::report::LookArgs;
use crate::flags::{
    Alarm, LimitArgs, MappingArgs, OffsetUnit, OutputArgs, RunningArgs, ScanArgs, Shown, StatsTo,
    TellingArgs,
};
use crate::load::{self, Refusal};
use crate::resume::{Flags, ResumeArgs};
use crate::term::progress::bytes_of;
use crate::{inputs, term};
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tidegate_analysis::page::Language;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::domain::action::Action;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, CutterSettings};
use tidegate_engine::machine::{self, Vectors};
use tidegate_engine::output::{Detail, Offsets, Style};
use tidegate_engine::post::{self, Mapping, MappingError};
use tidegate_pipeline::{Input, RawOutput, Recorder, Selection, Settings};

/// What a scan needs, built.
pub struct Plan {
    /// Rules and policy.
    pub classifier: Classifier,
    /// What somebody who is looking should know.
    pub warnings: Vec<Diagnostic>,
    /// Reads posts out of lines.
    pub posts: post::Plan,
    /// Where lines come from.
    pub inputs: Vec<Input>,
    /// How they are cut.
    pub cutting: CutterSettings,
    /// Hand lines over after every read.
    pub live: bool,
    /// How the work is spread.
    pub spread: Settings,
    /// How verdicts look.
    pub style: Style,
    /// Which are written.
    pub selection: Selection,
    /// Where they go.
    pub out: Output,
    /// What that is called.
    pub out_name: String,
    /// Unreadable lines that are still fine.
    pub errors_max: Option<u64>,
    /// What makes the exit status 1.
    pub alarms: Vec<Alarm>,
    /// Where the counts go as JSON.
    pub stats: Option<Box<dyn Write>>,
    /// Print the counts.
    pub summary: bool,
    /// Print the time taken.
    pub pace: bool,
    /// Where a page about the run goes, and in which language.
    pub report: Option<(File, Language)>,
    /// Draw a progress bar.
    progress: bool,
}

/// Where verdicts go.
pub enum Output {
    /// On, as they come.
    Plain(RawOutput),
    /// Into a file that a later run can go on with.
    Recorded(Box<Recorder>),
}

impl Output {
    fn is_terminal(&self) -> bool {
        matches!(self, Output::Plain(out) if out.is_terminal())
    }

    /// The descriptor, if its reader may go away.
    ///
    /// # Errors
    ///
    /// When the system has no file descriptors left.
    pub fn watched(&self) -> io::Result<Option<OwnedFd>> {
        match self {
            Output::Plain(out) => out.watched(),
            Output::Recorded(_) => Ok(None),
        }
    }
}

impl Plan {
    /// Builds everything.
    ///
    /// # Errors
    ///
    /// What is wrong, with the way out.
    pub fn new(args: ScanArgs) -> Result<Plan, Refusal> {
        // No `..`: a new flag that nobody reads is a compile error here.
        let ScanArgs { files, rules, mapping, output, limits, running, telling } = args;
        check(&mapping, &output, &telling)?;
        let LimitArgs { max_line, max_errors, strict, fail_on } = limits;
        let RunningArgs { threads, live, chunk, vectors } = running;
        vectors.map_or(Ok(()), narrow)?;
        let TellingArgs { stats, summary, quiet, color: _ } = telling;
        let inputs = inputs::expand(&files)?;
        let fields = mapping_of(&mapping).map_err(|error| error.to_string())?;
        let engine = load::build(&rules, &fields)?;
        let warnings = engine.warnings().to_vec();
        let (classifier, posts) = engine.into_parts();
        let OutputArgs { only, brief, annotate, offsets, stamp, unordered, .. } = output;
        let OutputArgs { out, resuming, report, look, .. } = output;
        let stats = stats.map(|to| open_stats(&to, out.as_deref())).transpose()?;
        let report = report.map(|path| open_report(path, out.as_deref(), &look)).transpose()?;
        let selection = selection_of(&only);
        let style = Style {
            detail: if brief { Detail::Brief } else { Detail::Full },
            offsets: offsets_of(offsets),
            annotate,
            stamp,
        };
        let flags = Flags { mapping: &fields, max_line, style, selection };
        let resuming = resuming.is_asked().then_some((&resuming, &flags));
        let (out, out_name) = open_output(out.as_deref(), &inputs, &classifier, resuming)?;
        let watched = term::is_watched() && !quiet;
        Ok(Plan {
            classifier,
            warnings: if watched { warnings } else { Vec::new() },
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
            progress: watched && !out.is_terminal(),
            out,
            out_name,
            errors_max: if strict { Some(0) } else { max_errors },
            alarms: fail_on,
            stats,
            report,
            summary: summary || watched,
            pace: watched,
        })
    }

    /// What to follow, if progress can be told and is wanted.
    pub fn progress_total(&self) -> Option<u64> {
        bytes_of(&self.inputs).filter(|_| self.progress)
    }
}

/// Keeps kernels to vectors of `widest`.
fn narrow(widest: Vectors) -> Result<(), String> {
    machine::limit(widest).then_some(()).ok_or_else(|| "kernels are chosen already".to_owned())
}

/// What does not go together.
fn check(mapping: &MappingArgs, output: &OutputArgs, telling: &TellingArgs) -> Result<(), String> {
    if telling.quiet && telling.stats == Some(StatsTo::Stderr) {
        return Err("--stats json writes to standard error, which --quiet forbids; \
             name a file: --stats json:FILE"
            .to_owned());
    }
    if output.annotate && mapping.preset.as_deref() == Some("lines") {
        return Err("--annotate adds a member to a JSON object, and with --preset lines there is \
             none; drop one of them"
            .to_owned());
    }
    Ok(())
}

/// Where things are in a line.
///
/// # Errors
///
/// What does not go together, or is no pointer.
pub fn mapping_of(args: &MappingArgs) -> Result<Mapping, MappingError> {
    let MappingArgs {
        preset,
        id,
        title,
        text,
        field,
        lang,
        channel,
        surface,
        author,
        created_at,
        reports,
    } = args;
    let mut mapping = match preset {
        Some(name) => Mapping::preset(name)?,
        None => Mapping::default(),
    };
    let given = |places: &[String]| !places.is_empty();
    if given(id) {
        mapping.set_id(&refs(id))?;
    }
    for (name, places) in [("title", title), ("text", text)] {
        if given(places) {
            mapping.set_field(name, &refs(places))?;
        }
    }
    mapping.set_field_specs(&refs(field))?;
    for (name, places) in [
        ("lang", lang),
        ("channel", channel),
        ("surface", surface),
        ("author.id", author),
        ("created_at", created_at),
        ("reports", reports),
    ] {
        if given(places) {
            mapping.set_meta(name, &refs(places))?;
        }
    }
    Ok(mapping)
}

fn refs(places: &[String]) -> Vec<&str> {
    places.iter().map(String::as_str).collect()
}

fn selection_of(only: &[Shown]) -> Selection {
    if only.is_empty() {
        return Selection::ALL;
    }
    let mut selection = Selection::NONE;
    for shown in only {
        match shown {
            Shown::Flagged => {
                selection.care = true;
                for action in [Action::Flag, Action::Review, Action::Block] {
                    selection.actions[action as usize] = true;
                }
            }
            Shown::Action(action) => selection.actions[*action as usize] = true,
            Shown::Care => selection.care = true,
            Shown::Skipped => selection.skipped = true,
            Shown::Unreadable => selection.unreadable = true,
        }
    }
    selection
}

fn offsets_of(unit: OffsetUnit) -> Offsets {
    match unit {
        OffsetUnit::Bytes => Offsets::Bytes,
        OffsetUnit::Chars => Offsets::Chars,
        OffsetUnit::Utf16 => Offsets::Utf16,
    }
}

fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn open_stats(to: &StatsTo, out: Option<&Path>) -> Result<Box<dyn Write>, String> {
    match to {
        StatsTo::Stderr => Ok(Box::new(io::stderr())),
        StatsTo::File(path) if out == Some(path) => {
            Err(format!("{}: given to --out and to --stats; name two files", path.display()))
        }
        StatsTo::File(path) => match File::create(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(format!("--stats json:{}: {error}", path.display())),
        },
    }
}

/// Opens where the page goes.
fn open_report(
    path: PathBuf,
    out: Option<&Path>,
    look: &LookArgs,
) -> Result<(File, Language), String> {
    let shown = path.display();
    if out == Some(&path) {
        return Err(format!("{shown}: given to --out and to --report; name two files"));
    }
    match File::create(&path) {
        Ok(file) => Ok((file, look.language())),
        Err(error) => Err(format!("--report {shown}: {error}")),
    }
}

/// Opens where verdicts go, last of all, so that a call that is wrong destroys nothing.
fn open_output(
    out: Option<&Path>,
    inputs: &[Input],
    classifier: &Classifier,
    resuming: Option<(&ResumeArgs, &Flags<'_>)>,
) -> Result<(Output, String), String> {
    let Some(path) = out else {
        let output = RawOutput::stdout().map_err(|error| format!("standard output: {error}"))?;
        let own = output.metadata().ok();
        refuse_own_input(own.as_ref(), inputs, "standard output")?;
        return Ok((Output::Plain(output), "standard output".to_owned()));
    };
    let name = path.display().to_string();
    refuse_own_input(path.metadata().ok().as_ref(), inputs, &name)?;
    if let Some((resuming, flags)) = resuming {
        let recorder = resuming.open(path, inputs, classifier, flags)?;
        return Ok((Output::Recorded(Box::new(recorder)), name));
    }
    let file = File::create(path).map_err(|error| format!("--out {name}: {error}"))?;
    Ok((Output::Plain(RawOutput::file(file)), name))
}

/// Writing to a file that is being read would eat its posts, or feed on its verdicts.
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
