//! Breakers.

use super::scope::Look;
use super::value::Time;
use crate::measures::{Limit, Per};
use crate::model::Breaker;
use crate::output::duration;
use crate::store::StoreError;
use serde::Serialize;

/// A breaker at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BreakerView {
    /// Its key: `block`, or `block channel=NAME`.
    pub breaker: String,
    /// `block` becomes `review`.
    pub open: bool,
    /// The notice is shown until a reset.
    pub notice: bool,
    /// When it opened last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Attempts in the period up to the clock, if the measures have the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_period: Option<u64>,
    /// The limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The period of the limit, as `1h`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Attempts in all.
    pub attempts: u64,
    /// Attempts that became `review`.
    pub replaced: u64,
}

impl Look<'_> {
    /// All breakers: open ones first, then those with a notice, then by key.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn breakers(&self) -> Result<Vec<BreakerView>, StoreError> {
        let mut rows: Vec<BreakerView> =
            self.state.breakers()?.iter().map(|breaker| self.breaker_view(breaker)).collect();
        rows.sort_by_key(|row| (!row.open, !row.notice));
        Ok(rows)
    }

    fn breaker_view(&self, breaker: &Breaker) -> BreakerView {
        let limit = self.measures.limits.iter().find(|limit| is_of(limit, &breaker.key));
        BreakerView {
            breaker: breaker.key.clone(),
            open: breaker.open,
            notice: breaker.notice,
            since: breaker.since.map(Time),
            in_period: limit.map(|limit| in_period(breaker, limit, self.clock)),
            limit: limit.map(|limit| limit.count),
            period: limit.map(|limit| duration(limit.period)),
            attempts: breaker.attempts,
            replaced: breaker.replaced,
        }
    }
}

/// Does a limit count under this key?
fn is_of(limit: &Limit, key: &str) -> bool {
    let begins = match limit.per {
        Per::All => return key == "block",
        Per::Channel => "block channel=",
        Per::Category => "block category=",
        Per::Rule => "block rule=",
    };
    key.starts_with(begins)
}

/// The attempts of the slices that are within the period at the clock.
fn in_period(breaker: &Breaker, limit: &Limit, clock: i64) -> u64 {
    let slices = breaker.counts.len() as i128;
    let period = i128::from(limit.period.max(1));
    let now = (i128::from(clock) * slices).div_euclid(period);
    let gone = (now - i128::from(breaker.slice)).clamp(0, slices);
    breaker.counts.iter().skip(gone as usize).map(|count| u64::from(*count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_slices_do_not_count() {
        let limit = Limit { count: 5, period: 3600, per: Per::All };
        let mut breaker = Breaker { slice: 1000, counts: vec![0; 60], ..Breaker::default() };
        (breaker.counts[0], breaker.counts[59]) = (7, 2);
        let at = |minute: i64| in_period(&breaker, &limit, minute * 60);
        assert_eq!((at(1000), at(1001), at(1059), at(1060)), (9, 2, 2, 0));
        assert_eq!((at(0), in_period(&breaker, &limit, i64::MIN)), (9, 9));
        let empty = Breaker::default();
        assert_eq!(in_period(&empty, &limit, 60), 0);
    }
}
