//! `correlate`: annotated posts and events in, decisions out.

pub mod args;
mod notices;
mod plan;
mod summary;

pub use args::CorrelateArgs;

use crate::exit::Exit;
use crate::term;
use crate::term::progress::Progress;
use crate::term::say;
use args::FailOn;
use notices::OwnNotices;
use plan::{OutputTarget, Plan};
use std::io::{self, IsTerminal};
use tidegate_engine::domain::action::Action;
use tidegate_engine::lines::Chunk;
use tidegate_pipeline::{
    self as pipeline, ChunkOutput, Outcome, OutputError, RawOutput, Sources, Stop,
};
use tidegate_state::memory::Memory;
use tidegate_state::read::{ReadLine, ReadScratch};
use tidegate_state::run::{Counts, Output, Stage, StageSettings};

/// Runs the command.
pub fn run(args: CorrelateArgs) -> Exit {
    args.color.apply();
    if args.files.is_empty() && io::stdin().is_terminal() {
        term::error(&say!("no input: name files, or pipe `tidegate --annotate` into this command"));
        return Exit::CouldNotStart;
    }
    match Plan::new(args) {
        Ok(plan) if plan.is_finished => {
            if plan.summary {
                term::note(&say!("this run is finished; the inputs have not changed\n"));
            }
            Exit::Complete
        }
        Ok(plan) => judge(plan),
        Err(error) => term::refuse(&error),
    }
}

fn judge(plan: Plan) -> Exit {
    match prepare(plan) {
        Ok((run, sources)) => run.run(sources),
        Err(error) => {
            term::error(&say!("cannot prepare the run: {error}"));
            Exit::Io
        }
    }
}

/// A run, ready.
struct Run {
    plan: Plan,
    stop: Stop,
    stage: Stage<RawOutput>,
}

fn prepare(mut plan: Plan) -> io::Result<(Run, Sources)> {
    let output = match plan.out.take() {
        Some(OutputTarget::File(file)) => Output::File(file),
        Some(OutputTarget::Stdout(out)) => Output::Stream(out),
        None => Output::Stream(term::stdout()?),
    };
    let watched = match &output {
        Output::Stream(out) => out.watched()?,
        Output::File(_) => None,
    };
    let stop = Stop::new(watched)?;
    for (signal, exit) in [
        (signal_hook::consts::SIGINT, Exit::Interrupted),
        (signal_hook::consts::SIGTERM, Exit::Terminated),
        (signal_hook::consts::SIGHUP, Exit::HungUp),
    ] {
        stop.on_signal(signal, exit.code().into())?;
    }
    let mut memory = Memory::of(plan.snapshot.take().unwrap_or_default(), &plan.settings);
    if let Some(before) = &plan.measures_changed {
        let fields = serde_json::json!({ "measures": plan.measures, "before": before });
        memory.note("measures", &fields);
    }
    let settings = StageSettings {
        settings: plan.settings.clone(),
        measures: plan.measures.clone(),
        annotates: plan.annotates,
        checkpoints: plan.checkpoints,
    };
    let notices = OwnNotices::new(plan.alarms.take());
    let stage = Stage::new(memory, settings, output, plan.state.take(), Box::new(notices))?;
    let inputs = plan.inputs.clone();
    let sources = Sources::new(inputs, plan.cutting, true, stop.clone()).in_format(plan.format);
    let sources = match plan.has_state {
        true => sources.track_positions(plan.position),
        false => sources,
    };
    let sources = if plan.has_grown { sources.verify_start() } else { sources };
    Ok((Run { plan, stop, stage }, sources))
}

