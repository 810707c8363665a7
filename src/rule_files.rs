//! The rules of the flags, which are loaded again while a command runs.

use crate::flags::RuleArgs;
use crate::load;
use crate::outputs::lists_of;
use crate::start_error::StartError;
use std::path::PathBuf;
use std::sync::Arc;
use tidegate_analysis::rule_tests::{Failure, RuleHead, Suite, TestReport};
use tidegate_engine::engine::Engine;
use tidegate_engine::post::Mapping;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::model::Model;
use tidegate_engine::rules::source::bundle::is_embedded;

/// The rule flags of a command, with the mapping of its posts.
#[derive(Debug)]
pub struct RuleFiles {
    /// Rules and policy.
    pub args: RuleArgs,
    /// Fields of the posts.
    pub mapping: Mapping,
}

/// Rules that were loaded and tested.
#[derive(Debug)]
pub struct LoadedRules {
    /// Rules, policy and mapping.
    pub engine: Engine,
    /// Where the rules come from, for people: `3 rules of yours, 310 embedded`.
    pub origin: String,
    /// The result of the rules' own tests, if they have sources that are not embedded.
    pub tests: Option<TestReport>,
}

impl RuleFiles {
    /// Loads the rules and runs their own tests.
    ///
    /// # Errors
    ///
    /// Every error: of files, rules and policy, and each example that fails.
    pub fn load(&self) -> Result<LoadedRules, StartError> {
        let tests = self.test()?;
        Ok(LoadedRules { tests, ..self.load_untested()? })
    }

    /// Loads the rules.
    ///
    /// # Errors
    ///
    /// Every error of files, rules and policy.
    pub fn load_untested(&self) -> Result<LoadedRules, StartError> {
        let engine = load::build(&self.args, &self.mapping)?;
        let origin = load::composition(engine.classifier().rules());
        Ok(LoadedRules { engine, origin, tests: None })
    }

    /// Runs the examples of the rules that are not embedded. Those of compiled rules are not in
    /// their file.
    fn test(&self) -> Result<Option<TestReport>, StartError> {
        if self.args.paths().next().is_none() || self.is_compiled() {
            return Ok(None);
        }
        let model = self.loaded_model()?;
        let own = |rule: RuleHead<'_>| !is_embedded(&model.packs[rule.pack].source);
        let suite = Suite::of(&model, own);
        let rules = Arc::new(compile(model)?);
        let report = suite.run(&rules).map_err(|error| StartError::Usage(error.to_string()))?;
        #[cfg(feature = "state")]
        let report = {
            let mut report = report;
            crate::sequences::add(&suite, &self.args, rules.names(), &mut report)?;
            report
        };
        match report.failures.as_slice() {
            [] => Ok(Some(report)),
            failures => Err(StartError::Rules(failures.iter().map(Failure::diagnostic).collect())),
        }
    }

    /// The rules with titles and examples.
    ///
    /// # Errors
    ///
    /// Those of the rule files, or that a compiled file has no sources.
    #[cfg(feature = "serve")]
    pub fn model(&self) -> Result<Model, StartError> {
        if self.is_compiled() {
            return Err(StartError::Usage("compiled rules have no sources".to_owned()));
        }
        self.loaded_model()
    }

    fn loaded_model(&self) -> Result<Model, StartError> {
        let paths: Vec<PathBuf> = self.args.paths().cloned().collect();
        Ok(load::loader(&paths, self.args.has_embedded()).load()?.model)
    }

    fn is_compiled(&self) -> bool {
        self.args.paths().any(|path| load::is_compiled(path))
    }

    /// Files and folders of rules, lists and policies. They may be missing: the name of an embedded
    /// policy is among them.
    pub fn paths(&self) -> Vec<PathBuf> {
        let files = self.args.paths().chain(&self.args.policy);
        let lists = self.args.paths().filter(|path| path.is_file()).flat_map(|path| lists_of(path));
        files.cloned().chain(lists).collect()
    }
}
