//! `scan`: posts in, verdicts out.

pub mod args;
mod counts;
mod dead_letters;
mod earlier;
mod human;
mod observers;
mod prometheus;
pub mod reloader;
pub mod ruleset;
mod signals;
pub mod statistics;
mod watch;

pub use args::ScanArgs;

use crate::exit::Exit;
use crate::files::own_command;
use crate::flags::Alarm;
use crate::plan::{Output, Plan};
use crate::term;
use crate::term::progress::Progress;
use crate::term::say;
use counts::RunCounts;
use dead_letters::LetterSink;
use human::{Display, HumanVerdicts};
use observers::{Observers, Written};
use reloader::Reloader;
use ruleset::{RuleSet, RuleSets};
use signals::Operations;
use statistics::{StatsThread, StatsWriter};
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tidegate_analysis::report::{Origin, Tally, TallyObserver, render_page};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::summary::{Summary, human_bytes};
use tidegate_engine::lines::{Chunk, Framing};
use tidegate_engine::output::Labels;
use tidegate_engine::phrase;
use tidegate_engine::post::ErrorCode;
use tidegate_pipeline::{
    self as pipeline, ChunkOutput, FollowEvent, FollowObserver, Input, LineProcessor, Outcome,
    OutputError, ProcessorScratch, Selection, Settings, Sources, Stop,
};
use watch::{Counts, InputWatch};

/// Printed when the program is started without arguments on a terminal.
const FIRST_STEPS: &str = phrase!(
    "\
tidegate judges posts: JSON lines in, one explained verdict per line out.

  zcat feed.jsonl.gz | tidegate > verdicts.jsonl   judge a stream
  tidegate --only flagged archive/                 judge the files of a folder
  tidegate -                                       judge lines typed on the terminal
  tidegate explain 'some text'                     show why a text gets its verdict
  tidegate init                                    create a folder with example rules

Use tidegate --help for all commands and flags.
"
);

/// Runs the command. `commands` are the names suggested for a mistyped command.
pub fn run(mut args: ScanArgs, commands: &[String]) -> Exit {
    args.messages.color.apply();
    args.output.stamp |= args.running.watch;
    if args.files.is_empty() && io::stdin().is_terminal() {
        term::note(term::phrase(FIRST_STEPS));
        return Exit::CouldNotStart;
    }
    let writes_stdout = args.output.out.as_deref().is_none_or(|out| out == Path::new("-"));
    if writes_stdout && let Err(error) = term::stdout() {
        return term::exit_of(Err(error));
    }
    let may_be_human = args.framing.framing().is_none() && io::stdout().is_terminal();
    let is_human = match args.output.is_human(may_be_human) {
        Ok(is_human) => is_human,
        Err(error) => return term::refuse(&error.into()),
    };
    let display = Display { width: term::columns(), colored: term::is_stdout_colored() };
    let display = is_human.then_some(display);
    // Before rules are loaded, which may take a while: a signal must not end the process.
    let operations = match Operations::receive(args.running.watch) {
        Ok(operations) => operations,
        Err(error) => return term::refuse(&cannot_prepare(error).into()),
    };
    match Plan::new(args, commands).and_then(|plan| Ok(Run::prepare(plan, display)?)) {
        Ok(run) => run.run(operations),
        Err(error) => term::refuse(&error),
    }
}

fn cannot_prepare(error: io::Error) -> String {
    say!("cannot prepare the run: {error}")
}

/// A plan, ready to run.
struct Run {
    plan: Plan,
    stop: Stop,
    watch: InputWatch,
    /// How verdicts are displayed, if they are written for people.
    display: Option<Display>,
    sets: Arc<RuleSets>,
    counts: Arc<RunCounts>,
    /// Whether rules are loaded again.
    reloads: bool,
}

