//! Authors, with the points and steps that they have at the clock.

use super::listing::{Best, Listing};
use super::scope::Look;
use super::value::{Points, Time};
use crate::memory::{is_in_force, settle};
use crate::model::{Author, AuthorCounts};
use crate::store::{AuthorOrder, StoreError};
use serde::Serialize;
use std::cmp::Reverse;

/// Which authors.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthorFilter {
    /// Only those with this step or a higher one in force; 0 for all.
    pub step: u8,
    /// The order: points are those at the clock.
    pub order: AuthorOrder,
    /// At most so many.
    pub limit: Option<usize>,
}

/// An author at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorView {
    /// The id.
    pub author: String,
    /// The step in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// A step that was reached and has ended; more points start it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// When the step was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Its end, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// A step that waits for a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
    /// Points at the clock.
    pub points: Points,
    /// Posts since the author is kept.
    pub posts: u64,
    /// Of these, `flag`.
    pub flag: u64,
    /// Of these, `review`.
    pub review: u64,
    /// Of these, `block`.
    pub block: u64,
    /// Reports that were counted.
    pub reports: u64,
    /// Decisions that upheld.
    pub upheld: u64,
    /// Decisions that overturned.
    pub overturned: u64,
    /// The first post that was kept.
    pub first: Time,
    /// The newest post.
    pub last: Time,
}

impl AuthorView {
    /// `author` is settled at the clock of `look`.
    pub(super) fn of(author: &Author, look: &Look<'_>) -> AuthorView {
        let step = (author.step > 0).then(|| look.author_step_name(author.step));
        let (step, ended) = match is_in_force(author, look.clock) {
            true => (step, None),
            false => (None, step),
        };
        let AuthorCounts { posts, flag, review, block, reports, upheld, overturned } =
            author.counts;
        AuthorView {
            author: author.id.clone(),
            step,
            ended,
            since: author.raises.last().map(|raise| Time(raise.at)),
            until: author.until.map(Time),
            proposed: author.proposed.map(|number| look.author_step_name(number)),
            points: Points(author.points),
            posts,
            flag,
            review,
            block,
            reports,
            upheld,
            overturned,
            first: Time(author.first),
            last: Time(author.last),
        }
    }
}

impl Look<'_> {
    /// Authors, in order.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn authors(&self, filter: &AuthorFilter) -> Result<Listing<AuthorView>, StoreError> {
        let mut best = Best::new(filter.limit);
        self.state.each_author(filter.step, |author| {
            let author = self.settled(author);
            let step = if is_in_force(&author, self.clock) { author.step } else { 0 };
            if step < filter.step {
                return;
            }
            let order = match filter.order {
                AuthorOrder::Step => (Reverse(step), Reverse(author.points)),
                AuthorOrder::Newest => (Reverse(0), Reverse(author.last)),
            };
            best.add((order, author.id.clone()), AuthorView::of(&author, self));
        })?;
        Ok(best.listing())
    }

    /// The author at the clock: points decay, and calm takes steps back.
    pub(super) fn settled(&self, mut author: Author) -> Author {
        settle(&mut author, &self.measures.authors, self.clock);
        author
    }

    /// The name of a step of authors, from 1; its number if the measures have fewer.
    pub(super) fn author_step_name(&self, number: u8) -> String {
        let step =
            usize::from(number).checked_sub(1).and_then(|at| self.measures.authors.steps.get(at));
        step.map_or_else(|| number.to_string(), |step| step.name.clone())
    }
}
