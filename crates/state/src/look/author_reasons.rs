//! Why an author is at a step: points, what gave them, and what comes next.

use super::authors::AuthorView;
use super::cases::CaseView;
use super::groups::GroupView;
use super::scope::Look;
use super::value::{Points, PostId, Time};
use crate::fixed::decayed;
use crate::memory::is_in_force;
use crate::model::{Author, CaseKind, CaseState, Micro, PointPost, Raise};
use crate::output::duration;
use crate::store::StoreError;
use serde::Serialize;

/// An author, explained at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorReasons {
    /// The clock.
    pub clock: Time,
    /// As in the list.
    #[serde(flatten)]
    pub facts: AuthorView,
    /// How each step was reached, in order.
    pub raises: Vec<RaiseView>,
    /// The newest posts that gave points, oldest first.
    pub recent: Vec<PointReason>,
    /// What is left of earlier posts and of decisions.
    pub others_left: Points,
    /// Points halve in this time, as `30d`.
    pub half_life: String,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
    /// Without points up to then, the author goes a step down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_down: Option<Time>,
    /// Cases about the author.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseMention>,
    /// Groups of correlations by the author.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub correlations: Vec<GroupView>,
}

/// How a step was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaiseView {
    /// The step.
    pub step: String,
    /// When.
    pub at: Time,
    /// The points at that time.
    pub points: Points,
    /// Points that the step needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<Points>,
    /// By a decision.
    #[serde(skip_serializing_if = "super::campaigns::is_false")]
    pub decided: bool,
}

/// A post that gave points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PointReason {
    /// The post.
    pub post: PostId,
    /// Its time.
    pub at: Time,
    /// What it gave.
    pub gave: Points,
    /// What is left of that at the clock.
    pub left: Points,
    /// Its action, if the post is still kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Its most harmful category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextStep {
    /// Its name.
    pub step: String,
    /// Points from which it holds.
    pub at: Points,
    /// Points that are missing; 0 if they are reached.
    pub missing: Points,
    /// Only a decision makes it.
    #[serde(skip_serializing_if = "super::campaigns::is_false")]
    pub confirm: bool,
    /// Posts before this time raise no step: the last one was reached too recently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
}

/// A case in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseMention {
    /// Its id.
    pub case: String,
    /// What it is about.
    pub kind: CaseKind,
    /// Open or how it ended.
    pub state: CaseState,
    /// Its priority.
    pub priority: u64,
}

impl From<CaseView> for CaseMention {
    fn from(view: CaseView) -> CaseMention {
        let CaseView { case, kind, state, priority, .. } = view;
        CaseMention { case, kind, state, priority }
    }
}

impl Look<'_> {
    /// Why an author is at a step; `None` if the author is not kept: without points and reports, or
    /// unknown.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn author_reasons(&self, id: &str) -> Result<Option<AuthorReasons>, StoreError> {
        let Some(author) = self.state.author(id)? else { return Ok(None) };
        let author = self.settled(author);
        let recent = author.recent.iter().map(|post| self.point_reason(post));
        let recent = recent.collect::<Result<Vec<_>, _>>()?;
        let known: Micro = recent.iter().fold(0, |sum, post| sum.saturating_add(post.left.0));
        let ladder = &self.measures.authors;
        let is_down = |author: &Author| author.step > 0;
        Ok(Some(AuthorReasons {
            clock: Time(self.clock),
            raises: self.raises(&author),
            others_left: Points(author.points.saturating_sub(known).max(0)),
            recent,
            half_life: duration(ladder.half_life),
            next: self.next_step(&author),
            step_down: is_down(&author)
                .then(|| Time(author.last_points.saturating_add(ladder.calm))),
            cases: self.cases_about(id)?.into_iter().map(CaseMention::from).collect(),
            correlations: self.groups_of_author(id)?,
            facts: AuthorView::of(&author, self),
        }))
    }

    fn raises(&self, author: &Author) -> Vec<RaiseView> {
        let steps = &self.measures.authors.steps;
        let view = |(place, raise): (usize, &Raise)| RaiseView {
            step: self.author_step_name(u8::try_from(place + 1).unwrap_or(u8::MAX)),
            at: Time(raise.at),
            points: Points(raise.points),
            needed: steps.get(place).map(|step| Points(step.at)),
            decided: raise.decided,
        };
        author.raises.iter().enumerate().map(view).collect()
    }

    fn point_reason(&self, post: &PointPost) -> Result<PointReason, StoreError> {
        let known = self.state.post(&post.id)?;
        let half_life = self.measures.authors.half_life;
        Ok(PointReason {
            post: PostId(post.id.clone()),
            at: Time(post.at),
            gave: Points(post.points),
            left: Points(decayed(post.points, post.at, self.clock, half_life)),
            action: known.as_ref().map(|post| post.action.clone()),
            category: known.as_ref().and_then(|post| post.category.clone()),
            campaign: known.and_then(|post| post.campaign),
        })
    }

    /// The step after the one in force; or the one that has ended and begins again.
    fn next_step(&self, author: &Author) -> Option<NextStep> {
        let ladder = &self.measures.authors;
        let has_ended = author.step > 0 && !is_in_force(author, self.clock);
        let next = usize::from(author.step);
        let reached =
            |place: &usize| ladder.steps.get(*place).is_some_and(|step| author.points >= step.at);
        let place = if has_ended && !reached(&next) { next - 1 } else { next };
        let step = ladder.steps.get(place)?;
        let notice = author.raises.last().map(|raise| raise.at.saturating_add(ladder.notice));
        Some(NextStep {
            step: step.name.clone(),
            at: Points(step.at),
            missing: Points(step.at.saturating_sub(author.points).max(0)),
            confirm: step.confirm,
            not_before: notice.filter(|until| *until > self.clock).map(Time),
        })
    }
}
