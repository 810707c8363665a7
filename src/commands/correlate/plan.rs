//! Arguments of `correlate` → everything that a run needs.

use super::args::{CorrelateArgs, FailOn, Part};
use crate::flags::ErrorLimit;
use crate::measures_file;
use crate::outputs::OutputCheck;
use crate::start_error::StartError;
use crate::term::progress::bytes_of;
use crate::term::{self, say};
use crate::{inputs, load};
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use tidegate_engine::Engine;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, CutterSettings};
use tidegate_engine::post::Mapping;
use tidegate_pipeline::{
    Format, Input, InputFingerprint, InputPosition, RawOutput, RunFingerprint, Settings,
};
use tidegate_state::correlations::Correlations;
use tidegate_state::memory;
use tidegate_state::model::{Run, Snapshot};
use tidegate_state::policy::EnginePolicy;
use tidegate_state::read::Reader;
use tidegate_state::run::{self, CheckpointSettings, OutputFile};
use tidegate_state::store::StateFile;
use xxhash_rust::xxh3::xxh3_64;

/// Everything that a run needs.
pub struct Plan {
    /// Rules and policy.
    pub engine: Arc<Engine>,
    /// Measures and correlations.
    pub settings: Arc<memory::Settings>,
    /// Their hash.
    pub measures: String,
    /// The hash of the measures of the run before, if they were changed.
    pub measures_changed: Option<String>,
    /// Reads lines.
    pub reader: Reader,
    /// Inputs, in order.
    pub inputs: Vec<Input>,
    /// One of them is a stream.
    pub is_stream: bool,
    /// How they are read.
    pub format: Format,
    /// How they are cut into lines.
    pub cutting: CutterSettings,
    /// Threads.
    pub spread: Settings,
    /// Where lines are written.
    pub out: Option<OutputTarget>,
    /// Its name, for messages.
    pub out_name: String,
    /// The state file, and the run that is recorded in it.
    pub state: Option<(StateFile, Run)>,
    /// There is a state file.
    pub has_state: bool,
    /// Its name, for messages.
    pub state_name: String,
    /// What it holds.
    pub snapshot: Option<Snapshot>,
    /// Position in the inputs at which the run goes on.
    pub position: Option<InputPosition>,
    /// The lines before are compared with those that were read.
    pub has_grown: bool,
    /// Nothing is to be done.
    pub is_finished: bool,
    /// When checkpoints are written.
    pub checkpoints: CheckpointSettings,
    /// Lines are annotated.
    pub annotates: bool,
    /// File of alarms.
    pub alarms: Option<File>,
    /// Conditions for exit status 1.
    pub fail_on: Vec<FailOn>,
    /// Largest number of unreadable lines that is not an error.
    pub errors_max: Option<ErrorLimit>,
    /// The summary is printed.
    pub summary: bool,
    progress: bool,
}

/// Where lines are written.
pub enum OutputTarget {
    /// A file that a later run can continue.
    File(OutputFile),
    /// Standard output, or a file of a run without a state.
    Stdout(RawOutput),
}

