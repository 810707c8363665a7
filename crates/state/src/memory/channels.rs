//! The ladder of channels: by the share of harmful posts, or large channels would always lose.

use super::table::Table;
use crate::decision::Measure;
use crate::measures::{ChannelLadder, ChannelStep};
use crate::model::{Change, Channel, Seconds};

const DAY: i64 = 86_400;

/// The square of 1.96, in ten-thousandths: 95 %, two-sided.
const Z_SQUARED: i128 = 38_416;

/// A million: shares are in millionths.
const MILLION: i128 = 1_000_000;

/// The channels.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    table: Table<String, Channel>,
}

impl Channels {
    /// From the rows of a state file.
    pub fn of(rows: Vec<Channel>) -> Channels {
        Channels { table: Table::of(rows.into_iter().map(|row| (row.id.clone(), row))) }
    }

    /// A channel.
    pub fn get(&self, id: &str) -> Option<&Channel> {
        self.table.get(id)
    }

    /// A channel, to change.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.table.get_mut(id)
    }

    /// Counts a post for its day and in total, or if it is late in total only.
    pub fn count(&mut self, id: &str, at: Seconds, is_harmful: bool, is_late: bool, window: i64) {
        let new = || Channel { id: id.to_owned(), first: at, last: at, ..Channel::default() };
        let channel = self.table.get_or_insert(&id.to_owned(), new);
        channel.last = channel.last.max(at);
        channel.first = channel.first.min(at);
        channel.total.posts += 1;
        channel.total.harmful += u64::from(is_harmful);
        if is_late {
            return;
        }
        let day = channel.days.entry(at.div_euclid(DAY)).or_default();
        day.posts += 1;
        day.harmful += u64::from(is_harmful);
        let oldest = channel.last.saturating_sub(window).div_euclid(DAY);
        while channel.days.first_key_value().is_some_and(|(day, _)| *day <= oldest) {
            channel.days.pop_first();
        }
    }

    /// Drops the sixteenth part of the channels that are quiet the longest, once there are more than
    /// the bound; none with a step in force. Returns how many.
    pub fn evict(&mut self, bound: usize, clock: Seconds) -> u64 {
        if self.table.len() <= bound {
            return 0;
        }
        let free = self.table.iter().filter(|(_, channel)| !is_in_force(channel, clock));
        let mut free: Vec<(Seconds, String)> =
            free.map(|(id, channel)| (channel.last, id.clone())).collect();
        free.sort_unstable();
        free.truncate(self.table.len() - bound + bound / 16);
        free.iter().for_each(|(_, id)| drop(self.table.remove(id)));
        free.len() as u64
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change<String, Channel>> {
        self.table.take_changes()
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.table.forget_changes();
    }
}

fn is_in_force(channel: &Channel, clock: Seconds) -> bool {
    channel.step > 0 && channel.until.is_none_or(|until| until > clock)
}

/// The name of the step in force at `clock`.
pub fn step_in_force<'l>(
    channel: &Channel,
    ladder: &'l ChannelLadder,
    clock: Seconds,
) -> Option<&'l str> {
    if !is_in_force(channel, clock) {
        return None;
    }
    ladder.steps.get(usize::from(channel.step) - 1).map(|step| step.name.as_str())
}

/// Posts and harmful posts of the window.
pub fn rate(channel: &Channel) -> (u64, u64) {
    channel.days.values().fold((0, 0), |sum, day| (sum.0 + day.posts, sum.1 + day.harmful))
}

/// Is Wilson's lower bound of the share `harmful` of `posts` over `over` millionths?
pub fn exceeds(posts: u64, harmful: u64, over: u32) -> bool {
    let (posts, harmful, over) = (i128::from(posts), i128::from(harmful), i128::from(over));
    let excess = harmful * MILLION - posts * over;
    excess > 0 && excess * excess * 10_000 >= Z_SQUARED * posts * over * (MILLION - over)
}

/// Raises a channel by at most one step, if its post is harmful; or lowers it to the step whose share
/// it has.
pub fn update(
    channel: &mut Channel,
    ladder: &ChannelLadder,
    now: Seconds,
    is_harmful: bool,
) -> Option<Measure> {
    let (posts, harmful) = rate(channel);
    if channel.until.is_some_and(|until| until <= now) {
        (channel.step, channel.since, channel.until) = (0, None, None);
    }
    let next = usize::from(channel.step);
    let reached = ladder.steps.get(next).filter(|step| exceeds(posts, harmful, step.over));
    if let Some(step) = reached.filter(|_| is_harmful) {
        let number = (next + 1) as u8;
        if !step.confirm {
            return Some(enter(channel, step, number, now));
        }
        if channel.proposed != Some(number) {
            channel.proposed = Some(number);
            return Some(measure(channel, step, true));
        }
        return None;
    }
    if channel.until.is_none() {
        lower(channel, ladder, posts, harmful);
    }
    None
}

/// Takes steps back whose share is not exceeded any more, by the share itself: near the limit a step
/// is neither reached nor lost.
fn lower(channel: &mut Channel, ladder: &ChannelLadder, posts: u64, harmful: u64) {
    let is_over = |step: &ChannelStep| {
        i128::from(harmful) * MILLION > i128::from(posts) * i128::from(step.over)
    };
    let holds = |number: u8| {
        let step = usize::from(number).checked_sub(1).and_then(|at| ladder.steps.get(at));
        step.is_none_or(is_over)
    };
    while channel.step > 0 && !holds(channel.step) {
        channel.step -= 1;
        channel.since = None;
    }
    if channel.proposed.is_some_and(|number| !holds(number)) {
        channel.proposed = None;
    }
}

/// Makes a step that needs a decision.
pub fn confirm(channel: &mut Channel, ladder: &ChannelLadder, now: Seconds) -> Option<Measure> {
    let number = channel.proposed.take()?;
    let step = ladder.steps.get(usize::from(number).checked_sub(1)?)?;
    Some(enter(channel, step, number, now))
}

fn enter(channel: &mut Channel, step: &ChannelStep, number: u8, now: Seconds) -> Measure {
    channel.step = number;
    channel.since = Some(now);
    channel.until = step.lasts.map(|lasts| now.saturating_add(lasts));
    measure(channel, step, false)
}

fn measure(channel: &Channel, step: &ChannelStep, proposed: bool) -> Measure {
    Measure {
        who: "channel",
        step: step.name.clone(),
        until: if proposed { None } else { channel.until },
        proposed,
        points: None,
        rate: Some(rate(channel)),
        why: Vec::new(),
    }
}
