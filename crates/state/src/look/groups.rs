//! Groups of correlations: what a rule over several posts remembers.

use super::scope::Look;
use super::value::Time;
use crate::model::{Group, Moments};
use crate::store::StoreError;
use serde::Serialize;
use std::collections::BTreeMap;

/// A group at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupView {
    /// Id of the correlation.
    pub rule: String,
    /// Names and values of its `group-by`.
    pub group: BTreeMap<String, String>,
    /// Times, values or rules that are remembered; old ones are dropped with the next post.
    pub kept: usize,
    /// The oldest of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Time>,
    /// The newest post.
    pub last: Time,
    /// It fired, and is quiet up to this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Time>,
    /// Times that it would have fired since.
    #[serde(skip_serializing_if = "is_zero")]
    pub held: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Look<'_> {
    /// The groups whose `author.id` is this, by rule.
    pub(super) fn groups_of_author(&self, id: &str) -> Result<Vec<GroupView>, StoreError> {
        let groups = self.state.groups_of_author(id)?;
        Ok(groups.iter().map(|group| self.group_view(group)).collect())
    }

    fn group_view(&self, group: &Group) -> GroupView {
        let (kept, oldest) = match &group.moments {
            Moments::Events(times) => (times.len(), times.iter().min().copied()),
            Moments::Values(values) => (values.len(), values.iter().map(|it| it.1).min()),
            Moments::Rules(times) | Moments::Order(times) => {
                (times.iter().flatten().count(), times.iter().flatten().min().copied())
            }
        };
        GroupView {
            rule: group.rule.clone(),
            group: group.key.iter().cloned().collect(),
            kept,
            oldest: oldest.map(Time),
            last: Time(group.last),
            quiet_until: group.quiet_until.filter(|until| *until > self.clock).map(Time),
            held: group.held,
        }
    }
}
