//! The keys of a measures file: the serde types of `NAME.measures.yaml`.
//!
//! Plain data with places, checked for shape only. Editors show the doc comments (`tidegate schema
//! measures`), so they are written for operators.

use super::written::{DurationText, KeepText, MomentText, PercentText, RateText};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, EnumAccess, Error, VariantAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use tidegate_engine::domain::category::built_in_names;
use tidegate_engine::message::phrase;
pub use tidegate_engine::rules::source::schema::{ActionName, CategoryName, Text};
use tidegate_engine::rules::source::yaml::{At, Entries, List, OneOrMany, Shape, shape, soft};

/// Measures of tidegate: what `correlate` counts, and what follows.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["tidegate", "kind"]))]
pub struct MeasuresFile {
    /// Version of the format: 1.
    #[serde(default, deserialize_with = "soft")]
    pub tidegate: Option<At<u32>>,
    /// `measures`.
    #[serde(default, deserialize_with = "soft")]
    pub kind: Option<At<KindName>>,
    /// One line, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// The purpose of the measures, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub description: Option<Text>,
    /// Which times of posts are accepted.
    #[serde(default, deserialize_with = "soft")]
    pub clock: ClockKeys,
    /// Texts that are posted again and again, under one or many names.
    #[serde(default, deserialize_with = "soft")]
    pub campaigns: CampaignKeys,
    /// Steps that authors and channels reach.
    #[serde(default, deserialize_with = "soft")]
    pub ladder: LadderKeys,
    /// Breakers: past a limit `block` becomes `review`. None without this key.
    #[serde(default, deserialize_with = "soft")]
    #[schemars(with = "LimitKeys")]
    pub limits: Entries<OneOrMany<At<LimitValue>>>,
    /// Themed campaigns of the platform, each with a period.
    #[serde(default, deserialize_with = "soft")]
    pub operations: List<At<OperationKeys>>,
    /// Order of the cases for reviewers.
    #[serde(default, deserialize_with = "soft")]
    pub queue: QueueKeys,
    /// How long personal data is kept after its last change: a duration, or `unlimited`.
    #[serde(default, deserialize_with = "soft")]
    pub keep: KeepKeys,
    /// Most rows of each kind in the state.
    #[serde(default, deserialize_with = "soft")]
    pub bounds: BoundKeys,
}

/// Which times of posts are accepted. The clock is the largest accepted time.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockKeys {
    /// Posts that are older than the clock by more are late: they count for totals and campaigns, not for windows and steps. 1h if left out.
    #[serde(default, deserialize_with = "soft")]
    pub late: Option<At<DurationText>>,
    /// Posts that are newer than the clock by more are ahead, until three in a row agree. 1d if left out.
    #[serde(default, deserialize_with = "soft")]
    pub jump: Option<At<DurationText>>,
}

/// Texts that are posted again and again.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignKeys {
    /// A campaign takes no member later than this after the last one. 72h if left out.
    #[serde(default, deserialize_with = "soft")]
    pub window: Option<At<DurationText>>,
    /// A campaign that acts gets a case from so many authors on. 5 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub authors: Option<At<u64>>,
    /// When a campaign is harmful, and what follows.
    #[serde(default, deserialize_with = "soft")]
    pub harmful: HarmfulKeys,
    /// What follows when a campaign is one fabricated story with changed details.
    #[serde(default, deserialize_with = "soft")]
    pub story: StoryKeys,
    /// Literals that are no part of a text, such as the line that a client adds.
    #[serde(default, deserialize_with = "soft")]
    pub strip: OneOrMany<Text>,
    /// Texts whose campaigns do not act, such as those of share buttons.
    #[serde(default, deserialize_with = "soft")]
    pub ignore: List<At<IgnoreKeys>>,
}

/// When a campaign is harmful: at least two members, and this share of them, are `review` or more.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HarmfulKeys {
    /// Share of the members that are `review` or more. 30 % if left out.
    #[serde(default, deserialize_with = "soft")]
    pub share: Option<At<PercentText>>,
    /// Action of later members whose own is weaker. `review` if left out.
    #[serde(default, deserialize_with = "soft")]
    pub action: Option<At<ActionName>>,
}

/// The rule `campaign.story`.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoryKeys {
    /// Its category. `malicious-marketing` if left out.
    #[serde(default, deserialize_with = "soft")]
    pub category: Option<At<CategoryName>>,
    /// Its points. 3 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub weight: Option<At<f64>>,
}

