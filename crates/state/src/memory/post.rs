//! How a post changes the state.

use super::clock::{Moment, accept};
use super::operations::{Factors, factors};
use super::{Memory, Settings, authors, channels};
use crate::decision::{CampaignFacts, Decision, Fired};
use crate::model::{
    Campaign, CaseKind, CaseState, Member, Micro, POINT, PostRef, Seconds, hash_of,
};
use crate::record::PostRecord;
use serde_json::{Value, json};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use tidegate_engine::rules::model::STORY_RULE;

const DAY: i64 = 86_400;

/// Category whose scores lead to help, and never to a measure.
const SELF_HARM: &str = "self-harm";

/// What is known of a post while it is applied.
struct Facts<'p> {
    post: &'p PostRecord,
    moment: Moment,
    /// The action by offences alone: what measures count. Never stronger than the action.
    offence: Action,
    /// Number of the campaign.
    campaign: Option<u64>,
    /// The campaign acts.
    acts: bool,
    factors: Factors,
}

impl Memory {
    pub(super) fn apply_post(&mut self, post: &PostRecord, settings: &Settings) -> Decision {
        let scan = post.scan.action;
        let mut decision =
            Decision { action: scan, scan, care: post.scan.care, ..Decision::default() };
        if post.id != "null" && self.posts.has(&post.id) {
            self.repeat(post, &mut decision, settings);
            return decision;
        }
        self.totals.posts += 1;
        let author = post.author.as_deref().map_or(0, hash_of);
        let moment = accept(&mut self.totals, &settings.measures.clock, post.at, author);
        (decision.ahead, decision.late) = (moment.is_ahead, moment.is_late);
        self.pass_time(settings);
        let factors = factors(&settings.measures.operations, post, moment.at);
        let offence = post.scan.offence;
        let mut facts = Facts { post, moment, offence, campaign: None, acts: false, factors };
        self.join_campaign(&mut facts, &mut decision, settings);
        self.correlate(&mut facts, &mut decision, settings);
        self.break_blocks(&mut facts, &mut decision, settings);
        let points = self.measure_author(&facts, &mut decision, settings);
        self.measure_channel(&facts, &mut decision, settings);
        let harmful = facts.offence >= Action::Review;
        if !post.scan.care {
            let operations = &settings.measures.operations;
            self.operations.count(operations, post, moment.at, harmful);
        }
        self.remember(&facts, &decision, points, settings);
        self.open_cases(&facts, &mut decision, settings);
        self.evict(&mut decision, settings);
        self.totals.changed += u64::from(decision.action != scan);
        decision
    }

    /// A post whose id was seen: nothing is counted again.
    fn repeat(&mut self, post: &PostRecord, decision: &mut Decision, settings: &Settings) {
        decision.repeated = true;
        let Some(known) = self.posts.get(&post.id) else { return };
        decision.action =
            Action::from_name(&known.action).unwrap_or_default().max(post.scan.action);
        decision.case = known.case.clone();
        let campaign = known.campaign.as_deref().and_then(|id| self.campaigns.number_of(id));
        decision.campaign =
            campaign.and_then(|number| self.campaigns.get(number)).map(campaign_facts);
        if decision.action == Action::Block && post.scan.offence == Action::Block {
            // The line may be sent again because a breaker had replaced its action.
            decision.breaker = self.breakers.open_for(&settings.measures.limits, post);
            if !decision.breaker.is_empty() {
                decision.action = Action::Review;
            }
        }
    }

    /// Drops what is too old at the clock.
    pub(super) fn pass_time(&mut self, settings: &Settings) {
        let Some(clock) = self.totals.clock else { return };
        self.campaigns.expire(clock.saturating_sub(settings.measures.campaigns.window));
        let day = clock.div_euclid(DAY);
        if day <= self.totals.cleaned {
            return;
        }
        self.totals.cleaned = day;
        let keep = &settings.measures.keep;
        if let Some(time) = keep.samples {
            self.campaigns.forget_samples(clock.saturating_sub(time));
        }
        if let Some(time) = keep.authors {
            self.authors.expire(clock.saturating_sub(time), clock);
        }
        if let Some(time) = keep.cases {
            self.cases.expire(clock.saturating_sub(time));
        }
        if let Some(time) = keep.posts {
            let (_, gone) = self.posts.evict(usize::MAX, Some(clock.saturating_sub(time)));
            gone.iter().for_each(|id| self.reports.forget(id));
        }
    }