impl Plan {
    /// Builds everything.
    ///
    /// # Errors
    ///
    /// Wrong arguments, rules, measures, inputs or state: messages for the user.
    pub fn new(args: CorrelateArgs) -> Result<Plan, StartError> {
        let inputs = inputs::expand(&args.files)?;
        check_outputs(&args, &inputs)?;
        let mapping = args.mapping.to_mapping().map_err(|error| error.to_string())?;
        let format = args.input.format(&args.mapping);
        let engine = Arc::new(load::build(&args.rules, &mapping)?);
        let (settings, measures) = settings(&args, &engine)?;
        let settings = Arc::new(settings);
        let reader =
            Reader::new(engine.clone(), &mapping, settings.clone(), args.annotate, args.max_line)
                .map_err(|message| term::say(&message))?;
        let fingerprint = fingerprint(&args, &inputs, &engine, &mapping, format);
        let mut opened = Opened::new(&args, &inputs, &measures, &fingerprint)?;
        let is_interactive = term::is_interactive() && !args.quiet;
        let inputs = opened.in_order(inputs);
        let names = match inputs.as_slice() {
            [_] => Vec::new(),
            several => several.iter().map(ToString::to_string).collect(),
        };
        let threads = args.threads.unwrap_or_else(processors);
        Ok(Plan {
            engine,
            settings,
            measures,
            measures_changed: opened.start.as_mut().and_then(|it| it.measures_changed.take()),
            reader: reader.naming(names),
            is_stream: fingerprint.inputs.iter().any(|input| input.bytes.is_none()),
            inputs,
            format,
            cutting: CutterSettings {
                chunk_bytes: args.chunk.unwrap_or(CHUNK_BYTES_DEFAULT),
                line_bytes_max: args.max_line,
            },
            spread: Settings { threads, ordered: true },
            out_name: opened.out_name,
            out: opened.out,
            has_state: opened.state.is_some(),
            position: opened.start.as_ref().and_then(|start| start.position),
            has_grown: opened
                .start
                .as_ref()
                .and_then(|start| start.continuation.as_ref())
                .is_some_and(|continuation| continuation.has_grown),
            is_finished: opened.start.as_ref().is_some_and(|start| start.is_finished),
            state: opened.state.zip(opened.start.map(|start| start.run)),
            state_name: args.state.as_deref().map_or(String::new(), |it| it.display().to_string()),
            snapshot: opened.snapshot,
            checkpoints: CheckpointSettings {
                lines: args.checkpoint_lines,
                period: args.checkpoint_every,
            },
            annotates: args.annotate,
            alarms: args.alarms.as_deref().map(create).transpose()?,
            fail_on: args.fail_on,
            errors_max: if args.strict { Some(ErrorLimit::Lines(0)) } else { args.max_errors },
            summary: args.summary || is_interactive,
            progress: is_interactive && args.out.is_some(),
        })
    }

    /// Bytes to read, if they are known and a progress bar may be drawn.
    pub fn progress_total(&self) -> Option<u64> {
        bytes_of(&self.inputs).filter(|_| self.progress)
    }
}

fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn create(path: &Path) -> Result<File, String> {
    File::create(path).map_err(|error| say!("--alarms: {}: {error}", path.display()))
}

/// Measures and correlations, with their hash.
fn settings(
    args: &CorrelateArgs,
    engine: &Arc<Engine>,
) -> Result<(memory::Settings, String), StartError> {
    let measures = measures_file::read(args.measures.as_deref())?;
    let has = |part| args.only.is_empty() || args.only.contains(&part);
    let mut correlations = Correlations::of(engine.classifier());
    if !has(Part::Rules) {
        correlations = Correlations::default();
    }
    let policy = Box::new(EnginePolicy::of(engine.clone()));
    let mut settings = memory::Settings::of(measures, correlations, policy);
    settings.has_campaigns = has(Part::Campaigns);
    settings.has_ladder = has(Part::Ladder);
    let hash = settings.hash_hex();
    Ok((settings, hash))
}

fn fingerprint(
    args: &CorrelateArgs,
    inputs: &[Input],
    engine: &Engine,
    mapping: &Mapping,
    format: Format,
) -> RunFingerprint {
    let hash = |text: String| format!("{:016x}", xxh3_64(text.as_bytes()));
    let Format { form, encoding, window_bytes_max: _, framing: _ } = format;
    let encoding = encoding.map_or("UTF-8", |encoding| encoding.name());
    let flags = [
        ("the field mapping (--preset, --text, …)", hash(format!("{mapping:?}"))),
        ("the format of the inputs (--array, --csv, --encoding)", format!("{form:?} {encoding}")),
        ("--max-line", args.max_line.to_string()),
        ("--annotate", args.annotate.to_string()),
        ("--only", format!("{:?}", args.only)),
    ];
    RunFingerprint {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        ruleset: engine.classifier().hash_hex().to_owned(),
        flags: flags.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        inputs: inputs.iter().map(InputFingerprint::of).collect(),
        follows: false,
    }
}

