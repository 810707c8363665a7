//! A policy as read from its file.

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::action::Action;
use crate::domain::score::Score;
use crate::message::message;
use crate::rules::condition::expr::Expr;
use jiff::civil::Date;
use std::sync::Arc;

/// A policy that was read, not yet applied to rules.
#[derive(Debug)]
pub struct Policy {
    pub(super) source: Arc<Source>,
    /// Of its text, and of that of the policy that it extends.
    pub(super) text_hash: u32,
    pub(super) title: String,
    pub(super) tiers: Vec<Tier>,
    pub(super) overrides: Vec<Override>,
    pub(super) exceptions: Vec<Exception>,
    /// Warnings about what has no effect, without those that comments silence.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Thresholds for the posts of one channel.
#[derive(Clone, Debug)]
pub(super) struct Tier {
    /// `None` for the last tier, which applies to every post.
    pub(super) when: Option<Expr>,
    /// By category number, as written: a channel inherits what it does not name from the last tier.
    pub(super) categories: Vec<Limits>,
}

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
    pub(super) fn has_no_action(&self) -> bool {
        let Limits { flag, review, block, care, max: _ } = self;
        [flag, review, block, care].iter().all(|limit| limit.is_none())
    }

    /// These limits, and those of `base` where they name none.
    pub(super) fn over(&self, base: &Limits) -> Limits {
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

/// `rules:` of a policy.
#[derive(Debug)]
pub(super) struct Override {
    /// An id or a glob.
    pub(super) rule: String,
    pub(super) place: Place,
    pub(super) weight: Option<Score>,
    pub(super) mode: Option<Mode>,
    pub(super) expires: Option<(Date, Place)>,
}

/// `exceptions:` of a policy.
#[derive(Debug)]
pub(super) struct Exception {
    /// Ids or globs.
    pub(super) rules: Vec<(String, Place)>,
    pub(super) when: Expr,
    pub(super) expires: Option<(Date, Place)>,
}

impl Policy {
    /// `title:`; empty if the file has none.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The file it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Overrides and exceptions whose last day is before `today`: errors of `check`. No other
    /// function depends on the date.
    pub fn expired(&self, today: Date) -> Vec<Diagnostic> {
        let overrides = self.overrides.iter().map(|it| (message!("override"), &it.expires));
        let exceptions = self.exceptions.iter().map(|it| (message!("exception"), &it.expires));
        let all = overrides.chain(exceptions).filter_map(|(what, expires)| {
            let (last, place) = expires.as_ref()?;
            let message = message!("this {what} expired on {last}");
            let diagnostic = Diagnostic::error("expired_override", message, Some(place.clone()));
            (*last < today)
                .then(|| diagnostic.help(message!("review it: remove it or set a new date")))
        });
        all.collect()
    }
}

/// How a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The rule counts.
    Enforce,
    /// The rule is reported and does not count.
    Shadow,
    /// The rule does not run.
    Disabled,
}
