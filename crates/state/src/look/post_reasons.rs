//! What a state file knows of a post: points, campaign, case, reports, author.

use super::author_reasons::CaseMention;
use super::authors::AuthorView;
use super::campaigns::CampaignView;
use super::cases::CaseView;
use super::groups::GroupView;
use super::scope::Look;
use super::value::{Points, PostId, Time};
use super::why::Why;
use crate::fixed::decayed;
use crate::model::{Outcome, PostRef, Report};
use crate::store::StoreError;
use serde::Serialize;

/// A post, explained at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostReasons {
    /// The clock.
    pub clock: Time,
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
    /// Its action, measures included.
    pub action: String,
    /// The most harmful category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The author may need help.
    #[serde(skip_serializing_if = "super::campaigns::is_false")]
    pub care: bool,
    /// Views.
    pub reach: u64,
    /// The points that it gave and that no decision took back.
    pub gave: Points,
    /// What is left of them at the clock.
    pub left: Points,
    /// The last decision on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Its campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignView>,
    /// Earlier texts of the campaign that it is like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseMention>,
    /// Reports on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<ReportView>,
    /// Its author at the clock, if kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<AuthorView>,
    /// Groups of correlations by its author.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub correlations: Vec<GroupView>,
}

/// A report of a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportView {
    /// The reader.
    pub by: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Time,
    /// Its weight: how often the reader was right before.
    pub weight: Points,
}

impl From<Report> for ReportView {
    fn from(report: Report) -> ReportView {
        let Report { post: _, by, reason, at, weight, judged: _ } = report;
        ReportView { by, reason, at: Time(at), weight: Points(weight) }
    }
}

impl Look<'_> {
    /// What is known of a post (id as JSON); `None` if it is not kept.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn post_reasons(&self, id: &str) -> Result<Option<PostReasons>, StoreError> {
        let Some(post) = self.state.post(id)? else { return Ok(None) };
        let PostRef { author, campaign, case, .. } = &post;
        let by = match author {
            Some(author) => self.state.author(author)?,
            None => None,
        };
        let correlations = match author {
            Some(author) => self.groups_of_author(author)?,
            None => Vec::new(),
        };
        let (campaign, why) = match campaign {
            Some(campaign) => (self.state.campaign(campaign)?, self.why(campaign, id)?.ok()),
            None => (None, None),
        };
        let case = match case {
            Some(case) => self.state.case(case)?,
            None => None,
        };
        let half_life = self.measures.authors.half_life;
        let left = decayed(post.points, post.at, self.clock, half_life)
            + decayed(post.upheld, post.upheld_at, self.clock, half_life);
        let case = case.map(|case| CaseMention::from(CaseView::of(&case, self.clock)));
        Ok(Some(PostReasons {
            clock: Time(self.clock),
            at: Time(post.at),
            gave: Points(post.points + post.upheld),
            left: Points(left),
            campaign: campaign.as_ref().map(CampaignView::of),
            why,
            case,
            reports: self.state.reports_of_post(id)?.into_iter().map(ReportView::from).collect(),
            by: by.map(|author| AuthorView::of(&self.settled(author), self)),
            correlations,
            post: PostId(post.id),
            author: post.author,
            channel: post.channel,
            action: post.action,
            category: post.category,
            care: post.care,
            reach: post.reach,
            outcome: post.outcome,
        }))
    }
}