    /// Compares the text with earlier ones.
    fn join_campaign(
        &mut self,
        facts: &mut Facts<'_>,
        decision: &mut Decision,
        settings: &Settings,
    ) {
        if !settings.has_campaigns {
            return;
        }
        let post = facts.post;
        let member = Member {
            id: post.id.clone(),
            author: post.author.as_deref().map_or(0, hash_of),
            channel: post.channel.as_deref().map_or(0, hash_of),
            at: facts.moment.at,
            reach: post.reach,
            harmful: post.scan.offence >= Action::Review,
        };
        let number = self.totals.next_number;
        self.totals.next_number += 1;
        let Some(joined) = self.campaigns.add(post, member, number, &settings.campaigns) else {
            return;
        };
        let Some(campaign) = self.campaigns.get(joined.number) else { return };
        let mut shown = campaign_facts(campaign);
        shown.related = joined.related;
        facts.campaign = Some(joined.number);
        facts.acts = acts(campaign) && !post.scan.care;
        let is_harmful = campaign.acts_harmful && campaign.ignored.is_none();
        if is_harmful && !post.scan.care {
            let least = settings.measures.campaigns.harmful.action;
            decision.action = decision.action.max(least);
            facts.offence = facts.offence.max(least);
        }
        let id = campaign.id.clone();
        decision.campaign = Some(shown);
        if joined.became_story {
            self.log(facts.moment.at, "story", json!({ "campaign": id, "post": hashed(&post.id) }));
        }
    }

    /// Evaluates `campaign.story` and the correlations, and takes the action anew.
    fn correlate(&mut self, facts: &mut Facts<'_>, decision: &mut Decision, settings: &Settings) {
        let post = facts.post;
        let campaign = facts.campaign.and_then(|number| self.campaigns.get(number));
        let is_story = campaign.is_some_and(|it| it.acts_story && it.ignored.is_none());
        let is_story = is_story && !post.scan.care;
        let mut scores = post.scan.categories.clone();
        if is_story {
            let story = &settings.measures.campaigns.story;
            decision.rules.push(story_fired(decision.campaign.as_ref(), story.weight));
            add(&mut scores, story.category, story.weight);
        }
        for matched in &post.matches {
            let Some(correlation) = settings.correlations.all.get(matched.correlation) else {
                continue;
            };
            let story = if is_story { correlation.story } else { 0 };
            let patterns = matched.patterns | story;
            if facts.moment.is_late || patterns == 0 {
                continue;
            }
            let at = facts.moment.at;
            if let Some(fired) = self.groups.count(correlation, matched, patterns, at) {
                if !fired.shadow {
                    add(&mut scores, correlation.category, correlation.weight);
                }
                decision.rules.push(fired);
            }
        }
        if decision.rules.iter().all(|fired| fired.shadow) {
            return;
        }
        let offences = scores.iter().filter(|(category, _)| !category.is_self_harm());
        let mut offences = offences.copied().collect();
        decision.action = decision.action.max(settings.policy.decide(post.tier, &mut scores));
        let offence = settings.policy.decide(post.tier, &mut offences);
        let least = if is_story { Action::Flag } else { Action::Allow };
        facts.offence = facts.offence.max(offence).max(least);
        decision.action = decision.action.max(least);
    }

    /// Past a limit `block` becomes `review`.
    fn break_blocks(
        &mut self,
        facts: &mut Facts<'_>,
        decision: &mut Decision,
        settings: &Settings,
    ) {
        let limits = &settings.measures.limits;
        if facts.offence < Action::Block || limits.is_empty() {
            return;
        }
        let open = if facts.moment.is_late {
            self.breakers.open_for(limits, facts.post)
        } else {
            let attempt = self.breakers.attempt(limits, facts.post, facts.moment.at);
            for alarm in &attempt.alarms {
                let fields = json!({ "breaker": alarm.breaker, "attempts": alarm.attempts,
                    "limit": alarm.limit, "period": alarm.period });
                self.log(alarm.at, "alarm", fields);
            }
            self.alarms.extend(attempt.alarms);
            attempt.open
        };
        if !open.is_empty() {
            decision.action = Action::Review;
            facts.offence = Action::Review;
        }
        decision.breaker = open;
    }

