//! Channels compared by the share of their posts that are harmful.
//!
//! A share of few posts says little, so each has its 95 % interval, and a rank is a range: channels
//! whose intervals overlap are not distinguished.

use crate::model::{Channel, DayCounts};
use serde::Serialize;
use std::cmp::Ordering;
use tidegate_analysis::statistics::{Proportion, Rate};

/// A channel of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The channel.
    pub channel: String,
    /// Posts, those with the mark `care` excluded.
    pub posts: u64,
    /// Those with the action `review` or `block`.
    pub harmful: u64,
    /// Harmful posts per 1,000; `None` without posts.
    pub harm: Option<Estimate>,
    /// The ecosystem index: 100 − harm per 1,000, at least 0.
    pub index: Option<Estimate>,
    /// The best and the worst rank, from 1; `None` without posts.
    pub rank: Option<(usize, usize)>,
}

/// A number with its 95 % interval, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The observed value.
    pub value: i64,
    /// Lower end.
    pub low: i64,
    /// Upper end.
    pub high: i64,
}

impl Estimate {
    /// A rate per 1,000.
    pub fn per_thousand(rate: Rate) -> Estimate {
        let scaled = |share: f64| (share * 1e6).round() as i64;
        Estimate { value: scaled(rate.value), low: scaled(rate.low), high: scaled(rate.high) }
    }

    /// 100 − this, at least 0.
    fn index(self) -> Estimate {
        let of = |harm: i64| (100_000 - harm).max(0);
        Estimate { value: of(self.value), low: of(self.high), high: of(self.low) }
    }
}

impl Serialize for Estimate {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = out.serialize_struct("Estimate", 3)?;
        for (name, value) in [("value", self.value), ("low", self.low), ("high", self.high)] {
            fields.serialize_field(name, &(value as f64 / 1e3))?;
        }
        fields.end()
    }
}

/// The table, the best channel first: by observed harm, then the one with more posts, then by name.
/// Channels without posts are last.
pub fn league(channels: &[Channel]) -> Vec<Standing> {
    let rates: Vec<Option<Rate>> = channels.iter().map(|channel| rate_of(channel.total)).collect();
    let of = |end: fn(&Rate) -> f64| {
        let mut ends: Vec<f64> = rates.iter().flatten().map(end).collect();
        ends.sort_by(f64::total_cmp);
        ends
    };
    let (lows, highs) = (of(|rate| rate.low), of(|rate| rate.high));
    let rank = |rate: &Rate| {
        let better = highs.partition_point(|high| *high < rate.low);
        let worse = lows.len() - lows.partition_point(|low| *low <= rate.high);
        (better + 1, lows.len() - worse)
    };
    let mut table: Vec<Standing> = channels
        .iter()
        .zip(&rates)
        .map(|(channel, rate)| Standing {
            channel: channel.id.clone(),
            posts: channel.total.posts,
            harmful: channel.total.harmful,
            harm: rate.map(Estimate::per_thousand),
            index: rate.map(|rate| Estimate::per_thousand(rate).index()),
            rank: rate.as_ref().map(rank),
        })
        .collect();
    table.sort_by(order);
    table
}

fn rate_of(counts: DayCounts) -> Option<Rate> {
    Proportion::new(counts.harmful.min(counts.posts), counts.posts).rate()
}

