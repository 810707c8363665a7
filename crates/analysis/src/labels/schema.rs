//! What may be written in a file of labels: the serde types of `labels.yaml`.
//!
//! The doc comments are what editors show, so they speak to those who label.

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
    /// One line for people.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// Where a line says its label: a JSON Pointer, `/label` if left out.
    #[serde(default, deserialize_with = "soft")]
    pub label: Option<Text>,
    /// The weakest action that counts as found: flag (if left out), review or block.
    #[serde(default, deserialize_with = "soft")]
    pub positive: Option<At<PositiveName>>,
    /// What each label means: a category, a list of categories any of which is right, `none`
    /// for a harmless post, `ignore` for a row that says nothing.
    #[serde(default, deserialize_with = "soft")]
    pub labels: Entries<OneOrMany<Text>>,
    /// What differs in some sets, by name or glob; the first that matches holds. The name of a
    /// set is that of its file without its endings.
    #[serde(default, deserialize_with = "soft")]
    pub sets: Entries<At<SetOptions>>,
}

/// What differs in a set.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetOptions {
    /// Where a line says its label: a JSON Pointer.
    #[serde(default, deserialize_with = "soft")]
    pub label: Option<Text>,
    /// The weakest action that counts as found.
    #[serde(default, deserialize_with = "soft")]
    pub positive: Option<At<PositiveName>>,
    /// What labels mean here: added to those of the file, or instead of them.
    #[serde(default, deserialize_with = "soft")]
    pub labels: Entries<OneOrMany<Text>>,
    /// What a row without a label means; if left out, such rows are an error.
    #[serde(default, deserialize_with = "soft")]
    pub unlabelled: Option<OneOrMany<Text>>,
    /// All text fields of a post and where they stand: `{ title: /text }` judges the text as a
    /// headline, and as nothing else.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Entries<OneOrMany<Text>>,
    /// Categories that do not count here, neither for nor against.
    #[serde(default, deserialize_with = "soft")]
    pub leave_out: OneOrMany<Text>,
}

/// Marks the file as one of labels.
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
    /// Mark it.
    Flag,
    /// A person should look.
    Review,
    /// Withhold it.
    Block,
}

/// The JSON Schema of files of labels, as indented JSON with a line end.
pub fn labels_schema() -> String {
    json_schema::text::<LabelFile>("urn:tidegate:labels:1", "Labels of a tidegate corpus")
}
