//! A rule set that is loaded and resolved, but not compiled.
//!
//! `load` makes it from packs, word lists and conditions; `compile` and the lints read it.
//! Names are resolved to numbers: matchers and rules are indexes into [`Model`]. Text is as the
//! author wrote it (nothing is folded).

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::category::{Category, DeclaredCategory};
use crate::domain::field::{FieldId, MetaId, Names};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::score::Score;
use crate::domain::view::ViewSet;
use crate::rules::condition::expr::Expr;
use crate::scan::checks::Check;
use crate::scan::entities::Entity;
use std::collections::BTreeSet;
use std::sync::Arc;

/// All packs, matchers and rules.
#[derive(Debug, Default)]
pub struct Model {
    /// Packs, in name order.
    pub packs: Vec<Pack>,
    /// Every matcher of every pack and rule. Pack order, then order of writing.
    pub matchers: Vec<Matcher>,
    /// Every rule that is not switched off, in id order.
    pub rules: Vec<Rule>,
    /// Every rule over several posts, in id order.
    pub correlations: Vec<Correlation>,
    /// The categories that packs and policies declare, in order.
    pub declared: Vec<Declared>,
    /// Embedded packs that others replace, in name order.
    pub replaced: Vec<String>,
    /// Every file that was read, packs and lists, in reading order: the input of the rule-set
    /// hash.
    pub sources: Vec<Arc<Source>>,
    /// Field and path names, including those that rules add.
    pub names: Names,
    /// Warnings about what the model does not contain: keys without effect, signs of YAML.
    pub warnings: Vec<Diagnostic>,
}

/// A category that a pack or a policy declares.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The category.
    pub category: DeclaredCategory,
    /// Its name in the file.
    pub place: Place,
}

/// One pack file.
#[derive(Debug)]
pub struct Pack {
    /// `pack:`, unique.
    pub name: String,
    /// `version:`.
    pub version: String,
    /// `title:`; may be empty.
    pub title: String,
    /// `license:`; may be empty.
    pub license: String,
    /// The file.
    pub source: Arc<Source>,
}

/// One concept of text matching.
#[derive(Debug)]
pub struct Matcher {
    /// `game`, as conditions write it inside its pack.
    pub name: String,
    /// Index into [`Model::packs`].
    pub pack: usize,
    /// The rule it belongs to, for matchers under `match:`.
    pub rule: Option<RuleIx>,
    /// Its name in the file.
    pub place: Place,
    /// `words:` and `file:` terms.
    pub terms: Vec<Term>,
    /// `regex:` patterns.
    pub regexes: Vec<Pattern>,
    /// `seq:` and `gap:`.
    pub seq: Option<Sequence>,
    /// `entity:` detectors.
    pub entities: Vec<Entity>,
    /// `edge:`, with the default filled in: auto for words, none for matchers without words.
    pub edge: Edge,
    /// `view:`, never empty.
    pub views: ViewSet,
    /// `fields:`, after the defaults of rule and pack.
    pub fields: Vec<FieldId>,
    /// `except:` and the `!` lines of its word lists.
    pub except: Vec<Term>,
    /// `check:`.
    pub check: Option<Check>,
    /// `lang:`, lower case; empty means any. `zh-*` is already `zh`.
    pub lang: Vec<String>,
    /// `cased:`.
    pub cased: bool,
    /// `max:`, hits kept per post.
    pub max: Option<u32>,
}

/// One literal.
#[derive(Clone, Debug)]
pub struct Term {
    /// As written.
    pub text: String,
    /// `weight=` of a list line.
    pub weight: Score,
    /// Its bytes in the file.
    pub place: Place,
}

/// One regex.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written.
    pub text: String,
    /// Its bytes in the file.
    pub place: Place,
}

/// Parts in order with at most `gap` characters between neighbours.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Each part is a choice of literals; a plain string is a choice of one.
    pub parts: Vec<Vec<Term>>,
    /// Characters allowed between neighbours.
    pub gap: u32,
}