    /// Points and steps of the author; returns the points that the post gave.
    fn measure_author(
        &mut self,
        facts: &Facts<'_>,
        decision: &mut Decision,
        settings: &Settings,
    ) -> Micro {
        let Some(id) = facts.post.author.as_deref() else { return 0 };
        let ladder = &settings.measures.authors;
        let (at, post) = (facts.moment.at, facts.post);
        let points = if facts.moment.is_late { 0 } else { points_of(facts, settings) };
        let is_known = self.authors.get(id).is_some();
        let number = self.totals.next_post;
        if !settings.has_ladder || points == 0 && !is_known {
            return 0;
        }
        let (under, measure) = self.authors.change(id, at, ladder, |author| {
            authors::settle(author, ladder, at);
            let under = authors::step_in_force(author, ladder, at).map(str::to_owned);
            author.last = author.last.max(at);
            count_action(author, facts.offence);
            if points == 0 {
                return (under, None);
            }
            authors::give(author, Some(&post.id), points, at, ladder);
            (under, authors::raise(author, ladder, number + 1))
        });
        let clock = self.totals.clock.unwrap_or(at);
        self.totals.evictions.authors +=
            self.authors.evict(settings.measures.bounds.authors, clock);
        if self.authors.len() > settings.measures.bounds.authors && !is_known {
            self.authors.remove(id, ladder);
            self.totals.evictions.full += 1;
            decision.state_full = true;
            return 0;
        }
        decision.under = under;
        if let Some(measure) = &measure {
            let fields = json!({ "who": "author", "author": hashed(id), "step": measure.step,
                "until": measure.until, "proposed": measure.proposed.then_some(true),
                "points": measure.points, "post": hashed(&post.id) });
            self.log(at, "step", fields);
        }
        decision.measure = measure;
        points
    }

    fn measure_channel(&mut self, facts: &Facts<'_>, decision: &mut Decision, settings: &Settings) {
        let Some(id) = facts.post.channel.as_deref().filter(|_| settings.has_ladder) else {
            return;
        };
        let ladder = &settings.measures.channels;
        let (at, is_late) = (facts.moment.at, facts.moment.is_late);
        let harmful = facts.offence >= Action::Review;
        // Posts of people who may need help change nothing for their channel.
        let is_care = facts.post.scan.care;
        if !is_care {
            self.channels.count(id, at, harmful, is_late, ladder.window);
        }
        let Some(channel) = self.channels.get(id) else { return };
        decision.channel_under = channels::step_in_force(channel, ladder, at).map(str::to_owned);
        if is_late || is_care {
            return;
        }
        let Some(channel) = self.channels.get_mut(id) else { return };
        decision.channel_measure = channels::update(channel, ladder, at, harmful);
        if let Some(measure) = &decision.channel_measure {
            let (posts, harmful) = measure.rate.unwrap_or_default();
            let fields = json!({ "who": "channel", "channel": id, "step": measure.step,
                "until": measure.until, "proposed": measure.proposed.then_some(true),
                "posts": posts, "harmful": harmful, "post": hashed(&facts.post.id) });
            self.log(at, "step", fields);
        }
        let clock = self.totals.clock.unwrap_or(at);
        self.totals.evictions.channels +=
            self.channels.evict(settings.measures.bounds.channels, clock);
    }

    /// Keeps the post, so that reports and decisions can name it.
    fn remember(
        &mut self,
        facts: &Facts<'_>,
        decision: &Decision,
        points: Micro,
        settings: &Settings,
    ) {
        let post = facts.post;
        let queue = &settings.measures.queue;
        let harm = |name: &str| super::harm_of(name, queue);
        let offences = post.scan.categories.iter().map(|(category, _)| category.name());
        let mut offences: Vec<&str> = offences.filter(|name| *name != SELF_HARM).collect();
        offences.sort_by_key(|name| (std::cmp::Reverse(harm(name)), *name));
        let campaign = facts.campaign.and_then(|number| self.campaigns.get(number));
        self.posts.add(PostRef {
            id: post.id.clone(),
            number: self.totals.next_post,
            author: post.author.clone(),
            channel: post.channel.clone(),
            at: facts.moment.at,
            action: decision.action.name().to_owned(),
            category: offences.first().map(|name| (*name).to_owned()),
            care: post.scan.care,
            reach: post.reach,
            campaign: campaign.map(|campaign| campaign.id.clone()),
            case: None,
            points,
            upheld: 0,
            upheld_at: 0,
            outcome: None,
        });
        self.totals.next_post += 1;
        let (dropped, gone) = self.posts.evict(settings.measures.bounds.posts, None);
        self.totals.evictions.posts += dropped;
        gone.iter().for_each(|id| self.reports.forget(id));
    }

