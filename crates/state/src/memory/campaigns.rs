//! Campaigns: which posts have texts that are alike.
//!
//! A post joins the campaign, or the single, whose entry is the most like it; otherwise it becomes a
//! single. Campaigns are never merged, so ids never change.

use super::index::{Index, Owner, SlotIx, all_listed};
use super::samples;
use super::singles::Singles;
use super::table::Table;
use crate::measures;
use crate::model::{
    Campaign, Change, Changes, Distinct, Entry, Member, Seconds, TemplateRecord, hash_of,
};
use crate::record::PostRecord;
use crate::text::{
    self, Fingerprint, Fingerprinter, Likeness, Overlap, SKETCH_WEIGHT, Squeezed, WHOLE_WEIGHT,
    needed_percent, overlap,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeSet, BinaryHeap};

/// Texts this much alike need no likeness to the first entry, and are no entries of their own.
const SAME_PERCENT: u32 = 80;

/// Least likeness to the first entry of a campaign.
const FIRST_PERCENT: u32 = 25;

/// Most entries and related campaigns.
const ENTRIES: usize = 8;

/// Most hours of a timeline.
const HOURS: usize = 1000;

/// Authors from which the template is computed; then at each doubling.
const TEMPLATE_AUTHORS: u64 = 5;

/// Weight of fixed text that makes a story, and distinct values of its slots.
const STORY_WEIGHT: u32 = 120;
const STORY_SLOTS: usize = 2;
const STORY_VALUES: usize = 3;

/// Campaigns that take no members and may wait in the order by time.
const SLACK: usize = 4096;

/// What is fixed for a run.
#[derive(Debug)]
pub struct CampaignSettings {
    /// The measures.
    pub measures: measures::Campaigns,
    /// Reads texts.
    pub fingerprinter: Fingerprinter,
    /// `ignore`, with reasons.
    pub ignored: Vec<(Likeness, String)>,
}

impl CampaignSettings {
    /// The settings of `measures`.
    pub fn of(measures: &measures::Campaigns) -> CampaignSettings {
        let fingerprinter = Fingerprinter::new(&measures.strip);
        let ignored = measures.ignore.iter();
        let ignored = ignored
            .map(|ignore| (Likeness::new(&ignore.like, &fingerprinter), ignore.reason.clone()))
            .collect();
        CampaignSettings { measures: measures.clone(), fingerprinter, ignored }
    }
}

/// The campaigns and singles.
#[derive(Clone, Debug, Default)]
pub struct Campaigns {
    table: Table<u64, Campaign>,
    by_id: FxHashMap<String, u64>,
    index: Index,
    singles: Singles,
    /// Slots of the entries, by number of the campaign; only of those that take members.
    slots: FxHashMap<u64, Vec<SlotIx>>,
    /// Those that take members, by the time of the last one when they were pushed.
    by_time: BinaryHeap<Reverse<(Seconds, u64)>>,
    /// Authors, last member, number: the first is dropped first. Without those that are protected.
    by_size: BTreeSet<(u64, Seconds, u64)>,
    /// Numbers of those with an open case: they are not dropped.
    protected: FxHashSet<u64>,
    /// Ids of those that were removed since the last checkpoint.
    removed: BTreeSet<String>,
}

/// A post joined a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Number of the campaign.
    pub number: u64,
    /// Another campaign that the post is like.
    pub related: Option<String>,
    /// It became a story with this post.
    pub became_story: bool,
}

/// An entry that a post is like enough.
#[derive(Clone, Copy, Debug)]
struct Like {
    slot: SlotIx,
    overlap: Overlap,
    /// Number of the campaign, or of the entry: the smaller is older.
    age: u64,
}

/// The best first.
fn by_likeness(left: &Like, right: &Like) -> Ordering {
    right.overlap.cmp(&left.overlap).then(left.age.cmp(&right.age))
}

impl Campaigns {
    /// From the rows of a state file: campaigns, and singles by number.
    pub fn of(
        campaigns: Vec<Campaign>,
        singles: Vec<Entry>,
        clock: Seconds,
        window: Seconds,
    ) -> Campaigns {
        let mut all = Campaigns::default();
        let mut entries: Vec<(Entry, Owner)> =
            singles.into_iter().map(|entry| (entry, Owner::Single)).collect();
        for campaign in &campaigns {
            if campaign.last.saturating_add(window) >= clock {
                let owner = Owner::Campaign(campaign.number);
                entries.extend(campaign.entries.iter().map(|entry| (entry.clone(), owner)));
                all.by_time.push(Reverse((campaign.last, campaign.number)));
                all.slots.insert(campaign.number, Vec::new());
            }
            all.by_id.insert(campaign.id.clone(), campaign.number);
            all.by_size.insert((campaign.authors.count(), campaign.last, campaign.number));
        }
        entries.sort_by_key(|(entry, _)| entry.number);
        for (entry, owner) in entries {
            match owner {
                Owner::Single => all.singles.restore(entry, &mut all.index),
                Owner::Campaign(number) => {
                    let slot = all.index.insert(entry, owner);
                    all.slots.entry(number).or_default().push(slot);
                }
            }
        }
        all.table = Table::of(campaigns.into_iter().map(|campaign| (campaign.number, campaign)));
        all
    }