/// A text whose campaigns do not act.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["like", "reason"]))]
pub struct IgnoreKeys {
    /// Parts of the text in order, with `…` for any text between them.
    #[serde(default, deserialize_with = "soft")]
    pub like: Option<Text>,
    /// The reason.
    #[serde(default, deserialize_with = "soft")]
    pub reason: Option<Text>,
}

/// Steps that authors and channels reach.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LadderKeys {
    /// Steps for authors, by points.
    #[serde(default, deserialize_with = "soft")]
    pub author: AuthorKeys,
    /// Steps for channels, by the share of posts that are `review` or more.
    #[serde(default, deserialize_with = "soft")]
    pub channel: ChannelKeys,
}

/// Steps for authors, by points.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorKeys {
    /// What posts and decisions give.
    #[serde(default, deserialize_with = "soft")]
    pub points: PointKeys,
    /// Points halve in this time. 30d if left out.
    #[serde(default, rename = "half-life", deserialize_with = "soft")]
    pub half_life: Option<At<DurationText>>,
    /// After this time without points an author goes a step down. 14d if left out.
    #[serde(default, deserialize_with = "soft")]
    pub calm: Option<At<DurationText>>,
    /// Posts this soon after a step raise no further one: the author had no time to notice. 10m if left out.
    #[serde(default, deserialize_with = "soft")]
    pub notice: Option<At<DurationText>>,
    /// The steps, by `at`, all of them; `[]` for none. If left out: warn at 3, mute at 8 for 24h, suspend at 20 for 7d, close at 50 with a decision.
    #[serde(default, deserialize_with = "soft")]
    pub steps: Option<List<At<StepKeys>>>,
}

/// What posts and decisions give, in points.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointKeys {
    /// A post with the action `flag`. 0.5 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub flag: Option<At<f64>>,
    /// A post with the action `review`. 2 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub review: Option<At<f64>>,
    /// A post with the action `block`. 5 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub block: Option<At<f64>>,
    /// In addition, if the post belongs to a campaign that acts. 1 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub campaign: Option<At<f64>>,
    /// In addition, if a decision upholds. 3 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub upheld: Option<At<f64>>,
}

/// A step of the ladder for authors.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["step", "at"]))]
pub struct StepKeys {
    /// Its name in the output, such as `mute`.
    #[serde(default, deserialize_with = "soft")]
    pub step: Option<Text>,
    /// Points from which it is reached.
    #[serde(default, deserialize_with = "soft")]
    pub at: Option<At<f64>>,
    /// How long it is in force. If left out, until the points have fallen.
    #[serde(default, rename = "for", deserialize_with = "soft")]
    pub lasts: Option<At<DurationText>>,
    /// Only a decision makes it; until then it is proposed.
    #[serde(default, deserialize_with = "soft")]
    pub confirm: Option<At<bool>>,
}

/// Steps for channels: by share and not by number, or large channels would always lose.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelKeys {
    /// Posts of this time count, in whole days. 7d if left out.
    #[serde(default, deserialize_with = "soft")]
    pub window: Option<At<DurationText>>,
    /// The steps, by `over`, all of them; `[]` for none. If left out: warn over 0.5 %, correct over 1 %, suspend over 3 % with a decision.
    #[serde(default, deserialize_with = "soft")]
    pub steps: Option<List<At<ChannelStepKeys>>>,
}

/// A step of the ladder for channels.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["step", "over"]))]
pub struct ChannelStepKeys {
    /// Its name in the output, such as `warn`.
    #[serde(default, deserialize_with = "soft")]
    pub step: Option<Text>,
    /// It is reached when the share of posts that are `review` or more is over this with 95 % confidence.
    #[serde(default, deserialize_with = "soft")]
    pub over: Option<At<PercentText>>,
    /// How long it is in force. If left out, while the share is over it.
    #[serde(default, rename = "for", deserialize_with = "soft")]
    pub lasts: Option<At<DurationText>>,
    /// Only a decision makes it; until then it is proposed.
    #[serde(default, deserialize_with = "soft")]
    pub confirm: Option<At<bool>>,
}

/// Breakers, by the action that they limit.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LimitKeys {
    /// The most posts that are blocked in a period; past it they become `review`.
    pub block: Option<OneOrMany<LimitValue>>,
}

/// A breaker: a rate, or a mapping.
#[derive(Debug)]
pub enum LimitValue {
    /// Over all posts.
    Rate(At<RateText>),
    /// With what has a count of its own.
    Keys(LimitBody),
}

/// A breaker.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["limit"]))]
pub struct LimitBody {
    /// Posts in a period, such as `2000/hour` or `100/10m`.
    #[serde(default, deserialize_with = "soft")]
    pub limit: Option<At<RateText>>,
    /// What has a count of its own. `all` if left out.
    #[serde(default, deserialize_with = "soft")]
    pub per: Option<At<PerName>>,
}

