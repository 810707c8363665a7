//! The members of a campaign by hour.

use super::value::Time;
use serde::Serialize;
use std::collections::BTreeMap;

const HOUR: i64 = 3600;

/// Widths of bars, in hours: those that divide a day, then whole days.
const WIDTHS: [i64; 9] = [1, 2, 3, 6, 12, 24, 48, 168, 336];

/// The members of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HourView {
    /// Its beginning.
    pub at: Time,
    /// Members.
    pub posts: u64,
}

/// The members of one or several hours, for a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its beginning.
    pub at: Time,
    /// Members.
    pub posts: u64,
}

/// The hours that have members.
pub(super) fn hours(hours: &BTreeMap<i64, u64>) -> Vec<HourView> {
    let view = |(hour, posts): (&i64, &u64)| HourView {
        at: Time(hour.saturating_mul(HOUR)),
        posts: *posts,
    };
    hours.iter().map(view).collect()
}

/// At most `most` (at least 1) bars of one width, in hours, without gaps; hours without members
/// count 0.
pub fn bars(hours: &[HourView], most: usize) -> (i64, Vec<Bar>) {
    let hour = |view: &HourView| view.at.0.div_euclid(HOUR);
    let (Some(first), Some(last)) = (hours.first().map(hour), hours.last().map(hour)) else {
        return (1, Vec::new());
    };
    let most = most.max(1) as i128;
    let count =
        |width: i64| i128::from(last.div_euclid(width)) - i128::from(first.div_euclid(width)) + 1;
    let fits = |width: &i64| count(*width) <= most;
    let span = i64::try_from(count(1) / most + 1).unwrap_or(i64::MAX);
    let width = WIDTHS.into_iter().find(fits).unwrap_or(span.saturating_mul(2));
    let begin = first.div_euclid(width);
    let number = count(width).min(most) as i64;
    let mut bars: Vec<Bar> = (0..number)
        .map(|place| {
            let at = Time((begin + place).saturating_mul(width).saturating_mul(HOUR));
            Bar { at, posts: 0 }
        })
        .collect();
    for view in hours {
        let place = hour(view).div_euclid(width).saturating_sub(begin);
        let place = usize::try_from(place).unwrap_or(0).min(bars.len() - 1);
        bars[place].posts = bars[place].posts.saturating_add(view.posts);
    }
    (width, bars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(pairs: &[(i64, u64)]) -> Vec<HourView> {
        hours(&pairs.iter().copied().collect())
    }

    #[test]
    fn hours_without_members_are_shown() {
        let (width, found) = bars(&of(&[(10, 3), (12, 1)]), 24);
        let found: Vec<_> = found.iter().map(|bar| (bar.at.0 / HOUR, bar.posts)).collect();
        assert_eq!((width, found), (1, vec![(10, 3), (11, 0), (12, 1)]));
        let (width, found) = bars(&of(&[(10, 3), (59, 1)]), 24);
        assert_eq!((width, found.len(), found[0].at), (3, 17, Time(9 * HOUR)));
        assert_eq!(bars(&[], 24), (1, Vec::new()));
    }

    proptest! {
        #[test]
        fn every_member_is_in_a_bar(
            pairs in prop::collection::btree_map(any::<i64>().prop_map(|hour| hour >> 12), 0u64..1000, 1..20),
            most in 1usize..60,
        ) {
            let views = hours(&pairs);
            let (width, found) = bars(&views, most);
            prop_assert!(!found.is_empty() && found.len() <= most && width >= 1);
            let total: u64 = pairs.values().sum();
            prop_assert_eq!(found.iter().map(|bar| bar.posts).sum::<u64>(), total);
        }
    }
}
