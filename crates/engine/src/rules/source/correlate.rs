//! The keys of `correlate:`, with the names of Sigma.
//!
//! Plain data with places, as the other keys of a pack. Editors show the doc comments.

use crate::rules::source::yaml::{At, OneOrMany, soft};
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// Counting over several posts: the rule fires on the post with which the count is reached. `tidegate correlate` evaluates it; `scan` looks at single posts and never fires it.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["type", "rules", "timespan"]))]
pub struct Correlate {
    /// What is counted.
    #[serde(default, rename = "type", deserialize_with = "soft")]
    pub kind: Option<At<TypeName>>,
    /// Ids of rules, or globs such as `gambling.*`: a post counts if one of them fired on it. `campaign.story` is the rule of the program for fabricated stories under many names.
    #[serde(default, deserialize_with = "soft")]
    pub rules: OneOrMany<At<String>>,
    /// Paths of the post, such as `author.id` or `channel`: posts with the same values are counted together. Without it all posts are one group.
    #[serde(default, rename = "group-by", deserialize_with = "soft")]
    pub group_by: OneOrMany<At<String>>,
    /// The posts lie within this time: `90s`, `10m`, `1h30m`, `7d`; at most 365 days.
    #[serde(default, deserialize_with = "soft")]
    pub timespan: Option<At<String>>,
    /// From which number on the rule fires, for `event_count` and `value_count`.
    #[serde(default, deserialize_with = "soft")]
    pub condition: Option<At<CorrelateCondition>>,
    /// Only posts for which this condition is true; it reads `post.` paths alone: `post.channel == video`.
    #[serde(default, rename = "where", deserialize_with = "soft")]
    pub filter: Option<At<String>>,
}

/// From which number on a correlation fires: `{ gte: 3 }`.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrelateCondition {
    /// Fires from this number on; at most 1000.
    #[serde(default, deserialize_with = "soft")]
    pub gte: Option<At<u32>>,
    /// Fires above this number.
    #[serde(default, deserialize_with = "soft")]
    pub gt: Option<At<u32>>,
    /// For `value_count`: the path of the post whose different values are counted, such as `author.id`.
    #[serde(default, deserialize_with = "soft")]
    pub field: Option<At<String>>,
    /// Of Sigma; refused.
    #[serde(default, deserialize_with = "soft")]
    #[schemars(skip)]
    pub lt: Option<At<Ignored>>,
    /// Of Sigma; refused.
    #[serde(default, deserialize_with = "soft")]
    #[schemars(skip)]
    pub lte: Option<At<Ignored>>,
    /// Of Sigma; refused.
    #[serde(default, deserialize_with = "soft")]
    #[schemars(skip)]
    pub eq: Option<At<Ignored>>,
    /// Of Sigma; refused.
    #[serde(default, deserialize_with = "soft")]
    #[schemars(skip)]
    pub neq: Option<At<Ignored>>,
}

/// A value of any type that is not read.
#[derive(Clone, Copy, Debug)]
pub struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ignored, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Ignored)
    }
}

/// What a correlation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypeName {
    /// Posts on which one of the rules fired.
    EventCount,
    /// Different values of `field` among them.
    ValueCount,
    /// Each of the rules fired, in any order.
    Temporal,
    /// Each of the rules fired, in the order in which they are listed.
    TemporalOrdered,
}
