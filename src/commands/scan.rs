//! `scan`: posts in, verdicts out.

pub mod args;

pub use args::ScanArgs;

use crate::exit::Exit;
use crate::files::{own_command, write_whole};
use crate::flags::Alarm;
use crate::plan::{Output, Plan};
use crate::term;
use crate::term::progress::Progress;
use std::io::{self, IsTerminal};
use std::time::Instant;
use tidegate_analysis::report::{Origin, Tally, TallyObserver, render_page};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::summary::{RuleNames, Summary, human_bytes};
use tidegate_engine::lines::Chunk;
use tidegate_engine::output::{Encoder, Labels};
use tidegate_engine::post::ErrorCode;
use tidegate_pipeline::{
    self as pipeline, Judge, JudgeScratch, Outcome, OutputFault, Sources, Stop,
};

/// Printed when the program is started without arguments on a terminal.
const FIRST_STEPS: &str = "\
tidegate judges posts: JSON lines in, one explained verdict per line out.

  zcat feed.jsonl.gz | tidegate > verdicts.jsonl   judge a stream
  tidegate --only flagged archive/                 judge the files of a folder
  tidegate -                                       judge lines typed on the terminal
  tidegate explain 'some text'                     show why a text gets its verdict
  tidegate init                                    create a folder with example rules

Use tidegate --help for all commands and flags.
";

/// Runs the command. `commands` are the names suggested for a mistyped command.
pub fn run(args: ScanArgs, commands: &[String]) -> Exit {
    args.messages.color.apply();
    if args.files.is_empty() && io::stdin().is_terminal() {
        term::note(FIRST_STEPS);
        return Exit::CouldNotStart;
    }
    match Plan::new(args, commands).and_then(|plan| Ok(Run::prepare(plan)?)) {
        Ok(run) => run.run(),
        Err(error) => term::refuse(&error),
    }
}

/// A plan, ready to run.
struct Run {
    plan: Plan,
    stop: Stop,
}

impl Run {
    fn prepare(plan: Plan) -> Result<Run, String> {
        let failed = |error: io::Error| format!("cannot prepare the run: {error}");
        let stop = Stop::new(plan.out.watched().map_err(failed)?).map_err(failed)?;
        for (signal, exit) in [
            (signal_hook::consts::SIGINT, Exit::Interrupted),
            (signal_hook::consts::SIGTERM, Exit::Terminated),
        ] {
            stop.on_signal(signal, exit.code().into()).map_err(failed)?;
        }
        Ok(Run { plan, stop })
    }

    fn run(mut self) -> Exit {
        term::show(&self.plan.warnings);
        let started = Instant::now();
        if let Some(summary) = self.finished_before() {
            let told = self.tell(&summary, started);
            return Self::exit_after([told, Ok(())], self.exit_by_counts(&summary));
        }
        let mut sources = Sources::new(
            self.plan.inputs.clone(),
            self.plan.cutting,
            self.plan.live,
            self.stop.clone(),
        );
        if let Output::Resumable(recorder) = &self.plan.out {
            sources = sources.keep_places(recorder.begins_at());
        }
        let progress = Progress::start(self.plan.progress_total());
        let (summary, tally, outcome) = self.judge(sources.counting(progress.bytes()), &progress);
        drop(progress);
        if let Some(refused) = outcome.reading.refused {
            term::error(&refused.to_string());
            return Exit::CouldNotStart;
        }
        let told = self.tell(&summary, started);
        let reported = self.report(tally);
        let exit = self.exit(&summary, outcome);
        Self::exit_after([told, reported], self.keep(&summary, exit))
    }

    /// What went wrong with the posts matters more than what did with counts and report.
    fn exit_after(told: [io::Result<()>; 2], exit: Exit) -> Exit {
        if !matches!(exit, Exit::Complete | Exit::Found) {
            return exit;
        }
        for (what, result) in ["counts", "report"].into_iter().zip(told) {
            if let Err(error) = result {
                term::error(&format!("cannot write the {what}: {error}"));
                return Exit::Io;
            }
        }
        exit
    }

    /// The counts of a run that is to be resumed and had come to its end.
    fn finished_before(&self) -> Option<Summary> {
        match &self.plan.out {
            Output::Resumable(recorder) if recorder.is_finished() => {
                Some(recorder.counts().clone())
            }
            _ => None,
        }
    }

    /// Keeps how far the run is, for one that resumes it.
    fn keep(&mut self, summary: &Summary, exit: Exit) -> Exit {
        let Output::Resumable(recorder) = &mut self.plan.out else { return exit };
        let is_complete = matches!(exit, Exit::Complete | Exit::Found | Exit::TooManyUnreadable);
        let kept =
            if is_complete { recorder.complete(summary.bytes) } else { recorder.end_keeping() };
        match kept {
            Err(error) => {
                term::error(&format!("cannot resume {}: {error}", self.plan.out_name));
                if is_complete { Exit::Io } else { exit }
            }
            Ok(()) => exit,
        }
    }

