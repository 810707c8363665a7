//! Channels, with the rates of their window at the clock.

use super::listing::Listing;
use super::scope::Look;
use super::value::{Points, Time};
use crate::memory::exceeds;
use crate::model::{Channel, DayCounts, Micro};
use crate::store::StoreError;
use serde::Serialize;
use std::cmp::Reverse;

const DAY: i64 = 86_400;

/// Which channels.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelFilter {
    /// Only those with this step or a higher one in force; 0 for all.
    pub step: u8,
    /// At most so many.
    pub limit: Option<usize>,
}

/// A channel at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelView {
    /// The name.
    pub channel: String,
    /// The step in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// When it was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Its end, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// A step that waits for a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
    /// Posts of the window.
    pub posts: u64,
    /// Of these, `review` or more.
    pub harmful: u64,
    /// Harmful posts of a thousand.
    pub per_1000: Points,
    /// The least that it is with 95 % certainty (Wilson): what steps compare.
    pub per_1000_at_least: Points,
    /// Posts since the channel is kept.
    pub all_posts: u64,
    /// Of these, `review` or more.
    pub all_harmful: u64,
    /// The first post.
    pub first: Time,
    /// The newest post.
    pub last: Time,
}

impl Look<'_> {
    /// Channels: the highest step first, then the highest certain rate.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn channels(&self, filter: &ChannelFilter) -> Result<Listing<ChannelView>, StoreError> {
        let mut rows: Vec<_> = Vec::new();
        for channel in self.state.channels()? {
            let step = if self.is_channel_in_force(&channel) { channel.step } else { 0 };
            if step >= filter.step {
                let view = self.channel_view(&channel);
                rows.push((Reverse(step), Reverse(view.per_1000_at_least), view));
            }
        }
        rows.sort_by(|left, right| {
            (left.0, left.1, &left.2.channel).cmp(&(right.0, right.1, &right.2.channel))
        });
        let rows = rows.into_iter().map(|(.., view)| view).collect();
        Ok(Listing::first(rows, filter.limit))
    }

    pub(super) fn channel_view(&self, channel: &Channel) -> ChannelView {
        let DayCounts { posts, harmful } = self.window_counts(channel);
        let is_in_force = self.is_channel_in_force(channel);
        ChannelView {
            channel: channel.id.clone(),
            step: is_in_force.then(|| self.channel_step_name(channel.step)),
            since: channel.since.filter(|_| is_in_force).map(Time),
            until: channel.until.filter(|_| is_in_force).map(Time),
            proposed: channel.proposed.map(|number| self.channel_step_name(number)),
            posts,
            harmful,
            per_1000: per_1000(posts, harmful),
            per_1000_at_least: Points(i64::from(at_least(posts, harmful)) * 1000),
            all_posts: channel.total.posts,
            all_harmful: channel.total.harmful,
            first: Time(channel.first),
            last: Time(channel.last),
        }
    }

    /// Posts of the days that are in the window at the clock.
    fn window_counts(&self, channel: &Channel) -> DayCounts {
        let oldest = self.clock.saturating_sub(self.measures.channels.window).div_euclid(DAY);
        let days = channel.days.iter().filter(|(day, _)| **day > oldest);
        days.fold(DayCounts::default(), |sum, (_, day)| DayCounts {
            posts: sum.posts.saturating_add(day.posts),
            harmful: sum.harmful.saturating_add(day.harmful),
        })
    }

    fn is_channel_in_force(&self, channel: &Channel) -> bool {
        channel.step > 0 && channel.until.is_none_or(|until| until > self.clock)
    }

    /// The name of a step of channels, from 1; its number if the measures have fewer.
    pub(super) fn channel_step_name(&self, number: u8) -> String {
        let steps = &self.measures.channels.steps;
        let step = usize::from(number).checked_sub(1).and_then(|at| steps.get(at));
        step.map_or_else(|| number.to_string(), |step| step.name.clone())
    }
}

/// Harmful posts of a thousand, in millionths, rounded down.
fn per_1000(posts: u64, harmful: u64) -> Points {
    let scaled = u128::from(harmful) * 1_000_000_000 / u128::from(posts.max(1));
    Points(Micro::try_from(scaled).unwrap_or(Micro::MAX))
}

/// The largest share, in millionths of all posts, that the harmful ones exceed with 95 % certainty.
fn at_least(posts: u64, harmful: u64) -> u32 {
    // Larger counts, which only a damaged file has, have no square in 128 bits.
    let (posts, harmful) = (posts.min(u32::MAX.into()), harmful.min(u32::MAX.into()));
    let (mut low, mut high) = (0, 1_000_000);
    while low + 1 < high {
        let middle = (low + high) / 2;
        match exceeds(posts, harmful, middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_their_bounds_are_those_of_wilson() {
        // Wilson's formula with z = 1.96, in floating point: 0.0172428.
        assert_eq!(at_least(400, 12), 17_242);
        assert_eq!(per_1000(400, 12), Points(30_000_000));
        assert_eq!((at_least(0, 0), at_least(5, 0), per_1000(0, 0)), (0, 0, Points(0)));
        assert_eq!(per_1000(u64::MAX, u64::MAX), Points(1_000_000_000));
        assert!(at_least(u64::MAX, u64::MAX) > 999_000);
    }
}
