//! What an author may write in a pack: the serde types of `NAME.rules.yaml`.
//!
//! Plain data with places, checked for shape only: that names exist, numbers fit
//! and conditions parse is the business of `load`. The doc comments are what
//! editors show (`tidegate schema`), so they speak to authors.

use crate::domain::category::CATEGORIES;
use crate::rules::source::yaml::{At, Entries, List, OneOrMany, Shape, shape, soft};
use crate::scan::checks::Check;
use crate::scan::entities::Entity;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, EnumAccess, Error, MapAccess, VariantAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The version of the rule language this program reads.
pub const FORMAT_VERSION: u32 = 1;

/// Text with its place.
pub type Text = At<String>;

/// A pack of tidegate rules.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["tidegate", "pack"]))]
pub struct Pack {
    /// Version of the format: 1.
    #[serde(default, deserialize_with = "soft")]
    pub tidegate: Option<At<u32>>,
    /// Name of the pack: unique and permanent. Other packs reach its matchers as `name.matcher`.
    #[serde(default, deserialize_with = "soft")]
    pub pack: Option<Text>,
    /// Version of the pack, such as `2026.2.0`.
    #[serde(default, deserialize_with = "soft")]
    pub version: Option<Text>,
    /// One line for people.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// What the pack covers and what it does not, for people.
    #[serde(default, deserialize_with = "soft")]
    pub description: Option<Text>,
    /// Licence of the pack, such as `CC0-1.0`.
    #[serde(default, deserialize_with = "soft")]
    pub license: Option<Text>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "soft")]
    pub authors: OneOrMany<Text>,
    /// Sources that the pack leans on.
    #[serde(default, deserialize_with = "soft")]
    pub references: OneOrMany<Text>,
    /// Only posts created in this period; a rule may have its own.
    #[serde(default, deserialize_with = "soft")]
    pub active: Option<Period>,
    /// Values that rules of this pack take when they do not say otherwise.
    #[serde(default, deserialize_with = "soft")]
    pub defaults: Defaults,
    /// Named matchers for every rule of the pack.
    #[serde(default, deserialize_with = "soft")]
    pub define: Entries<Matcher>,
    /// The rules.
    #[serde(default, deserialize_with = "soft")]
    pub rules: List<At<Rule>>,
}

/// Values that rules take when they do not say otherwise.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Category of harm.
    #[serde(default, deserialize_with = "soft")]
    pub category: Option<At<CategoryName>>,
    /// How grave, for people.
    #[serde(default, deserialize_with = "soft")]
    pub level: Option<LevelName>,
    /// Where rules stand in their life.
    #[serde(default, deserialize_with = "soft")]
    pub status: Option<StatusName>,
    /// Only texts with these languages, such as `[zh]`.
    #[serde(default, deserialize_with = "soft")]
    pub lang: Option<OneOrMany<Text>>,
    /// Text fields that matchers read: `title`, `text` and what the mapping adds.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Option<OneOrMany<Text>>,
    /// Readings of the text that matchers look at.
    #[serde(default, deserialize_with = "soft")]
    pub view: Option<OneOrMany<At<ViewName>>>,
}

/// A period, both ends inclusive, UTC: dates (2026-01-31) or times (2026-01-31T18:00:00Z).
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day or moment.
    #[serde(default, deserialize_with = "soft")]
    pub from: Option<Text>,
    /// Last day (whole) or moment.
    #[serde(default, deserialize_with = "soft")]
    pub until: Option<Text>,
}

/// A matcher: a list of words, or a mapping. A hit of any of its sources is a hit.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// The same as `words`.
    Words(List<Text>),
    /// With its keys.
    Keys(Box<MatcherBody>),
}

/// A matcher: `words`, `file`, `regex`, `seq` and `entity` are sources, and a hit of any is a hit of the matcher.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatcherBody {
    /// Literal terms.
    #[serde(default, deserialize_with = "soft")]
    pub words: OneOrMany<Text>,
    /// Word lists, one term a line, relative to this file.
    #[serde(default, deserialize_with = "soft")]
    pub file: OneOrMany<Text>,
    /// Regular expressions over the text of the views.
    #[serde(default, deserialize_with = "soft")]
    pub regex: OneOrMany<Text>,
    /// Parts in order; a part is a text or a list of alternatives.
    #[serde(default, deserialize_with = "soft")]
    pub seq: Option<At<List<OneOrMany<Text>>>>,
    /// Characters that may stand between neighbouring parts of `seq`.
    #[serde(default, deserialize_with = "soft")]
    pub gap: Option<At<u32>>,
    /// Built-in detectors.
    #[serde(default, deserialize_with = "soft")]
    pub entity: OneOrMany<At<EntityName>>,
    /// What may stand beside a hit. `auto` (default of words): a Latin letter or digit at an end must not touch another. `word`: none may touch. `none` (default of regex and seq): anything may.
    #[serde(default, deserialize_with = "soft")]
    pub edge: Option<EdgeName>,
    /// Readings of the text that are looked at; every view includes `folded`. Several compose.
    #[serde(default, deserialize_with = "soft")]
    pub view: Option<OneOrMany<At<ViewName>>>,
    /// Text fields that are read; the default comes from the rule, then the pack.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Option<OneOrMany<Text>>,
    /// Phrases that excuse: a hit lying inside one is dropped.
    #[serde(default, deserialize_with = "soft")]
    pub except: OneOrMany<Text>,
    /// Validator that a hit must pass.
    #[serde(default, deserialize_with = "soft")]
    pub check: Option<CheckName>,
    /// Only texts with these languages.
    #[serde(default, deserialize_with = "soft")]
    pub lang: OneOrMany<Text>,
    /// Upper and lower case differ.
    #[serde(default, deserialize_with = "soft")]
    pub cased: bool,
    /// The most hits kept per post.
    #[serde(default, deserialize_with = "soft")]
    pub max: Option<At<u32>>,
}

