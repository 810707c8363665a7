//! What a single post cannot show: a state over posts, kept in a state file.
//!
//! ```text
//! judges ─► records ─┐                      ┌─► verdicts with what the state says
//! events, decisions ─┼─► one thread: `stage`┤
//! queue, cases ──────┘     (memory)         └─► answers
//!                            │
//!                        state file: checkpoints
//! ```
//!
//! * `watch`: what the threads that judge pass on: pure, so that they share it.
//! * `stage`: the thread that owns the state. The order in which it is reached is the order in which
//!   posts and events count.
//! * `events`: reports and decisions. `views`: the queue, cases and campaigns as JSON.
//! * `routes`: the paths. `page`: the page for reviewers.

mod events;
mod page;
mod routes;
mod stage;
mod views;
mod watch;

pub use routes::routes;
pub use stage::{Running, State};
pub use tidegate_state::measures::Measures;
pub use tidegate_state::text::TextScratch as Scratch;
pub use watch::{Seen, Watch};

use crate::ruleset::Loaded;
use std::fmt;
use std::sync::Arc;
use tidegate_engine::domain::limits::LINE_BYTES_MAX_DEFAULT;
use tidegate_engine::engine::Engine;
use tidegate_engine::post::Mapping;
use tidegate_state::correlations::Correlations;
use tidegate_state::memory;
use tidegate_state::model::{Run, Snapshot};
use tidegate_state::policy::EnginePolicy;
use tidegate_state::read::Reader;
use tidegate_state::run::{self, CheckpointSettings};
use tidegate_state::store::StateFile;

/// What a state begins with.
pub struct Start {
    /// The state file, locked.
    pub file: StateFile,
    /// What it holds.
    pub snapshot: Snapshot,
    /// The run of the service.
    pub run: Run,
    /// The hash of the measures of the run before, if they were changed since.
    pub measures_changed: Option<String>,
    /// When checkpoints are written.
    pub checkpoints: CheckpointSettings,
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("run", &self.run).finish_non_exhaustive()
    }
}

/// What the state is changed with: it belongs to a set of rules.
#[derive(Debug)]
pub struct Rules {
    engine: Arc<Engine>,
    reader: Reader,
    own: run::Rules,
}

impl Rules {
    /// For the rules of `engine` and `measures`.
    ///
    /// # Errors
    ///
    /// The rules and the mapping do not fit.
    pub fn of(
        engine: &Arc<Engine>,
        mapping: &Mapping,
        measures: Measures,
    ) -> Result<Rules, String> {
        let settings = Arc::new(settings(engine, measures));
        let reader =
            Reader::new(engine.clone(), mapping, settings.clone(), true, LINE_BYTES_MAX_DEFAULT);
        let reader = reader.map_err(|message| message.to_string())?;
        let own = run::Rules::of(engine, settings);
        Ok(Rules { engine: engine.clone(), reader, own })
    }

    /// The hash of the measures and the correlations.
    pub fn measures(&self) -> &str {
        &self.own.measures
    }

    /// These settings, with the policy of the rules before: for posts that were judged by those.
    fn with_policy_of(&self, before: &Rules) -> memory::Settings {
        let own = &self.own.settings;
        let policy = Box::new(EnginePolicy::of(before.engine.clone()));
        memory::Settings::of(own.measures.clone(), own.correlations.clone(), policy)
    }
}

/// What a state is changed with, for rules that were loaded with measures.
pub fn live_rules(loaded: &Loaded) -> Option<run::Rules> {
    let settings = Arc::new(settings(&loaded.engine, loaded.measures.clone()?));
    Some(run::Rules::of(&loaded.engine, settings))
}

/// The settings of a state for the rules of `engine`.
fn settings(engine: &Arc<Engine>, measures: Measures) -> memory::Settings {
    let policy = Box::new(EnginePolicy::of(engine.clone()));
    memory::Settings::of(measures, Correlations::of(engine.classifier()), policy)
}
