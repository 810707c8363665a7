//! Gathers what a state file knows of a case.

use super::history::{self, HistoryEntry};
use super::ids::hex;
use super::proposal::Proposal;
use crate::measures::Measures;
use crate::memory::Priority;
use crate::model::{
    Author, Campaign, Case, CaseKind, Channel, PostRef, Report, Reporter, Sample, Seconds,
};
use crate::store::{StateReader, StoreError};
use std::collections::BTreeMap;
use tidegate_engine::rules::model::STORY_RULE;

/// The category whose scores lead to help, and never to a measure.
const SELF_HARM: &str = "self-harm";

/// A case and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseView {
    /// The case.
    pub case: Case,
    /// What its priority is made of.
    pub priority: Priority,
    /// Its posts, oldest first: those that are still kept, and those of which a text is kept.
    pub posts: Vec<CasePost>,
    /// Reports on its posts, by post in the order of ids, then by reader.
    pub reports: Vec<CaseReport>,
    /// The campaign, if the case is about one that is still kept.
    pub campaign: Option<Campaign>,
    /// The author, if the case is about one who is still kept.
    pub author: Option<Author>,
    /// The channel, if the case is about one that is still kept.
    pub channel: Option<Channel>,
    /// Name of the step that the author or the channel has reached, if the measures have it.
    pub step_name: Option<String>,
    /// What the log says of it, oldest first.
    pub history: Vec<HistoryEntry>,
    /// What a decision would do.
    pub proposal: Proposal,
    /// The state that it is from.
    pub origin: Origin,
}

/// A post of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CasePost {
    /// The id as in the line (JSON).
    pub id: String,
    /// The post, if it is still kept.
    pub post: Option<PostRef>,
    /// Its text, if it is a sample of its campaign.
    pub sample: Option<Sample>,
    /// Reports that were counted.
    pub reports: u32,
}

/// A report on a post of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReport {
    /// The report.
    pub report: Report,
    /// How right the reader was so far, if the reader is known.
    pub reporter: Option<Reporter>,
}

/// The state that a case is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Hash of the measures and correlations of the last run.
    pub measures: Option<String>,
    /// The clock.
    pub clock: Option<Seconds>,
    /// Number and hash (hexadecimal) of the last entry of the log.
    pub log: Option<(u64, String)>,
}

impl Origin {
    /// Of a state file.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(reader: &StateReader) -> Result<Origin, StoreError> {
        Ok(Origin {
            measures: reader.run()?.map(|run| run.measures),
            clock: reader.totals()?.clock,
            log: reader.log_head()?.map(|entry| (entry.number, hex(&entry.hash))),
        })
    }
}

impl CasePost {
    /// Its time, if anything of it is kept.
    pub fn at(&self) -> Option<Seconds> {
        self.post.as_ref().map(|post| post.at).or(self.sample.as_ref().map(|sample| sample.at))
    }

    /// Its action, if anything of it is kept.
    pub fn action(&self) -> Option<&str> {
        let post = self.post.as_ref().map(|post| post.action.as_str());
        post.or(self.sample.as_ref().map(|sample| sample.action.as_str()))
    }

    /// Its author.
    pub fn author(&self) -> Option<&str> {
        let post = self.post.as_ref().and_then(|post| post.author.as_deref());
        post.or(self.sample.as_ref().and_then(|sample| sample.author.as_deref()))
    }

    /// Its channel.
    pub fn channel(&self) -> Option<&str> {
        let post = self.post.as_ref().and_then(|post| post.channel.as_deref());
        post.or(self.sample.as_ref().and_then(|sample| sample.channel.as_deref()))
    }

    /// Whether all that was found in it is that its author may need help: it is no offence, and is
    /// never handed over.
    pub fn is_care_only(&self) -> bool {
        let of_post = self.post.as_ref().is_some_and(|post| {
            // Without a campaign, an action without an offence is one by scores of self-harm.
            let has_own_action = post.campaign.is_none() && post.action != "allow";
            post.category.is_none() && (post.care || has_own_action)
        });
        let of_sample = self.sample.as_ref().is_some_and(|sample| {
            let mut names = sample.categories.iter().map(|(name, _)| name);
            !sample.categories.is_empty() && names.all(|name| name == SELF_HARM)
        });
        of_post || of_sample
    }
}

impl CaseView {
    /// Gathers a case by id; `None` if there is none. `measures` name the steps, and should be those
    /// of the run.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a run writes to it all the time.
    pub fn read(
        reader: &StateReader,
        id: &str,
        measures: &Measures,
    ) -> Result<Option<CaseView>, StoreError> {
        reader.at_rest(|reader| {
            let Some(case) = reader.case(id)? else { return Ok(None) };
            gather(reader, case, measures).map(Some)
        })
    }

    /// Rules over several posts that the case is about; `None` without one.
    pub(super) fn rules(&self) -> Option<[&'static str; 1]> {
        let story = self.campaign.as_ref().filter(|campaign| campaign.acts_story);
        story.map(|_| [STORY_RULE])
    }

    /// The newest posts, oldest first; at most `most`.
    pub fn newest(&self, most: usize) -> &[CasePost] {
        &self.posts[self.posts.len().saturating_sub(most)..]
    }

