//! Posts within the condition of an operation, day by day.

use super::DayCounts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts for one operation, within its period and outside it, so that before, during and after can
/// be compared. The one with an empty id counts all posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationDays {
    /// Id of the operation.
    pub id: String,
    /// By days since 1970; at most 4,000, the oldest are dropped.
    pub days: BTreeMap<i64, DayCounts>,
}
