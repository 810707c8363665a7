//! `scan`: posts in, verdicts out.

pub mod args;
mod dead_letters;
mod earlier;
mod human;
mod observers;
mod watch;

pub use args::ScanArgs;

use crate::exit::Exit;
use crate::files::own_command;
use crate::flags::Alarm;
use crate::plan::{Output, Plan, Stats};
use crate::term;
use crate::term::progress::Progress;
use crate::term::say;
use dead_letters::LetterSink;
use human::{Display, HumanVerdicts};
use observers::{Observers, Written};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;
use tidegate_analysis::report::{Origin, Tally, TallyObserver, render_page};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::summary::{RuleNames, Summary, human_bytes};
use tidegate_engine::lines::Chunk;
use tidegate_engine::output::{Encoder, Labels};
use tidegate_engine::phrase;
use tidegate_engine::post::ErrorCode;
use tidegate_pipeline::{
    self as pipeline, ChunkOutput, LineProcessor, Outcome, OutputError, ProcessorScratch, Settings,
    Sources, Stop,
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
pub fn run(args: ScanArgs, commands: &[String]) -> Exit {
    args.messages.color.apply();
    if args.files.is_empty() && io::stdin().is_terminal() {
        term::note(term::phrase(FIRST_STEPS));
        return Exit::CouldNotStart;
    }
    let is_human = match args.output.is_human(io::stdout().is_terminal()) {
        Ok(is_human) => is_human,
        Err(error) => return term::refuse(&error.into()),
    };
    let display = Display { width: term::columns(), colored: term::is_stdout_colored() };
    let display = is_human.then_some(display);
    match Plan::new(args, commands).and_then(|plan| Ok(Run::prepare(plan, display)?)) {
        Ok(run) => run.run(),
        Err(error) => term::refuse(&error),
    }
}

/// A plan, ready to run.
struct Run {
    plan: Plan,
    stop: Stop,
    watch: InputWatch,
    /// How verdicts are displayed, if they are written for people.
    display: Option<Display>,
}

impl Run {
    fn prepare(plan: Plan, display: Option<Display>) -> Result<Run, String> {
        let failed = |error: io::Error| say!("cannot prepare the run: {error}");
        let stop = Stop::new(plan.out.watched().map_err(failed)?).map_err(failed)?;
        for (signal, exit) in [
            (signal_hook::consts::SIGINT, Exit::Interrupted),
            (signal_hook::consts::SIGTERM, Exit::Terminated),
            (signal_hook::consts::SIGHUP, Exit::HungUp),
        ] {
            stop.on_signal(signal, exit.code().into()).map_err(failed)?;
        }
        Ok(Run { plan, stop, watch: InputWatch::default(), display })
    }

    fn run(mut self) -> Exit {
        term::show(&self.plan.warnings);
        let started = Instant::now();
        if let Some(summary) = self.finished_before() {
            let counted = self.write_counts(&summary, started);
            let reported = self.report(Tally { bytes: summary.bytes, ..Tally::default() });
            return Self::exit_after([counted, reported], self.exit_by_counts(&summary));
        }
        let mut sources = Sources::new(
            self.plan.inputs.clone(),
            self.plan.cutting,
            self.plan.live,
            self.stop.clone(),
        )
        .in_format(self.plan.format);
        if self.plan.follow {
            sources = sources.follow();
        }
        if let Output::Resumable(output) = &self.plan.out {
            sources = sources.track_positions(output.start());
            if output.continuation().is_some_and(|own| own.has_grown) {
                sources = sources.verify_start();
            }
        }
        let progress = Progress::start(self.plan.progress_total());
        let (summary, tally, outcome) = self.judge(sources.counting(progress.bytes()), &progress);
        drop(progress);
        if let Some(refused) = outcome.reading.refused {
            term::error(&refused.to_string());
            return Exit::CouldNotStart;
        }
        let counted = self.write_counts(&summary, started);
        let reported = self.report(tally);
        let exit = self.exit(&summary, outcome);
        Self::exit_after([counted, reported], self.write_checkpoint(&summary, exit))
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
    fn judge(&mut self, sources: Sources, progress: &Progress) -> (Summary, Tally, Outcome<()>) {
        let watches = self.plan.errors_max.is_none();
        let Plan {
            classifier,
            posts,
            inputs,
            style,
            selection,
            cutting,
            spread,
            out,
            report,
            dead_letters,
            ..
        } = &mut self.plan;
        let labels = Labels::of(classifier);
        let encoder = Encoder::new(labels.clone(), *style);
        let mut processor =
            LineProcessor::new(classifier, posts, &encoder, *selection, cutting.line_bytes_max);
        if inputs.len() > 1 {
            processor = processor.naming(inputs.iter().map(ToString::to_string).collect());
        }
        let display = self.display;
        let is_resumable = matches!(out, Output::Resumable(_));
        let observers = || Observers {
            tally: (report.is_some() && !is_resumable).then(|| TallyObserver::new(&labels)),
            human: display.map(|display| HumanVerdicts::new(classifier, *selection, display)),
        };
        let worker = || (processor.scratch(), observers());
        let (stop, watch) = (&self.stop, &self.watch);
        let step = |(scratch, observers): &mut Worker<'_>, chunk: &Chunk, out: Written<'_>| {
            let (posts, flagged) = done(scratch.summary());
            let before = Counts::of(scratch.summary());
            observers.process(&processor, scratch, chunk, out);
            let (posts_now, flagged_now) = done(scratch.summary());
            progress.count(posts_now - posts, flagged_now - flagged);
            let wrong = watch.add(chunk, before, Counts::of(scratch.summary()));
            if let Some(report) = wrong.filter(|_| watches) {
                term::error(&report);
            }
        };
        let writer = (&mut *out, dead_letters.as_mut());
        let Outcome { workers, reading, output } =
            run_to(writer, sources, spread, stop, worker, step);
        let counts = match out {
            Output::Plain(_) => Summary::new(classifier.rules().rules().len()),
            Output::Resumable(output) => output.counts().clone(),
        };
        let (mut summary, mut tally) = add_up(workers, counts);
        summary.bytes = reading.bytes;
        tally.bytes = reading.bytes;
        (summary, tally, Outcome { workers: Vec::new(), reading, output })
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
            inputs: self.plan.inputs.iter().map(ToString::to_string).collect(),
            commands: vec![own_command()],
            ruleset: Some(self.plan.classifier.hash_hex().to_owned()),
            titles: Origin::titles_of(&self.plan.classifier),
            declared: self.plan.classifier.policy().declared().to_vec(),
            earlier: None,
        };
        let text = render_page(&tally, &origin, language).map_err(io::Error::other)?;
        file.finish(text.as_bytes())
    }

    /// Prints the summary and writes the statistics, if they are wanted.
    fn write_counts(&mut self, summary: &Summary, started: Instant) -> io::Result<()> {
        let rules = self.plan.classifier.rules().rules();
        let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let names = RuleNames { ids: &ids, hash: self.plan.classifier.hash_hex() };
        if let Some(rules) = &self.plan.summary {
            term::note(&summary.to_text(names));
            term::note(&say!("rules: {rules}\n"));
        }
        if self.plan.throughput && summary.bytes >= THROUGHPUT_BYTES_MIN {
            term::note(&throughput(summary.bytes, started));
        }
        let json = summary.to_json(names);
        match self.plan.stats.take() {
            None => Ok(()),
            Some(Stats::Stderr) => io::stderr().write_all(json.as_bytes()),
            Some(Stats::File(file)) => file.finish(json.as_bytes()),
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
            return match signal {
                signal_hook::consts::SIGINT => Exit::Interrupted,
                signal_hook::consts::SIGHUP => Exit::HungUp,
                _ => Exit::Terminated,
            };
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
                answer.counts = Some(worker.0.take_summary());
            })
        }
    }
}

/// The counts of all workers and of the runs before.
fn add_up(workers: Vec<Worker<'_>>, mut summary: Summary) -> (Summary, Tally) {
    let mut tally = Tally::default();
    for (scratch, observers) in workers {
        summary.merge(scratch.into_summary());
        observers.tally.into_iter().for_each(|observer| tally.merge(observer.into_tally()));
    }
    (summary, tally)
}

/// State of a worker: the processor's, and what observes it.
type Worker<'c> = (ProcessorScratch, Observers<'c>);

/// Number of posts, and of flagged posts.
fn done(summary: &Summary) -> (u64, u64) {
    (summary.posts, summary.at_least(Action::Flag))
}

/// The throughput is not printed for fewer bytes: it would be noise.
const THROUGHPUT_BYTES_MIN: u64 = 1_000_000;

fn throughput(bytes: u64, started: Instant) -> String {
    let seconds = started.elapsed().as_secs_f64();
    let rate = (bytes as f64 / seconds.max(1e-9)) as u64;
    say!("in {seconds:.2} s, {} per second\n", human_bytes(rate))
}
