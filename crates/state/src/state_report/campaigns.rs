//! Campaigns of a state.

use crate::model::{Campaign, TemplateRecord};
use crate::output::time;
use crate::store::{CampaignOrder, CampaignQuery, StateReader, StoreError};
use serde::Serialize;

/// Most campaigns of the report: those with the most authors.
const CAMPAIGNS_MAX: usize = 100;

/// Campaigns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CampaignPart {
    /// Campaigns that are kept.
    pub count: u64,
    /// Those that act: they are harmful or stories, and not ignored.
    pub acting: u64,
    /// Those that act because members are harmful.
    pub harmful: u64,
    /// Those that act as fabricated stories.
    pub story: u64,
    /// Those that are ignored.
    pub ignored: u64,
    /// The ones with the most authors: first those that act, then the others; at most 100.
    pub largest: Vec<CampaignRow>,
}

/// A campaign.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CampaignRow {
    /// Its id.
    pub id: String,
    /// Time of the first member, in UTC.
    pub first: String,
    /// Time of the newest member, in UTC.
    pub last: String,
    /// Members.
    pub posts: u64,
    /// Distinct authors.
    pub authors: u64,
    /// Distinct channels.
    pub channels: u64,
    /// The numbers of authors or channels are estimates.
    pub about: bool,
    /// Sum of the members' views.
    pub reach: u64,
    /// Members that are `review` or more by `scan`.
    pub harmful: u64,
    /// It acts because members are harmful.
    pub acts_harmful: bool,
    /// It acts as a fabricated story.
    pub acts_story: bool,
    /// Why it does not act.
    pub ignored: Option<String>,
    /// Its case.
    pub case: Option<String>,
    /// The common text and its slots.
    pub template: Option<TemplateRecord>,
    /// Members by hour.
    pub hours: Vec<Hour>,
}

/// Members in an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hour {
    /// Its start, in hours since 1970.
    #[serde(skip)]
    pub number: i64,
    /// Its start, in UTC.
    pub hour: String,
    /// Members.
    pub posts: u64,
}

pub(super) fn read(reader: &StateReader) -> Result<CampaignPart, StoreError> {
    let [count, acting, harmful, story, ignored] = reader.campaign_counts()?;
    let query =
        |acts| CampaignQuery { acts, order: CampaignOrder::Authors, limit: Some(CAMPAIGNS_MAX) };
    let mut largest = reader.campaigns(&query(true))?;
    let acts = |campaign: &Campaign| {
        campaign.ignored.is_none() && (campaign.acts_harmful || campaign.acts_story)
    };
    let others = reader.campaigns(&query(false))?;
    largest.extend(others.into_iter().filter(|campaign| !acts(campaign)));
    largest.truncate(CAMPAIGNS_MAX);
    let largest = largest.into_iter().map(row).collect();
    Ok(CampaignPart { count, acting, harmful, story, ignored, largest })
}

fn row(campaign: Campaign) -> CampaignRow {
    let hour = |(number, posts): (i64, u64)| Hour {
        number,
        hour: time(number.saturating_mul(3600)),
        posts,
    };
    CampaignRow {
        first: time(campaign.first),
        last: time(campaign.last),
        posts: campaign.posts,
        authors: campaign.authors.count(),
        channels: campaign.channels.count(),
        about: campaign.authors.is_about() || campaign.channels.is_about(),
        reach: campaign.reach,
        harmful: campaign.harmful,
        acts_harmful: campaign.acts_harmful,
        acts_story: campaign.acts_story,
        ignored: campaign.ignored,
        case: campaign.case,
        template: campaign.template,
        hours: campaign.hours.into_iter().map(hour).collect(),
        id: campaign.id,
    }
}
