//! Operations before, during and after their periods.
//!
//! Only whole days are counted, in UTC: those on which the operation begins and ends count as within
//! it. Before and after are as many days as the operation has, or fewer where nothing was read.

use crate::measures::Operation;
use crate::model::{DayCounts, OperationDays, Seconds};
use crate::output::time;
use serde::Serialize;
use tidegate_analysis::statistics::{Proportion, Rate};

const DAY: i64 = 86_400;

/// An operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationRow {
    /// Its id.
    pub id: String,
    /// Its first second, in UTC.
    pub from: String,
    /// Its last second, in UTC.
    pub until: String,
    /// Before it.
    pub before: Period,
    /// Within it.
    pub during: Period,
    /// After it.
    pub after: Period,
}

/// Posts within the condition of an operation, in some days.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Period {
    /// Days of which posts were read.
    pub days: u64,
    /// Posts within the condition.
    pub posts: u64,
    /// Posts within the condition a day; `None` without days.
    pub posts_per_day: Option<f64>,
    /// Posts within the condition that are `review` or `block`.
    pub harmful: u64,
    /// Their share, with its 95 % interval; `None` without posts.
    pub harmful_share: Option<Rate>,
    /// All posts of these days.
    pub all: u64,
    /// The share of the posts within the condition of all, with its 95 % interval.
    pub share_of_all: Option<Rate>,
}

/// The operations of the measures with their counts.
pub fn rows(operations: &[Operation], counted: &[OperationDays]) -> Vec<OperationRow> {
    let days_of = |id: &str| counted.iter().find(|counted| counted.id == id);
    let all = days_of("");
    let row = |operation: &Operation| {
        let own = days_of(&operation.id);
        let (first, last) = (day(operation.from), day(operation.until));
        let length = last.saturating_sub(first).saturating_add(1);
        let period = |from: i64, until: i64| period(own, all, from, until);
        OperationRow {
            id: operation.id.clone(),
            from: time(operation.from),
            until: time(operation.until),
            before: period(first.saturating_sub(length), first.saturating_sub(1)),
            during: period(first, last),
            after: period(last.saturating_add(1), last.saturating_add(length)),
        }
    };
    operations.iter().map(row).collect()
}

fn day(at: Seconds) -> i64 {
    at.div_euclid(DAY)
}

/// The days `from` to `until`, as far as posts were read: from the first day with a post to the last.
fn period(
    own: Option<&OperationDays>,
    all: Option<&OperationDays>,
    from: i64,
    until: i64,
) -> Period {
    let read = all.and_then(|all| Some((*all.days.keys().next()?, *all.days.keys().next_back()?)));
    let days = read.map_or(0, |(first, last)| {
        let (from, until) = (from.max(first), until.min(last));
        if from > until { 0 } else { until.abs_diff(from) + 1 }
    });
    let own = sum(own, from, until);
    let all = sum(all, from, until).posts;
    let share = |part: u64, whole: u64| Proportion::new(part.min(whole), whole).rate();
    let per_day = |days: u64| (own.posts as f64 / days as f64 * 100.0).round() / 100.0;
    Period {
        days,
        posts: own.posts,
        posts_per_day: (days > 0).then(|| per_day(days)),
        harmful: own.harmful,
        harmful_share: share(own.harmful, own.posts),
        all,
        share_of_all: share(own.posts, all),
    }
}

fn sum(days: Option<&OperationDays>, from: i64, until: i64) -> DayCounts {
    let mut sum = DayCounts::default();
    if from > until {
        return sum;
    }
    for (_, counts) in days.into_iter().flat_map(|days| days.days.range(from..=until)) {
        sum.posts += counts.posts;
        sum.harmful += counts.harmful;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn operation(from: i64, until: i64) -> Operation {
        Operation {
            id: "clear".to_owned(),
            from,
            until,
            when: Vec::new(),
            points: 1_000_000,
            queue: 1_000_000,
        }
    }

    fn days(id: &str, days: &[(i64, u64, u64)]) -> OperationDays {
        let days = days.iter();
        let days = days
            .map(|(day, posts, harmful)| (*day, DayCounts { posts: *posts, harmful: *harmful }));
        OperationDays { id: id.to_owned(), days: days.collect::<BTreeMap<_, _>>() }
    }

    #[test]
    fn before_during_and_after_are_as_long_as_was_read() {
        let all: Vec<(i64, u64, u64)> = (9..=16).map(|day| (day, 100, 5)).collect();
        let counted = [
            days("", &all),
            days("clear", &[(8, 1000, 1000), (9, 4, 1), (11, 2, 2), (13, 9, 3), (15, 6, 0)]),
        ];
        // Days 12 and 13 are the operation: from the noon of 12 to the last second of 13.
        let rows = rows(&[operation(12 * DAY + DAY / 2, 14 * DAY - 1)], &counted);
        let numbers = |period: &Period| (period.days, period.posts, period.harmful, period.all);
        assert_eq!(numbers(&rows[0].before), (2, 2, 2, 200));
        assert_eq!(numbers(&rows[0].during), (2, 9, 3, 200));
        assert_eq!(numbers(&rows[0].after), (2, 6, 0, 200));
        assert_eq!(rows[0].during.posts_per_day, Some(4.5));
        let rate = rows[0].during.harmful_share.unwrap();
        assert!((rate.value - 1.0 / 3.0).abs() < 1e-9 && rate.low > 0.1 && rate.high < 0.7);
        let early = super::rows(&[operation(10 * DAY, 14 * DAY - 1)], &counted);
        assert_eq!(early[0].before.days, 1, "nothing was read before day 9");
        assert_eq!(early[0].after.days, 3, "nothing was read after day 16");
    }

    #[test]
    fn an_operation_without_posts_has_no_shares() {
        for counted in [vec![], vec![days("", &[])], vec![days("", &[(500, 10, 1)])]] {
            let rows = rows(&[operation(10 * DAY, 11 * DAY)], &counted);
            for period in [rows[0].before, rows[0].during, rows[0].after] {
                assert_eq!((period.days, period.posts, period.all), (0, 0, 0));
                assert_eq!((period.posts_per_day, period.harmful_share), (None, None));
            }
        }
    }

    #[test]
    fn extreme_periods_are_counted() {
        let counted = [days("", &[(0, 1, 1)]), days("clear", &[(0, 1, 1)])];
        let rows = rows(&[operation(i64::MIN, i64::MAX), operation(5, -DAY)], &counted);
        assert_eq!(rows[0].during.posts, 1);
        assert_eq!(rows[1].during.posts, 0);
    }
}