/// Which characters may be next to a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A Latin letter or digit at an end of the hit must not touch another one.
    Auto,
    /// No Latin letter or digit may be next to the hit, even if its ends are not Latin.
    Word,
    /// Any.
    None,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// `id:`, unique.
    pub id: String,
    /// `aliases:`.
    pub aliases: Vec<String>,
    /// `title:`; may be empty.
    pub title: String,
    /// `description:`; may be empty.
    pub description: String,
    /// Index into [`Model::packs`].
    pub pack: usize,
    /// Its id in the file.
    pub place: Place,
    /// `category:`, after defaults.
    pub category: Category,
    /// `level:`, after defaults.
    pub level: Level,
    /// `status:`.
    pub status: Status,
    /// `lang:`, after defaults; empty means any.
    pub lang: Vec<String>,
    /// `fields:`, after defaults: the fields that `length` counts.
    pub fields: Vec<FieldId>,
    /// `tags`.
    pub tags: Vec<String>,
    /// `falsepositives`.
    pub false_positives: Vec<String>,
    /// `references`.
    pub references: Vec<String>,
    /// The matchers of this rule (`match:`): the meaning of `them`.
    pub own: Vec<MatcherIx>,
    /// The condition and its text.
    pub condition: Condition,
    /// `weight:`.
    pub weight: Score,
    /// `boost:`, in order of writing.
    pub boosts: Vec<Boost>,
    /// `redact:`.
    pub redact: Vec<MatcherIx>,
    /// `active:` of the rule, otherwise of the pack.
    pub active: Option<Active>,
    /// `always: true`: may be evaluated without a trigger.
    pub always: bool,
    /// `tests.hit`.
    pub hits: Vec<Example>,
    /// `tests.miss`.
    pub misses: Vec<Example>,
}

impl Rule {
    /// Rules that its condition and boosts name by `fired()`, in order of writing.
    pub fn fired_rules(&self) -> Vec<RuleIx> {
        let boosts = self.boosts.iter().map(|boost| &boost.condition);
        let conditions = std::iter::once(&self.condition).chain(boosts);
        conditions.flat_map(|condition| condition.expr.fired_rules()).collect()
    }

    /// The fields that the matchers of its condition and boosts read; without matchers its own.
    pub fn read_fields(&self, matchers: &[Matcher]) -> BTreeSet<FieldId> {
        let own = self.matchers().into_iter();
        let read = own.flat_map(|matcher| matchers.get(matcher.index()).map(|it| &it.fields));
        let read: BTreeSet<FieldId> = read.flatten().copied().collect();
        if read.is_empty() { self.fields.iter().copied().collect() } else { read }
    }

    /// Matchers that its condition and boosts name, in order of writing, with repetitions.
    pub fn matchers(&self) -> Vec<MatcherIx> {
        let boosts = self.boosts.iter().map(|boost| &boost.condition);
        let conditions = std::iter::once(&self.condition).chain(boosts);
        conditions.flat_map(|condition| condition.expr.matchers()).collect()
    }
}

/// Severity of a rule. It is reported and does not affect scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Informational,
    /// Little harm.
    Low,
    /// Some harm.
    #[default]
    Medium,
    /// Much harm.
    High,
    /// Acute harm.
    Critical,
}

impl Level {
    /// Name in rules and verdicts.
    pub fn name(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }
}

/// Stage of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Runs in shadow mode unless the policy overrides it.
    Experimental,
    /// Enforced; new.
    Test,
    /// Enforced.
    #[default]
    Stable,
    /// Enforced; will be removed.
    Deprecated,
}

/// A period, both ends inclusive, in seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Active {
    /// First second; `None` is open.
    pub from: Option<i64>,
    /// Last second; `None` is open. A bare date ends at 23:59:59.
    pub until: Option<i64>,
}

impl Active {
    /// Is the second, since 1970 UTC, within the period?
    pub fn contains(&self, time: i64) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time <= until)
    }
}

