//! Groups of correlations, and breakers.

use super::{Binder, Cells, Row};
use crate::model::{Breaker, Group};
use crate::store::error::StoreError;
use crate::store::packed::{pack_moments, unpack_moments};

impl Row for Group {
    const TABLE: &'static str = "grp";
    const COLUMNS: &'static [&'static str] =
        &["id", "rule", "rule_hash", "key", "last", "quiet_until", "held", "moments"];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(self.id())?;
        to.put(&self.rule)?;
        to.number(self.rule_hash.into())?;
        to.json(&self.key)?;
        to.put(self.last)?;
        to.put(self.quiet_until)?;
        to.number(self.held)?;
        to.put(pack_moments(&self.moments))
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Group, StoreError> {
        // The id follows from rule and key.
        from.text()?;
        Ok(Group {
            rule: from.string()?,
            rule_hash: from.number()? as u32,
            key: from.json()?,
            last: from.int()?,
            quiet_until: from.maybe_int()?,
            held: from.number()?,
            moments: from.bytes(unpack_moments)?,
        })
    }
}

impl Row for Breaker {
    const TABLE: &'static str = "breaker";
    const COLUMNS: &'static [&'static str] =
        &["key", "slice", "open", "since", "low_since", "notice", "attempts", "replaced", "counts"];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.key)?;
        to.put(self.slice)?;
        to.put(self.open)?;
        to.put(self.since)?;
        to.put(self.low_since)?;
        to.put(self.notice)?;
        to.number(self.attempts)?;
        to.number(self.replaced)?;
        to.json(&self.counts)
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Breaker, StoreError> {
        Ok(Breaker {
            key: from.string()?,
            slice: from.int()?,
            open: from.flag()?,
            since: from.maybe_int()?,
            low_since: from.maybe_int()?,
            notice: from.flag()?,
            attempts: from.number()?,
            replaced: from.number()?,
            counts: from.json()?,
        })
    }
}
