//! Runs.

use super::{Binder, Cells, Row};
use crate::model::Run;
use crate::store::error::StoreError;

impl Row for Run {
    const TABLE: &'static str = "run";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "finished",
        "inputs",
        "measures",
        "settings",
        "position",
        "lines",
        "output",
        "output_bytes",
        "output_end",
    ];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.number(self.number)?;
        to.put(self.finished)?;
        to.json(&self.inputs)?;
        to.put(&self.measures)?;
        to.put(&self.settings)?;
        to.put(self.position.as_deref())?;
        to.number(self.lines)?;
        to.put(self.output.as_deref())?;
        to.number(self.output_bytes)?;
        to.number(self.output_end)
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Run, StoreError> {
        Ok(Run {
            number: from.number()?,
            finished: from.flag()?,
            inputs: from.json()?,
            measures: from.string()?,
            settings: from.string()?,
            position: from.maybe_string()?,
            lines: from.number()?,
            output: from.maybe_string()?,
            output_bytes: from.number()?,
            output_end: from.number()?,
        })
    }
}