impl Run {
    fn prepare(plan: Plan, display: Option<Display>) -> Result<Run, String> {
        let stop =
            Stop::new(plan.out.watched().map_err(cannot_prepare)?).map_err(cannot_prepare)?;
        let hang_up = (signal_hook::consts::SIGHUP, Exit::HungUp);
        for (signal, exit) in [
            (signal_hook::consts::SIGINT, Exit::Interrupted),
            (signal_hook::consts::SIGTERM, Exit::Terminated),
        ]
        .into_iter()
        .chain(plan.reloading.is_none().then_some(hang_up))
        {
            stop.on_signal(signal, exit.code().into()).map_err(cannot_prepare)?;
        }
        let classifier = plan.rules.classifier();
        let before = match &plan.out {
            Output::Plain(_) => Summary::new(classifier.rules().rules().len()),
            Output::Resumable(output) => {
                let read = output.start().map_or(0, |start| start.bytes_before + start.end);
                Summary { bytes: read, ..output.counts().clone() }
            }
        };
        let counts = Arc::new(RunCounts::new(classifier, before));
        let sets = Arc::new(RuleSets::new(plan.rules.clone()));
        Ok(Run { plan, stop, watch: InputWatch::default(), display, sets, counts, reloads: false })
    }

    fn run(mut self, operations: Operations) -> Exit {
        term::show(&self.plan.warnings);
        let started = Instant::now();
        let mut stats = StatsWriter::new(self.plan.stats.take());
        if let Some(summary) = self.finished_before() {
            let bytes = summary.bytes;
            self.counts.finish(Some(summary), bytes);
            self.print_summary(started);
            let counts = self.counts.get();
            let counted = stats.finish(&counts);
            let reported = self.report(Tally { bytes, ..Tally::default() });
            return Self::exit_after([counted, reported], self.exit_by_counts(&counts.summary));
        }
        let stats = match self.operate(stats, operations) {
            Ok(stats) => stats,
            Err(error) => return term::refuse(&cannot_prepare(error).into()),
        };
        let mut sources = Sources::new(
            self.plan.inputs.clone(),
            self.plan.cutting,
            self.plan.live,
            self.stop.clone(),
        )
        .in_format(self.plan.format);
        if self.plan.follow {
            sources = sources.follow(self.follow_observer());
        }
        if let Output::Resumable(output) = &self.plan.out {
            sources = sources.track_positions(output.start());
            if output.continuation().is_some_and(|own| own.has_grown) {
                sources = sources.verify_start();
            }
        }
        let progress = Progress::start(self.plan.progress_total());
        if self.reloads {
            let sets = self.sets.clone();
            sources = sources.numbering(Arc::new(move || sets.begin()));
        }
        let (tally, outcome) = self.judge(sources.counting(progress.bytes()), &progress);
        drop(progress);
        if let Some(refused) = outcome.reading.refused {
            term::error(&refused.to_string());
            return Exit::CouldNotStart;
        }
        self.print_summary(started);
        let counts = self.counts.get();
        let counted = stats.finish(&counts);
        let reported = self.report(tally);
        let exit = self.exit(&counts.summary, outcome);
        Self::exit_after([counted, reported], self.write_checkpoint(&counts.summary, exit))
    }

    /// Prints what happens to the file that is followed.
    fn follow_observer(&self) -> FollowObserver {
        let is_quiet = self.plan.quiet;
        Arc::new(move |input, event| {
            let input = input.to_string();
            let text = match event {
                FollowEvent::Lost => {
                    return term::error(&say!(
                        "{input}: it does not begin with the lines that were judged, and no file \
                         of a rotation does: lines may be lost; it is read from its start"
                    ));
                }
                FollowEvent::Replaced => {
                    say!("{input}: another file has this name now; it is read on")
                }
                FollowEvent::Emptied => say!("{input}: it was emptied; it is read from its start"),
                FollowEvent::Renamed(path) => {
                    let path = path.display();
                    say!(
                        "{input}: the file of the earlier run is {path} now; its rest is read first"
                    )
                }
            };
            if !is_quiet {
                term::note(&format!("{}\n", term::printable(&text)));
            }
        })
    }