    /// Opens or changes the case of the post: that of its campaign, or else of its author.
    fn open_cases(&mut self, facts: &Facts<'_>, decision: &mut Decision, settings: &Settings) {
        let post = facts.post;
        if post.scan.care {
            let subject = post.author.as_deref().unwrap_or(&post.id);
            let (case, priority) = self.add_to_case(CaseKind::Care, subject, facts, settings);
            (decision.care_case, decision.priority) = (Some(case), Some(priority));
        }
        let campaign = facts.campaign.and_then(|number| self.campaigns.get(number));
        let has_case = |it: &&Campaign| {
            facts.acts && it.authors.count() >= settings.measures.campaigns.authors
        };
        let campaign = campaign.filter(has_case).map(|campaign| campaign.id.clone());
        let is_proposed = decision.measure.as_ref().is_some_and(|measure| measure.proposed);
        if facts.offence >= Action::Review || campaign.is_some() || is_proposed {
            let (kind, subject) = match (campaign.as_deref(), post.author.as_deref()) {
                (Some(campaign), _) if !is_proposed => (CaseKind::Campaign, campaign),
                (_, Some(author)) => (CaseKind::Author, author),
                (Some(campaign), None) => (CaseKind::Campaign, campaign),
                (None, None) => (CaseKind::Post, post.id.as_str()),
            };
            let (case, priority) = self.add_to_case(kind, subject, facts, settings);
            if let Some(measure) = decision.measure.as_ref().filter(|_| is_proposed) {
                let step = measure.step.clone();
                self.cases
                    .update(&case, &settings.measures.queue, |case| case.proposed = Some(step));
            }
            self.posts.set_case(&post.id, &case);
            (decision.case, decision.priority) = (Some(case), Some(priority));
        }
        let channel = post.channel.as_deref();
        if let Some((measure, channel)) = decision.channel_measure.as_ref().zip(channel)
            && measure.proposed
        {
            let step = measure.step.clone();
            let (case, _) = self.add_to_case(CaseKind::Channel, channel, facts, settings);
            self.cases.update(&case, &settings.measures.queue, |case| case.proposed = Some(step));
        }
    }

    fn add_to_case(
        &mut self,
        kind: CaseKind,
        subject: &str,
        facts: &Facts<'_>,
        settings: &Settings,
    ) -> (String, u64) {
        let queue = &settings.measures.queue;
        let (post, at) = (facts.post, facts.moment.at);
        let number = facts.campaign.filter(|_| kind == CaseKind::Campaign);
        let is_new = self.cases.get(&self.cases.id_of(kind, subject)).is_none();
        let categories: Vec<&str> = match kind {
            CaseKind::Care => vec![SELF_HARM],
            CaseKind::Campaign | CaseKind::Author | CaseKind::Channel | CaseKind::Post => {
                let all = post.scan.categories.iter().map(|(category, _)| category.name());
                all.filter(|name| *name != SELF_HARM).collect()
            }
        };
        let Memory { campaigns, cases, .. } = self;
        let campaign = number.and_then(|number| campaigns.get(number));
        let story = campaign.filter(|campaign| campaign.acts_story);
        let story = story.map(|_| settings.measures.campaigns.story.category.name());
        let (case, priority) = cases.change(kind, subject, at, queue, |case| {
            case.open_again(at);
            match campaign {
                Some(campaign) => describe_campaign(case, campaign, is_new),
                None => {
                    case.posts += 1;
                    case.authors = u64::from(post.author.is_some());
                    case.channels = case.channels.max(u64::from(post.channel.is_some()));
                    case.reach = case.reach.saturating_add(post.reach);
                }
            }
            categories.iter().chain(&story).for_each(|name| case.note_category(name, queue));
            case.operation = case.operation.max(facts.factors.queue);
            case.note_post(&post.id);
        });
        if is_new {
            let fields = json!({ "case": case, "on": kind, "post": hashed(&post.id) });
            self.log(at, "case", fields);
        }
        if let Some(campaign) = number.and_then(|number| self.campaigns.get_mut(number)) {
            campaign.case = Some(case.clone());
        }
        (case, priority)
    }

