//! The metrics of a state.

use crate::metrics::seconds;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct QueueLabel {
    queue: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfLabel {
    of: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

/// Numbers of a state now.
#[cfg_attr(not(feature = "state"), allow(dead_code, reason = "no state, no numbers"))]
#[derive(Clone, Copy, Debug)]
pub struct StateNumbers {
    /// The clock, in seconds since 1970.
    pub clock: Option<i64>,
    /// Campaigns that are kept.
    pub campaigns: usize,
    /// Authors that are kept.
    pub authors: usize,
    /// Open cases without those of care.
    pub cases: usize,
    /// Open cases of authors who may need help.
    pub care_cases: usize,
    /// Breakers that are open.
    pub breakers_open: usize,
    /// Breakers that opened since the start.
    pub alarms: u64,
    /// What was dropped at the bounds, since the file was begun.
    pub evictions: [(&'static str, u64); 8],
    /// Checkpoints since the start.
    pub checkpoints: u64,
    /// When the last one was on the disk.
    pub saved: SystemTime,
    /// The last one could not be written.
    pub failed: bool,
}

/// The metrics of a state.
#[derive(Debug, Default)]
pub struct StateMetrics {
    clock: Gauge,
    campaigns: Gauge,
    authors: Gauge,
    cases: Family<QueueLabel, Gauge>,
    breakers: Gauge,
    alarms: Counter,
    evictions: Family<OfLabel, Counter>,
    checkpoints: Family<OutcomeLabel, Counter>,
    saved: Gauge<f64, AtomicU64>,
    failed: Gauge,
}

impl StateMetrics {
    /// All metrics, at zero, in `all`.
    pub fn register(&self, all: &mut Registry) {
        let what = "The clock of the state: the time of its newest posts, in seconds since 1970";
        let clock = self.clock.clone();
        all.register_with_unit("state_clock_timestamp", what, Unit::Seconds, clock);
        all.register("state_campaigns", "Campaigns that are kept", self.campaigns.clone());
        all.register("state_authors", "Authors that are kept", self.authors.clone());
        all.register("state_open_cases", "Cases that wait for a decision", self.cases.clone());
        all.register("state_breakers_open", "Breakers that are open", self.breakers.clone());
        all.register("state_alarms", "Breakers that opened", self.alarms.clone());
        let what = "What was dropped at the bounds since the state file was begun";
        all.register("state_evictions", what, self.evictions.clone());
        let what = "Checkpoints of the state by outcome";
        all.register("state_checkpoints", what, self.checkpoints.clone());
        let what = "When the last checkpoint was on the disk, in seconds since 1970";
        let saved = self.saved.clone();
        all.register_with_unit("state_checkpoint_timestamp", what, Unit::Seconds, saved);
        let what = "1 if the last checkpoint failed, so that posts are refused";
        all.register("state_failed", what, self.failed.clone());
        for outcome in ["ok", "failed"] {
            drop(self.checkpoints.get_or_create(&OutcomeLabel { outcome }));
        }
    }

    /// Shows other numbers.
    #[cfg_attr(not(feature = "state"), allow(dead_code, reason = "no state, no numbers"))]
    pub fn show(&self, numbers: &StateNumbers) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.clock.set(numbers.clock.unwrap_or(0));
        self.campaigns.set(number(numbers.campaigns));
        self.authors.set(number(numbers.authors));
        for (queue, count) in [("offences", numbers.cases), ("care", numbers.care_cases)] {
            self.cases.get_or_create(&QueueLabel { queue }).set(number(count));
        }
        self.breakers.set(number(numbers.breakers_open));
        raise(&self.alarms, numbers.alarms);
        for (of, count) in numbers.evictions {
            raise(&self.evictions.get_or_create(&OfLabel { of }), count);
        }
        let outcome = OutcomeLabel { outcome: "ok" };
        raise(&self.checkpoints.get_or_create(&outcome), numbers.checkpoints);
        self.saved.set(seconds(numbers.saved));
        self.failed.set(i64::from(numbers.failed));
    }

    /// Counts a checkpoint that could not be written.
    #[cfg_attr(not(feature = "state"), allow(dead_code, reason = "no state, no checkpoints"))]
    pub fn checkpoint_failed(&self) {
        self.checkpoints.get_or_create(&OutcomeLabel { outcome: "failed" }).inc();
    }
}

/// Raises a counter to a count that never falls.
fn raise(counter: &Counter, count: u64) {
    counter.inc_by(count.saturating_sub(counter.get()));
}