fn order(left: &Standing, right: &Standing) -> Ordering {
    let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let is_empty = |it: &Standing| it.posts == 0;
    is_empty(left)
        .cmp(&is_empty(right))
        .then_with(|| product(left.harmful, right.posts).cmp(&product(right.harmful, left.posts)))
        .then_with(|| right.posts.cmp(&left.posts))
        .then_with(|| left.channel.cmp(&right.channel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn channel(id: &str, posts: u64, harmful: u64) -> Channel {
        let total = DayCounts { posts, harmful };
        Channel { id: id.to_owned(), total, ..Channel::default() }
    }

    fn ranks(channels: &[Channel]) -> Vec<(String, Option<(usize, usize)>)> {
        league(channels).into_iter().map(|it| (it.channel, it.rank)).collect()
    }

    fn named(ranks: &[(&str, Option<(usize, usize)>)]) -> Vec<(String, Option<(usize, usize)>)> {
        ranks.iter().map(|(name, rank)| ((*name).to_owned(), *rank)).collect()
    }

    #[test]
    fn overlapping_intervals_share_a_range_of_ranks() {
        // Of 1,000: 0 is 0 to 3.8; 10 is 5.4 to 18.3; 14 is 8.4 to 23.4; 100 is 82.9 to 120.2.
        let channels = [
            channel("worst", 1000, 100),
            channel("b", 1000, 14),
            channel("best", 1000, 0),
            channel("a", 1000, 10),
        ];
        let expected = [
            ("best", Some((1, 1))),
            ("a", Some((2, 3))),
            ("b", Some((2, 3))),
            ("worst", Some((4, 4))),
        ];
        assert_eq!(ranks(&channels), named(&expected));
    }

    #[test]
    fn a_small_channel_may_have_any_rank() {
        let channels =
            [channel("small", 3, 0), channel("clean", 10_000, 1), channel("bad", 10_000, 900)];
        let expected = [("small", Some((1, 3))), ("clean", Some((1, 2))), ("bad", Some((2, 3)))];
        assert_eq!(ranks(&channels), named(&expected));
    }

    #[test]
    fn ties_are_in_the_order_of_posts_and_names() {
        let channels = [channel("b", 10, 1), channel("c", 20, 2), channel("a", 10, 1)];
        let expected = [("c", Some((1, 3))), ("a", Some((1, 3))), ("b", Some((1, 3)))];
        assert_eq!(ranks(&channels), named(&expected));
    }

    #[test]
    fn one_channel_is_first_and_none_without_posts_has_a_rank() {
        assert_eq!(ranks(&[]), []);
        assert_eq!(ranks(&[channel("x", 5, 5)]), named(&[("x", Some((1, 1)))]));
        let channels = [channel("empty", 0, 0), channel("x", 5, 5)];
        assert_eq!(ranks(&channels), named(&[("x", Some((1, 1))), ("empty", None)]));
        let table = league(&channels);
        assert_eq!((table[1].harm, table[1].index), (None, None));
    }

    #[test]
    fn the_index_is_100_less_the_harm_and_never_below_0() {
        // R: prop.test(15, 148, correct = FALSE): 0.0624 to 0.1605.
        let table = league(&[channel("x", 148, 15), channel("y", 1000, 2)]);
        let y = &table[0];
        assert_eq!(y.harm.map(|harm| harm.value), Some(2000));
        assert_eq!(y.index.map(|index| index.value), Some(98_000));
        let x = &table[1];
        let harm = x.harm.unwrap();
        assert!((harm.low - 62_400).abs() < 60 && (harm.high - 160_500).abs() < 60, "{harm:?}");
        let index = x.index.unwrap();
        assert_eq!((index.value, index.low), (0, 0));
        assert_eq!(index.high, 100_000 - harm.low);
        let text = serde_json::to_string(&y.index).unwrap();
        assert!(text.starts_with(r#"{"value":98.0,"low":"#), "{text}");
    }

    proptest! {
        #[test]
        fn ranks_agree_with_a_comparison_of_all_pairs(
            counts in prop::collection::vec((0u64..200, 0u64..=200), 0..12),
        ) {
            let channels: Vec<Channel> = counts
                .iter()
                .enumerate()
                .map(|(at, (posts, harmful))| channel(&at.to_string(), *posts, (*harmful).min(*posts)))
                .collect();
            let rates: Vec<Rate> = channels.iter().filter_map(|it| rate_of(it.total)).collect();
            for standing in league(&channels) {
                let Some(rank) = standing.rank else {
                    prop_assert_eq!(standing.posts, 0);
                    continue;
                };
                let own = Proportion::new(standing.harmful, standing.posts).rate().unwrap();
                let better = rates.iter().filter(|it| it.high < own.low).count();
                let worse = rates.iter().filter(|it| it.low > own.high).count();
                prop_assert_eq!(rank, (better + 1, rates.len() - worse));
            }
        }
    }
}
