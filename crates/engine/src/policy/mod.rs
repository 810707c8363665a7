//! From scores to an action.
//!
//! A [`Policy`] is what a file says. [`Policy::resolve`] lays it over the rules
//! of a run; the [`ResolvedPolicy`] answers per rule (weight, mode, exceptions)
//! and per post (thresholds, channel by channel). Answers allocate nothing and
//! look at the post's own fields alone: no clock, no text, no state.
//!
//! * The strongest action whose threshold is reached is taken, over all
//!   categories; `care` stands beside it and has its own threshold.
//! * A category that the policy does not name is reported and leads to nothing.
//! * Experimental rules run in shadow unless an override says `mode: enforce`.

mod parse;
mod resolve;
pub mod schema;

pub use resolve::{Decision, Mode, Resolution, ResolvedPolicy, RuleFacts};

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::action::Action;
use crate::domain::field::Names;
use crate::domain::score::Score;
use crate::rules::model::Expr;
use crate::rules::source::json_schema;
use jiff::civil::Date;
use std::sync::Arc;

/// The name of the policy that applies when none is named.
pub const DEFAULT: &str = "default";

/// The JSON Schema of policies, as indented JSON with a line end.
pub fn policy_schema() -> String {
    json_schema::text::<schema::Policy>("urn:tidegate:policy:1", "A tidegate policy")
}

/// A policy that was read, not yet laid over rules.
#[derive(Debug)]
pub struct Policy {
    source: Arc<Source>,
    title: String,
    tiers: Vec<Tier>,
    overrides: Vec<Override>,
    exceptions: Vec<Exception>,
}

/// Thresholds for the posts of one channel.
#[derive(Clone, Debug)]
struct Tier {
    /// `None` for the last tier, which takes every post.
    when: Option<Expr>,
    /// By category number; what a channel does not name is filled in.
    categories: Vec<Limits>,
}

/// The scores of one category at which something happens; `None`: nothing does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// From here on `flag`.
    pub flag: Option<Score>,
    /// From here on `review`.
    pub review: Option<Score>,
    /// From here on `block`.
    pub block: Option<Score>,
    /// From here on `care`.
    pub care: Option<Score>,
    /// The score is cut here.
    pub max: Option<Score>,
}

impl Limits {
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
struct Override {
    /// An id or a glob.
    rule: String,
    place: Place,
    weight: Option<Score>,
    mode: Option<Mode>,
    expires: Option<(Date, Place)>,
}

/// `exceptions:` of a policy.
#[derive(Debug)]
struct Exception {
    /// Ids or globs.
    rules: Vec<(String, Place)>,
    when: Expr,
    expires: Option<(Date, Place)>,
}

impl Policy {
    /// Reads a policy. The `post.` paths of its conditions are entered in `names`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in order of place.
    pub fn parse(source: &Arc<Source>, names: &mut Names) -> Result<Policy, Vec<Diagnostic>> {
        parse::parse(source, names)
    }

    /// One line for people; empty if the file has none.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The file it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Overrides and exceptions whose last day is before `today`: errors of
    /// `check`. Nothing else looks at the calendar.
    pub fn expired(&self, today: Date) -> Vec<Diagnostic> {
        let overrides = self.overrides.iter().map(|it| ("override", &it.expires));
        let exceptions = self.exceptions.iter().map(|it| ("exception", &it.expires));
        let all = overrides.chain(exceptions).filter_map(|(what, expires)| {
            let (last, place) = expires.as_ref()?;
            let message = format!("this {what} expired on {last}");
            let fault = Diagnostic::error("expired_override", message, Some(place.clone()));
            (*last < today).then(|| fault.help("decide again: remove it or give it a new date"))
        });
        all.collect()
    }

    /// Lays the policy over rules, which stand in id order.
    ///
    /// # Errors
    ///
    /// Overrides and exceptions that name a rule which does not exist.
    pub fn resolve(&self, rules: &[RuleFacts<'_>]) -> Result<Resolution, Vec<Diagnostic>> {
        resolve::resolve(self, rules)
    }
}

#[cfg(test)]
mod tests;