    /// Drops what is over the bounds.
    fn evict(&mut self, decision: &mut Decision, settings: &Settings) {
        let bounds = &settings.measures.bounds;
        self.protect_campaigns();
        let (singles, campaigns) = self.campaigns.evict(bounds.singles, bounds.campaigns);
        let evictions = &mut self.totals.evictions;
        evictions.singles += singles;
        evictions.campaigns += campaigns;
        evictions.groups += self.groups.evict(bounds.groups, bounds.moments);
        if self.campaigns.len() > bounds.campaigns {
            let newest = self.campaigns.newest();
            newest.into_iter().for_each(|number| self.campaigns.remove(number));
            evictions.full += 1;
            decision.state_full = true;
        }
        let closed = self.cases.evict(bounds.cases);
        self.totals.evictions.cases += closed.len() as u64;
        for case in closed {
            self.log(self.totals.clock.unwrap_or(0), "overflow", json!({ "case": case }));
        }
    }

    /// Campaigns with an open case are not dropped.
    fn protect_campaigns(&mut self) {
        for id in self.cases.take_moved() {
            let Some(number) = self.campaigns.number_of(&id) else { continue };
            let case = self.campaigns.get(number).and_then(|campaign| campaign.case.as_ref());
            let case = case.and_then(|case| self.cases.get(case));
            let is_open = case.is_some_and(|case| case.state == CaseState::Open);
            self.campaigns.protect(number, is_open);
        }
    }

    pub(super) fn log(&mut self, at: Seconds, kind: &str, fields: Value) {
        self.notes.add(at, kind, &fields);
    }
}

/// The hash of an id, as 16 hex digits. The log names people and posts by it, so that it can stay when
/// they are forgotten.
pub(super) fn hashed(id: &str) -> String {
    format!("{:016x}", hash_of(id))
}

/// Does a campaign have consequences?
pub(super) fn acts(campaign: &Campaign) -> bool {
    campaign.ignored.is_none() && (campaign.acts_harmful || campaign.acts_story)
}

pub(super) fn campaign_facts(campaign: &Campaign) -> CampaignFacts {
    CampaignFacts {
        id: campaign.id.clone(),
        posts: campaign.posts,
        authors: campaign.authors.count(),
        about: campaign.authors.is_about() || campaign.channels.is_about(),
        channels: campaign.channels.count(),
        harmful: campaign.harmful,
        story: campaign.acts_story,
        ignored: campaign.ignored.is_some(),
        related: None,
    }
}

pub(super) fn story_fired(campaign: Option<&CampaignFacts>, score: Score) -> Fired {
    Fired {
        id: STORY_RULE.to_owned(),
        kind: "campaign",
        group: campaign.map(|it| ("campaign".to_owned(), it.id.clone())).into_iter().collect(),
        count: campaign.map_or(0, |campaign| campaign.authors),
        span: 0,
        score,
        held: 0,
        shadow: false,
    }
}

pub(super) fn add(
    scores: &mut Vec<(Category, tidegate_engine::domain::score::Score)>,
    category: Category,
    weight: Score,
) {
    match scores.iter_mut().find(|(known, _)| *known == category) {
        Some((_, score)) => *score += weight,
        None => {
            let at = scores.partition_point(|(known, _)| *known < category);
            scores.insert(at, (category, weight));
        }
    }
}

fn points_of(facts: &Facts<'_>, settings: &Settings) -> Micro {
    let points = &settings.measures.authors.points;
    let own = match facts.offence {
        Action::Allow => 0,
        Action::Flag => points.flag,
        Action::Review => points.review,
        Action::Block => points.block,
    };
    let is_offence = facts.offence > Action::Allow;
    let campaign = if facts.acts && is_offence { points.campaign } else { 0 };
    let scaled = i128::from(own + campaign) * i128::from(facts.factors.points) / i128::from(POINT);
    scaled.min(i128::from(i64::MAX / 4)) as Micro
}

fn count_action(author: &mut crate::model::Author, offence: Action) {
    author.counts.posts += 1;
    match offence {
        Action::Allow => {}
        Action::Flag => author.counts.flag += 1,
        Action::Review => author.counts.review += 1,
        Action::Block => author.counts.block += 1,
    }
}

/// The numbers of a campaign's case are those of the campaign; a new one names earlier posts.
fn describe_campaign(case: &mut crate::model::Case, campaign: &Campaign, is_new: bool) {
    case.posts = campaign.posts;
    case.authors = campaign.authors.count();
    case.channels = campaign.channels.count();
    case.reach = campaign.reach;
    case.reports = case.reports.max(campaign.reports);
    if is_new {
        let first = campaign.entries.first().map(|entry| entry.post.id.clone());
        let samples = campaign.samples.iter().map(|sample| sample.id.clone());
        let known: Vec<String> = first.into_iter().chain(samples).collect();
        known[..known.len().saturating_sub(1)].iter().for_each(|id| case.note_post(id));
    }
}
