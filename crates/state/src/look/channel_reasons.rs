//! Why a channel is at a step: its days, its rate, and what each step needs.

use super::author_reasons::CaseMention;
use super::channels::ChannelView;
use super::scope::Look;
use super::value::{Points, Time};
use crate::memory::exceeds;
use crate::output::duration;
use crate::store::StoreError;
use serde::Serialize;

const DAY: i64 = 86_400;

/// A channel, explained at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelReasons {
    /// The clock.
    pub clock: Time,
    /// As in the list.
    #[serde(flatten)]
    pub facts: ChannelView,
    /// Posts of this time count, as `7d`.
    pub window: String,
    /// The steps of the measures, in order.
    pub steps: Vec<ChannelStepView>,
    /// The days that are kept.
    pub days: Vec<DayView>,
    /// Cases about the channel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseMention>,
}

/// A step, and whether the rate of the window is over its limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelStepView {
    /// Its name.
    pub step: String,
    /// Harmful posts of a thousand that have to be exceeded.
    pub over_per_1000: Points,
    /// They are exceeded with 95 % certainty.
    pub exceeded: bool,
    /// Only a decision makes it.
    #[serde(skip_serializing_if = "super::campaigns::is_false")]
    pub confirm: bool,
}

/// The posts of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayView {
    /// Its beginning.
    pub day: Time,
    /// Posts.
    pub posts: u64,
    /// Of these, `review` or more.
    pub harmful: u64,
}

impl Look<'_> {
    /// Why a channel is at a step; `None` if it is unknown.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn channel_reasons(&self, id: &str) -> Result<Option<ChannelReasons>, StoreError> {
        let Some(channel) = self.state.channel(id)? else { return Ok(None) };
        let facts = self.channel_view(&channel);
        let ladder = &self.measures.channels;
        let steps = ladder.steps.iter().map(|step| ChannelStepView {
            step: step.name.clone(),
            over_per_1000: Points(i64::from(step.over) * 1000),
            exceeded: exceeds(
                facts.posts.min(u32::MAX.into()),
                facts.harmful.min(u32::MAX.into()),
                step.over,
            ),
            confirm: step.confirm,
        });
        let days = channel.days.iter().map(|(day, counts)| DayView {
            day: Time(day.saturating_mul(DAY)),
            posts: counts.posts,
            harmful: counts.harmful,
        });
        Ok(Some(ChannelReasons {
            clock: Time(self.clock),
            window: duration(ladder.window),
            steps: steps.collect(),
            days: days.collect(),
            cases: self.cases_about(id)?.into_iter().map(CaseMention::from).collect(),
            facts,
        }))
    }
}
