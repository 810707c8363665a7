//! Counts of a run.

use crate::decision::{Decision, EventAnswer};
use tidegate_engine::domain::action::Action;

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines by what they were.
    pub lines: LineCounts,
    /// Posts by action, in the order of [`Action::ALL`].
    pub actions: [u64; 4],
    /// Posts whose action is another than that of `scan`.
    pub changed: u64,
    /// Steps for authors and channels.
    pub steps: u64,
    /// Correlations that fired.
    pub fired: u64,
    /// Posts in campaigns that act.
    pub campaign_posts: u64,
    /// Events without effect.
    pub uncounted: u64,
    /// Breakers that opened.
    pub alarms: u64,
    /// Posts of which something was not kept.
    pub full: u64,
    /// Checkpoints.
    pub checkpoints: u64,
}

/// Lines by what they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Posts.
    pub posts: u64,
    /// Events.
    pub events: u64,
    /// Lines that `scan` could not read or skipped.
    pub passed: u64,
    /// Lines that are not readable here.
    pub unreadable: u64,
}

impl Counts {
    /// Counts a post.
    pub(super) fn post(&mut self, decision: &Decision) {
        self.lines.posts += 1;
        self.actions[decision.action as usize] += 1;
        self.changed += u64::from(decision.action != decision.scan);
        self.steps +=
            u64::from(decision.measure.is_some()) + u64::from(decision.channel_measure.is_some());
        self.fired += decision.rules.len() as u64;
        let acts = decision.campaign.as_ref().is_some_and(|it| it.story && !it.ignored);
        self.campaign_posts += u64::from(acts);
        self.full += u64::from(decision.state_full);
    }

    /// Counts an event.
    pub(super) fn event(&mut self, answer: &EventAnswer) {
        self.lines.events += 1;
        self.uncounted += u64::from(!answer.counted);
    }

    /// Posts with at least this action.
    pub fn at_least(&self, action: Action) -> u64 {
        self.actions[action as usize..].iter().sum()
    }
}
