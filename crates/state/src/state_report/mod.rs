//! A state in numbers: channels compared, campaigns, steps, operations, decisions.
//!
//! [`StateReport`] is computed from a state file; it serializes to JSON, and [`render_page`] makes an
//! HTML page of it. Equal states and measures give equal bytes.

mod campaigns;
mod html;
mod ladder;
mod operations;
#[cfg(test)]
mod tests;

pub use campaigns::{CampaignPart, CampaignRow, Hour};
pub use html::render_page;
pub use ladder::{LadderPart, StepRow};
pub use operations::{OperationRow, Period};

use crate::case::Origin;
use crate::league::{Standing, league};
use crate::measures::Measures;
use crate::model::Evictions;
use crate::store::{StateReader, StoreError};
use serde::Serialize;
use tidegate_analysis::statistics::{Proportion, Rate};

/// The numbers of a state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateReport {
    /// The program and its version.
    pub program: &'static str,
    /// Hash of the measures and correlations of the last run.
    pub measures: Option<String>,
    /// The clock, in UTC.
    pub clock: Option<String>,
    /// The last entry of the log: its number and hash.
    pub log: Option<(u64, String)>,
    /// Posts and events that were read.
    pub read: ReadPart,
    /// Channels compared, the best first.
    pub channels: Vec<Standing>,
    /// Campaigns.
    pub campaigns: CampaignPart,
    /// Steps of authors and channels.
    pub ladder: LadderPart,
    /// Operations of the measures, in their order.
    pub operations: Vec<OperationRow>,
    /// What was changed, and what became of it.
    pub decisions: DecisionPart,
    /// What was dropped at the bounds.
    pub evictions: Evictions,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReadPart {
    /// Posts.
    pub posts: u64,
    /// Reports, decisions and other events.
    pub events: u64,
}

/// What was changed, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DecisionPart {
    /// Posts whose action is another than that of `scan`.
    pub changed: u64,
    /// Their share of all posts, with its 95 % interval.
    pub changed_share: Option<Rate>,
    /// Decisions that upheld.
    pub upheld: u64,
    /// Decisions that overturned.
    pub overturned: u64,
    /// The share of decisions that upheld, with its 95 % interval.
    pub upheld_share: Option<Rate>,
}

impl StateReport {
    /// Reads a state. `measures` name steps and operations, and should be those of the run.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a run writes to it all the time.
    pub fn read(reader: &StateReader, measures: &Measures) -> Result<StateReport, StoreError> {
        reader.at_rest(|reader| compute(reader, measures))
    }
}

fn compute(reader: &StateReader, measures: &Measures) -> Result<StateReport, StoreError> {
    let totals = reader.totals()?;
    let origin = Origin::read(reader)?;
    let channels = reader.channels()?;
    let clock = totals.clock.unwrap_or(0);
    let share = |part: u64, whole: u64| Proportion::new(part.min(whole), whole).rate();
    Ok(StateReport {
        program: concat!("tidegate ", env!("CARGO_PKG_VERSION")),
        measures: origin.measures,
        clock: origin.clock.map(crate::output::time),
        log: origin.log,
        read: ReadPart { posts: totals.posts, events: totals.events },
        campaigns: campaigns::read(reader)?,
        ladder: ladder::read(reader, measures, &channels, clock)?,
        operations: operations::rows(&measures.operations, &reader.operations()?),
        channels: league(&channels),
        decisions: DecisionPart {
            changed: totals.changed,
            changed_share: share(totals.changed, totals.posts),
            upheld: totals.upheld,
            overturned: totals.overturned,
            upheld_share: share(totals.upheld, totals.upheld + totals.overturned),
        },
        evictions: totals.evictions,
    })
}
