//! Campaigns: every live entry is compared with every text.

use super::super::{Settings, is_story};
use crate::decision::CampaignFacts;
use crate::model::{Seconds, hash_of};
use crate::record::PostRecord;
use crate::text::{self, Fingerprint, Squeezed};
use std::collections::{BTreeMap, BTreeSet};
use tidegate_engine::domain::action::Action;

/// A text that later ones are compared with.
#[derive(Clone, Debug)]
struct Live {
    number: u64,
    text: Fingerprint,
    /// `None` for a single.
    campaign: Option<u64>,
    first: Member,
}

#[derive(Clone, Debug)]
struct Member {
    id: String,
    at: Seconds,
    author: Option<String>,
    channel: Option<String>,
    harmful: bool,
    weight: u64,
    reach: u64,
}

#[derive(Clone, Debug)]
struct Sample {
    number: usize,
    id: String,
    text: String,
    is_first: bool,
    reports: u32,
}

#[derive(Clone, Debug)]
pub struct History {
    pub number: u64,
    pub id: String,
    members: Vec<Member>,
    samples: Vec<Sample>,
    entries: usize,
    /// Authors at which the template is computed next.
    next_template: usize,
    story: bool,
    pub ignored: bool,
    pub case: Option<String>,
    pub reports: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Texts {
    live: Vec<Live>,
    /// For each key the newest 32 live entries that have it.
    lists: BTreeMap<u32, Vec<u64>>,
    campaigns: Vec<History>,
}

/// Jaccard similarity over the lowest 64 of both.
fn jaccard(left: &[u32], right: &[u32]) -> (u64, u64) {
    let (left, right): (BTreeSet<u32>, BTreeSet<u32>) =
        (left.iter().copied().collect(), right.iter().copied().collect());
    let lowest: Vec<u32> = left.union(&right).copied().take(64).collect();
    let common = lowest.iter().filter(|hash| left.contains(hash) && right.contains(hash)).count();
    (common as u64, lowest.len() as u64)
}

fn is_at_least((common, union): (u64, u64), percent: u64) -> bool {
    union > 0 && common * 100 >= percent * union
}

impl History {
    fn distinct(&self, of: impl Fn(&Member) -> Option<&String>) -> usize {
        self.members.iter().filter_map(of).collect::<BTreeSet<_>>().len()
    }

    fn authors(&self) -> usize {
        self.distinct(|member| member.author.as_ref())
    }

    fn last(&self) -> Seconds {
        self.members.iter().map(|member| member.at).max().unwrap_or(0)
    }

    fn harmful(&self) -> usize {
        self.members.iter().filter(|member| member.harmful).count()
    }

    pub fn reach(&self) -> u64 {
        self.members.iter().map(|member| member.reach).sum()
    }

    /// The first 24 distinct texts, and of the others the 8 newest and the 8 most reported.
    fn keep_sample(&mut self, post: &PostRecord) {
        let firsts: Vec<&Sample> = self.samples.iter().filter(|it| it.is_first).collect();
        let is_first = firsts.len() < 24 && firsts.iter().all(|first| first.text != post.text);
        let number = self.members.len();
        let (id, text) = (post.id.clone(), post.text.clone());
        self.samples.push(Sample { number, id, text, is_first, reports: 0 });
        let others: Vec<&Sample> = self.samples.iter().filter(|it| !it.is_first).collect();
        let mut kept: Vec<usize> = others.iter().rev().take(8).map(|it| it.number).collect();
        let mut reported: Vec<(u32, usize)> = others
            .iter()
            .filter(|it| it.reports > 0 && !kept.contains(&it.number))
            .map(|it| (it.reports, it.number))
            .collect();
        reported.sort_unstable_by(|left, right| right.cmp(left));
        kept.extend(reported.iter().take(8).map(|it| it.1));
        self.samples.retain(|it| it.is_first || kept.contains(&it.number));
    }

    fn update_story(&mut self, settings: &Settings) {
        if self.authors() < self.next_template {
            return;
        }
        self.next_template *= 2;
        let texts: Vec<&str> = self.samples.iter().map(|sample| sample.text.as_str()).collect();
        let template = text::template(&texts, &settings.campaigns.fingerprinter);
        let weight: u64 = self.members.iter().map(|member| member.weight).sum();
        let average = weight / self.members.len() as u64;
        self.story |= template.is_some_and(|template| is_story(&template, average));
    }
}

impl Texts {
    pub fn get(&mut self, number: u64) -> Option<&mut History> {
        self.campaigns.iter_mut().find(|campaign| campaign.number == number)
    }

