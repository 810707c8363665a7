//! A policy as read from its file.

use super::schema::ActionName;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::category::{ByCategory, Category, DeclaredCategory};
use crate::domain::score::Score;
use crate::domain::thresholds::Limits;
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
    /// The categories that it declares, and those that policies it extends declare.
    pub(super) declared: Vec<(DeclaredCategory, Place)>,
    /// Where it names declared categories.
    pub(super) named: Vec<(Category, Place)>,
    /// The actions that thresholds may name.
    pub(super) actions: Vec<ActionName>,
    /// Warnings about what has no effect, without those that comments silence.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Thresholds for the posts of one channel.
#[derive(Clone, Debug)]
pub(super) struct Tier {
    /// `None` for the last tier, which applies to every post.
    pub(super) when: Option<Expr>,
    /// As written: a channel inherits what it does not name from the last tier.
    pub(super) categories: ByCategory<Limits>,
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
