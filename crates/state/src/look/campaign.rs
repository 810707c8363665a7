//! A campaign with its template, timeline and samples.

use super::campaigns::{CampaignView, is_false};
use super::scope::Look;
use super::timeline::{self, HourView};
use super::value::{PostId, Scores, Time};
use crate::model::{Campaign, Sample, Slot, TemplateRecord};
use crate::store::StoreError;
use serde::Serialize;

/// A campaign, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CampaignDetail {
    /// As in the list.
    #[serde(flatten)]
    pub facts: CampaignView,
    /// Others that a member was like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// The slots of the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<Vec<SlotView>>,
    /// Members by hour; hours without members are left out.
    pub hours: Vec<HourView>,
    /// The kept texts.
    pub samples: Vec<SampleView>,
    /// The template as it is kept.
    #[serde(skip)]
    pub template: Option<TemplateView>,
}

/// The common text of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateView {
    /// `{1:text}华人圈出大事了{2:text}`.
    pub text: String,
    /// The slots, in order.
    pub slots: Vec<SlotView>,
}

/// A slot of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotView {
    /// Its number in the template, from 1.
    pub slot: usize,
    /// `number`, `url`, `handle` or `text`.
    pub kind: String,
    /// It has fixed text before and after it.
    #[serde(skip_serializing_if = "is_false")]
    pub between: bool,
    /// Values with their counts: the most frequent first.
    pub values: Vec<(String, u32)>,
}

/// A kept text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SampleView {
    /// Number of the member, from 1.
    pub number: u64,
    /// The post.
    pub post: PostId,
    /// Its author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Its channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Its time.
    pub at: Time,
    /// Its action by `scan`.
    pub action: String,
    /// Categories and scores of `scan`.
    pub categories: Scores,
    /// Reports that were counted.
    #[serde(skip_serializing_if = "is_zero")]
    pub reports: u32,
    /// Title and text.
    pub text: String,
}

impl SampleView {
    pub(super) fn of(sample: &Sample) -> SampleView {
        SampleView {
            number: sample.number,
            post: PostId(sample.id.clone()),
            author: sample.author.clone(),
            channel: sample.channel.clone(),
            at: Time(sample.at),
            action: sample.action.clone(),
            categories: Scores(sample.categories.clone()),
            reports: sample.reports,
            text: sample.text.clone(),
        }
    }
}

impl CampaignDetail {
    /// The campaign, whole.
    pub fn of(campaign: &Campaign) -> CampaignDetail {
        let template = campaign.template.as_ref().map(template_view);
        CampaignDetail {
            facts: CampaignView::of(campaign),
            related: campaign.related.clone(),
            slots: template.as_ref().map(|template| template.slots.clone()),
            hours: timeline::hours(&campaign.hours),
            samples: campaign.samples.iter().map(SampleView::of).collect(),
            template,
        }
    }
}

fn template_view(template: &TemplateRecord) -> TemplateView {
    let slot = |(place, slot): (usize, &Slot)| SlotView {
        slot: place + 1,
        kind: slot.kind.clone(),
        between: slot.between,
        values: slot.values.clone(),
    };
    TemplateView {
        text: template.text.clone(),
        slots: template.slots.iter().enumerate().map(slot).collect(),
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Look<'_> {
    /// A campaign by id.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn campaign(&self, id: &str) -> Result<Option<CampaignDetail>, StoreError> {
        Ok(self.state.campaign(id)?.as_ref().map(CampaignDetail::of))
    }
}
