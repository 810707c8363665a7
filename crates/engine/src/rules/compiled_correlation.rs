//! A compiled rule over several posts: what `tidegate correlate` evaluates.
//!
//! [`scan`](crate::classifier) never fires it. It is part of the rule set, so that its id, its
//! category and the paths that it reads are known.

use crate::domain::category::Category;
use crate::domain::event_time;
use crate::domain::field::MetaId;
use crate::domain::ids::RuleIx;
use crate::domain::score::Score;
use crate::post::Post;
use crate::rules::condition::expr::Expr;
use crate::rules::condition::holds_for_post;
use crate::rules::model::{Active, CorrelationKind, Level, PostPath, Status};
use xxhash_rust::xxh3::Xxh3;

/// One rule over several posts.
#[derive(Clone, Debug)]
pub struct CompiledCorrelation {
    /// `id:`, unique among rules and correlations.
    pub id: String,
    /// The name of its pack.
    pub pack: String,
    /// Former ids.
    pub aliases: Vec<String>,
    /// `title:`; may be empty.
    pub title: String,
    /// The category its weight is added to; never `self-harm`.
    pub category: Category,
    /// Severity; does not affect scores.
    pub level: Level,
    /// Stage; an experimental one is reported and does not count.
    pub status: Status,
    /// Points that it adds.
    pub weight: Score,
    /// What it counts.
    pub kind: CorrelationKind,
    /// The rules that it counts, as written; at least one, of the temporal kinds at least two.
    pub patterns: Vec<CompiledPattern>,
    /// Posts with the same values of these paths are counted together.
    pub group_by: Vec<PostPath>,
    /// Seconds within which the posts lie, at least 1.
    pub timespan: i64,
    /// It fires from this number on: of posts, of different values, or of patterns. At least 2.
    pub at_least: u32,
    /// Whose values are counted, for [`CorrelationKind::ValueCount`] alone.
    pub field: Option<PostPath>,
    /// `where` as written; empty without it.
    pub filter_text: String,
    /// `where`: reads the fields of the post alone.
    pub filter: Option<Expr>,
    /// When it is in force.
    pub active: Option<Active>,
}

/// Rules of which one must have fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledPattern {
    /// An id or a glob, as written.
    pub text: String,
    /// The rules that it names, in order, without those of `self-harm`.
    pub rules: Vec<RuleIx>,
    /// It names the rule of the program for fabricated stories,
    /// [`STORY_RULE`](crate::rules::model::STORY_RULE).
    pub is_story: bool,
}

impl CompiledPattern {
    /// Did one of its rules fire? `fired` has the rules in order.
    pub fn is_met(&self, fired: &[RuleIx], is_story: bool) -> bool {
        self.is_story && is_story || fired.iter().any(|rule| self.rules.binary_search(rule).is_ok())
    }
}

impl CompiledCorrelation {
    /// Does it look at the post: is it in force at the time of the post, and is `where` true? A post
    /// without a time is looked at.
    pub fn admits(&self, post: &Post<'_>) -> bool {
        let time = || post.meta(MetaId::CREATED_AT).and_then(event_time::parse);
        let is_active =
            self.active.is_none_or(|active| time().is_none_or(|time| active.contains(time)));
        is_active && self.filter.as_ref().is_none_or(|it| holds_for_post(it, &|at| post.meta(at)))
    }

    /// A hash of everything that decides when it fires: what it remembers is of no use to one with
    /// another. The rules that a glob names, texts for readers and the weight are no part of it.
    pub fn hash(&self) -> u64 {
        let CompiledCorrelation {
            kind,
            patterns,
            group_by,
            timespan,
            at_least,
            field,
            filter_text,
            active,
            ..
        } = self;
        let mut hasher = Xxh3::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(kind.name());
        for texts in [
            patterns.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(),
            group_by.iter().map(|it| it.name.as_str()).collect(),
            field.iter().map(|it| it.name.as_str()).collect(),
        ] {
            add(&texts.len().to_string());
            texts.into_iter().for_each(&mut add);
        }
        add(filter_text);
        add(&format!("{timespan} {at_least}"));
        if let Some(Active { from, until }) = active {
            add(&format!("{from:?} {until:?}"));
        }
        hasher.digest()
    }
}
