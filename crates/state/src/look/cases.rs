//! Cases, and the queue of open ones.

use super::listing::{Best, Listing};
use super::scope::Look;
use super::value::{Points, PostId, Time};
use crate::model::{Case, CaseKind, CaseState, Outcome, Seconds};
use crate::output::duration;
use crate::store::{CaseOrder, CaseQuery, StoreError};
use serde::Serialize;
use std::cmp::Reverse;

const HOUR: i64 = 3600;

/// Hours after which a case that waits is not more urgent any more: its priority has doubled.
const HOURS_MAX: i64 = 100;

/// Which cases.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaseFilter {
    /// Only those in this state.
    pub state: Option<CaseState>,
    /// Only those of this kind.
    pub kind: Option<CaseKind>,
    /// The order.
    pub order: CaseOrder,
    /// At most so many.
    pub limit: Option<usize>,
}

/// A case at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseView {
    /// Its id.
    pub case: String,
    /// What it is about: `campaign`, `author`, `channel`, `post`, `care`.
    pub kind: CaseKind,
    /// The campaign, author, channel or post.
    pub subject: PostId,
    /// `open`, `decided`, `overflow`.
    pub state: CaseState,
    /// Priority and 1 % more for each hour that it has waited, at most double; of open ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<u64>,
    /// Priority, as lines of `correlate` say.
    pub priority: u64,
    /// How long it has waited, as `5h12m`; of open ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited: Option<String>,
    /// The category with the most harm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Posts.
    pub posts: u64,
    /// Distinct authors.
    pub authors: u64,
    /// Distinct channels.
    pub channels: u64,
    /// Sum of views.
    pub reach: u64,
    /// Weight of reports.
    pub reports: Points,
    /// A step that waits for the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
    /// When it was opened.
    pub opened: Time,
    /// The newest post or event.
    pub updated: Time,
    /// The last decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<Time>,
    /// The newest posts, oldest first.
    pub newest: Vec<PostId>,
}

/// `priority` and 1 % more for each whole hour that a case has waited, at most double.
pub fn urgency(priority: u64, waited: Seconds) -> u64 {
    let percent = 100 + (waited / HOUR).clamp(0, HOURS_MAX);
    let urgency = u128::from(priority) * percent as u128 / 100;
    u64::try_from(urgency).unwrap_or(u64::MAX)
}

impl CaseView {
    /// The case at `clock`.
    pub fn of(case: &Case, clock: Seconds) -> CaseView {
        let waited = clock.saturating_sub(case.opened).max(0);
        let is_open = case.state == CaseState::Open;
        // The subject of a case about a post, and of a care case without an author, is JSON.
        let subject = match case.kind {
            CaseKind::Campaign | CaseKind::Author | CaseKind::Channel => quoted(&case.subject),
            CaseKind::Post => case.subject.clone(),
            CaseKind::Care if case.subject.starts_with('"') => case.subject.clone(),
            CaseKind::Care => quoted(&case.subject),
        };
        let verdict = case.verdict.as_ref();
        CaseView {
            case: case.id.clone(),
            kind: case.kind,
            subject: PostId(subject),
            state: case.state,
            urgency: is_open.then(|| urgency(case.priority, waited)),
            priority: case.priority,
            waited: is_open.then(|| duration(waited)),
            category: case.category.clone(),
            posts: case.posts,
            authors: case.authors,
            channels: case.channels,
            reach: case.reach,
            reports: Points(case.reports),
            proposed: case.proposed.clone(),
            opened: Time(case.opened),
            updated: Time(case.updated),
            outcome: verdict.map(|verdict| verdict.outcome),
            by: verdict.and_then(|verdict| verdict.by.clone()),
            note: verdict.and_then(|verdict| verdict.note.clone()),
            decided: verdict.map(|verdict| Time(verdict.at)),
            newest: case.newest.iter().cloned().map(PostId).collect(),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

impl Look<'_> {
    /// Cases, in order.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn cases(&self, filter: &CaseFilter) -> Result<Listing<CaseView>, StoreError> {
        let CaseFilter { state, kind, order, limit } = *filter;
        let rows = self.state.cases(&CaseQuery { state, kind, order, limit: None })?;
        let views = rows.iter().map(|case| CaseView::of(case, self.clock)).collect();
        Ok(Listing::first(views, limit))
    }

    /// Open cases: the most urgent first, then the one that was opened first. Care cases are a queue
    /// of their own: without `care` there is none, with it there is no other.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn queue(
        &self,
        care: bool,
        kind: Option<CaseKind>,
        limit: Option<usize>,
    ) -> Result<Listing<CaseView>, StoreError> {
        let query = CaseQuery { state: Some(CaseState::Open), kind, ..CaseQuery::default() };
        let mut best = Best::new(limit);
        for case in self.state.cases(&query)? {
            if (case.kind == CaseKind::Care) == care {
                let view = CaseView::of(&case, self.clock);
                best.add((Reverse(view.urgency), case.opened, case.id), view);
            }
        }
        Ok(best.listing())
    }

    /// The cases about a subject: a campaign, an author, a channel, a post (JSON).
    pub(super) fn cases_about(&self, subject: &str) -> Result<Vec<CaseView>, StoreError> {
        let cases = self.state.cases_about(subject)?;
        Ok(cases.iter().map(|case| CaseView::of(case, self.clock)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urgency_grows_by_the_hour_up_to_double() {
        for (waited, urgent) in [
            (-5, 400),
            (0, 400),
            (3599, 400),
            (3600, 404),
            (50 * 3600, 600),
            (100 * 3600, 800),
            (i64::MAX, 800),
        ] {
            assert_eq!(urgency(400, waited), urgent, "{waited}");
        }
        assert_eq!((urgency(0, 7200), urgency(99, 3600)), (0, 99));
        assert_eq!(urgency(u64::MAX, 7200), u64::MAX);
    }
}
