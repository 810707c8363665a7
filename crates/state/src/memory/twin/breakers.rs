//! Breakers: attempts are counted anew from all of them.

use super::super::Alarm;
use super::world::{BreakerHistory, Facts, Twin};
use crate::decision::Decision;
use crate::measures::{Limit, Per};
use crate::model::Seconds;
use crate::record::PostRecord;
use tidegate_engine::domain::action::Action;

impl BreakerHistory {
    /// Attempts in the 60 slices up to `slice`.
    fn sum(&self, slice: i64) -> u64 {
        let own = self.attempts.iter().filter(|at| (slice - 59..=slice).contains(*at));
        own.count() as u64
    }

    fn attempt(&mut self, limit: &Limit, at: Seconds) -> u64 {
        let slice = (at * 60).div_euclid(limit.period);
        let newest = self.newest.unwrap_or(slice);
        let is_low = |own: &BreakerHistory, slice| own.sum(slice) * 100 < limit.count * 80;
        for later in newest + 1..=slice.min(newest + 60) {
            if is_low(self, later) && self.low_since.is_none() {
                self.low_since = Some(later * limit.period / 60);
            }
        }
        if self.open && self.low_since.is_some_and(|since| at - since >= 3600) {
            self.open = false;
        }
        let newest = newest.max(slice);
        self.newest = Some(newest);
        if slice > newest - 60 {
            self.attempts.push(slice);
        }
        if !is_low(self, newest) {
            self.low_since = None;
        }
        let attempts = self.sum(newest);
        self.open |= attempts > limit.count;
        attempts
    }
}

fn keys(limit: &Limit, post: &PostRecord) -> Vec<String> {
    match limit.per {
        Per::All => vec!["block".to_owned()],
        Per::Channel => post.channel.iter().map(|it| format!("block channel={it}")).collect(),
        Per::Category => {
            let all = post.scan.categories.iter();
            all.map(|(category, _)| format!("block category={}", category.name())).collect()
        }
        Per::Rule => post.scan.rules.iter().map(|(it, _)| format!("block rule={it}")).collect(),
    }
}

impl Twin<'_> {
    pub(super) fn open_breakers(&self, post: &PostRecord) -> Vec<String> {
        let limits = self.settings.measures.limits.iter();
        let keys = limits.flat_map(|limit| keys(limit, post));
        keys.filter(|key| self.breakers.get(key).is_some_and(|it| it.open)).collect()
    }

    pub(super) fn break_blocks(&mut self, facts: &mut Facts<'_>, decision: &mut Decision) {
        if facts.offence < Action::Block {
            return;
        }
        let at = facts.moment.at;
        if facts.moment.is_late {
            decision.breaker = self.open_breakers(facts.post);
        } else {
            for limit in &self.settings.measures.limits {
                for key in keys(limit, facts.post) {
                    let history = self.breakers.entry(key.clone()).or_default();
                    let was_open = history.open;
                    let attempts = history.attempt(limit, at);
                    // An alarm when it opens: it may have closed at the same attempt.
                    let (limit, period) = (limit.count, limit.period);
                    if history.open && !was_open {
                        let breaker = key.clone();
                        self.alarms.push(Alarm { breaker, at, attempts, limit, period });
                    }
                    if history.open {
                        decision.breaker.push(key);
                    }
                }
            }
        }
        if !decision.breaker.is_empty() {
            decision.action = Action::Review;
            facts.offence = Action::Review;
        }
    }

    /// Was there such a breaker?
    pub(super) fn reset_breaker(&mut self, key: &str) -> bool {
        let Some(history) = self.breakers.get_mut(key) else { return false };
        (history.open, history.low_since) = (false, None);
        true
    }
}
