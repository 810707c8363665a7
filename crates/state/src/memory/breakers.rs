//! Breakers: past a limit of attempts an action is replaced, so that a bad rule cannot block a whole
//! platform.

use super::table::Table;
use crate::measures::{Limit, Per};
use crate::model::{Breaker, Change, Seconds};
use crate::record::PostRecord;

/// Slices of a period.
const SLICES: usize = 60;

/// A breaker closes after this time under [`CLOSE_PERCENT`] of its limit, in seconds.
const CLOSE_AFTER: i64 = 3600;
const CLOSE_PERCENT: u64 = 80;

/// The breakers that counted something.
#[derive(Clone, Debug, Default)]
pub struct Breakers {
    table: Table<String, Breaker>,
}

/// A breaker opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its key.
    pub breaker: String,
    /// Event time.
    pub at: Seconds,
    /// Attempts in the period.
    pub attempts: u64,
    /// The limit.
    pub limit: u64,
    /// The period, in seconds.
    pub period: i64,
}

/// What an attempt comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Keys of the breakers that are open.
    pub open: Vec<String>,
    /// Those that opened now.
    pub alarms: Vec<Alarm>,
}

impl Breakers {
    /// From the rows of a state file.
    pub fn of(rows: Vec<Breaker>) -> Breakers {
        Breakers { table: Table::of(rows.into_iter().map(|row| (row.key.clone(), row))) }
    }

    /// A breaker.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Breaker> {
        self.table.get_mut(key)
    }

    /// Counts a post that would be blocked, for every limit.
    pub fn attempt(&mut self, limits: &[Limit], post: &PostRecord, at: Seconds) -> Attempt {
        let mut result = Attempt::default();
        for limit in limits {
            for key in keys(limit, post) {
                let new = || Breaker { key: key.clone(), ..Breaker::default() };
                let breaker = self.table.get_or_insert(&key, new);
                let was_open = breaker.open;
                let attempts = count(breaker, limit, at);
                if breaker.open {
                    breaker.replaced += 1;
                    result.open.push(key.clone());
                }
                if breaker.open && !was_open {
                    let (limit, period) = (limit.count, limit.period);
                    result.alarms.push(Alarm { breaker: key, at, attempts, limit, period });
                }
            }
        }
        result
    }

    /// Keys of the breakers that are open for a post that is not counted.
    pub fn open_for(&self, limits: &[Limit], post: &PostRecord) -> Vec<String> {
        let keys = limits.iter().flat_map(|limit| keys(limit, post));
        keys.filter(|key| self.table.get(key).is_some_and(|breaker| breaker.open)).collect()
    }

    /// All breakers, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Breaker> {
        self.table.iter().map(|(_, breaker)| breaker)
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change<String, Breaker>> {
        self.table.take_changes()
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.table.forget_changes();
    }
}

/// The keys of the counts that a post belongs to.
fn keys(limit: &Limit, post: &PostRecord) -> Vec<String> {
    match limit.per {
        Per::All => vec!["block".to_owned()],
        Per::Channel => {
            let channel = post.channel.iter();
            channel.map(|channel| format!("block channel={channel}")).collect()
        }
        Per::Category => {
            let categories = post.scan.categories.iter();
            categories.map(|(category, _)| format!("block category={}", category.name())).collect()
        }
        Per::Rule => {
            let rules = post.scan.rules.iter();
            rules.map(|(rule, _)| format!("block rule={rule}")).collect()
        }
    }
}

/// Counts an attempt and decides whether the breaker is open; returns the attempts of the period.
fn count(breaker: &mut Breaker, limit: &Limit, at: Seconds) -> u64 {
    let slice_of =
        |at: Seconds| (i128::from(at) * SLICES as i128).div_euclid(i128::from(limit.period)) as i64;
    let start_of =
        |slice: i64| (i128::from(slice) * i128::from(limit.period) / SLICES as i128) as Seconds;
    breaker.counts.resize(SLICES, 0);
    let slice = slice_of(at);
    if breaker.attempts == 0 {
        breaker.slice = slice;
    }
    let low = |breaker: &Breaker| sum(breaker) * 100 < limit.count * CLOSE_PERCENT;
    let moved = slice.saturating_sub(breaker.slice).max(0);
    for step in 1..=moved.min(SLICES as i64) {
        breaker.counts.remove(0);
        breaker.counts.push(0);
        if low(breaker) && breaker.low_since.is_none() {
            breaker.low_since = Some(start_of(breaker.slice + step));
        }
    }
    breaker.slice += moved;
    let is_calm = |since: Seconds| at.saturating_sub(since) >= CLOSE_AFTER;
    if breaker.open && breaker.low_since.is_some_and(is_calm) {
        breaker.open = false;
    }
    breaker.attempts += 1;
    let place = SLICES as i64 - 1 - breaker.slice.saturating_sub(slice);
    if let Some(count) = usize::try_from(place).ok().and_then(|at| breaker.counts.get_mut(at)) {
        *count = count.saturating_add(1);
    }
    if !low(breaker) {
        breaker.low_since = None;
    }
    let attempts = sum(breaker);
    if attempts > limit.count && !breaker.open {
        (breaker.open, breaker.notice, breaker.since) = (true, true, Some(at));
    }
    attempts
}

fn sum(breaker: &Breaker) -> u64 {
    breaker.counts.iter().map(|count| u64::from(*count)).sum()
}