    /// Starts what signals and time cause while the run goes on.
    fn operate(&mut self, stats: StatsWriter, operations: Operations) -> io::Result<StatsThread> {
        let Operations { statistics, reload } = operations;
        if let Some((files, loaded)) = self.plan.reloading.take() {
            let (sets, counts) = (self.sets.clone(), self.counts.clone());
            let (style, is_quiet) = (self.plan.style, self.plan.quiet);
            Reloader { files, style, sets, counts, is_quiet, loaded }.start(reload)?;
            self.reloads = true;
        }
        StatsThread::start(stats, statistics, self.plan.stats_every, self.counts.clone())
    }

    /// The exit status: an error of the run takes precedence over one in writing the statistics
    /// or the report.
    fn exit_after(written: [io::Result<()>; 2], exit: Exit) -> Exit {
        if !matches!(exit, Exit::Complete | Exit::Found) {
            return exit;
        }
        for (is_report, result) in [false, true].into_iter().zip(written) {
            if let Err(error) = result {
                term::error(&match is_report {
                    false => say!("cannot write the statistics: {error}"),
                    true => say!("cannot write the report: {error}"),
                });
                return Exit::Io;
            }
        }
        exit
    }

    /// The counts of a resumed run that was already complete.
    fn finished_before(&self) -> Option<Summary> {
        match &self.plan.out {
            Output::Resumable(output) if output.is_finished() => Some(output.counts().clone()),
            _ => None,
        }
    }

    /// Writes the last checkpoint.
    fn write_checkpoint(&mut self, summary: &Summary, exit: Exit) -> Exit {
        let Output::Resumable(output) = &mut self.plan.out else { return exit };
        let is_complete = matches!(exit, Exit::Complete | Exit::Found | Exit::TooManyUnreadable);
        let written = if is_complete { output.complete(summary.bytes) } else { output.stop() };
        match written {
            Err(error) => {
                term::error(&say!("cannot resume {}: {error}", self.plan.out_name));
                if is_complete { Exit::Io } else { exit }
            }
            Ok(()) => exit,
        }
    }

    /// Processes all inputs; the tally is empty unless a report is wanted.
    fn judge(&mut self, sources: Sources, progress: &Progress) -> (Tally, Outcome<()>) {
        let watches = self.plan.errors_max.is_none();
        let Plan {
            rules: first,
            inputs,
            format,
            selection,
            cutting,
            spread,
            out,
            report,
            dead_letters,
            ..
        } = &mut self.plan;
        let labels = Labels::of(first.classifier());
        let names = if let [_] = inputs.as_slice() { Vec::new() } else { names_of(inputs) };
        let processor = Processor {
            selection: *selection,
            line_bytes_max: cutting.line_bytes_max,
            framing: format.framing,
            names: &names,
        };
        let display = self.display;
        let is_resumable = matches!(out, Output::Resumable(_));
        let observers = || Observers {
            tally: (report.is_some() && !is_resumable).then(|| TallyObserver::new(&labels)),
            human: display
                .map(|display| HumanVerdicts::new(first.classifier(), *selection, display)),
        };
        let worker = || Worker {
            number: 0,
            set: first.clone(),
            scratch: processor.of(first).scratch(),
            observers: observers(),
        };
        let (stop, watch, sets, counts) = (&self.stop, &self.watch, &self.sets, &self.counts);
        let reloads = self.reloads;
        let step = |worker: &mut Worker<'_>, chunk: &Chunk, out: Written<'_>| {
            if chunk.version() != worker.number {
                worker.number = chunk.version();
                worker.set = sets.get(worker.number);
                worker.scratch = processor.of(&worker.set).scratch();
            }
            let Worker { set, scratch, observers, .. } = worker;
            scratch.clear_summary();
            observers.process(&processor.of(set), scratch, chunk, out);
            let summary = scratch.summary();
            counts.add(summary, chunk.bytes().len(), &set.numbers);
            progress.count(summary.posts, summary.at_least(Action::Flag));
            let wrong = watch.add(chunk, Counts::of(summary));
            if let Some(report) = wrong.filter(|_| watches) {
                term::error(&report);
            }
            if reloads {
                sets.end(chunk.version());
            }
        };
        let writer = (&mut *out, dead_letters.as_mut());
        let Outcome { workers, reading, output } =
            run_to(writer, sources, spread, stop, worker, step);
        let counted = match out {
            Output::Plain(_) => None,
            Output::Resumable(output) => Some(output.counts().clone()),
        };
        counts.finish(counted, reading.bytes);
        let mut tally = add_up(workers);
        tally.bytes = reading.bytes;
        (tally, Outcome { workers: Vec::new(), reading, output })
    }

