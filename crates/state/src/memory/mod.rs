//! The state in memory, and how records change it. One thread, in order of the input.

mod authors;
mod breakers;
mod campaigns;
mod cases;
mod channels;
mod clock;
mod events;
mod groups;
mod index;
mod look;
mod notes;
mod operations;
mod post;
mod posts;
mod reports;
mod samples;
mod singles;
mod table;
#[cfg(test)]
mod twin;

pub use authors::{if_upheld, is_in_force, settle, settled_step, step_in_force as author_step};
pub use breakers::Alarm;
pub use campaigns::{CampaignSettings, is_story};
pub use cases::{Priority, harm_of};
pub use channels::{exceeds, rate as channel_rate, step_in_force as channel_step};
pub use look::Kept;

use crate::correlations::Correlations;
use crate::decision::{Decision, EventAnswer};
use crate::measures::Measures;
use crate::model::{Changes, Seconds, Snapshot, Totals};
use crate::record::{Event, PostRecord};
use notes::Notes;
use std::fmt;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use xxhash_rust::xxh3::xxh3_64;

/// Turns scores into an action, as the policy does.
pub trait Decide: Send + Sync {
    /// The action for `scores`, with the thresholds of the tier of a post. Scores may be capped.
    fn decide(&self, tier: u16, scores: &mut Vec<(Category, Score)>) -> Action;
}

/// What is fixed for a run.
pub struct Settings {
    /// The measures.
    pub measures: Measures,
    /// The part of the measures that reads texts.
    pub campaigns: CampaignSettings,
    /// The correlations of the rules.
    pub correlations: Correlations,
    /// The policy.
    pub policy: Box<dyn Decide>,
    /// Posts are compared for campaigns. Without it, streams can be split by author.
    pub has_campaigns: bool,
    /// Authors and channels have points and steps.
    pub has_ladder: bool,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("measures", &self.measures).finish_non_exhaustive()
    }
}

impl Settings {
    /// The settings of `measures`, with everything on.
    pub fn of(measures: Measures, correlations: Correlations, policy: Box<dyn Decide>) -> Settings {
        let campaigns = CampaignSettings::of(&measures.campaigns);
        Settings {
            measures,
            campaigns,
            correlations,
            policy,
            has_campaigns: true,
            has_ladder: true,
        }
    }

    /// 8 hex digits over the measures and the correlations: what outputs name as `measures`.
    pub fn hash_hex(&self) -> String {
        let hash = format!("{}+{}", self.measures.hash_hex(), self.correlations.hash_hex());
        format!("{:08x}", xxh3_64(hash.as_bytes()) as u32)
    }
}

/// The state.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    totals: Totals,
    campaigns: campaigns::Campaigns,
    authors: authors::Authors,
    channels: channels::Channels,
    groups: groups::Groups,
    breakers: breakers::Breakers,
    posts: posts::Posts,
    reports: reports::Reports,
    cases: cases::Cases,
    operations: operations::Operations,
    notes: Notes,
    alarms: Vec<Alarm>,
}

impl Memory {
    /// The state that a state file holds. Groups of correlations that changed start empty.
    pub fn of(snapshot: Snapshot, settings: &Settings) -> Memory {
        let Snapshot {
            totals,
            authors,
            channels,
            campaigns,
            singles,
            groups,
            breakers,
            posts,
            cases,
            reports,
            reporters,
            operations,
            log,
        } = snapshot;
        let measures = &settings.measures;
        let clock = totals.clock.unwrap_or(0);
        let window = measures.campaigns.window;
        let mut groups = groups::Groups::of(groups);
        retain(&mut groups, settings);
        Memory {
            campaigns: campaigns::Campaigns::of(campaigns, singles, clock, window),
            authors: authors::Authors::of(authors, &measures.authors),
            channels: channels::Channels::of(channels),
            groups,
            breakers: breakers::Breakers::of(breakers),
            posts: posts::Posts::of(posts, totals.next_post),
            reports: reports::Reports::of(reports, reporters),
            cases: cases::Cases::of(cases),
            operations: operations::Operations::of(operations),
            notes: Notes::of(log),
            alarms: Vec::new(),
            totals,
        }
    }

    /// Continues with other settings. Groups of correlations that changed start empty; records that
    /// were read with the settings before need [`PostRecord::read_again_for`].
    pub fn adopt(&mut self, settings: &Settings) {
        retain(&mut self.groups, settings);
        self.authors.reorder(&settings.measures.authors);
    }

    /// Applies a post.
    pub fn post(&mut self, post: &PostRecord, settings: &Settings) -> Decision {
        self.apply_post(post, settings)
    }

    /// Applies an event.
    pub fn event(&mut self, event: &Event, settings: &Settings) -> EventAnswer {
        self.apply_event(event, settings)
    }

    /// The clock.
    pub fn clock(&self) -> Option<Seconds> {
        self.totals.clock
    }

    /// Counts.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Breakers that opened since the last call.
    pub fn take_alarms(&mut self) -> Vec<Alarm> {
        std::mem::take(&mut self.alarms)
    }

    /// Writes a line of the log that is not from a record: a run with other measures, say. `fields`
    /// is the inside of a JSON object.
    pub fn note(&mut self, kind: &str, fields: &serde_json::Value) {
        self.notes.add(self.totals.clock.unwrap_or(0), kind, fields);
    }

    /// Forgets what changed: without checkpoints, memory would grow with it.
    pub fn forget_changes(&mut self) {
        self.campaigns.forget_changes();
        self.authors.forget_changes();
        self.channels.forget_changes();
        self.groups.forget_changes();
        self.breakers.forget_changes();
        self.posts.forget_changes();
        self.reports.forget_changes();
        self.cases.forget_changes();
        self.operations.forget_changes();
        self.notes.take();
    }

    /// What changed since the last call: what a checkpoint writes.
    pub fn take_changes(&mut self) -> Changes {
        let mut changes = Changes::default();
        self.campaigns.take_changes(&mut changes);
        changes.authors = self.authors.take_changes();
        changes.channels = self.channels.take_changes();
        changes.groups = self.groups.take_changes();
        changes.breakers = self.breakers.take_changes();
        (changes.posts, changes.changed_posts, self.totals.first_post) = self.posts.take_changes();
        (changes.reports, changes.reporters) = self.reports.take_changes();
        changes.cases = self.cases.take_changes();
        changes.operations = self.operations.take_changes();
        changes.log = self.notes.take();
        changes.totals = self.totals.clone();
        changes
    }
}

/// Drops the groups of correlations that are gone or changed.
fn retain(groups: &mut groups::Groups, settings: &Settings) {
    let all = &settings.correlations.all;
    groups.retain(|id, hash| all.iter().any(|it| it.id == id && it.hash == hash));
}
