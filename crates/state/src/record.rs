//! One line of the input, read.

use crate::correlations::Correlations;
use crate::model::{Outcome, Seconds};
use crate::text::Fingerprint;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A post with its verdict.
    Post(Box<PostRecord>),
    /// A report, a decision, or another event.
    Event(Event),
}

/// A post with the verdict of `scan` and what was computed from it alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostRecord {
    /// The id as in the line (JSON); `null` without one.
    pub id: String,
    /// `post.author.id`.
    pub author: Option<String>,
    /// `post.channel`.
    pub channel: Option<String>,
    /// `post.created_at`.
    pub at: Option<Seconds>,
    /// `post.reach`, views; 0 without.
    pub reach: u64,
    /// What `scan` said.
    pub scan: ScanVerdict,
    /// Which thresholds of the policy hold for the post (`ResolvedPolicy::tier_index`).
    pub tier: u16,
    /// For campaigns.
    pub fingerprint: Fingerprint,
    /// Title and text, as samples keep them.
    pub text: String,
    /// Correlations that admit the post and count it, or may do if its campaign is a story.
    pub matches: Vec<CorrelationMatch>,
}

impl PostRecord {
    /// Makes a record that was read for the correlations `then` one for `now`: those that are gone
    /// or changed do not count the post.
    pub fn read_again_for(&mut self, then: &Correlations, now: &Correlations) {
        let place = |at: usize| {
            let then = then.all.get(at)?;
            now.all.iter().position(|it| it.id == then.id && it.hash == then.hash)
        };
        self.matches.retain_mut(|matched| match place(matched.correlation) {
            Some(at) => {
                matched.correlation = at;
                true
            }
            None => false,
        });
    }
}

/// The verdict of `scan`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanVerdict {
    /// The action.
    pub action: Action,
    /// The action without the scores of `self-harm`: what measures count.
    pub offence: Action,
    /// The author may need help.
    pub care: bool,
    /// Categories with scores, in order of the verdict.
    pub categories: Vec<(Category, Score)>,
    /// Rules that fired, with their categories.
    pub rules: Vec<(String, Category)>,
}

/// A correlation that a post counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationMatch {
    /// Index of the correlation.
    pub correlation: usize,
    /// Bit `n`: a rule of the `n`th pattern fired. 0 if only `campaign.story` can add one.
    pub patterns: u64,
    /// Names and values of `group-by`.
    pub group: Vec<(String, String)>,
    /// Hash of the value that is counted, for `value_count`.
    pub value: Option<u64>,
}

/// An event: the only way to change the state but posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `at`; without one the clock.
    pub at: Option<Seconds>,
    /// What happened.
    pub kind: EventKind,
}

/// Kinds of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A reader reports a post.
    Report {
        /// The post's id (JSON).
        post: String,
        /// The reader.
        by: String,
        /// Why.
        reason: Option<String>,
    },
    /// A reviewer decides.
    Decision {
        /// The case or the post.
        on: Subject,
        /// What was decided.
        outcome: Outcome,
        /// The reviewer.
        by: Option<String>,
        /// Why.
        note: Option<String>,
    },
    /// A campaign does not act any more.
    Ignore {
        /// Its id.
        campaign: String,
        /// Why.
        reason: Option<String>,
    },
    /// The notice of a breaker was read.
    Reset {
        /// Its key.
        breaker: String,
    },
}

/// What a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A case, by its id.
    Case(String),
    /// A post, by its id (JSON).
    Post(String),
}