    /// Writes the HTML report, if one is wanted.
    fn report(&mut self, tally: Tally) -> io::Result<()> {
        let Some((file, language)) = self.plan.report.take() else { return Ok(()) };
        let tally = match &self.plan.out {
            Output::Plain(_) => tally,
            Output::Resumable(output) => {
                let verdicts = earlier::tally_of(&output.file_path())?;
                Tally { bytes: tally.bytes, ..verdicts }
            }
        };
        let origin = Origin {
            title: language.pick("What the stream held", "内容判定概况").to_owned(),
            inputs: names_of(&self.plan.inputs),
            commands: vec![own_command()],
            ruleset: Some(self.plan.rules.classifier().hash_hex().to_owned()),
            titles: Origin::titles_of(self.plan.rules.classifier()),
            declared: self.plan.rules.classifier().policy().declared().to_vec(),
            earlier: None,
        };
        let text = render_page(&tally, &origin, language).map_err(io::Error::other)?;
        file.finish(text.as_bytes())
    }

    /// Prints the summary, if it is wanted.
    fn print_summary(&self, started: Instant) {
        let counts = self.counts.get();
        if self.plan.summary {
            term::note(&counts.named(|summary, names| summary.to_text(names)));
            let rules = &self.sets.current().origin;
            term::note(&say!("rules: {rules}\n"));
            let counts::Reloads { ok, failed, unchanged } = counts.reloads;
            if ok + failed + unchanged > 0 {
                term::note(&say!(
                    "rules loaded again: {ok} replaced, {unchanged} unchanged, {failed} with errors\n"
                ));
            }
        }
        let bytes = counts.summary.bytes;
        if self.plan.throughput && bytes >= THROUGHPUT_BYTES_MIN {
            term::note(&throughput(bytes, started));
        }
    }