/// A themed campaign of the platform.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["id", "from", "until", "when"]))]
pub struct OperationKeys {
    /// Its id in cases and reports.
    #[serde(default, deserialize_with = "soft")]
    pub id: Option<Text>,
    /// First day (in UTC) or moment.
    #[serde(default, deserialize_with = "soft")]
    pub from: Option<At<MomentText>>,
    /// Last day (in UTC, the whole of it) or moment.
    #[serde(default, deserialize_with = "soft")]
    pub until: Option<At<MomentText>>,
    /// Which posts: clauses over `category`, `rule`, `channel` and `author`, joined by `and`, such as `category in [fraud, spam] and channel != news`.
    #[serde(default, deserialize_with = "soft")]
    pub when: Option<Text>,
    /// Factor of the points of these posts. 1 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub points: Option<At<f64>>,
    /// Factor of the priority of cases with these posts. 1 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub queue: Option<At<f64>>,
}

/// Order of the cases for reviewers.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueKeys {
    /// Harm by category, a factor of priorities; `default` for all others. If left out: fraud 8, minors 10, self-harm 10, default 5.
    #[serde(default, deserialize_with = "soft")]
    #[schemars(with = "HarmKeys")]
    pub harm: Entries<At<u64>>,
}

/// The JSON Schema of `harm`: a whole number by category.
#[derive(Debug)]
pub struct HarmKeys;

/// How long personal data is kept after its last change.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepKeys {
    /// Texts of campaigns. 90d if left out.
    #[serde(default, deserialize_with = "soft")]
    pub samples: Option<At<KeepText>>,
    /// Authors. `unlimited` if left out.
    #[serde(default, deserialize_with = "soft")]
    pub authors: Option<At<KeepText>>,
    /// Posts that reports and decisions can name. `unlimited` if left out.
    #[serde(default, deserialize_with = "soft")]
    pub posts: Option<At<KeepText>>,
    /// Decided cases. `unlimited` if left out.
    #[serde(default, deserialize_with = "soft")]
    pub cases: Option<At<KeepText>>,
}

/// Most rows of each kind in the state.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoundKeys {
    /// Posts that are like none yet. 500000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub singles: Option<At<u64>>,
    /// Campaigns. 20000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub campaigns: Option<At<u64>>,
    /// Authors. 500000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub authors: Option<At<u64>>,
    /// Channels. 100000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub channels: Option<At<u64>>,
    /// Groups of correlations. 200000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub groups: Option<At<u64>>,
    /// Times of all groups of correlations. 8000000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub moments: Option<At<u64>>,
    /// Posts that reports and decisions can name. 1000000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub posts: Option<At<u64>>,
    /// Open cases. 50000 if left out.
    #[serde(default, deserialize_with = "soft")]
    pub cases: Option<At<u64>>,
}

/// Marks the file as measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KindName {
    /// Measures.
    Measures,
}

/// What has a count of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PerName {
    /// All posts together.
    All,
    /// Each channel.
    Channel,
    /// Each category.
    Category,
    /// Each rule.
    Rule,
}

impl<'de> Deserialize<'de> for LimitValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LimitValue, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = LimitValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(phrase!("a rate or a mapping"))
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<LimitValue, A::Error> {
                match data.variant()? {
                    (Shape::Scalar, inside) => inside.newtype_variant().map(LimitValue::Rate),
                    (Shape::Mapping, inside) => inside.newtype_variant().map(LimitValue::Keys),
                    (Shape::List, _) => Err(A::Error::custom(phrase!(
                        "a breaker is a rate such as `2000/hour`, or a mapping with `limit` and `per`"
                    ))),
                }
            }
        }

        shape(deserializer, Either)
    }
}

impl JsonSchema for LimitValue {
    fn schema_name() -> Cow<'static, str> {
        "LimitValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (rate, keys) =
            (generator.subschema_for::<RateText>(), generator.subschema_for::<LimitBody>());
        json_schema!({
            "description": "A rate over all posts, or a mapping.",
            "anyOf": [rate, keys],
        })
    }
}

impl JsonSchema for HarmKeys {
    fn schema_name() -> Cow<'static, str> {
        "HarmKeys".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = built_in_names().chain(["default"]).collect();
        json_schema!({
            "type": "object",
            "propertyNames": { "anyOf": [{ "enum": names }, { "pattern": "^x-[a-z0-9_-]+$" }] },
            "additionalProperties": { "type": "integer", "minimum": 0 },
        })
    }
}
