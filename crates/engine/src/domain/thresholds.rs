//! The scores at which actions start.

use crate::domain::action::Action;
use crate::domain::score::Score;

/// The scores of one category at which actions start; `None` means never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Lowest score for `flag`.
    pub flag: Option<Score>,
    /// Lowest score for `review`.
    pub review: Option<Score>,
    /// Lowest score for `block`.
    pub block: Option<Score>,
    /// Lowest score for `care`.
    pub care: Option<Score>,
    /// The score is capped here.
    pub max: Option<Score>,
}

impl Limits {
    /// Does no score lead to an action or to care?
    pub fn has_no_action(&self) -> bool {
        let Limits { flag, review, block, care, max: _ } = self;
        [flag, review, block, care].iter().all(|limit| limit.is_none())
    }

    /// These limits, and those of `base` where they name none.
    pub fn over(&self, base: &Limits) -> Limits {
        Limits {
            flag: self.flag.or(base.flag),
            review: self.review.or(base.review),
            block: self.block.or(base.block),
            care: self.care.or(base.care),
            max: self.max.or(base.max),
        }
    }

    /// The strongest action that `score` reaches.
    pub fn action(&self, score: Score) -> Action {
        let reached = |threshold: Option<Score>| threshold.is_some_and(|from| score >= from);
        if reached(self.block) {
            Action::Block
        } else if reached(self.review) {
            Action::Review
        } else if reached(self.flag) {
            Action::Flag
        } else {
            Action::Allow
        }
    }
}
