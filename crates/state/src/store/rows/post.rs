//! Posts that reports and decisions can name.

use super::case::{outcome_name, read_outcome};
use super::{Binder, Cells, Row, bits};
use crate::model::{PostRef, hash_of};
use crate::store::error::StoreError;

impl Row for PostRef {
    const TABLE: &'static str = "post";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "id",
        "id_hash",
        "author",
        "channel",
        "at",
        "action",
        "category",
        "care",
        "reach",
        "campaign",
        "case_id",
        "points",
        "upheld",
        "upheld_at",
        "outcome",
    ];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.number(self.number)?;
        to.put(&self.id)?;
        to.put(bits(hash_of(&self.id)))?;
        to.put(self.author.as_deref())?;
        to.put(self.channel.as_deref())?;
        to.put(self.at)?;
        to.put(&self.action)?;
        to.put(self.category.as_deref())?;
        to.put(self.care)?;
        to.number(self.reach)?;
        to.put(self.campaign.as_deref())?;
        to.put(self.case.as_deref())?;
        to.put(self.points)?;
        to.put(self.upheld)?;
        to.put(self.upheld_at)?;
        to.put(self.outcome.map(outcome_name))
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<PostRef, StoreError> {
        Ok(PostRef {
            number: from.number()?,
            id: from.string()?,
            author: {
                // The hash is that of the id.
                from.int()?;
                from.maybe_string()?
            },
            channel: from.maybe_string()?,
            at: from.int()?,
            action: from.string()?,
            category: from.maybe_string()?,
            care: from.flag()?,
            reach: from.number()?,
            campaign: from.maybe_string()?,
            case: from.maybe_string()?,
            points: from.int()?,
            upheld: from.int()?,
            upheld_at: from.int()?,
            outcome: read_outcome(from)?,
        })
    }
}
