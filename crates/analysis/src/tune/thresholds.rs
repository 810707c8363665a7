//! How a new `flag` threshold changes the thresholds of a category in every channel.
//!
//! A policy has thresholds for posts of no channel, and others for each of its channels. A fit
//! chooses one number, the `flag` threshold of the former, and every channel follows it:
//!
//! * Raised, it raises the `flag` thresholds of all channels, in proportion or up to the same
//!   value ([`Follow`]); `review` and `block` are raised where `flag` would exceed them. No score
//!   leads to a stronger action than before.
//! * Lowered, it lowers only the `flag` thresholds that are equal to it. `review` and `block` stay,
//!   so the only change for a post is from `allow` to `flag`.

use std::cmp::Ordering;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::score::Score;
use tidegate_engine::policy::Limits;

/// In which direction a fit moves `flag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// For precision: fewer rows are found.
    Raise,
    /// For recall, where the precision is reached: more rows are found.
    Lower,
}

/// How the channels follow a threshold that is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// Twice the threshold for all posts is twice the threshold of the channel.
    InProportion,
    /// The threshold of the channel is at least that for all posts.
    Equally,
}

/// The thresholds of one category before the fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thresholds<'t> {
    /// By channel; the last one has the posts of no channel.
    pub channels: &'t [Limits],
    /// Its `flag` threshold.
    pub flag: Score,
    pub direction: Direction,
    pub follow: Follow,
    /// No higher threshold is tried.
    pub most: Score,
}

impl Thresholds<'_> {
    /// The highest threshold that every channel can follow: above it `flag` would exceed a `max`.
    pub fn limit(&self) -> Score {
        let of = |limits: &Limits| {
            Some(self.follow.reach(limits.max?, self.flag, start(limits, Action::Flag)?))
        };
        self.channels.iter().filter_map(of).min().unwrap_or(Score::from_millis(i64::MAX))
    }

    /// The highest `flag` threshold with which a row of this score is found; zero if there is none.
    pub fn reach(&self, channel: usize, positive: Action, score: Score) -> Score {
        let limits = &self.channels[channel];
        let score = limits.max.map_or(score, |max| score.min(max));
        let has_care = limits.care.is_some_and(|from| score >= from);
        let is_found = has_care || limits.action(score) >= positive;
        if self.direction == Direction::Lower {
            let follows = limits.flag == Some(self.flag) && positive == Action::Flag;
            return match (is_found, follows) {
                (true, _) => self.flag,
                (false, true) => score,
                (false, false) => Score::ZERO,
            };
        }
        let ordered = in_order(limits);
        let kept = start(&ordered, positive).is_some_and(|from| score >= from);
        match start(&ordered, Action::Flag) {
            _ if has_care => self.most,
            Some(from) if kept => proportion(score, self.flag, from).max(self.flag).min(self.most),
            _ if is_found => self.flag,
            _ => Score::ZERO,
        }
    }

    /// The thresholds of every channel with the new `flag` threshold.
    pub fn fitted(&self, new_flag: Score) -> Vec<Limits> {
        let Thresholds { channels, flag, follow, .. } = *self;
        channels.iter().map(|limits| fitted(limits, flag, new_flag, follow)).collect()
    }
}

impl Follow {
    /// The highest new threshold with which a score reaches a channel whose threshold is `from`.
    fn reach(self, score: Score, flag: Score, from: Score) -> Score {
        match self {
            Follow::InProportion => proportion(score, flag, from),
            Follow::Equally => score,
        }
    }

    /// The threshold of a channel with the new threshold.
    fn raised(self, from: Score, flag: Score, new_flag: Score) -> Score {
        match self {
            Follow::InProportion => proportion_up(from, new_flag, flag),
            Follow::Equally => new_flag,
        }
    }
}

fn fitted(old: &Limits, flag: Score, new_flag: Score, follow: Follow) -> Limits {
    match new_flag.cmp(&flag) {
        Ordering::Equal => *old,
        Ordering::Less if old.flag == Some(flag) => Limits { flag: Some(new_flag), ..*old },
        Ordering::Less => *old,
        Ordering::Greater => {
            let Some(from) = start(&in_order(old), Action::Flag) else { return *old };
            let least = follow.raised(from, flag, new_flag);
            let raised = |threshold: Option<Score>| threshold.map(|it| it.max(least));
            let (flag, review, block) = (raised(old.flag), raised(old.review), raised(old.block));
            in_order(&Limits { flag, review, block, ..*old })
        }
    }
}

/// The same with each threshold at least as high as that of the weaker action.
fn in_order(limits: &Limits) -> Limits {
    let review = limits.review.map(|it| limits.flag.map_or(it, |flag| it.max(flag)));
    let below = review.or(limits.flag);
    let block = limits.block.map(|it| below.map_or(it, |below| it.max(below)));
    Limits { review, block, ..*limits }
}

/// The lowest score that leads to `positive` or a stronger action.
fn start(limits: &Limits, positive: Action) -> Option<Score> {
    let all = [
        (Action::Flag, limits.flag),
        (Action::Review, limits.review),
        (Action::Block, limits.block),
    ];
    all.into_iter().filter(|(action, _)| *action >= positive).filter_map(|(_, it)| it).min()
}

/// `score × to / from`, rounded down to a thousandth of a point.
fn proportion(score: Score, to: Score, from: Score) -> Score {
    let exact = i128::from(score.millis()) * i128::from(to.millis());
    let millis = exact.div_euclid(i128::from(from.millis().max(1)));
    Score::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// The same, rounded up.
fn proportion_up(score: Score, to: Score, from: Score) -> Score {
    let down = proportion(score, to, from);
    let is_exact = i128::from(down.millis()) * i128::from(from.millis())
        == i128::from(score.millis()) * i128::from(to.millis());
    if is_exact { down } else { down + Score::from_millis(1) }
}