    /// Judges everything; the tally is empty if nobody wants a report.
    fn judge(&mut self, sources: Sources, progress: &Progress) -> (Summary, Tally, Outcome<()>) {
        let Plan { classifier, posts, style, selection, cutting, spread, out, report, .. } =
            &mut self.plan;
        let labels = Labels::of(classifier);
        let encoder = Encoder::new(labels.clone(), *style);
        let judge = Judge::new(classifier, posts, &encoder, *selection, cutting.line_bytes_max);
        let worker = || (judge.scratch(), report.as_ref().map(|_| TallyObserver::new(&labels)));
        let stop = &self.stop;
        let step = |(scratch, watcher): &mut Worker<'_>, chunk: &Chunk, out: &mut Vec<u8>| {
            let (posts, flagged) = done(scratch.summary());
            match watcher {
                Some(watcher) => judge.answer_watched(scratch, chunk, out, watcher),
                None => judge.answer(scratch, chunk, out),
            }
            let (posts_now, flagged_now) = done(scratch.summary());
            progress.count(posts_now - posts, flagged_now - flagged);
        };
        let Outcome { workers, reading, output } = match out {
            Output::Plain(out) => pipeline::run(sources, out, spread, stop, worker, step),
            Output::Resumable(recorder) => pipeline::run_to(
                sources,
                &mut **recorder,
                spread,
                stop,
                worker,
                |worker, chunk, answer| {
                    step(worker, chunk, &mut answer.bytes);
                    answer.counts = Some(worker.0.take_summary());
                },
            ),
        };
        let mut summary = match out {
            Output::Plain(_) => Summary::new(classifier.rules().rules().len()),
            Output::Resumable(recorder) => recorder.counts().clone(),
        };
        let mut tally = Tally::default();
        for (scratch, watcher) in workers {
            summary.merge(scratch.into_summary());
            watcher.into_iter().for_each(|watcher| tally.merge(watcher.into_tally()));
        }
        summary.bytes = reading.bytes;
        tally.bytes = reading.bytes;
        (summary, tally, Outcome { workers: Vec::new(), reading, output })
    }

    /// The page about the run, if it is wanted.
    fn report(&mut self, tally: Tally) -> io::Result<()> {
        let Some((file, language)) = self.plan.report.take() else { return Ok(()) };
        let origin = Origin {
            title: language.pick("What the stream held", "内容判定概况").to_owned(),
            inputs: self.plan.inputs.iter().map(ToString::to_string).collect(),
            commands: vec![own_command()],
            ruleset: Some(self.plan.classifier.hash_hex().to_owned()),
        };
        let text = render_page(&tally, &origin, language).map_err(io::Error::other)?;
        write_whole(file, text.as_bytes())
    }

    /// The counts, to whom they concern.
    fn tell(&mut self, summary: &Summary, started: Instant) -> io::Result<()> {
        let rules = self.plan.classifier.rules().rules();
        let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let names = RuleNames { ids: &ids, hash: self.plan.classifier.hash_hex() };
        if self.plan.summary {
            term::note(&summary.to_text(names));
        }
        if self.plan.pace && summary.bytes >= PACE_BYTES_MIN {
            term::note(&pace(summary.bytes, started));
        }
        let Some(stats) = &mut self.plan.stats else { return Ok(()) };
        stats.write_all(summary.to_json(names).as_bytes())?;
        stats.flush()
    }

    /// What to tell the caller, worst first.
    fn exit(&self, summary: &Summary, outcome: Outcome<()>) -> Exit {
        let faults = outcome.reading.faults;
        for fault in &faults {
            term::error(&fault.to_string());
        }
        match outcome.output {
            Err(OutputFault::Write(error)) => {
                let name = &self.plan.out_name;
                term::error(&format!("cannot write to {name}: {error}; the verdicts end early"));
                return Exit::Io;
            }
            Err(OutputFault::Threads(error)) => {
                term::error(&format!("cannot start a thread: {error}; free some memory"));
                return Exit::Io;
            }
            Err(OutputFault::Worker(message)) => {
                term::error(&format!("internal error: {message}; the verdicts end early"));
                return Exit::Io;
            }
            Err(OutputFault::ReaderGone) | Ok(()) => {}
        }
        if let Some(signal) = self.stop.signal() {
            let interrupted = signal == signal_hook::consts::SIGINT;
            return if interrupted { Exit::Interrupted } else { Exit::Terminated };
        }
        if outcome.output.is_err() {
            return Exit::ReaderGone;
        }
        if !faults.is_empty() {
            return Exit::Io;
        }
        self.exit_by_counts(summary)
    }

    fn exit_by_counts(&self, summary: &Summary) -> Exit {
        let too_many = self.plan.errors_max.is_some_and(|most| summary.unreadable() > most);
        if too_many || summary.errors_of(ErrorCode::Internal.name()) > 0 {
            return Exit::TooManyUnreadable;
        }
        let is_found = |alarm: &Alarm| match alarm {
            Alarm::Action(action) => summary.at_least(*action) > 0,
            Alarm::Care => summary.care > 0,
            Alarm::Category(category) => summary.categories[category.index()] > 0,
        };
        if self.plan.alarms.iter().any(is_found) { Exit::Found } else { Exit::Complete }
    }
}

/// What a thread judges with, and what looks on for a report.
type Worker<'c> = (JudgeScratch, Option<TallyObserver<'c>>);

/// Posts, and those that are flagged.
fn done(summary: &Summary) -> (u64, u64) {
    (summary.posts, summary.at_least(Action::Flag))
}

/// The pace of less than this says nothing.
const PACE_BYTES_MIN: u64 = 1_000_000;

fn pace(bytes: u64, started: Instant) -> String {
    let seconds = started.elapsed().as_secs_f64();
    let rate = (bytes as f64 / seconds.max(1e-9)) as u64;
    format!("in {seconds:.2} s, {} a second\n", human_bytes(rate))
}