    pub fn by_id(&mut self, id: &str) -> Option<&mut History> {
        self.campaigns.iter_mut().find(|campaign| campaign.id == id)
    }

    pub fn facts(&self, number: u64) -> Option<CampaignFacts> {
        let campaign = self.campaigns.iter().find(|campaign| campaign.number == number)?;
        let (authors, channels) =
            (campaign.authors(), campaign.distinct(|member| member.channel.as_ref()));
        assert!(authors.max(channels) <= 64, "streams have few authors and channels");
        Some(CampaignFacts {
            id: campaign.id.clone(),
            posts: campaign.members.len() as u64,
            authors: authors as u64,
            about: false,
            channels: channels as u64,
            harmful: campaign.harmful() as u64,
            story: campaign.story,
            ignored: campaign.ignored,
            related: None,
        })
    }

    /// Does it act as harmful, and does it act at all?
    pub fn acts(&self, number: u64, settings: &Settings) -> (bool, bool) {
        let found = self.campaigns.iter().find(|it| it.number == number && !it.ignored);
        let Some(campaign) = found else { return (false, false) };
        let share = u64::from(settings.measures.campaigns.harmful.share);
        let posts = campaign.members.len() as u64;
        let harmful = campaign.harmful() as u64 * 1_000_000 >= share * posts;
        (harmful, harmful || campaign.story)
    }

    fn forget(&mut self, gone: impl Fn(&Live) -> bool) {
        let numbers: Vec<u64> =
            self.live.iter().filter(|it| gone(it)).map(|it| it.number).collect();
        self.live.retain(|it| !numbers.contains(&it.number));
        self.lists.values_mut().for_each(|list| list.retain(|number| !numbers.contains(number)));
    }

    pub fn expire(&mut self, before: Seconds) {
        let closed: Vec<u64> =
            self.campaigns.iter().filter(|it| it.last() < before).map(|it| it.number).collect();
        self.forget(|it| match it.campaign {
            None => it.first.at < before,
            Some(number) => closed.contains(&number),
        });
    }

    fn insert(&mut self, entry: Live) {
        for key in entry.text.keys() {
            let list = self.lists.entry(*key).or_default();
            list.push(entry.number);
            if list.len() > 32 {
                list.remove(0);
            }
        }
        self.live.push(entry);
    }

    /// Keys of the text under which the entry is still found.
    fn common_keys(&self, text: &Fingerprint, entry: &Live) -> usize {
        let is_listed = |key: &&u32| {
            entry.text.keys().contains(key)
                && self.lists.get(key).is_some_and(|list| list.contains(&entry.number))
        };
        text.keys().iter().filter(is_listed).count()
    }

    fn best(&self, text: &Fingerprint) -> Option<(Live, bool, Option<u64>)> {
        if text.weight < 45 {
            let equal = |it: &&Live| it.text.weight < 45 && it.text.whole == text.whole;
            return self.live.iter().find(equal).map(|it| (it.clone(), true, None));
        }
        let least = text.keys().len().min(2);
        let mut candidates: Vec<(usize, &Live)> =
            self.live.iter().map(|it| (self.common_keys(text, it), it)).collect();
        candidates.retain(|(common, _)| *common >= least.max(1));
        candidates.sort_by_key(|(common, it)| std::cmp::Reverse((*common, it.number)));
        candidates.truncate(16);
        let is_like = |it: &Live| {
            let needed = match text.weight.min(it.text.weight) {
                ..60 => 60,
                60..90 => 50,
                90.. => 40,
            };
            let found = jaccard(&text.sketch, &it.text.sketch);
            let first = self.live.iter().find(|other| other.campaign == it.campaign);
            let first = first.filter(|_| it.campaign.is_some()).unwrap_or(it);
            let to_first = jaccard(&text.sketch, &first.text.sketch);
            is_at_least(found, needed) && (is_at_least(found, 80) || is_at_least(to_first, 25))
        };
        let mut like: Vec<&Live> =
            candidates.into_iter().map(|(_, it)| it).filter(|it| is_like(it)).collect();
        like.sort_by(|left, right| {
            let (l, r) = (
                jaccard(&text.sketch, &left.text.sketch),
                jaccard(&text.sketch, &right.text.sketch),
            );
            let age = |it: &Live| it.campaign.unwrap_or(it.number);
            (r.0 * l.1).cmp(&(l.0 * r.1)).then(age(left).cmp(&age(right)))
        });
        let best = *like.first()?;
        let others = like.iter().filter_map(|it| it.campaign);
        let related = others.into_iter().find(|other| Some(*other) != best.campaign);
        let is_same = is_at_least(jaccard(&text.sketch, &best.text.sketch), 80);
        Some((best.clone(), is_same, related))
    }