/// Rejects files that are read and written.
fn check_outputs(args: &CorrelateArgs, inputs: &[Input]) -> Result<(), String> {
    let mut check = OutputCheck::default();
    check.reads_inputs(inputs);
    check.reads_rules(&args.rules.rules);
    check.reads_policy(args.rules.policy.as_deref());
    if let Some(measures) = &args.measures {
        check.reads(measures, &say!("the measures"));
    }
    for (flag, path) in [("--out", &args.out), ("--state", &args.state), ("--alarms", &args.alarms)]
    {
        if let Some(path) = path.as_deref().filter(|path| *path != Path::new("-")) {
            check.writes(path, flag)?;
        }
    }
    Ok(())
}

/// State and output, opened.
struct Opened {
    state: Option<StateFile>,
    snapshot: Option<Snapshot>,
    start: Option<run::Start>,
    out: Option<OutputTarget>,
    out_name: String,
}

impl Opened {
    fn new(
        args: &CorrelateArgs,
        inputs: &[Input],
        measures: &str,
        fingerprint: &RunFingerprint,
    ) -> Result<Opened, StartError> {
        let out = args.out.as_deref().filter(|path| *path != Path::new("-"));
        let out_name = out.map_or_else(|| say!("standard output"), |out| out.display().to_string());
        let named_out = |error: String| say!("--out: {out_name}: {error}");
        let Some(path) = args.state.as_deref() else {
            let out = match out {
                Some(out) => File::create(out)
                    .map(RawOutput::file)
                    .map_err(|error| named_out(error.to_string()))?,
                None => term::stdout().map_err(|error| named_out(error.to_string()))?,
            };
            let out = Some(OutputTarget::Stdout(out));
            return Ok(Opened { state: None, snapshot: None, start: None, out, out_name });
        };
        let named = |text: String| format!("{}: {text}", path.display());
        let mut state =
            StateFile::open(path).map_err(|error| named(term::say(&error.message())))?;
        let snapshot = state.load().map_err(|error| named(term::say(&error.message())))?;
        let last = state.run().map_err(|error| named(term::say(&error.message())))?;
        let mut file = match out {
            Some(out) => Some(OutputFile::open(out).map_err(|error| named_out(error.to_string()))?),
            None => None,
        };
        let wanted = Run {
            inputs: inputs.iter().map(ToString::to_string).collect(),
            measures: measures.to_owned(),
            settings: serde_json::to_string(fingerprint).unwrap_or_default(),
            output: out.and_then(|out| out.canonicalize().ok()).map(|it| it.display().to_string()),
            ..Run::default()
        };
        let start = run::start(wanted, fingerprint, last, args.abandon, file.as_mut());
        let start = start.map_err(|error| match error {
            run::StartError::State(message) => named(term::say(&message)),
            run::StartError::Output(message) => named_out(term::say(&message)),
        })?;
        let out = match file {
            Some(file) => Some(OutputTarget::File(file)),
            None => {
                let out = term::stdout().map_err(|error| named_out(error.to_string()))?;
                Some(OutputTarget::Stdout(out))
            }
        };
        let (snapshot, start) = (Some(snapshot), Some(start));
        Ok(Opened { state: Some(state), snapshot, start, out, out_name })
    }

    /// The inputs in the order of the run that is continued.
    fn in_order(&self, inputs: Vec<Input>) -> Vec<Input> {
        let continuation = self.start.as_ref().and_then(|start| start.continuation.as_ref());
        match continuation {
            None => inputs,
            Some(own) => own.order.iter().filter_map(|at| inputs.get(*at).cloned()).collect(),
        }
    }
}