    /// The hash of the measures that the state was written with, without that of the correlations.
    pub fn measures_hash(&self) -> Option<&str> {
        self.origin.measures.as_deref().map(|hash| hash.split('+').next().unwrap_or(hash))
    }
}

fn gather(reader: &StateReader, case: Case, measures: &Measures) -> Result<CaseView, StoreError> {
    let subject = case.subject.as_str();
    let (mut campaign, mut author, mut channel) = (None, None, None);
    match case.kind {
        CaseKind::Campaign => campaign = reader.campaign(subject)?,
        CaseKind::Author => author = reader.author(subject)?,
        CaseKind::Channel => {
            channel = reader.channels()?.into_iter().find(|channel| channel.id == subject);
        }
        CaseKind::Post | CaseKind::Care => {}
    }
    let mut posts = posts(reader, &case, campaign.as_ref(), author.as_ref())?;
    let reports = reports(reader, &mut posts)?;
    let history = history::read(reader, &case, posts.keys().map(String::as_str))?;
    let origin = Origin::read(reader)?;
    let clock = origin.clock.unwrap_or(case.updated);
    let mut posts: Vec<CasePost> = posts.into_values().collect();
    let number = |post: &CasePost| post.post.as_ref().map(|post| post.number);
    posts.sort_by(|left, right| {
        let place = |post: &CasePost| (post.at(), number(post));
        place(left).cmp(&place(right)).then_with(|| left.id.cmp(&right.id))
    });
    Ok(CaseView {
        priority: Priority::of(&case, &measures.queue),
        proposal: Proposal::of(&case, author.as_ref(), campaign.as_ref(), measures, clock),
        step_name: step_name(author.as_ref(), channel.as_ref(), measures),
        case,
        posts,
        reports,
        campaign,
        author,
        channel,
        history,
        origin,
    })
}

/// Name of the step of the author or the channel.
fn step_name(
    author: Option<&Author>,
    channel: Option<&Channel>,
    measures: &Measures,
) -> Option<String> {
    let place = |number: u8| usize::from(number).checked_sub(1);
    let of_author = |author: &Author| {
        let step = measures.authors.steps.get(place(author.step)?)?;
        Some(step.name.clone())
    };
    let of_channel = |channel: &Channel| {
        let step = measures.channels.steps.get(place(channel.step)?)?;
        Some(step.name.clone())
    };
    author.and_then(of_author).or_else(|| channel.and_then(of_channel))
}

/// The posts of a case by id.
fn posts(
    reader: &StateReader,
    case: &Case,
    campaign: Option<&Campaign>,
    author: Option<&Author>,
) -> Result<BTreeMap<String, CasePost>, StoreError> {
    let mut kept = reader.posts_of_case(&case.id)?;
    if case.kind == CaseKind::Campaign {
        kept.extend(reader.posts_of_campaign(&case.subject)?);
    }
    let mut posts: BTreeMap<String, CasePost> = BTreeMap::new();
    for post in kept {
        let id = post.id.clone();
        posts.insert(id.clone(), CasePost { id, post: Some(post), ..CasePost::default() });
    }
    let recent = author.into_iter().flat_map(|author| &author.recent).map(|post| &post.id);
    for id in case.newest.iter().chain(recent) {
        if !posts.contains_key(id) {
            let post = reader.post(id)?;
            posts.insert(id.clone(), CasePost { id: id.clone(), post, ..CasePost::default() });
        }
    }
    for sample in campaign.into_iter().flat_map(|campaign| &campaign.samples) {
        let post = posts.entry(sample.id.clone()).or_default();
        post.id.clone_from(&sample.id);
        post.sample = Some(sample.clone());
    }
    samples_of_others(reader, &mut posts, campaign)?;
    Ok(posts)
}

/// Texts of posts that are samples of other campaigns: those of an author are of many.
fn samples_of_others(
    reader: &StateReader,
    posts: &mut BTreeMap<String, CasePost>,
    own: Option<&Campaign>,
) -> Result<(), StoreError> {
    let of = |post: &CasePost| post.post.as_ref().and_then(|post| post.campaign.clone());
    let mut others: Vec<String> = posts.values().filter_map(of).collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|id| own.is_none_or(|own| own.id != *id));
    for id in others {
        for sample in reader.campaign(&id)?.into_iter().flat_map(|campaign| campaign.samples) {
            if let Some(post) = posts.get_mut(&sample.id) {
                post.sample = Some(sample);
            }
        }
    }
    Ok(())
}

fn reports(
    reader: &StateReader,
    posts: &mut BTreeMap<String, CasePost>,
) -> Result<Vec<CaseReport>, StoreError> {
    let mut found = Vec::new();
    reader.each_report(|report| {
        if let Some(post) = posts.get_mut(&report.post) {
            post.reports = post.reports.saturating_add(1);
            found.push(report);
        }
    })?;
    let with_reporter = |report: Report| {
        let reporter = reader.reporter(&report.by)?;
        Ok(CaseReport { report, reporter })
    };
    found.into_iter().map(with_reporter).collect()
}
