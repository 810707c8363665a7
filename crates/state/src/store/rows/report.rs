//! Reports and the readers who made them.

use super::{Binder, Cells, Row};
use crate::model::{Report, Reporter};
use crate::store::error::StoreError;

impl Row for Report {
    const TABLE: &'static str = "report";
    const COLUMNS: &'static [&'static str] =
        &["post", "reader", "reason", "at", "weight", "judged"];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.post)?;
        to.put(&self.by)?;
        to.put(self.reason.as_deref())?;
        to.put(self.at)?;
        to.put(self.weight)?;
        to.put(self.judged)
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Report, StoreError> {
        Ok(Report {
            post: from.string()?,
            by: from.string()?,
            reason: from.maybe_string()?,
            at: from.int()?,
            weight: from.int()?,
            judged: from.flag()?,
        })
    }
}

impl Row for Reporter {
    const TABLE: &'static str = "reporter";
    const COLUMNS: &'static [&'static str] = &["id", "reports", "judged", "upheld"];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.id)?;
        to.number(self.reports)?;
        to.number(self.judged)?;
        to.number(self.upheld)
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Reporter, StoreError> {
        Ok(Reporter {
            id: from.string()?,
            reports: from.number()?,
            judged: from.number()?,
            upheld: from.number()?,
        })
    }
}
