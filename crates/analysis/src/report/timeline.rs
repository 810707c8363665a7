//! Counts by time, in bounded memory.
//!
//! Periods are as short as the limit on their number allows: when there are too many, adjacent
//! periods are joined. The result depends neither on the order of the posts nor on how they were
//! spread over workers.

use super::counts::Counts;
use std::collections::BTreeMap;
use tidegate_engine::domain::limits::REPORT_PERIODS_MAX;

/// Lengths of periods in seconds, the shortest first: a minute, an hour, a day, a week, 364 days
/// and values between. Each divides the next, so that periods can be joined.
const PERIOD_SECONDS: [i64; 12] = [
    60,
    300,
    900,
    3_600,
    10_800,
    21_600,
    43_200,
    86_400,
    604_800,
    2_419_200,
    31_449_600,
    314_496_000,
];

/// Counts by period.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Position in [`PERIOD_SECONDS`].
    step: usize,
    periods: BTreeMap<i64, Counts>,
}

impl Timeline {
    /// The counts of the period that contains `time`, in seconds since 1970.
    pub fn at(&mut self, time: i64) -> &mut Counts {
        let mut period = time.div_euclid(self.seconds());
        let is_full = |timeline: &Timeline| timeline.periods.len() >= REPORT_PERIODS_MAX;
        while is_full(self) && !self.periods.contains_key(&period) && self.coarsen() {
            period = time.div_euclid(self.seconds());
        }
        self.periods.entry(period).or_default()
    }

    /// Joins periods to the next longer ones; `false` if there are none. Times span some thousand
    /// years, which is about a hundred of the longest periods.
    pub fn coarsen(&mut self) -> bool {
        let Some(longer) = PERIOD_SECONDS.get(self.step + 1) else { return false };
        let joined = longer / self.seconds();
        self.step += 1;
        for (period, counts) in std::mem::take(&mut self.periods) {
            self.periods.entry(period.div_euclid(joined)).or_default().add(&counts);
        }
        true
    }

    /// Adds the counts of another worker.
    pub fn merge(&mut self, mut other: Timeline) {
        while self.step < other.step && self.coarsen() {}
        while other.step < self.step && other.coarsen() {}
        for (period, counts) in other.periods {
            self.periods.entry(period).or_default().add(&counts);
        }
        while self.periods.len() > REPORT_PERIODS_MAX && self.coarsen() {}
    }

    /// Length of a period in seconds.
    pub fn seconds(&self) -> i64 {
        PERIOD_SECONDS[self.step]
    }

    /// The periods with counts, by their first second.
    pub fn periods(&self) -> impl DoubleEndedIterator<Item = (i64, &Counts)> {
        self.periods.iter().map(|(period, counts)| (period * self.seconds(), counts))
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(times: impl Iterator<Item = i64>) -> Timeline {
        let mut timeline = Timeline::default();
        times.for_each(|time| timeline.at(time).posts += 1);
        timeline
    }

    fn contents(timeline: &Timeline) -> (i64, Vec<(i64, u64)>) {
        let counts = timeline.periods().map(|(start, counts)| (start, counts.posts));
        (timeline.seconds(), counts.collect())
    }

    #[test]
    fn periods_grow_when_there_are_too_many() {
        let most = REPORT_PERIODS_MAX as i64;
        for (periods, seconds) in [(most - 1, 60), (most, 60), (most + 1, 300)] {
            let timeline = of((0..periods).map(|minute| minute * 60 + 59));
            assert_eq!(timeline.seconds(), seconds, "{periods}");
            assert_eq!(timeline.periods().map(|it| it.1.posts).sum::<u64>(), periods as u64);
        }
    }

    #[test]
    fn result_is_independent_of_order_and_workers() {
        let times: Vec<i64> = (0..9000).map(|n: i64| (n * 7919 % 9001) * 61 - 200_000).collect();
        let forward = of(times.iter().copied());
        let backward = of(times.iter().rev().copied());
        assert_eq!(contents(&forward), contents(&backward));
        let (left, right) = times.split_at(1000);
        let mut merged = of(left.iter().copied());
        merged.merge(of(right.iter().copied()));
        assert_eq!(contents(&merged), contents(&forward));
        let mut other_way = of(right.iter().copied());
        other_way.merge(of(left.iter().copied()));
        assert_eq!(contents(&other_way), contents(&forward));
    }
}