    /// A campaign by its number.
    pub fn get(&self, number: u64) -> Option<&Campaign> {
        self.table.get(&number)
    }

    /// A campaign by its number, to change.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Campaign> {
        self.table.get_mut(&number)
    }

    /// Number of a campaign.
    pub fn number_of(&self, id: &str) -> Option<u64> {
        self.by_id.get(id).copied()
    }

    /// Number of campaigns.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Number of singles.
    pub fn singles_len(&self) -> usize {
        self.singles.len()
    }

    /// Removes singles that are older than `before` from memory, and campaigns whose last member is
    /// from those that take members.
    pub fn expire(&mut self, before: Seconds) {
        self.singles.expire(before, &mut self.index);
        while let Some(Reverse((last, number))) = self.by_time.peek().copied() {
            if last >= before {
                break;
            }
            self.by_time.pop();
            match self.table.get(&number).map(|campaign| campaign.last) {
                Some(last) if last >= before => self.by_time.push(Reverse((last, number))),
                Some(_) => self.close(number),
                None => {}
            }
        }
    }

    /// The campaign takes no member any more.
    fn close(&mut self, number: u64) {
        for slot in self.slots.remove(&number).unwrap_or_default() {
            self.index.remove(slot);
        }
    }

    /// Adds a post; returns its campaign. `number` is that of the post.
    pub fn add(
        &mut self,
        post: &PostRecord,
        member: Member,
        number: u64,
        settings: &CampaignSettings,
    ) -> Option<Joined> {
        if post.fingerprint.weight < WHOLE_WEIGHT {
            return None;
        }
        let entry = |post: &Fingerprint, member: Member| Entry {
            number,
            sketch: post.sketch.clone(),
            whole: post.whole,
            weight: post.weight,
            listed: all_listed(&post.sketch),
            post: member,
        };
        let Some((best, related)) = self.find(&post.fingerprint) else {
            let entry = entry(&post.fingerprint, member);
            self.singles.add(entry, &mut self.index);
            self.note_pushed_out();
            return None;
        };
        let number = match self.index.owner(best.slot) {
            Owner::Campaign(number) => number,
            Owner::Single => self.found(best.slot, number),
        };
        let is_new_text = !best.overlap.at_least(SAME_PERCENT);
        if is_new_text && self.slots.get(&number).is_some_and(|slots| slots.len() < ENTRIES) {
            let entry = entry(&post.fingerprint, member.clone());
            self.add_entry(number, entry);
        }
        let became_story = self.count(number, post, &member, related.clone(), settings);
        Some(Joined { number, related, became_story })
    }

    /// The entry that the text is most like, and another campaign that it is like.
    fn find(&mut self, text: &Fingerprint) -> Option<(Like, Option<String>)> {
        if text.weight < SKETCH_WEIGHT {
            let slot = self.index.equal(text.whole)?;
            let overlap = Overlap { common: 1, union: 1 };
            return Some((Like { slot, overlap, age: 0 }, None));
        }
        let candidates = self.index.candidates(text);
        let mut like: Vec<Like> =
            candidates.into_iter().filter_map(|slot| self.compare(text, slot)).collect();
        like.sort_by(by_likeness);
        let best = *like.first()?;
        let own = self.index.owner(best.slot);
        let others = like.iter().map(|other| self.index.owner(other.slot));
        let related = others.filter(|other| *other != own).find_map(|owner| match owner {
            Owner::Campaign(number) => self.table.get(&number).map(|it| it.id.clone()),
            Owner::Single => None,
        });
        Some((best, related))
    }

    /// How much an entry is like a text, if it is enough to join.
    fn compare(&self, text: &Fingerprint, slot: SlotIx) -> Option<Like> {
        let entry = self.index.entry(slot);
        let found = overlap(&text.sketch, &entry.sketch);
        if !found.at_least(needed_percent(text.weight.min(entry.weight))) {
            return None;
        }
        let age = match self.index.owner(slot) {
            Owner::Single => entry.number,
            Owner::Campaign(number) => {
                let first = self.slots.get(&number).and_then(|slots| slots.first().copied())?;
                let is_like_first = || {
                    let first = overlap(&text.sketch, &self.index.entry(first).sketch);
                    first.at_least(FIRST_PERCENT)
                };
                if !found.at_least(SAME_PERCENT) && !is_like_first() {
                    return None;
                }
                number
            }
        };
        Some(Like { slot, overlap: found, age })
    }

    /// Makes a campaign of a single; returns its number, which is that of the post that joins.
    fn found(&mut self, slot: SlotIx, number: u64) -> u64 {
        let entry = self.index.entry(slot).clone();
        self.singles.leave(entry.number);
        self.index.set_owner(slot, Owner::Campaign(number));
        let id = self.free_id(&entry.post);
        let mut campaign = Campaign {
            id: id.clone(),
            number,
            first: entry.post.at,
            last: entry.post.at,
            posts: 0,
            harmful: 0,
            weight: 0,
            reach: 0,
            authors: Distinct::default(),
            channels: Distinct::default(),
            hours: Default::default(),
            entries: vec![entry.clone()],
            related: Vec::new(),
            samples: Vec::new(),
            template_authors: 0,
            template: None,
            acts_harmful: false,
            acts_story: false,
            ignored: None,
            case: None,
            reports: 0,
        };
        count_member(&mut campaign, &entry.post, entry.weight);
        self.by_size.insert((campaign.authors.count(), campaign.last, number));
        self.by_time.push(Reverse((campaign.last, number)));
        self.by_id.insert(id, number);
        self.slots.insert(number, vec![slot]);
        // Below one that takes members any number that take none could wait.
        if self.by_time.len() > 2 * self.slots.len() + SLACK {
            let Campaigns { slots, by_time, .. } = self;
            by_time.retain(|Reverse((_, number))| slots.contains_key(number));
        }
        self.table.insert(number, campaign);
        number
    }

    fn free_id(&self, first: &Member) -> String {
        let hash = hash_of(&format!("{}\u{1f}{}", first.id, first.at));
        let id = format!("k{:010x}", hash & 0xff_ffff_ffff);
        let others = (2..).map(|number| format!("{id}-{number}"));
        let mut ids = std::iter::once(id.clone()).chain(others);
        ids.find(|id| !self.by_id.contains_key(id)).unwrap_or(id)
    }

    fn add_entry(&mut self, number: u64, entry: Entry) {
        if let Some(campaign) = self.table.get_mut(&number) {
            campaign.entries.push(entry.clone());
        }
        let slot = self.index.insert(entry, Owner::Campaign(number));
        self.slots.entry(number).or_default().push(slot);
        self.note_pushed_out();
    }

    /// Writes down which entries lost a key.
    fn note_pushed_out(&mut self) {
        for slot in self.index.take_pushed_out() {
            let entry = self.index.entry(slot);
            match self.index.owner(slot) {
                Owner::Single => self.singles.note_listed(entry),
                Owner::Campaign(number) => {
                    let (own, listed) = (entry.number, entry.listed);
                    let entries = self.table.get_mut(&number).map(|it| &mut it.entries);
                    let entry = entries.into_iter().flatten().find(|entry| entry.number == own);
                    entry.into_iter().for_each(|entry| entry.listed = listed);
                }
            }
        }
    }

    /// Counts a member; `true` if the campaign became a story.
    fn count(
        &mut self,
        number: u64,
        post: &PostRecord,
        member: &Member,
        related: Option<String>,
        settings: &CampaignSettings,
    ) -> bool {
        let Some(campaign) = self.table.get_mut(&number) else { return false };
        let place = (campaign.authors.count(), campaign.last, number);
        count_member(campaign, member, post.fingerprint.weight);
        if let Some(related) = related
            && campaign.related.len() < ENTRIES
            && !campaign.related.contains(&related)
        {
            campaign.related.push(related);
        }
        if campaign.posts == 2 {
            campaign.ignored = ignored(settings, post);
        }
        samples::add(campaign, post, member.at);
        let share = u128::from(settings.measures.harmful.share);
        campaign.acts_harmful =
            u128::from(campaign.harmful) * 1_000_000 >= share * u128::from(campaign.posts);
        let became_story = update_story(campaign, settings);
        let authors = campaign.authors.count();
        let new_place = (authors, campaign.last, number);
        if new_place != place && !self.protected.contains(&number) {
            self.by_size.remove(&place);
            self.by_size.insert(new_place);
        }
        became_story
    }

    /// Drops what is over the bounds: the oldest singles, and the campaigns with the fewest authors
    /// that are not protected. Returns how many of each; campaigns that could not be dropped remain.
    pub fn evict(&mut self, singles: usize, campaigns: usize) -> (u64, u64) {
        let mut dropped = (0, 0);
        while self.singles.len() > singles && self.singles.evict(&mut self.index) {
            dropped.0 += 1;
        }
        while self.table.len() > campaigns {
            let Some((.., number)) = self.by_size.first().copied() else { break };
            self.remove(number);
            dropped.1 += 1;
        }
        dropped
    }

    /// Protects a campaign from being dropped, or does so no longer.
    pub fn protect(&mut self, number: u64, is_protected: bool) {
        let Some(campaign) = self.table.get(&number) else { return };
        let place = (campaign.authors.count(), campaign.last, number);
        if is_protected {
            self.protected.insert(number);
            self.by_size.remove(&place);
        } else if self.protected.remove(&number) {
            self.by_size.insert(place);
        }
    }

    /// Removes a campaign.
    pub fn remove(&mut self, number: u64) {
        self.close(number);
        self.protected.remove(&number);
        if let Some(campaign) = self.table.remove(&number) {
            self.by_size.remove(&(campaign.authors.count(), campaign.last, number));
            self.by_id.remove(&campaign.id);
            self.removed.insert(campaign.id);
        }
    }

    /// Number of the newest campaign.
    pub fn newest(&self) -> Option<u64> {
        self.table.iter().map(|(number, _)| *number).max()
    }

    /// Removes the texts of campaigns whose last member is older than `before`.
    pub fn forget_samples(&mut self, before: Seconds) {
        let old = self.table.iter().filter(|(_, campaign)| {
            campaign.last < before && !(campaign.samples.is_empty() && campaign.template.is_none())
        });
        let old: Vec<u64> = old.map(|(number, _)| *number).collect();
        for number in old {
            if let Some(campaign) = self.table.get_mut(&number) {
                campaign.samples.clear();
                campaign.template = None;
            }
        }
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self, changes: &mut Changes) {
        let put = self.table.take_changes().into_iter().filter_map(|change| match change {
            Change::Put(campaign) => Some(Change::Put(campaign)),
            Change::Gone(_) => None,
        });
        let removed = std::mem::take(&mut self.removed).into_iter();
        let gone = removed.filter(|id| !self.by_id.contains_key(id)).map(Change::Gone);
        changes.campaigns = put.chain(gone).collect();
        (changes.singles, changes.listed) = self.singles.take_changes(&self.index);
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.table.forget_changes();
        self.removed.clear();
        self.singles.forget_changes();
    }
}

