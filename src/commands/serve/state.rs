//! The state of a service: flags and file.

use crate::flags::number::{duration, positive_u64};
use crate::measures_file;
use crate::start_error::StartError;
use crate::term;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use tidegate_service::{Loaded, Measures, Start, live_rules};
use tidegate_state::run::{CheckpointSettings, start_live};
use tidegate_state::store::StateFile;

/// Heading of the flags of the state.
const STATE: &str = "State";

/// Flags of the state.
#[derive(Args, Debug)]
pub struct StateArgs {
    /// File of a state over posts: campaigns, steps, cases; created if it is missing
    ///
    /// Posts are judged as without it; then they count, in the order in which they are judged, by
    /// their times, as in `correlate`. Verdicts get a last member `state`. What was not yet in a
    /// checkpoint is lost when the process is killed. `correlate --state` can continue the file.
    #[arg(long = "state", value_name = "FILE", help_heading = STATE)]
    pub state_file: Option<PathBuf>,
    /// File of the measures: steps, campaigns, limits, operations, queue [default: built-in values]
    #[arg(long, value_name = "FILE", requires = "state_file", help_heading = STATE)]
    pub measures: Option<PathBuf>,
    /// Posts and events between two checkpoints
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = positive_u64, help_heading = STATE)]
    pub checkpoint_lines: u64,
    /// Time between two checkpoints
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, help_heading = STATE)]
    pub checkpoint_every: Duration,
}

impl StateArgs {
    /// The measures, if there is a state.
    ///
    /// # Errors
    ///
    /// Every error of the file.
    pub fn measures(&self) -> Result<Option<Measures>, StartError> {
        match &self.state_file {
            None => Ok(None),
            Some(_) => measures_file::read(self.measures.as_deref()).map(Some),
        }
    }

    /// Opens the state file and begins a run, if there is a state.
    ///
    /// # Errors
    ///
    /// The file cannot be used, or a run over inputs is not finished.
    pub fn open(&self, loaded: &Loaded) -> Result<Option<Start>, StartError> {
        let (Some(path), Some(rules)) = (&self.state_file, live_rules(loaded)) else {
            return Ok(None);
        };
        let named = |text: String| format!("{}: {text}", path.display());
        let failed = |error: tidegate_state::store::StoreError| named(term::say(&error.message()));
        let mut file = StateFile::open(path).map_err(failed)?;
        let snapshot = file.load().map_err(failed)?;
        let last = file.run().map_err(failed)?;
        let started = start_live(rules.run(), last);
        let (run, measures_changed) = started.map_err(|why| named(term::say(&why)))?;
        let checkpoints =
            CheckpointSettings { lines: self.checkpoint_lines, period: self.checkpoint_every };
        Ok(Some(Start { file, snapshot, run, measures_changed, checkpoints }))
    }
}