/// A rule over several posts (`correlate:`). `scan` never fires it.
#[derive(Debug)]
pub struct Correlation {
    /// `id:`, unique among rules and correlations.
    pub id: String,
    /// `aliases:`.
    pub aliases: Vec<String>,
    /// `title:`; may be empty.
    pub title: String,
    /// `description:`; may be empty.
    pub description: String,
    /// Index into [`Model::packs`].
    pub pack: usize,
    /// Its id in the file.
    pub place: Place,
    /// `category:`, after defaults.
    pub category: Category,
    /// `level:`, after defaults.
    pub level: Level,
    /// `status:`, after defaults.
    pub status: Status,
    /// `tags`.
    pub tags: Vec<String>,
    /// `falsepositives`.
    pub false_positives: Vec<String>,
    /// `references`.
    pub references: Vec<String>,
    /// `type`.
    pub kind: CorrelationKind,
    /// `rules`, in order of writing.
    pub rules: Vec<RulePattern>,
    /// `group-by`, in order of writing; empty: all posts are one group.
    pub group_by: Vec<PostPath>,
    /// `timespan`, in seconds, from 1 to [`TIMESPAN_MAX`](crate::domain::limits::TIMESPAN_MAX).
    pub timespan_seconds: i64,
    /// It fires from this number on: of posts, of different values, or of patterns.
    pub at_least: u32,
    /// `condition.field`: whose values `value_count` counts.
    pub field: Option<PostPath>,
    /// `where`: a condition on `post.` fields alone.
    pub condition: Option<Condition>,
    /// `weight:`.
    pub weight: Score,
    /// `active:` of the rule, otherwise of the pack.
    pub active: Option<Active>,
    /// `tests.hit`: it fires on the last post.
    pub hits: Vec<PostSequence>,
    /// `tests.miss`: it fires on none.
    pub misses: Vec<PostSequence>,
}

/// What a correlation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    /// Posts.
    EventCount,
    /// Different values of a field.
    ValueCount,
    /// Patterns of rules that fired, in any order.
    Temporal,
    /// Patterns of rules that fired, in their order.
    TemporalOrdered,
}

impl CorrelationKind {
    /// Name in rules and output.
    pub fn name(self) -> &'static str {
        match self {
            CorrelationKind::EventCount => "event_count",
            CorrelationKind::ValueCount => "value_count",
            CorrelationKind::Temporal => "temporal",
            CorrelationKind::TemporalOrdered => "temporal_ordered",
        }
    }

    /// Does every pattern of rules count once, so that there is no number to state?
    pub fn is_temporal(self) -> bool {
        match self {
            CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => true,
            CorrelationKind::EventCount | CorrelationKind::ValueCount => false,
        }
    }
}

/// An id or glob of `rules`, and what it names.
#[derive(Clone, Debug)]
pub struct RulePattern {
    /// As written.
    pub text: String,
    /// Its bytes in the file.
    pub place: Place,
    /// The rules that it names, in id order, without those of `self-harm`.
    pub rules: Vec<RuleIx>,
    /// It names [`STORY_RULE`].
    pub is_story: bool,
}

/// The rule of the program that fires on fabricated stories under many names.
pub const STORY_RULE: &str = "campaign.story";

/// A path of the post with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostPath {
    /// Its number in [`Model::names`].
    pub meta: MetaId,
    /// Its name, without `post.`: `author.id`.
    pub name: String,
}

/// A test of a correlation: posts in order of writing.
#[derive(Clone, Debug, Default)]
pub struct PostSequence {
    /// Its posts, at least one.
    pub posts: Vec<SequencePost>,
    /// Its bytes in the file.
    pub place: Option<Place>,
}

/// A post of a sequence.
#[derive(Clone, Debug, Default)]
pub struct SequencePost {
    /// Its texts and values; `author` is `author.id` among them.
    pub example: Example,
    /// Seconds since the first post, 0 or more. Posts may be out of order.
    pub at: i64,
}

/// Points that are added if a further condition is true.
#[derive(Debug)]
pub struct Boost {
    /// The condition and its text.
    pub condition: Condition,
    /// Points.
    pub weight: Score,
}

/// A parsed condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// As written, with each run of white space replaced by one space: verdicts quote it.
    pub text: String,
    /// Its bytes in the file.
    pub place: Place,
    /// Its tree.
    pub expr: Expr,
}

/// One example of a rule.
#[derive(Clone, Debug, Default)]
pub struct Example {
    /// Texts by field.
    pub texts: Vec<(FieldId, String)>,
    /// `post:`, as a JSON object (nested as written).
    pub post: serde_json::Map<String, serde_json::Value>,
    /// `score:`, the rule's own.
    pub score: Option<Score>,
    /// `view:`: some evidence must be from this view.
    pub view: Option<crate::domain::view::View>,
    /// Its bytes in the file.
    pub place: Option<Place>,
}