/// The reason for which a campaign whose second member is this post is ignored.
fn ignored(settings: &CampaignSettings, post: &PostRecord) -> Option<String> {
    if settings.ignored.is_empty() {
        return None;
    }
    let text = Squeezed::of(&post.text);
    let found = settings.ignored.iter().find(|(like, _)| like.matches(&text));
    found.map(|(_, reason)| reason.clone())
}

fn count_member(campaign: &mut Campaign, member: &Member, weight: u32) {
    campaign.posts += 1;
    campaign.harmful += u64::from(member.harmful);
    campaign.weight += u64::from(weight);
    campaign.reach = campaign.reach.saturating_add(member.reach);
    campaign.authors.add(member.author);
    campaign.channels.add(member.channel);
    campaign.first = campaign.first.min(member.at);
    campaign.last = campaign.last.max(member.at);
    *campaign.hours.entry(member.at.div_euclid(3600)).or_default() += 1;
    if campaign.hours.len() > HOURS
        && let Some((_, count)) = campaign.hours.pop_first()
        && let Some(mut next) = campaign.hours.first_entry()
    {
        *next.get_mut() += count;
    }
}

/// Computes the template when authors have doubled; `true` if the campaign became a story.
fn update_story(campaign: &mut Campaign, settings: &CampaignSettings) -> bool {
    let authors = campaign.authors.count();
    let next = match campaign.template_authors {
        0 => TEMPLATE_AUTHORS,
        last => last.saturating_mul(2),
    };
    if authors < next {
        return false;
    }
    campaign.template_authors = next;
    let texts: Vec<&str> = campaign.samples.iter().map(|sample| sample.text.as_str()).collect();
    campaign.template = text::template(&texts, &settings.fingerprinter);
    let average = campaign.weight / campaign.posts.max(1);
    let is_story = campaign.template.as_ref().is_some_and(|template| is_story(template, average));
    let became_story = is_story && !campaign.acts_story && campaign.ignored.is_none();
    campaign.acts_story |= is_story;
    became_story
}

/// Is the template that of a fabricated story: much fixed text, with slots in it that change?
pub fn is_story(template: &TemplateRecord, average_weight: u64) -> bool {
    let changing = template.slots.iter();
    let changing = changing.filter(|slot| slot.between && slot.values.len() >= STORY_VALUES);
    template.fixed_weight >= STORY_WEIGHT
        && 2 * u64::from(template.fixed_weight) >= average_weight
        && changing.count() >= STORY_SLOTS
}
