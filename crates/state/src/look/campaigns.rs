//! The list of campaigns.

use super::listing::Listing;
use super::scope::Look;
use super::value::{Points, Time};
use crate::model::Campaign;
use crate::store::{CampaignOrder, CampaignQuery, StoreError};
use serde::Serialize;

/// Which campaigns.
#[derive(Clone, Copy, Debug, Default)]
pub struct CampaignFilter {
    /// Only those that act.
    pub acting: bool,
    /// The order.
    pub order: CampaignOrder,
    /// At most so many.
    pub limit: Option<usize>,
}

/// A campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CampaignView {
    /// Its id.
    pub campaign: String,
    /// Members.
    pub posts: u64,
    /// Distinct authors.
    pub authors: u64,
    /// Distinct channels.
    pub channels: u64,
    /// `authors` or `channels` is an estimate.
    #[serde(skip_serializing_if = "is_false")]
    pub about: bool,
    /// Members that are `review` or more by `scan`.
    pub harmful: u64,
    /// Sum of the members' views.
    pub reach: u64,
    /// Weight of reports on members.
    #[serde(skip_serializing_if = "Points::is_zero")]
    pub reports: Points,
    /// The first member.
    pub first: Time,
    /// The newest member.
    pub last: Time,
    /// Why it acts: `harmful`, `story`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<&'static str>,
    /// Why it does not act any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
    /// Its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The common text, if it was computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl CampaignView {
    pub(super) fn of(campaign: &Campaign) -> CampaignView {
        let kinds = [("harmful", campaign.acts_harmful), ("story", campaign.acts_story)];
        let acts = kinds.into_iter().filter(|(_, acts)| *acts && campaign.ignored.is_none());
        CampaignView {
            campaign: campaign.id.clone(),
            posts: campaign.posts,
            authors: campaign.authors.count(),
            channels: campaign.channels.count(),
            about: campaign.authors.is_about() || campaign.channels.is_about(),
            harmful: campaign.harmful,
            reach: campaign.reach,
            reports: Points(campaign.reports),
            first: Time(campaign.first),
            last: Time(campaign.last),
            acts: acts.map(|(name, _)| name).collect(),
            ignored: campaign.ignored.clone(),
            case: campaign.case.clone(),
            template: campaign.template.as_ref().map(|template| template.text.clone()),
        }
    }
}

impl Look<'_> {
    /// Campaigns, in order.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn campaigns(&self, filter: &CampaignFilter) -> Result<Listing<CampaignView>, StoreError> {
        let query = CampaignQuery { acts: filter.acting, order: filter.order, limit: None };
        let rows = self.state.campaigns(&query)?;
        Ok(Listing::first(rows.iter().map(CampaignView::of).collect(), filter.limit))
    }

    /// The common text of a campaign, or else its first kept text; `None` if nothing is kept.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn campaign_text(&self, id: &str) -> Result<Option<String>, StoreError> {
        let Some(campaign) = self.state.campaign(id)? else { return Ok(None) };
        let template = campaign.template.map(|template| template.text);
        let sample = campaign.samples.into_iter().next().map(|sample| sample.text);
        Ok(template.or(sample))
    }
}

pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}
