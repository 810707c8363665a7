//! Channels and operations: counts by day.

use super::{Binder, Cells, Row};
use crate::model::{Channel, DayCounts, OperationDays};
use crate::store::error::StoreError;
use std::collections::BTreeMap;

fn put_days(to: &mut Binder<'_, '_>, days: &BTreeMap<i64, DayCounts>) -> Result<(), StoreError> {
    let days = days.iter().map(|(day, counts)| (*day, counts.posts, counts.harmful));
    to.json(&days.collect::<Vec<_>>())
}

fn read_days(from: &mut Cells<'_, '_>) -> Result<BTreeMap<i64, DayCounts>, StoreError> {
    let days = from.json::<Vec<_>>()?.into_iter();
    Ok(days.map(|(day, posts, harmful)| (day, DayCounts { posts, harmful })).collect())
}

impl Row for Channel {
    const TABLE: &'static str = "channel";
    const COLUMNS: &'static [&'static str] =
        &["id", "step", "since", "until", "proposed", "posts", "harmful", "first", "last", "days"];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.id)?;
        to.put(self.step)?;
        to.put(self.since)?;
        to.put(self.until)?;
        to.put(self.proposed)?;
        to.number(self.total.posts)?;
        to.number(self.total.harmful)?;
        to.put(self.first)?;
        to.put(self.last)?;
        put_days(to, &self.days)
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Channel, StoreError> {
        Ok(Channel {
            id: from.string()?,
            step: from.small()?,
            since: from.maybe_int()?,
            until: from.maybe_int()?,
            proposed: from.maybe_small()?,
            total: DayCounts { posts: from.number()?, harmful: from.number()? },
            first: from.int()?,
            last: from.int()?,
            days: read_days(from)?,
        })
    }
}

impl Row for OperationDays {
    const TABLE: &'static str = "operation";
    const COLUMNS: &'static [&'static str] = &["id", "days"];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.id)?;
        put_days(to, &self.days)
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<OperationDays, StoreError> {
        Ok(OperationDays { id: from.string()?, days: read_days(from)? })
    }
}