impl Run {
    fn run(mut self, sources: Sources) -> Exit {
        let progress = Progress::start(self.plan.progress_total());
        let reader = &self.plan.reader;
        let step =
            |scratch: &mut ReadScratch, chunk: &Chunk, out: &mut ChunkOutput<Vec<ReadLine>>| {
                reader.read(chunk, scratch, &mut out.bytes, &mut out.counts);
                progress.count(out.counts.len() as u64, 0);
            };
        let outcome = pipeline::run_to(
            sources.counting(progress.bytes()),
            &mut self.stage,
            &self.plan.spread,
            &self.stop,
            ReadScratch::default,
            step,
        );
        drop(progress);
        if let Some(refused) = &outcome.reading.refused {
            term::error(&refused.to_string());
            return Exit::CouldNotStart;
        }
        let is_read = outcome.output.is_ok() && outcome.reading.errors.is_empty();
        // A stream has no end that a later run could continue at: what was read of it is complete.
        let is_finished = is_read && (self.stop.signal().is_none() || self.plan.is_stream);
        let ended = match is_read {
            true => self.stage.end(is_finished),
            false => Ok(()),
        };
        let counts = self.stage.counts();
        if self.plan.summary {
            term::note(&summary::text(&counts, self.stage.memory().totals()));
        }
        if let Err(error) = ended {
            self.report_state(&error.to_string());
            return Exit::Io;
        }
        self.exit(&counts, outcome)
    }

    fn report_state(&self, error: &str) {
        let name = &self.plan.state_name;
        term::error(&say!(
            "{name}: {error}; give the same command again to go on at the last checkpoint"
        ));
    }

    /// The exit status, the worst cause first; prints the errors.
    fn exit(&self, counts: &Counts, outcome: Outcome<ReadScratch>) -> Exit {
        for error in &outcome.reading.errors {
            term::error(&error.to_string());
        }
        if let Some(hash) = self.stage.other_rules() {
            let own = self.plan.engine.classifier().hash_hex();
            term::error(&say!(
                "the verdicts are of other rules ({hash}) than those given here ({own}); give the \
                 same --rules and --policy as to `scan`"
            ));
            return Exit::CouldNotStart;
        }
        if let Some(error) = self.stage.store_error() {
            self.report_state(&error.to_string());
            return Exit::Io;
        }
        match &outcome.output {
            Err(OutputError::Write(error)) => {
                let name = &self.plan.out_name;
                term::error(&say!("cannot write to {name}: {error}; the output is incomplete"));
                return Exit::Io;
            }
            Err(OutputError::Threads(error)) => {
                term::error(&say!("cannot start a thread: {error}; free some memory"));
                return Exit::Io;
            }
            Err(OutputError::Worker(message)) => {
                term::error(&say!("internal error: {message}; the output is incomplete"));
                return Exit::Io;
            }
            Err(OutputError::ReaderGone) | Ok(()) => {}
        }
        if let Some(signal) = self.stop.signal() {
            return Exit::of_signal(signal);
        }
        if outcome.output.is_err() {
            return Exit::ReaderGone;
        }
        if !outcome.reading.errors.is_empty() {
            return Exit::Io;
        }
        self.exit_by_counts(counts)
    }

    fn exit_by_counts(&self, counts: &Counts) -> Exit {
        let lines = counts.lines;
        let all = lines.posts + lines.events + lines.passed + lines.unreadable;
        let too_many = match self.plan.errors_max {
            Some(most) => most.is_exceeded(lines.unreadable, all),
            None => lines.unreadable > 0 && lines.posts + lines.events + lines.passed == 0,
        };
        if too_many {
            let unreadable = lines.unreadable;
            term::error(&say!("{unreadable} of {all} lines are unreadable here"));
            return Exit::TooManyUnreadable;
        }
        let is_found = |condition: &FailOn| match condition {
            FailOn::Alarm => counts.alarms > 0,
            FailOn::Flag => counts.at_least(Action::Flag) > 0,
            FailOn::Review => counts.at_least(Action::Review) > 0,
            FailOn::Block => counts.at_least(Action::Block) > 0,
        };
        if self.plan.fail_on.iter().any(is_found) { Exit::Found } else { Exit::Complete }
    }
}
