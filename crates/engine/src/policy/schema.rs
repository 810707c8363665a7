//! The keys of a policy: the serde types of `NAME.policy.yaml`.
//!
//! Editors show the doc comments, so they are written for operators.

use crate::rules::source::schema::Text;
pub use crate::rules::source::schema::{ActionName, CategoryBody, Thresholds};
use crate::rules::source::yaml::{At, Entries, List, OneOrMany, soft};
use schemars::JsonSchema;

/// A tidegate policy: from scores to actions.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["tidegate", "kind"]))]
pub struct Policy {
    /// Version of the format: 1.
    #[serde(default, deserialize_with = "soft")]
    pub tidegate: Option<At<u32>>,
    /// `policy`.
    #[serde(default, deserialize_with = "soft")]
    pub kind: Option<At<KindName>>,
    /// One line, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// The purpose of the policy, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub description: Option<Text>,
    /// The policy that this one changes: a name, such as `default`, or a file relative to this one, such as `base/common.policy.yaml`. What is not said here is as it says.
    #[serde(default, deserialize_with = "soft")]
    pub extends: Option<Text>,
    /// The actions that thresholds may name, weakest first; all four if left out.
    #[serde(default, deserialize_with = "soft")]
    pub actions: OneOrMany<At<ActionName>>,
    /// Thresholds by category. A category that is not named is only reported. A `title` declares a category of your own, whose name begins with `x-`.
    #[serde(default, deserialize_with = "soft")]
    pub categories: Entries<CategoryBody>,
    /// Other thresholds for some posts: the first channel that matches is used; thresholds that it does not name are inherited.
    #[serde(default, deserialize_with = "soft")]
    pub channels: List<At<Channel>>,
    /// Overrides by rule id or glob, applied in order.
    #[serde(default, deserialize_with = "soft")]
    pub rules: List<At<Override>>,
    /// Posts to which some rules do not apply.
    #[serde(default, deserialize_with = "soft")]
    pub exceptions: List<At<Exception>>,
}

/// Other thresholds for posts that a condition selects.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["when"]))]
pub struct Channel {
    /// A condition on `post.` fields: `post.channel in [comment, private_message]`.
    #[serde(default, deserialize_with = "soft")]
    pub when: Option<Text>,
    /// The other thresholds.
    #[serde(default, deserialize_with = "soft")]
    pub categories: Entries<Thresholds>,
}

/// Another weight or mode for some rules.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["rule", "reason"]))]
pub struct Override {
    /// Id of a rule, or a glob such as `gambling.*`.
    #[serde(default, deserialize_with = "soft")]
    pub rule: Option<Text>,
    /// Points instead of the rule's own.
    #[serde(default, deserialize_with = "soft")]
    pub weight: Option<At<f64>>,
    /// How the rule runs.
    #[serde(default, deserialize_with = "soft")]
    pub mode: Option<ModeName>,
    /// The reason.
    #[serde(default, deserialize_with = "soft")]
    pub reason: Option<Text>,
    /// Last day (2026-12-31). After it `tidegate check` reports an error.
    #[serde(default, deserialize_with = "soft")]
    pub expires: Option<Text>,
}

/// Posts to which some rules do not apply.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["rules", "when", "reason"]))]
pub struct Exception {
    /// Ids of rules, or globs.
    #[serde(default, deserialize_with = "soft")]
    pub rules: Option<OneOrMany<Text>>,
    /// A condition on `post.` fields.
    #[serde(default, deserialize_with = "soft")]
    pub when: Option<Text>,
    /// The reason.
    #[serde(default, deserialize_with = "soft")]
    pub reason: Option<Text>,
    /// Last day (2026-12-31). After it `tidegate check` reports an error.
    #[serde(default, deserialize_with = "soft")]
    pub expires: Option<Text>,
}

/// Marks the file as a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KindName {
    /// A policy.
    Policy,
}

/// How a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModeName {
    /// The rule counts.
    Enforce,
    /// The rule is reported and does not count.
    Shadow,
    /// The rule does not run.
    Disabled,
}