/// A rule: a condition, its weight, and the tests that prove it. It counts once per post.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["id", "condition", "weight"]))]
pub struct Rule {
    /// Dotted, lower case, unique, permanent: `gambling.zh.ad-with-handle`.
    #[serde(default, deserialize_with = "soft")]
    pub id: Option<Text>,
    /// Ids it had before: `fired()` and policies still know them.
    #[serde(default, deserialize_with = "soft")]
    pub aliases: OneOrMany<Text>,
    /// One line for people.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// What it finds and why that is harm, for people.
    #[serde(default, deserialize_with = "soft")]
    pub description: Option<Text>,
    /// Category of harm; the default comes from the pack.
    #[serde(default, deserialize_with = "soft")]
    pub category: Option<At<CategoryName>>,
    /// How grave, for people.
    #[serde(default, deserialize_with = "soft")]
    pub level: Option<LevelName>,
    /// Where it stands in its life. `experimental` runs in shadow unless the policy says otherwise.
    #[serde(default, deserialize_with = "soft")]
    pub status: Option<StatusName>,
    /// Only texts with these languages, such as `[zh]`.
    #[serde(default, deserialize_with = "soft")]
    pub lang: Option<OneOrMany<Text>>,
    /// Text fields that are read by matchers without fields of their own.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Option<OneOrMany<Text>>,
    /// Free words for people and reports.
    #[serde(default, deserialize_with = "soft")]
    pub tags: OneOrMany<Text>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "soft")]
    pub authors: OneOrMany<Text>,
    /// When it was written or last reviewed.
    #[serde(default, deserialize_with = "soft")]
    pub date: Option<Text>,
    /// Sources that the rule leans on.
    #[serde(default, deserialize_with = "soft")]
    pub references: OneOrMany<Text>,
    /// Ordinary posts that it is known to find, for people.
    #[serde(default, deserialize_with = "soft")]
    pub falsepositives: OneOrMany<Text>,
    /// Matchers of this rule alone: what `them` means in its condition.
    #[serde(default, rename = "match", deserialize_with = "soft")]
    pub own: Entries<Matcher>,
    /// When the rule holds: `game and bait near/40 handle and not news`.
    #[serde(default, deserialize_with = "soft")]
    pub condition: Option<Text>,
    /// Points that the rule adds to its category.
    #[serde(default, deserialize_with = "soft")]
    pub weight: Option<At<f64>>,
    /// Conditions and the points they add when they hold as well.
    #[serde(default, deserialize_with = "soft")]
    pub boost: Entries<At<f64>>,
    /// Matchers whose text is masked in every output.
    #[serde(default, deserialize_with = "soft")]
    pub redact: OneOrMany<Text>,
    /// Only posts created in this period.
    #[serde(default, deserialize_with = "soft")]
    pub active: Option<Period>,
    /// The rule may be judged on every post, without a matcher that must hit first.
    #[serde(default, deserialize_with = "soft")]
    pub always: bool,
    /// Counting over several posts. Not available in this version.
    #[serde(default, deserialize_with = "soft")]
    pub correlate: Option<At<Anything>>,
    /// Posts that the rule must hit, and posts that it must miss.
    #[serde(default, deserialize_with = "soft")]
    pub tests: Tests,
}

/// Posts that the rule must hit, and posts that it must miss.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tests {
    /// The rule fires.
    #[serde(default, deserialize_with = "soft")]
    pub hit: List<At<Example>>,
    /// The rule does not fire.
    #[serde(default, deserialize_with = "soft")]
    pub miss: List<At<Example>>,
}

/// An example post: its text, or a mapping of fields.
#[derive(Debug)]
pub enum Example {
    /// The field `text`.
    Text(String),
    /// With its keys.
    Keys(Box<ExampleBody>),
}

/// An example post with its fields.
#[derive(Debug, Default)]
pub struct ExampleBody {
    /// Texts by field name.
    pub texts: Vec<(Text, Text)>,
    /// `post`, as written.
    pub post: serde_json::Map<String, serde_json::Value>,
    /// `score`.
    pub score: Option<At<f64>>,
    /// `view`.
    pub view: Option<ViewName>,
}

