//! The slow twin of the memory: the same rules in plain lists, everything recomputed.
//!
//! It shares what is pure and tested elsewhere: fingerprints, templates, the clock, logarithms and
//! the decay of points. It keeps no index, no ranks and no changes: what a window holds is read from
//! the whole history of the stream.

mod breakers;
mod cases;
mod events;
mod groups;
mod ladder;
mod properties;
mod stream;
mod tests;
mod texts;
mod world;

pub use world::Twin;
use world::{Facts, Known};

use super::clock::accept;
use super::operations::factors;
use super::post::{add, story_fired};
use super::{Settings, harm_of};
use crate::decision::{CampaignFacts, Decision};
use crate::model::{Seconds, Totals, hash_of};
use crate::record::PostRecord;
use std::collections::BTreeMap;
use tidegate_engine::domain::action::Action;

impl<'s> Twin<'s> {
    pub fn new(settings: &'s Settings) -> Twin<'s> {
        Twin {
            settings,
            totals: Totals::default(),
            next: 0,
            texts: texts::Texts::default(),
            groups: Vec::new(),
            breakers: BTreeMap::new(),
            authors: Vec::new(),
            lost: Vec::new(),
            channels: Vec::new(),
            posts: Vec::new(),
            reports: Vec::new(),
            readers: BTreeMap::new(),
            cases: Vec::new(),
            alarms: Vec::new(),
        }
    }

    fn clock(&self) -> Option<Seconds> {
        self.totals.clock
    }

    /// The newest post of this id.
    fn known(&mut self, id: &str) -> Option<&mut Known> {
        self.posts.iter_mut().rev().find(|known| known.id == id && id != "null")
    }

    pub fn post(&mut self, post: &PostRecord) -> Decision {
        let scan = post.scan.action;
        let mut decision =
            Decision { action: scan, scan, care: post.scan.care, ..Decision::default() };
        if self.known(&post.id).is_some() {
            self.repeat(post, &mut decision);
            return decision;
        }
        let hash = post.author.as_deref().map_or(0, hash_of);
        let moment = accept(&mut self.totals, &self.settings.measures.clock, post.at, hash);
        (decision.ahead, decision.late) = (moment.is_ahead, moment.is_late);
        if let Some(clock) = self.clock() {
            self.texts.expire(clock - self.settings.measures.campaigns.window);
        }
        let mut facts = Facts {
            post,
            moment,
            offence: post.scan.offence,
            campaign: None,
            acts: false,
            factors: factors(&self.settings.measures.operations, post, moment.at),
            number: self.next,
        };
        self.next += 1;
        self.join(&mut facts, &mut decision);
        self.correlate(&mut facts, &mut decision);
        self.break_blocks(&mut facts, &mut decision);
        self.measure_author(&facts, &mut decision);
        self.measure_channel(&facts, &mut decision);
        self.remember(&facts, &decision);
        self.open_cases(&facts, &mut decision);
        self.drop_over_bounds(&mut decision);
        decision
    }

    fn repeat(&mut self, post: &PostRecord, decision: &mut Decision) {
        decision.repeated = true;
        let Some(known) = self.known(&post.id).cloned() else { return };
        decision.action = known.action.max(post.scan.action);
        decision.case = known.case;
        decision.campaign = known.campaign.and_then(|number| self.texts.facts(number));
        if decision.action == Action::Block && post.scan.offence == Action::Block {
            decision.breaker = self.open_breakers(post);
            if !decision.breaker.is_empty() {
                decision.action = Action::Review;
            }
        }
    }

    fn join(&mut self, facts: &mut Facts<'_>, decision: &mut Decision) {
        if !self.settings.has_campaigns {
            return;
        }
        let Some((number, related)) =
            self.texts.add(facts.post, facts.number, facts.moment.at, self.settings)
        else {
            return;
        };
        let Some(shown) = self.texts.facts(number) else { return };
        let (harmful, acts) = self.texts.acts(number, self.settings);
        facts.campaign = Some(number);
        facts.acts = acts && !facts.post.scan.care;
        if harmful && !facts.post.scan.care {
            let least = self.settings.measures.campaigns.harmful.action;
            decision.action = decision.action.max(least);
            facts.offence = facts.offence.max(least);
        }
        decision.campaign = Some(CampaignFacts { related, ..shown });
    }

    fn correlate(&mut self, facts: &mut Facts<'_>, decision: &mut Decision) {
        let post = facts.post;
        let campaign = decision.campaign.as_ref();
        let is_story = campaign.is_some_and(|it| it.story && !it.ignored) && !post.scan.care;
        let mut scores = post.scan.categories.clone();
        if is_story {
            let story = &self.settings.measures.campaigns.story;
            decision.rules.push(story_fired(campaign, story.weight));
            add(&mut scores, story.category, story.weight);
        }
        for matched in &post.matches {
            let correlation = &self.settings.correlations.all[matched.correlation];
            let patterns = matched.patterns | if is_story { correlation.story } else { 0 };
            if facts.moment.is_late || patterns == 0 {
                continue;
            }
            let fired =
                groups::count(&mut self.groups, correlation, matched, patterns, facts.moment.at);
            if let Some(fired) = fired {
                if !fired.shadow {
                    add(&mut scores, correlation.category, correlation.weight);
                }
                decision.rules.push(fired);
            }
        }
        if decision.rules.iter().any(|fired| !fired.shadow) {
            let mut offences = scores.clone();
            offences.retain(|(category, _)| category.name() != "self-harm");
            let policy = &self.settings.policy;
            decision.action = decision.action.max(policy.decide(post.tier, &mut scores));
            facts.offence = facts.offence.max(policy.decide(post.tier, &mut offences));
            if is_story {
                decision.action = decision.action.max(Action::Flag);
                facts.offence = facts.offence.max(Action::Flag);
            }
        }
    }

    fn remember(&mut self, facts: &Facts<'_>, decision: &Decision) {
        let post = facts.post;
        let queue = &self.settings.measures.queue;
        let names = post.scan.categories.iter().map(|(category, _)| category.name());
        let offences = names.filter(|name| *name != "self-harm");
        let worst = offences.min_by_key(|name| (std::cmp::Reverse(harm_of(name, queue)), *name));
        self.posts.push(Known {
            id: post.id.clone(),
            number: facts.number,
            author: post.author.clone(),
            channel: post.channel.clone(),
            action: decision.action,
            category: worst.map(str::to_owned),
            care: post.scan.care,
            reach: post.reach,
            campaign: facts.campaign,
            case: None,
            outcome: None,
        });
        if self.posts.len() > self.settings.measures.bounds.posts {
            let gone = self.posts.remove(0);
            self.reports.retain(|report| report.post != gone.id);
        }
    }

    fn drop_over_bounds(&mut self, decision: &mut Decision) {
        let bounds = &self.settings.measures.bounds;
        let open: Vec<String> = self.open_cases_ids();
        decision.state_full |= self.texts.drop_over(bounds.singles, bounds.campaigns, &open);
        groups::drop_over(&mut self.groups, bounds.groups);
        self.close_over(bounds.cases);
    }
}
