//! Why a post is in its campaign: earlier texts that it is like, and what it shares with them.

use super::campaign::SampleView;
use super::scope::Look;
use super::value::PostId;
use crate::store::StoreError;
use crate::text::{
    FieldText, Fingerprint, Fingerprinter, Overlap, TextScratch, overlap, shared_runs,
};
use serde::Serialize;
use std::cmp::Reverse;

/// Most earlier texts that are shown.
const SHOWN: usize = 3;

/// A post and the earlier texts of its campaign that it is most like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The campaign.
    pub campaign: String,
    /// The post and its text.
    #[serde(flatten)]
    pub sample: SampleView,
    /// The earlier texts, the most alike first; none for the first member.
    pub like: Vec<Alike>,
}

/// An earlier text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alike {
    /// Percent of shingles in common (Jaccard over the lowest 64 of both), rounded down.
    pub percent: u32,
    /// The parts that both have, as the post writes them: the longest first.
    pub shared: Vec<String>,
    /// The earlier text.
    #[serde(flatten)]
    pub sample: SampleView,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// No campaign has this id.
    UnknownCampaign,
    /// The post is in another campaign, or in none.
    OtherCampaign(Option<String>),
    /// The post is not kept, and is none of the kept texts.
    UnknownPost,
    /// The post is a member, and its text is not kept.
    NoText,
}

impl Look<'_> {
    /// Why a post (id as JSON) is in a campaign.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn why(&self, campaign: &str, post: &str) -> Result<Result<Why, WhyNot>, StoreError> {
        let Some(found) = self.state.campaign(campaign)? else {
            return Ok(Err(WhyNot::UnknownCampaign));
        };
        let Some(own) = found.samples.iter().find(|sample| sample.id == post) else {
            // The first member was a single, and its row names no campaign.
            let is_entry = found.entries.iter().any(|entry| entry.post.id == post);
            return Ok(Err(match self.state.post(post)? {
                _ if is_entry => WhyNot::NoText,
                None => WhyNot::UnknownPost,
                Some(known) if known.campaign.as_deref() == Some(campaign) => WhyNot::NoText,
                Some(known) => WhyNot::OtherCampaign(known.campaign),
            }));
        };
        let fingerprinter = Fingerprinter::new(&self.measures.campaigns.strip);
        let fingerprint = |text: &str| {
            fingerprinter
                .fingerprint(&[FieldText { text, html: false }], &mut TextScratch::default())
        };
        let print = fingerprint(&own.text);
        let earlier = found.samples.iter().filter(|sample| sample.number < own.number);
        let mut like: Vec<_> =
            earlier.map(|sample| (percent(&print, &fingerprint(&sample.text)), sample)).collect();
        like.sort_by_key(|(percent, sample)| (Reverse(*percent), sample.number));
        like.truncate(SHOWN);
        let like = like.into_iter().map(|(percent, sample)| Alike {
            percent,
            shared: shared_runs(&own.text, &sample.text, &fingerprinter),
            sample: SampleView::of(sample),
        });
        let like = like.collect();
        Ok(Ok(Why { campaign: campaign.to_owned(), sample: SampleView::of(own), like }))
    }

    /// The ids of the kept texts of a campaign.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn sample_ids(&self, campaign: &str) -> Result<Vec<PostId>, StoreError> {
        let samples = self.state.campaign(campaign)?.map(|found| found.samples);
        Ok(samples.into_iter().flatten().map(|sample| PostId(sample.id)).collect())
    }
}

/// How much two texts have in common; texts too short for shingles are equal or not.
fn percent(left: &Fingerprint, right: &Fingerprint) -> u32 {
    if left.whole == right.whole {
        return 100;
    }
    let Overlap { common, union } = overlap(&left.sketch, &right.sketch);
    common * 100 / union.max(1)
}
