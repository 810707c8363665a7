//! The decision of `correlate` on a line.

use crate::model::{CaseKind, Micro, Outcome, Seconds};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::score::Score;

/// The decision on a post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The action, measures included.
    pub action: Action,
    /// The action of `scan`.
    pub scan: Action,
    /// The author may need help.
    pub care: bool,
    /// The time is too far ahead of the clock: the post counts at the clock.
    pub ahead: bool,
    /// Older than the clock by more than `late`: the post counts for totals and campaigns only.
    pub late: bool,
    /// A post of this id was seen before: nothing is counted again.
    pub repeated: bool,
    /// Rules of this stage that fired: correlations and `campaign.story`.
    pub rules: Vec<Fired>,
    /// Its campaign.
    pub campaign: Option<CampaignFacts>,
    /// A step that the author reaches by this post.
    pub measure: Option<Measure>,
    /// A step that the channel reaches by this post.
    pub channel_measure: Option<Measure>,
    /// The step of the author that was in force before.
    pub under: Option<String>,
    /// The step of the channel that was in force before.
    pub channel_under: Option<String>,
    /// Breakers that are open for it.
    pub breaker: Vec<String>,
    /// Its case.
    pub case: Option<String>,
    /// The priority of the case.
    pub priority: Option<u64>,
    /// The case of an author who may need help.
    pub care_case: Option<String>,
    /// Something about it was not kept, because everything kept is protected.
    pub state_full: bool,
}

/// A rule of this stage that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Its id.
    pub id: String,
    /// `event_count` and so on; `campaign` for `campaign.story`.
    pub kind: &'static str,
    /// Names and values of the group.
    pub group: Vec<(String, String)>,
    /// Events, values or rules that were counted.
    pub count: u64,
    /// Time from the first to the last of them, in seconds.
    pub span: Seconds,
    /// Points for its category.
    pub score: Score,
    /// Times that it was quiet since it fired last.
    pub held: u64,
    /// It runs in shadow mode: no points.
    pub shadow: bool,
}

/// A campaign as a post sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignFacts {
    /// Its id.
    pub id: String,
    /// Members, this post included.
    pub posts: u64,
    /// Distinct authors.
    pub authors: u64,
    /// `authors` and `channels` are estimates.
    pub about: bool,
    /// Distinct channels.
    pub channels: u64,
    /// Members that are `review` or more by `scan`.
    pub harmful: u64,
    /// It is a fabricated story.
    pub story: bool,
    /// It does not act.
    pub ignored: bool,
    /// Another campaign that the post is like.
    pub related: Option<String>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// `author` or `channel`.
    pub who: &'static str,
    /// The name of the step.
    pub step: String,
    /// Its end.
    pub until: Option<Seconds>,
    /// It needs a decision.
    pub proposed: bool,
    /// Points of the author.
    pub points: Option<Micro>,
    /// Posts and harmful posts of the channel.
    pub rate: Option<(u64, u64)>,
    /// The newest posts that gave points, as ids (JSON).
    pub why: Vec<String>,
}

/// The answer to an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventAnswer {
    /// `report`, `decision`, `ignore`, `reset`.
    pub event: &'static str,
    /// What it names, as key and JSON value: `post`, `case`, `campaign`, `breaker`.
    pub subject: Option<(&'static str, String)>,
    /// It had an effect.
    pub counted: bool,
    /// Why it had none.
    pub why: Option<&'static str>,
    /// The case that it belongs to.
    pub case: Option<String>,
    /// The priority of the case.
    pub priority: Option<u64>,
    /// The kind of the case.
    pub kind: Option<CaseKind>,
    /// The decision.
    pub outcome: Option<Outcome>,
    /// Steps that followed or were taken back: the author and the name of the step now.
    pub steps: Vec<(String, Option<String>)>,
}