    /// The exit status, the worst cause first; prints the errors.
    fn exit(&self, summary: &Summary, outcome: Outcome<()>) -> Exit {
        let errors = outcome.reading.errors;
        for error in &errors {
            term::error(&error.to_string());
        }
        match outcome.output {
            Err(OutputError::Write(error)) => {
                let name = &self.plan.out_name;
                term::error(&say!("cannot write to {name}: {error}; the verdicts are incomplete"));
                return Exit::Io;
            }
            Err(OutputError::Threads(error)) => {
                term::error(&say!("cannot start a thread: {error}; free some memory"));
                return Exit::Io;
            }
            Err(OutputError::Worker(message)) => {
                term::error(&say!("internal error: {message}; the verdicts are incomplete"));
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
        if !errors.is_empty() {
            return Exit::Io;
        }
        self.exit_by_counts(summary)
    }

    fn exit_by_counts(&self, summary: &Summary) -> Exit {
        let too_many = match self.plan.errors_max {
            Some(most) => most.is_exceeded(summary.unreadable(), summary.lines()),
            None => self.is_wrong_input(summary),
        };
        if too_many || summary.errors_of(ErrorCode::Internal.name()) > 0 {
            return Exit::TooManyUnreadable;
        }
        let is_found = |alarm: &Alarm| match alarm {
            Alarm::Action(action) => summary.at_least(*action) > 0,
            Alarm::Care => summary.care > 0,
            Alarm::Category(category) => *summary.categories.get(*category) > 0,
        };
        if self.plan.alarms.iter().any(is_found) { Exit::Found } else { Exit::Complete }
    }
}

impl Run {
    /// Was nothing judged, or text in another encoding? Reports it, if that was not done before.
    fn is_wrong_input(&self, summary: &Summary) -> bool {
        let empty = summary.errors_of(ErrorCode::Empty.name());
        let is_empty_handed = summary.posts + summary.skipped == 0 && summary.unreadable() > empty;
        let is_wrong = is_empty_handed || self.watch.is_other_encoding();
        if is_wrong && let Some(report) = self.watch.finish() {
            term::error(&report);
        }
        is_wrong
    }
}

fn names_of(inputs: &[Input]) -> Vec<String> {
    inputs.iter().map(ToString::to_string).collect()
}

/// Runs the pipeline to the output, and to the file of lines that are not posts.
fn run_to<'c>(
    (out, letters): (&mut Output, Option<&mut File>),
    sources: Sources,
    spread: &Settings,
    stop: &Stop,
    worker: impl Fn() -> Worker<'c> + Sync,
    step: impl Fn(&mut Worker<'c>, &Chunk, Written<'_>) + Sync,
) -> Outcome<Worker<'c>> {
    match (out, letters) {
        (Output::Plain(out), None) => {
            pipeline::run(sources, out, spread, stop, worker, |worker, chunk, verdicts| {
                step(worker, chunk, Written { verdicts, letters: None });
            })
        }
        (Output::Plain(out), Some(letters)) => {
            let mut sink = LetterSink { out, letters };
            pipeline::run_to(sources, &mut sink, spread, stop, worker, |worker, chunk, out| {
                let ChunkOutput { bytes, counts, .. } = out;
                step(worker, chunk, Written { verdicts: bytes, letters: Some(counts) });
            })
        }
        (Output::Resumable(output), _) => {
            let output = &mut **output;
            pipeline::run_to(sources, output, spread, stop, worker, |worker, chunk, answer| {
                step(worker, chunk, Written { verdicts: &mut answer.bytes, letters: None });
                answer.counts = Some(worker.scratch.take_summary());
            })
        }
    }
}

/// What all workers counted for the report.
fn add_up(workers: Vec<Worker<'_>>) -> Tally {
    let mut tally = Tally::default();
    for observer in workers.into_iter().filter_map(|worker| worker.observers.tally) {
        tally.merge(observer.into_tally());
    }
    tally
}

/// State of a worker.
struct Worker<'c> {
    /// Number of its rule set.
    number: u64,
    /// The rule set of the last chunk.
    set: Arc<RuleSet>,
    /// Buffers for that set, and the counts of the last chunk.
    scratch: ProcessorScratch,
    /// What observes verdicts.
    observers: Observers<'c>,
}

/// What chunks of all rule sets are processed with.
struct Processor<'p> {
    selection: Selection,
    line_bytes_max: usize,
    framing: Option<Framing>,
    /// Of the inputs, if there are several.
    names: &'p [String],
}

impl Processor<'_> {
    /// For chunks of one rule set.
    fn of<'s>(&'s self, set: &'s RuleSet) -> LineProcessor<'s> {
        let (classifier, posts, encoder) = (set.classifier(), set.posts(), set.encoder());
        LineProcessor::new(classifier, posts, encoder, self.selection, self.line_bytes_max)
            .framing(self.framing)
            .naming(self.names)
    }
}

/// The throughput is not printed for fewer bytes: it would be noise.
const THROUGHPUT_BYTES_MIN: u64 = 1_000_000;

fn throughput(bytes: u64, started: Instant) -> String {
    let seconds = started.elapsed().as_secs_f64();
    let rate = (bytes as f64 / seconds.max(1e-9)) as u64;
    say!("in {seconds:.2} s, {} per second\n", human_bytes(rate))
}
