//! `--watch`: loads the rules again on SIGHUP and when their files change.
//!
//! New rules are loaded aside and their own tests are run. Only if nothing is wrong they are used,
//! for the chunks that are read from then on.

use super::counts::RunCounts;
use super::ruleset::{RuleSet, RuleSets, Rules};
use crate::file_watch::{PERIOD, Snapshot};
use crate::rule_files::{LoadedRules, RuleFiles};
use crate::term;
use crate::term::say;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use tidegate_engine::output::Style;

/// Loads the rules of a run again.
pub struct Reloader {
    /// Where they are.
    pub files: RuleFiles,
    /// Form of the verdicts.
    pub style: Style,
    /// The sets of the run.
    pub sets: Arc<RuleSets>,
    /// The counts of the run.
    pub counts: Arc<RunCounts>,
    /// Are only errors printed?
    pub is_quiet: bool,
    /// The rule files when the first set was loaded.
    pub loaded: Watched,
}

/// Rule files, and their state when they were loaded.
pub struct Watched {
    paths: Vec<PathBuf>,
    snapshot: Snapshot,
}

impl Watched {
    /// The state of the rule files now.
    pub fn of(files: &RuleFiles) -> Watched {
        let paths = files.paths();
        let snapshot = Snapshot::of(&paths);
        Watched { paths, snapshot }
    }
}

impl Reloader {
    /// Starts the thread that loads; it ends with the process.
    ///
    /// # Errors
    ///
    /// The system has no thread left.
    pub fn start(self, requests: Receiver<()>) -> io::Result<()> {
        let run = move || self.run(&requests);
        thread::Builder::new().name("rules".to_owned()).spawn(run).map(drop)
    }

    fn run(mut self, requests: &Receiver<()>) {
        let mut before = self.loaded.snapshot.clone();
        loop {
            let is_requested = match requests.recv_timeout(PERIOD) {
                Ok(()) => true,
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let now = Snapshot::of(&self.loaded.paths);
            // An editor may write in several steps: they are loaded when they stop changing.
            let has_settled = now == before && now != self.loaded.snapshot;
            before = now;
            if is_requested || has_settled {
                while requests.try_recv().is_ok() {}
                self.reload();
                before = self.loaded.snapshot.clone();
            }
        }
    }

    fn reload(&mut self) {
        // What changes while it is loaded is loaded again.
        self.loaded = Watched::of(&self.files);
        match self.files.load() {
            Ok(loaded) => self.replace(loaded),
            Err(error) => {
                self.counts.not_replaced(true);
                let _ = term::refuse(&error);
                let hash = self.sets.current().classifier().hash_hex().to_owned();
                term::error(&say!("the rules were not replaced; rule set {hash} stays in use"));
            }
        }
    }

    fn replace(&self, loaded: LoadedRules) {
        let LoadedRules { engine, origin, tests } = loaded;
        let (classifier, posts) = engine.into_parts();
        let before = self.sets.current();
        let (old, new) = (before.classifier().hash_hex(), classifier.hash_hex().to_owned());
        if old == new {
            self.counts.not_replaced(false);
            return self.note(&say!("rules loaded again: unchanged, rule set {old}\n"));
        }
        let numbers = self.counts.numbers_of(&classifier);
        let passed = tests.map_or(0, |report| report.passed);
        let note = say!(
            "rules loaded again: rule set {new} replaces {old} ({origin}; tests passed: {passed})\n"
        );
        let set = Arc::new(RuleSet::new(Rules { classifier, posts }, self.style, numbers, origin));
        self.sets.replace(set.clone());
        self.counts.replaced(set.classifier());
        self.note(&note);
    }

    fn note(&self, text: &str) {
        if !self.is_quiet {
            term::note(text);
        }
    }
}
