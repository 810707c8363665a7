//! `scan`: posts in, verdicts out.

use super::args::{Alarm, ScanArgs};
use super::exit::Exit;
use super::plan::{Output, Plan};
use super::progress::Progress;
use super::terminal;
use std::io::{self, IsTerminal};
use std::time::Instant;
use tidegate::output::{Encoder, Labels};
use tidegate::pipeline::{Judge, Outcome, OutputFault, Sources, Stop, run, run_to};
use tidegate::post::ErrorCode;
use tidegate::summary::{RuleNames, Summary, human_bytes};

/// Shown to somebody who typed nothing but the name.
const FIRST_STEPS: &str = "\
tidegate judges posts: JSON lines in, one explained verdict per line out.

  zcat feed.jsonl.gz | tidegate > verdicts.jsonl   judge a stream
  tidegate --only flagged archive/                 judge the files of a folder
  tidegate -                                       read what you type here

tidegate --help says what else there is.
";

/// Runs the verb.
pub fn scan(args: ScanArgs) -> Exit {
    args.telling.color.color.set();
    if args.files.is_empty() && io::stdin().is_terminal() {
        terminal::note(FIRST_STEPS);
        return Exit::CouldNotStart;
    }
    match Plan::new(args).and_then(|plan| Ok(Run::prepare(plan)?)) {
        Ok(run) => run.run(),
        Err(refusal) => terminal::refuse(&refusal),
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
        terminal::show(&self.plan.warnings);
        let started = Instant::now();
        if let Some(summary) = self.finished_before() {
            let told = self.tell(&summary, started);
            return Self::exit_after(told, self.exit_by_counts(&summary));
        }
        let mut sources = Sources::new(
            self.plan.inputs.clone(),
            self.plan.cutting,
            self.plan.live,
            self.stop.clone(),
        );
        if let Output::Recorded(recorder) = &self.plan.out {
            sources = sources.keep_places(recorder.begins_at());
        }
        let progress = Progress::start(self.plan.progress_bytes(), sources.taken());
        let (summary, outcome) = self.judge(sources);
        drop(progress);
        if let Some(refused) = outcome.reading.refused {
            terminal::error(&refused.to_string());
            return Exit::CouldNotStart;
        }
        let told = self.tell(&summary, started);
        let exit = self.exit(&summary, outcome);
        Self::exit_after(told, self.keep(&summary, exit))
    }

    /// What went wrong with the posts matters more than what did with the counts.
    fn exit_after(told: io::Result<()>, exit: Exit) -> Exit {
        match told {
            Err(error) if matches!(exit, Exit::Complete | Exit::Found) => {
                terminal::error(&format!("cannot write the counts: {error}"));
                Exit::Io
            }
            _ => exit,
        }
    }

    /// The counts of a run that is to be resumed and had come to its end.
    fn finished_before(&self) -> Option<Summary> {
        match &self.plan.out {
            Output::Recorded(recorder) if recorder.is_finished() => Some(recorder.counts().clone()),
            _ => None,
        }
    }

    /// Keeps how far the run is, for one that resumes it.
    fn keep(&mut self, summary: &Summary, exit: Exit) -> Exit {
        let Output::Recorded(recorder) = &mut self.plan.out else { return exit };
        let is_complete = matches!(exit, Exit::Complete | Exit::Found | Exit::TooManyUnreadable);
        let kept =
            if is_complete { recorder.complete(summary.bytes) } else { recorder.end_keeping() };
        match kept {
            Err(error) => {
                terminal::error(&format!("cannot resume {}: {error}", self.plan.out_name));
                if is_complete { Exit::Io } else { exit }
            }
            Ok(()) => exit,
        }
    }

    fn judge(&mut self, sources: Sources) -> (Summary, Outcome<()>) {
        let Plan { classifier, posts, style, selection, cutting, spread, out, .. } = &mut self.plan;
        let rules = classifier.rules();
        let encoder = Encoder::new(Labels::of(classifier), *style);
        let judge = Judge::new(classifier, posts, &encoder, *selection, cutting.line_bytes_max);
        let scratch = || judge.scratch();
        let stop = &self.stop;
        let Outcome { workers, reading, output } = match out {
            Output::Plain(out) => run(sources, out, spread, stop, scratch, |worker, chunk, out| {
                judge.answer(worker, chunk, out);
            }),
            Output::Recorded(recorder) => {
                run_to(sources, &mut **recorder, spread, stop, scratch, |worker, chunk, answer| {
                    judge.answer(worker, chunk, &mut answer.bytes);
                    answer.counts = Some(worker.take_summary());
                })
            }
        };
        let mut summary = match out {
            Output::Plain(_) => Summary::new(rules.rules().len()),
            Output::Recorded(recorder) => recorder.counts().clone(),
        };
        for worker in workers {
            summary.merge(worker.into_summary());
        }
        summary.bytes = reading.bytes;
        (summary, Outcome { workers: Vec::new(), reading, output })
    }

    /// The counts, to whom they concern.
    fn tell(&mut self, summary: &Summary, started: Instant) -> io::Result<()> {
        let rules = self.plan.classifier.rules().rules();
        let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let names = RuleNames { ids: &ids, hash: self.plan.classifier.hash_hex() };
        if self.plan.summary {
            terminal::note(&summary.to_text(names));
        }
        if self.plan.pace && summary.bytes >= PACE_BYTES_MIN {
            terminal::note(&pace(summary.bytes, started));
        }
        let Some(stats) = &mut self.plan.stats else { return Ok(()) };
        stats.write_all(summary.to_json(names).as_bytes())?;
        stats.flush()
    }

    /// What to tell the caller, worst first.
    fn exit(&self, summary: &Summary, outcome: Outcome<()>) -> Exit {
        let faults = outcome.reading.faults;
        for fault in &faults {
            terminal::error(&fault.to_string());
        }
        match outcome.output {
            Err(OutputFault::Write(error)) => {
                let name = &self.plan.out_name;
                terminal::error(&format!(
                    "cannot write to {name}: {error}; the verdicts end early"
                ));
                return Exit::Io;
            }
            Err(OutputFault::Threads(error)) => {
                terminal::error(&format!("cannot start a thread: {error}; free some memory"));
                return Exit::Io;
            }
            Err(OutputFault::Worker(message)) => {
                terminal::error(&format!("internal error: {message}; the verdicts end early"));
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

/// The pace of less than this says nothing.
const PACE_BYTES_MIN: u64 = 1_000_000;

fn pace(bytes: u64, started: Instant) -> String {
    let seconds = started.elapsed().as_secs_f64();
    let rate = (bytes as f64 / seconds.max(1e-9)) as u64;
    format!("in {seconds:.2} s, {} a second\n", human_bytes(rate))
}