    /// The campaign of a post, and another one that it is like.
    pub fn add(
        &mut self,
        post: &PostRecord,
        number: u64,
        at: Seconds,
        settings: &Settings,
    ) -> Option<(u64, Option<String>)> {
        let text = &post.fingerprint;
        if text.weight < 12 {
            return None;
        }
        let member = Member {
            id: post.id.clone(),
            at,
            author: post.author.clone(),
            channel: post.channel.clone(),
            harmful: post.scan.offence >= Action::Review,
            weight: text.weight.into(),
            reach: post.reach,
        };
        let Some((best, is_same, related)) = self.best(text) else {
            self.insert(Live { number, text: text.clone(), campaign: None, first: member });
            return None;
        };
        let own = best.campaign.unwrap_or(number);
        if best.campaign.is_none() {
            self.found(&best, number);
        }
        let related = related.and_then(|number| self.get(number)).map(|it| it.id.clone());
        let campaign = self.get(own)?;
        let is_entry = !is_same && campaign.entries < 8;
        campaign.entries += usize::from(is_entry);
        campaign.members.push(member.clone());
        if campaign.members.len() == 2 {
            let mut ignored = settings.campaigns.ignored.iter();
            campaign.ignored = ignored.any(|(like, _)| like.matches(&Squeezed::of(&post.text)));
        }
        campaign.keep_sample(post);
        campaign.update_story(settings);
        if is_entry {
            self.insert(Live { number, text: text.clone(), campaign: Some(own), first: member });
        }
        Some((own, related))
    }

    fn found(&mut self, single: &Live, number: u64) {
        let (id, at) = (&single.first.id, single.first.at);
        let hash = hash_of(&format!("{id}\u{1f}{at}")) & 0xff_ffff_ffff;
        let mut id = format!("k{hash:010x}");
        let plain = id.clone();
        let mut next = 2;
        while self.campaigns.iter().any(|it| it.id == id) {
            id = format!("{plain}-{next}");
            next += 1;
        }
        self.live
            .iter_mut()
            .filter(|it| it.number == single.number)
            .for_each(|it| it.campaign = Some(number));
        self.campaigns.push(History {
            number,
            id,
            members: vec![single.first.clone()],
            samples: Vec::new(),
            entries: 1,
            next_template: 5,
            story: false,
            ignored: false,
            case: None,
            reports: 0,
        });
    }

    pub fn report(&mut self, number: u64, post: &str, weight: i64) {
        let Some(campaign) = self.get(number) else { return };
        campaign.reports += weight;
        let sample = campaign.samples.iter_mut().rev().find(|sample| sample.id == post);
        sample.into_iter().for_each(|sample| sample.reports += 1);
    }

    fn remove(&mut self, number: u64) {
        self.campaigns.retain(|it| it.number != number);
        self.forget(|it| it.campaign == Some(number));
    }

    /// Drops what is over the bounds; `true` if the newest campaign could not be kept.
    pub fn drop_over(&mut self, singles: usize, campaigns: usize, open: &[String]) -> bool {
        loop {
            let own = self.live.iter().filter(|it| it.campaign.is_none());
            if own.clone().count() <= singles {
                break;
            }
            let oldest = own.min_by_key(|it| (it.first.at, it.number)).map(|it| it.number);
            self.forget(|it| Some(it.number) == oldest);
        }
        while self.campaigns.len() > campaigns {
            let is_free = |it: &&History| it.case.as_ref().is_none_or(|case| !open.contains(case));
            let free = self.campaigns.iter().filter(is_free);
            match free.min_by_key(|it| (it.authors(), it.last(), it.number)).map(|it| it.number) {
                Some(number) => self.remove(number),
                None => {
                    let newest = self.campaigns.iter().map(|it| it.number).max();
                    newest.into_iter().for_each(|number| self.remove(number));
                    return true;
                }
            }
        }
        false
    }
}
