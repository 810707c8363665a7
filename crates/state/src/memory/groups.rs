//! Correlations: rules over several posts of a group.

use super::table::Table;
use crate::correlations::Correlation;
use crate::decision::Fired;
use crate::model::{Change, Group, Moments, Seconds};
use crate::record::CorrelationMatch;
use std::collections::BTreeSet;
use tidegate_engine::rules::model::CorrelationKind;

/// The groups of all correlations.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    table: Table<String, Group>,
    /// Newest post, id: the first is dropped first.
    order: BTreeSet<(Seconds, String)>,
    /// Times of all groups.
    moments: usize,
}

/// How many times a group has.
fn size(moments: &Moments) -> usize {
    match moments {
        Moments::Events(times) => times.len(),
        Moments::Values(values) => values.len(),
        Moments::Rules(times) | Moments::Order(times) => times.len(),
    }
}

impl Groups {
    /// From the rows of a state file.
    pub fn of(rows: Vec<Group>) -> Groups {
        let moments = rows.iter().map(|group| size(&group.moments)).sum();
        let order = rows.iter().map(|group| (group.last, group.id())).collect();
        let table = Table::of(rows.into_iter().map(|group| (group.id(), group)));
        Groups { table, order, moments }
    }

    /// Drops the groups of correlations that are gone or changed: `is_known` of id and hash.
    pub fn retain(&mut self, is_known: impl Fn(&str, u32) -> bool) {
        let gone = self.table.iter().filter(|(_, group)| !is_known(&group.rule, group.rule_hash));
        let ids: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
        ids.iter().for_each(|id| self.remove(id));
    }

    fn remove(&mut self, id: &String) {
        if let Some(group) = self.table.remove(id) {
            self.moments -= size(&group.moments);
            self.order.remove(&(group.last, id.clone()));
        }
    }

    /// Counts a post at `at` for a correlation; what fired, if it did.
    pub fn count(
        &mut self,
        correlation: &Correlation,
        matched: &CorrelationMatch,
        patterns: u64,
        at: Seconds,
    ) -> Option<Fired> {
        let new = Group {
            rule: correlation.id.clone(),
            rule_hash: correlation.hash,
            key: matched.group.clone(),
            moments: correlation.no_moments(),
            quiet_until: None,
            held: 0,
            last: at,
        };
        let id = new.id();
        let before = self.table.get(&id).map_or(0, |group| size(&group.moments));
        let group = self.table.get_or_insert(&id, || new);
        let last = group.last;
        let found = match (&mut group.moments, correlation.kind) {
            (Moments::Events(times), CorrelationKind::EventCount) => events(times, correlation, at),
            (Moments::Values(values), CorrelationKind::ValueCount) => {
                matched.value.and_then(|value| self::values(values, correlation, value, at))
            }
            (Moments::Rules(times), CorrelationKind::Temporal) => {
                rules(times, correlation, patterns, at)
            }
            (Moments::Order(starts), CorrelationKind::TemporalOrdered) => {
                order(starts, correlation, patterns, at)
            }
            (
                Moments::Events(_) | Moments::Values(_) | Moments::Rules(_) | Moments::Order(_),
                _,
            ) => {
                unreachable!("groups of another kind were dropped when the state was loaded")
            }
        };
        group.last = last.max(at);
        let (after, newest) = (size(&group.moments), group.last);
        let fired = found.and_then(|found| fire(group, correlation, found, at));
        self.moments = self.moments + after - before;
        self.order.remove(&(last, id.clone()));
        self.order.insert((newest, id));
        fired
    }

    /// Drops the groups that are quiet the longest, once there are more groups or times than the
    /// bounds. Returns how many.
    pub fn evict(&mut self, groups: usize, moments: usize) -> u64 {
        let mut dropped = 0;
        while self.table.len() > groups || self.moments > moments {
            let Some((_, id)) = self.order.first().cloned() else { break };
            self.remove(&id);
            dropped += 1;
        }
        dropped
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change<String, Group>> {
        self.table.take_changes()
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.table.forget_changes();
    }
}

/// What a condition found.
struct Found {
    count: u64,
    span: Seconds,
}

/// A group that fired is quiet for the timespan, and counts what it held back.
fn fire(group: &mut Group, correlation: &Correlation, found: Found, at: Seconds) -> Option<Fired> {
    if group.quiet_until.is_some_and(|until| at < until) {
        group.held += 1;
        return None;
    }
    group.quiet_until = Some(at.saturating_add(correlation.timespan));
    Some(Fired {
        id: correlation.id.clone(),
        kind: correlation.kind.name(),
        group: group.key.clone(),
        count: found.count,
        span: found.span,
        score: correlation.weight,
        held: std::mem::take(&mut group.held),
        shadow: correlation.shadow,
    })
}

fn events(times: &mut Vec<Seconds>, correlation: &Correlation, at: Seconds) -> Option<Found> {
    let place = times.partition_point(|time| *time <= at);
    times.insert(place, at);
    let mut kept = true;
    if times.len() > correlation.at_least {
        times.remove(0);
        kept = place > 0;
    }
    let span = times.last()? - times.first()?;
    let count = times.len() as u64;
    let is_full = times.len() == correlation.at_least && span <= correlation.timespan;
    (kept && is_full).then_some(Found { count, span })
}

fn values(
    values: &mut Vec<(u64, Seconds)>,
    correlation: &Correlation,
    value: u64,
    at: Seconds,
) -> Option<Found> {
    let known = values.iter().position(|(known, _)| *known == value);
    let time = known.map_or(at, |place| values.remove(place).1.max(at));
    let place = values.partition_point(|known| (known.1, known.0) <= (time, value));
    values.insert(place, (value, time));
    let mut kept = true;
    if values.len() > correlation.at_least {
        values.remove(0);
        kept = place > 0;
    }
    let span = values.last()?.1 - values.first()?.1;
    let count = values.len() as u64;
    let is_full = values.len() == correlation.at_least && span <= correlation.timespan;
    (kept && is_full).then_some(Found { count, span })
}

fn rules(
    times: &mut [Option<Seconds>],
    correlation: &Correlation,
    patterns: u64,
    at: Seconds,
) -> Option<Found> {
    let mut is_newest = false;
    for (place, time) in times.iter_mut().enumerate() {
        if patterns >> place & 1 != 0 && time.is_none_or(|known| known <= at) {
            *time = Some(at);
            is_newest = true;
        }
    }
    let all: Option<Vec<Seconds>> = times.iter().copied().collect();
    let all = all?;
    let span = all.iter().max()? - all.iter().min()?;
    let found = Found { count: all.len() as u64, span };
    (is_newest && span <= correlation.timespan).then_some(found)
}

/// The last place first, so that one post fills one place only.
fn order(
    starts: &mut [Option<Seconds>],
    correlation: &Correlation,
    patterns: u64,
    at: Seconds,
) -> Option<Found> {
    let mut found = None;
    for place in (0..starts.len()).rev() {
        if patterns >> place & 1 == 0 {
            continue;
        }
        let start = match place.checked_sub(1) {
            None => Some(at),
            Some(before) => {
                starts[before].filter(|start| *start <= at && at - start <= correlation.timespan)
            }
        };
        let Some(start) = start else { continue };
        if starts[place].is_none_or(|known| known < start) {
            starts[place] = Some(start);
        }
        if place + 1 == starts.len() {
            found = Some(Found { count: starts.len() as u64, span: at - start });
        }
    }
    found
}
