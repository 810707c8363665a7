//! The format of a label file: the serde types of `labels.yaml`.
//!
//! Editors show the doc comments to authors of label files.

use schemars::JsonSchema;
use tidegate_engine::rules::source::json_schema;
use tidegate_engine::rules::source::schema::Text;
use tidegate_engine::rules::source::yaml::{At, Entries, OneOrMany, soft};

/// What the labels of a corpus mean to tidegate.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "Labels")]
#[schemars(extend("required" = ["tidegate", "kind"]))]
pub struct LabelFile {
    /// Version of the format: 1.
    #[serde(default, deserialize_with = "soft")]
    pub tidegate: Option<At<u32>>,
    /// `labels`.
    #[serde(default, deserialize_with = "soft")]
    pub kind: Option<At<KindName>>,
    /// One line of description.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// Where the label is in a line: a JSON Pointer; `/label` by default.
    #[serde(default, deserialize_with = "soft")]
    pub label: Option<Text>,
    /// The weakest action that counts as found: flag (default), review or block.
    #[serde(default, deserialize_with = "soft")]
    pub positive: Option<At<PositiveName>>,
    /// The meaning of each label: a category, a list of categories any of which is correct, `none`
    /// for a harmless post, `ignore` for a row that does not count.
    #[serde(default, deserialize_with = "soft")]
    pub labels: Entries<OneOrMany<Text>>,
    /// Overrides for some sets, by name or glob; the first match applies. The name of a set is its
    /// file name without extensions.
    #[serde(default, deserialize_with = "soft")]
    pub sets: Entries<At<SetOptions>>,
}

/// Overrides for a set.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetOptions {
    /// Where the label is in a line: a JSON Pointer.
    #[serde(default, deserialize_with = "soft")]
    pub label: Option<Text>,
    /// The weakest action that counts as found.
    #[serde(default, deserialize_with = "soft")]
    pub positive: Option<At<PositiveName>>,
    /// Meanings of labels in this set; added to those of the file, or replacing them.
    #[serde(default, deserialize_with = "soft")]
    pub labels: Entries<OneOrMany<Text>>,
    /// The meaning of a row without a label; by default such rows are an error.
    #[serde(default, deserialize_with = "soft")]
    pub unlabelled: Option<OneOrMany<Text>>,
    /// All text fields of a post and their pointers: `{ title: /text }` judges the text only as a
    /// headline.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Entries<OneOrMany<Text>>,
    /// Categories that are ignored in this set.
    #[serde(default, deserialize_with = "soft")]
    pub leave_out: OneOrMany<Text>,
}

/// Marks the file as a label file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KindName {
    /// Labels.
    Labels,
}

/// An action that can count as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PositiveName {
    /// Flag the post.
    Flag,
    /// Send the post to human review.
    Review,
    /// Block the post.
    Block,
}

/// The JSON Schema of label files, as indented JSON with a line end.
pub fn labels_schema() -> String {
    json_schema::text::<LabelFile>("urn:tidegate:labels:1", "Labels of a tidegate corpus")
}