/// A value that is not looked into.
#[derive(Clone, Copy, Debug)]
pub struct Anything;

/// How grave, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LevelName {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

/// Where a rule stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusName {
    /// Runs in shadow unless the policy says otherwise.
    Experimental,
    /// Enforced, young.
    Test,
    /// Enforced.
    Stable,
    /// Enforced, on its way out.
    Deprecated,
}

/// What may stand beside a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EdgeName {
    /// A Latin letter or digit at an end of the hit must not touch another.
    Auto,
    /// No Latin letter or digit may touch the hit.
    Word,
    /// Anything.
    None,
}

/// A reading of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ViewName {
    /// The raw text.
    Exact,
    /// Width, case, script variants and compatibility forms made equal.
    Folded,
    /// Folded, with spaces, punctuation and symbols between characters skipped.
    Squeezed,
    /// Folded, with look-alikes made equal.
    Look,
    /// Folded, by Mandarin sound.
    Sound,
}

/// Types whose words come from a table of the program.
macro_rules! from_table {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $names:expr, $find:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                struct Word;

                impl<'de> Visitor<'de> for Word {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a word of a fixed list")
                    }

                    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<$name, A::Error> {
                        let (word, _): (String, _) = data.variant()?;
                        let find: fn(&str) -> Option<$inner> = $find;
                        find(&word).map($name).ok_or_else(|| A::Error::custom("unknown word"))
                    }
                }

                static NAMES: std::sync::LazyLock<Vec<&'static str>> =
                    std::sync::LazyLock::new(|| $names.collect());
                deserializer.deserialize_enum(stringify!($name), &NAMES, Word)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let names: Vec<&str> = $names.collect();
                json_schema!({ "type": "string", "enum": names })
            }
        }
    };
}

from_table! {
    /// A category of harm.
    CategoryName, crate::domain::category::Category,
    CATEGORIES.iter().map(|info| info.name), crate::domain::category::Category::from_name
}
from_table! {
    /// A built-in detector.
    EntityName, Entity, Entity::ALL.into_iter().map(Entity::name), Entity::from_name
}
from_table! {
    /// A validator.
    CheckName, Check, Check::ALL.into_iter().map(Check::name), Check::from_name
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Matcher, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Matcher;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of words or a mapping")
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Matcher, A::Error> {
                match data.variant()? {
                    (Shape::List, inside) => inside.newtype_variant().map(Matcher::Words),
                    (Shape::Mapping, inside) => inside.newtype_variant().map(Matcher::Keys),
                    (Shape::Scalar, _) => Err(A::Error::custom(
                        "a matcher is a list of words, or a mapping with `words`, `file`, `regex`, \
                         `seq` or `entity`",
                    )),
                }
            }
        }

        shape(deserializer, Either)
    }
}

impl JsonSchema for Matcher {
    fn schema_name() -> Cow<'static, str> {
        "Matcher".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let words = generator.subschema_for::<Vec<String>>();
        let keys = generator.subschema_for::<MatcherBody>();
        json_schema!({
            "description": "A list of words, or a mapping of sources and settings.",
            "anyOf": [words, keys],
        })
    }
}

impl<'de> Deserialize<'de> for Example {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Example, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Example;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a mapping")
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Example, A::Error> {
                match data.variant()? {
                    (Shape::Scalar, inside) => inside.newtype_variant().map(Example::Text),
                    (Shape::Mapping, inside) => inside.newtype_variant().map(Example::Keys),
                    (Shape::List, _) => Err(A::Error::custom(
                        "an example is a text, or a mapping such as { title: …, text: … }",
                    )),
                }
            }
        }

        shape(deserializer, Either)
    }
}

impl<'de> Deserialize<'de> for ExampleBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ExampleBody, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = ExampleBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<ExampleBody, A::Error> {
                let mut body = ExampleBody::default();
                while let Some(key) = mapping.next_key::<Text>()? {
                    match key.value.as_str() {
                        "post" => body.post = mapping.next_value()?,
                        "score" => body.score = mapping.next_value()?,
                        "view" => body.view = mapping.next_value()?,
                        _ => body.texts.push((key, mapping.next_value()?)),
                    }
                }
                Ok(body)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

impl JsonSchema for Example {
    fn schema_name() -> Cow<'static, str> {
        "Example".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let view = generator.subschema_for::<ViewName>();
        json_schema!({
            "description": "An example post: its text, or a mapping of its fields.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "title": { "type": "string", "description": "The headline." },
                        "text": { "type": "string", "description": "The body." },
                        "post": { "type": "object", "description": "What `post.*` conditions see." },
                        "score": { "type": "number", "description": "The score of this rule alone." },
                        "view": { "description": "Some evidence comes from this view.", "allOf": [view] },
                    },
                    "additionalProperties": { "type": "string", "description": "Another text field." },
                },
            ],
        })
    }
}

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Anything, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Anything)
    }
}

impl JsonSchema for Anything {
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
