//! The rules in use. A request keeps the set with which it began until it ends.

use crate::reading::Reading;
use crate::state::{self, Measures};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;
use tidegate_analysis::rule_tests::TestReport;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::engine::Engine;
use tidegate_engine::post::{Mapping, Plan};
use tidegate_engine::rules::model::Model;

/// Loads rules, and says which files they are from.
pub trait RuleSource: Send + Sync {
    /// Loads the rules and runs their own tests.
    ///
    /// # Errors
    ///
    /// Every error, for people: of files, rules, policy, and each example that fails.
    fn load(&self) -> Result<Loaded, String>;

    /// The rules with titles and examples, for the page.
    ///
    /// # Errors
    ///
    /// As [`RuleSource::load`], or that a compiled file has no sources.
    fn model(&self) -> Result<Model, String>;

    /// Files and folders of rules, lists and policies.
    fn paths(&self) -> Vec<PathBuf>;
}

/// Rules that were loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The rules, with the policy and the mapping of the flags.
    pub engine: Arc<Engine>,
    /// The mapping of the flags, for requests that override it.
    pub mapping: Mapping,
    /// Where the rules come from, for people: `3 rules of yours, 310 embedded`.
    pub origin: String,
    /// The result of the rules' own tests, if they have sources that are not embedded.
    pub tests: Option<TestReport>,
    /// The measures, if the service keeps a state.
    pub measures: Option<Measures>,
}

/// A set of rules that is or was in use.
#[derive(Debug)]
pub struct Ruleset {
    engine: Arc<Engine>,
    /// What the state is changed with, if the service keeps one.
    pub state: Option<Arc<state::Rules>>,
    /// Hash of rules and policy: eight hex digits.
    pub hash: String,
    /// Where the rules come from, for people.
    pub origin: String,
    /// When it was loaded.
    pub loaded: SystemTime,
    /// How many examples of the rules passed, if they were run.
    pub tests_passed: Option<usize>,
    mapping: Mapping,
    default: Arc<Reading>,
    /// By query string.
    readings: Mutex<HashMap<String, Arc<Reading>>>,
}

/// Query strings whose readings are kept; when there are more, all are made again.
const READINGS_MAX: usize = 256;

impl Ruleset {
    /// A set from loaded rules.
    ///
    /// # Errors
    ///
    /// The rules and the mapping do not fit.
    pub fn new(loaded: Loaded) -> Result<Ruleset, String> {
        let Loaded { engine, mapping, origin, tests, measures } = loaded;
        let names = engine.classifier().rules().names();
        let plan = Plan::new(&mapping, names).map_err(|error| error.to_string())?;
        let state = measures.map(|measures| state::Rules::of(&engine, &mapping, measures));
        Ok(Ruleset {
            hash: engine.classifier().hash_hex().to_owned(),
            state: state.transpose()?.map(Arc::new),
            origin,
            loaded: SystemTime::now(),
            tests_passed: tests.map(|report| report.passed),
            engine,
            mapping,
            default: Arc::new(Reading::of_plan(plan)),
            readings: Mutex::default(),
        })
    }

    /// Rules and policy.
    pub fn classifier(&self) -> &Classifier {
        self.engine.classifier()
    }

    /// The hash of the measures and of the correlations of the rules, if the service keeps a state.
    pub fn measures_hash(&self) -> Option<&str> {
        self.state.as_deref().map(state::Rules::measures)
    }

    /// How a request with this query is read and answered.
    ///
    /// # Errors
    ///
    /// Wrong parameters.
    pub fn reading(&self, query: &str) -> Result<Arc<Reading>, crate::error::Refusal> {
        if query.is_empty() {
            return Ok(self.default.clone());
        }
        let mut known = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = known.get(query) {
            return Ok(reading.clone());
        }
        let reading = Arc::new(Reading::of_query(query, &self.mapping, self.classifier())?);
        if known.len() == READINGS_MAX {
            known.clear();
        }
        known.insert(query.to_owned(), reading.clone());
        Ok(reading)
    }
}

/// The set in use.
#[derive(Debug)]
pub struct CurrentRuleset(RwLock<Arc<Ruleset>>);

impl CurrentRuleset {
    /// Begins with `set`.
    pub fn new(set: Ruleset) -> CurrentRuleset {
        CurrentRuleset(RwLock::new(Arc::new(set)))
    }

    /// The set for a request that begins now.
    pub fn get(&self) -> Arc<Ruleset> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the set; requests that run keep theirs.
    pub fn replace(&self, set: Arc<Ruleset>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = set;
    }
}
