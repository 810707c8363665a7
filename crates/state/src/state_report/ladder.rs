//! How many authors and channels are at each step.

use crate::measures::Measures;
use crate::memory::settled_step;
use crate::model::{Channel, Seconds};
use crate::store::{StateReader, StoreError};
use serde::Serialize;

/// Steps of authors and channels, at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LadderPart {
    /// Authors that are kept: those with points or reports.
    pub authors_kept: u64,
    /// Steps for authors, in order of the measures.
    pub authors: Vec<StepRow>,
    /// Channels that are kept.
    pub channels_kept: u64,
    /// Steps for channels, in order of the measures.
    pub channels: Vec<StepRow>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRow {
    /// Its name; its number, if the measures have none of it.
    pub step: String,
    /// It is the last one that they reached, and in force.
    pub in_force: u64,
    /// It is the last one that they reached, and its time is over.
    pub over: u64,
    /// It is proposed, and waits for a decision.
    pub proposed: u64,
}

/// Counts by number of the step.
struct Rows(Vec<StepRow>);

impl Rows {
    fn named<'n>(names: impl Iterator<Item = &'n str>) -> Rows {
        Rows(names.map(|name| row(name.to_owned())).collect())
    }

    /// The row of a step; steps that other measures had are added.
    fn at(&mut self, number: u8) -> Option<&mut StepRow> {
        let place = usize::from(number).checked_sub(1)?;
        while self.0.len() <= place {
            self.0.push(row((self.0.len() + 1).to_string()));
        }
        self.0.get_mut(place)
    }

    fn count(&mut self, step: u8, is_in_force: bool, proposed: Option<u8>) {
        if let Some(row) = self.at(step) {
            row.in_force += u64::from(is_in_force);
            row.over += u64::from(!is_in_force);
        }
        if let Some(row) = proposed.and_then(|number| self.at(number)) {
            row.proposed += 1;
        }
    }
}

fn row(step: String) -> StepRow {
    StepRow { step, in_force: 0, over: 0, proposed: 0 }
}

pub(super) fn read(
    reader: &StateReader,
    measures: &Measures,
    channels: &[Channel],
    clock: Seconds,
) -> Result<LadderPart, StoreError> {
    let ladder = &measures.authors;
    let mut authors = Rows::named(ladder.steps.iter().map(|step| step.name.as_str()));
    reader.each_stepped_author(|author| {
        let (step, is_in_force) = settled_step(&author, ladder, clock);
        authors.count(step, is_in_force, author.proposed);
    })?;
    let names = measures.channels.steps.iter().map(|step| step.name.as_str());
    let mut rows = Rows::named(names);
    for channel in channels {
        let is_in_force = channel.until.is_none_or(|until| until > clock);
        rows.count(channel.step, is_in_force, channel.proposed);
    }
    Ok(LadderPart {
        authors_kept: reader.author_count()?,
        authors: authors.0,
        channels_kept: channels.len() as u64,
        channels: rows.0,
    })
}
