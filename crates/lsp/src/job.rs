//! What takes long and runs on a thread of its own: checking a folder, and running its tests.

use crate::convert::path_of;
use crate::folder::{Root, has_rule_files, is_rule_file};
use lsp_server::RequestId;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_analysis::check::{self, Checked, Checking};
use tidegate_analysis::rule_tests::{Failure, Suite, TestReport};
use tidegate_engine::diagnostic::{Diagnostic, Place};
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::load::Loader;
use tidegate_engine::rules::source::bundle::Bundle;

/// The rules of a folder with unsaved changes.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where they are.
    pub root: Root,
    /// The texts of open files, by canonical path.
    pub open: HashMap<PathBuf, Arc<str>>,
    /// Packs that are read in addition.
    pub bundle: Option<Bundle>,
    /// The number of changes of the folder before this state.
    pub changes: u64,
}

/// A job.
#[derive(Debug)]
pub enum Job {
    /// Check the rules.
    Check(Rules),
    /// Run the tests of the rules of a file.
    Test {
        /// The rules.
        rules: Rules,
        /// The request to answer.
        request: RequestId,
        /// The file, a canonical path.
        file: PathBuf,
        /// Only the rule with this id.
        rule: Option<String>,
    },
}

/// The result of a job.
#[derive(Debug)]
pub enum Report {
    /// Of [`Job::Check`], with [`Rules::changes`].
    Check(Root, u64, CheckReport),
    /// Of [`Job::Test`], with the request to answer: the report, or why no test was run.
    Test(Root, u64, RequestId, Result<TestReport, Message>),
    /// The job ended by a panic, with the request to answer.
    Failed(Root, Option<RequestId>),
}

/// What a check found.
#[derive(Debug)]
pub struct CheckReport {
    /// Diagnostics of each file.
    pub files: HashMap<PathBuf, Vec<Diagnostic>>,
    /// Diagnostics without a place.
    pub unplaced: Vec<Diagnostic>,
    /// The compiled rules, if there are no errors.
    pub compiled: Option<Arc<RuleSet>>,
}

impl Rules {
    /// The loader that `tidegate check` would use for these paths.
    fn loader(&self) -> Loader {
        let loader = Loader::new().bundle(self.bundle).open(self.open.clone());
        let known = self.root.iter().filter(|path| has_rule_files(path));
        let loader = known.fold(loader, |loader, path| loader.path(path));
        // A file that was never saved is in no folder.
        let is_new = |path: &Path| is_rule_file(path) && !path.exists();
        let new = self.open.iter().filter(|(path, _)| is_new(path));
        new.fold(loader, |loader, (path, text)| loader.text(path.to_string_lossy(), &**text))
    }
}

impl Job {
    /// The rules of the job.
    pub fn rules(&self) -> &Rules {
        let (Job::Check(rules) | Job::Test { rules, .. }) = self;
        rules
    }

    /// The request that waits for the job.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Job::Check(_) => None,
            Job::Test { request, .. } => Some(request.clone()),
        }
    }

    /// Runs the job.
    pub fn run(self) -> Report {
        match self {
            Job::Check(rules) => Report::Check(rules.root.clone(), rules.changes, check(&rules)),
            Job::Test { rules, request, file, rule } => {
                let result = test(&rules, &file, rule.as_deref());
                Report::Test(rules.root, rules.changes, request, result)
            }
        }
    }
}

fn check(rules: &Rules) -> CheckReport {
    let prepare = |_: &mut _| Ok::<(), std::convert::Infallible>(());
    let (loader, today) = (rules.loader(), check::today());
    let checked = check::check(&loader, Checking::Named, rules.bundle, today, prepare);
    let Ok(Checked { diagnostics, compiled, .. }) = checked;
    let mut report = CheckReport {
        files: HashMap::new(),
        unplaced: Vec::new(),
        compiled: compiled.map(Arc::new),
    };
    for found in diagnostics {
        match found.place.as_ref().and_then(path_of) {
            Some(path) => report.files.entry(path).or_default().push(found),
            None => report.unplaced.push(found),
        }
    }
    report
}

fn test(rules: &Rules, file: &Path, rule: Option<&str>) -> Result<TestReport, Message> {
    let errors = |errors: Vec<Diagnostic>| {
        let first = errors.first().map_or_else(Message::default, first_line);
        message!("the rules have errors, so no test was run: {first}")
    };
    let model = rules.loader().load().map_err(errors)?.model;
    let is_in_file = |place: &Place| path_of(place).is_some_and(|path| path == file);
    let suite =
        Suite::of(&model, |own| is_in_file(own.place) && rule.is_none_or(|id| own.id == id));
    if suite.is_empty() {
        return Err(match rule {
            Some(id) => message!("the file has no rule `{id}`"),
            None => message!("the file has no rules"),
        });
    }
    let compiled = Arc::new(compile(model).map_err(errors)?);
    suite.run(&compiled).map_err(|error| error.message().clone())
}

/// The place, code and message of a diagnostic.
fn first_line(found: &Diagnostic) -> Message {
    let (code, text) = (found.code, &found.message);
    match &found.place {
        Some(place) => {
            let (line, column) = place.line_column();
            let name = &place.source.name;
            message!("{name}:{line}:{column}: error[{code}]: {text}")
        }
        None => message!("error[{code}]: {text}"),
    }
}

/// The failures as diagnostics, by file.
pub fn failures(report: &TestReport) -> HashMap<PathBuf, Vec<Diagnostic>> {
    let mut files: HashMap<PathBuf, Vec<Diagnostic>> = HashMap::new();
    for failure in report.failures.iter().map(Failure::diagnostic) {
        if let Some(path) = failure.place.as_ref().and_then(path_of) {
            files.entry(path).or_default().push(failure);
        }
    }
    files
}
