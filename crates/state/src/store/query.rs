//! What a reader of the state file can ask for.

use crate::model::{CaseKind, CaseState};

/// Which authors, and in which order. Ties are in the order of ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthorQuery {
    /// Only those with this step or a higher one; 0 for all.
    pub step: u8,
    /// The order.
    pub order: AuthorOrder,
    /// At most so many.
    pub limit: Option<usize>,
}

/// An order of authors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthorOrder {
    /// The highest step first, then the most points. The points are those of each author's
    /// `points_at`, before they halve up to the clock.
    #[default]
    Step,
    /// The newest post first.
    Newest,
}

/// Which campaigns, and in which order. Ties are in the order of ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CampaignQuery {
    /// Only those that act: harmful ones and stories that are not ignored.
    pub acts: bool,
    /// The order.
    pub order: CampaignOrder,
    /// At most so many.
    pub limit: Option<usize>,
}

/// An order of campaigns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CampaignOrder {
    /// The most authors first, then the most posts.
    #[default]
    Authors,
    /// The most posts first.
    Posts,
    /// The newest member first.
    Newest,
}

/// Which cases, and in which order. Ties are in the order of ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// Only those in this state.
    pub state: Option<CaseState>,
    /// Only those of this kind.
    pub kind: Option<CaseKind>,
    /// The order.
    pub order: CaseOrder,
    /// At most so many.
    pub limit: Option<usize>,
}

/// An order of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// The highest priority first.
    #[default]
    Priority,
    /// The one with the newest post or event first.
    Newest,
}

impl AuthorOrder {
    pub(super) fn sql(self) -> &'static str {
        match self {
            AuthorOrder::Step => "step DESC, points DESC, id",
            AuthorOrder::Newest => "last DESC, id",
        }
    }
}

impl CampaignOrder {
    pub(super) fn sql(self) -> &'static str {
        match self {
            CampaignOrder::Authors => "authors DESC, posts DESC, id",
            CampaignOrder::Posts => "posts DESC, id",
            CampaignOrder::Newest => "last DESC, id",
        }
    }
}

impl CaseOrder {
    pub(super) fn sql(self) -> &'static str {
        match self {
            CaseOrder::Priority => "priority DESC, id",
            CaseOrder::Newest => "updated DESC, id",
        }
    }
}
