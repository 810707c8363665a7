//! What a person may look at while the state is in use.

use super::{Memory, authors};
use crate::measures::AuthorLadder;
use crate::model::{Author, Breaker, Campaign, Case, CaseKind, Channel, PostRef, Report};

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Campaigns.
    pub campaigns: usize,
    /// Texts that are compared and belong to no campaign.
    pub singles: usize,
    /// Authors with points or reports.
    pub authors: usize,
    /// Posts that reports can name.
    pub posts: usize,
    /// Open cases, those of care included.
    pub open_cases: usize,
    /// Open cases of authors who may need help.
    pub care_cases: usize,
    /// Breakers that are open.
    pub breakers_open: usize,
}

impl Memory {
    /// How much is kept. Counts the open cases one by one.
    pub fn kept(&self) -> Kept {
        Kept {
            campaigns: self.campaigns.len(),
            singles: self.campaigns.singles_len(),
            authors: self.authors.len(),
            posts: self.posts.len(),
            open_cases: self.cases.open_len(),
            care_cases: self.cases.open().filter(|case| case.kind == CaseKind::Care).count(),
            breakers_open: self.breakers.iter().filter(|breaker| breaker.open).count(),
        }
    }

    /// The open cases, the highest priority first.
    pub fn waiting(&self) -> impl Iterator<Item = &Case> {
        self.cases.open()
    }

    /// A case.
    pub fn case(&self, id: &str) -> Option<&Case> {
        self.cases.get(id)
    }

    /// The posts of a case that are still kept, in order of arrival.
    pub fn posts_of_case(&self, id: &str) -> Vec<PostRef> {
        self.posts.rows_of_case(id)
    }

    /// A post by its id (JSON).
    pub fn post_of(&self, id: &str) -> Option<PostRef> {
        self.posts.get(id)
    }

    /// The reports on a post (id as JSON), by reader.
    pub fn reports_of(&self, post: &str) -> impl Iterator<Item = &Report> {
        self.reports.of_post(post)
    }

    /// A campaign.
    pub fn campaign(&self, id: &str) -> Option<&Campaign> {
        self.campaigns.get(self.campaigns.number_of(id)?)
    }

    /// An author with points or reports, with the points and the step as of the clock.
    pub fn author(&self, id: &str, ladder: &AuthorLadder) -> Option<Author> {
        let mut author = self.authors.get(id)?.clone();
        authors::settle(&mut author, ladder, self.totals.clock.unwrap_or(0));
        Some(author)
    }

    /// A channel.
    pub fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.get(id)
    }

    /// The breakers that counted something, by key.
    pub fn breakers(&self) -> Vec<&Breaker> {
        let mut all: Vec<&Breaker> = self.breakers.iter().collect();
        all.sort_by(|left, right| left.key.cmp(&right.key));
        all
    }
}
