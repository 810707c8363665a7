//! A state file with the measures that explain its numbers.

use crate::measures::Measures;
use crate::model::{MEASURES_KEY, Seconds};
use crate::store::{StateReader, StoreError};

/// A state file, read with measures.
pub struct Look<'s> {
    pub(super) state: &'s StateReader,
    pub(super) measures: &'s Measures,
    pub(super) clock: Seconds,
}

impl<'s> Look<'s> {
    /// Looks at `state`. The measures name the steps and say how points decay.
    ///
    /// # Errors
    ///
    /// The clock of the file cannot be read.
    pub fn new(state: &'s StateReader, measures: &'s Measures) -> Result<Look<'s>, StoreError> {
        let clock = state.totals()?.clock.unwrap_or(0);
        Ok(Look { state, measures, clock })
    }

    /// The time of everything shown: the largest accepted time of a post; 0 without one.
    pub fn clock(&self) -> Seconds {
        self.clock
    }

    /// Were the last checkpoint's measures others than these? `false` if the file does not say.
    pub fn has_other_measures(&self) -> Result<bool, StoreError> {
        let hash = self.state.meta(MEASURES_KEY)?;
        Ok(hash.is_some_and(|hash| hash != self.measures.hash_hex()))
    }
}
