//! The keys of a pack: the serde types of `NAME.rules.yaml`.
//!
//! Plain data with places, checked for shape only: `load` checks that names exist, numbers are
//! in range and conditions parse. Editors show the doc comments (`tidegate schema`), so they are
//! written for authors of rules.

use crate::domain::category::built_in_names;
use crate::message::phrase;
use crate::rules::source::correlate::Correlate;
use crate::rules::source::yaml::{At, Entries, List, OneOrMany, Shape, shape, soft};
use crate::scan::checks::Check;
use crate::scan::entities::Entity;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, EnumAccess, Error, MapAccess, VariantAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The version of the rule language that this engine reads.
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
    /// One line, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// What the pack covers and what it does not, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub description: Option<Text>,
    /// Licence of the pack, such as `CC0-1.0`.
    #[serde(default, deserialize_with = "soft")]
    pub license: Option<Text>,
    /// Names of the authors.
    #[serde(default, deserialize_with = "soft")]
    pub authors: OneOrMany<Text>,
    /// Sources of the pack.
    #[serde(default, deserialize_with = "soft")]
    pub references: OneOrMany<Text>,
    /// Only posts created in this period; a rule may have its own.
    #[serde(default, deserialize_with = "soft")]
    pub active: Option<At<Period>>,
    /// The pack that this one replaces: an embedded one, or several. A pack with the name of another one must say it.
    #[serde(default, deserialize_with = "soft")]
    pub replaces: OneOrMany<Text>,
    /// Categories of your own, with names that begin with `x-`. The rules of all packs may use them.
    #[serde(default, deserialize_with = "soft")]
    pub categories: Entries<CategoryBody>,
    /// Defaults of the rules of this pack.
    #[serde(default, deserialize_with = "soft")]
    pub defaults: Defaults,
    /// Named matchers for every rule of the pack.
    #[serde(default, deserialize_with = "soft")]
    pub define: Entries<Matcher>,
    /// The rules.
    #[serde(default, deserialize_with = "soft")]
    pub rules: List<At<Rule>>,
}

/// Defaults of the rules of a pack.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Category of harm.
    #[serde(default, deserialize_with = "soft")]
    pub category: Option<At<CategoryName>>,
    /// Severity. It is reported and does not affect scores.
    #[serde(default, deserialize_with = "soft")]
    pub level: Option<At<LevelName>>,
    /// Stage of the rules.
    #[serde(default, deserialize_with = "soft")]
    pub status: Option<At<StatusName>>,
    /// Only texts with these languages, such as `[zh]`.
    #[serde(default, deserialize_with = "soft")]
    pub lang: Option<OneOrMany<Text>>,
    /// Text fields that matchers read: `title`, `text` and the fields that the mapping adds.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Option<OneOrMany<Text>>,
    /// Views of the text that matchers search.
    #[serde(default, deserialize_with = "soft")]
    pub view: Option<OneOrMany<At<ViewName>>>,
}

/// A category: the scores at which actions start, and for a category of your own its titles.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryBody {
    /// One line, for readers: declares the category.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// The same in Chinese.
    #[serde(default, deserialize_with = "soft")]
    pub title_zh: Option<Text>,
    /// Mark the post.
    #[serde(default, deserialize_with = "soft")]
    pub flag: Option<At<f64>>,
    /// A person should look.
    #[serde(default, deserialize_with = "soft")]
    pub review: Option<At<f64>>,
    /// Withhold the post.
    #[serde(default, deserialize_with = "soft")]
    pub block: Option<At<f64>>,
    /// A person may need help: independent of the action.
    #[serde(default, deserialize_with = "soft")]
    pub care: Option<At<f64>>,
    /// The score of the category is capped here.
    #[serde(default, deserialize_with = "soft")]
    pub max: Option<At<f64>>,
}

impl CategoryBody {
    /// The thresholds alone.
    pub fn thresholds(&self) -> Thresholds {
        let CategoryBody { title: _, title_zh: _, flag, review, block, care, max } = self.clone();
        Thresholds { flag, review, block, care, max }
    }
}

/// Scores of one category at which actions start.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Mark the post.
    #[serde(default, deserialize_with = "soft")]
    pub flag: Option<At<f64>>,
    /// A person should look.
    #[serde(default, deserialize_with = "soft")]
    pub review: Option<At<f64>>,
    /// Withhold the post.
    #[serde(default, deserialize_with = "soft")]
    pub block: Option<At<f64>>,
    /// A person may need help: independent of the action.
    #[serde(default, deserialize_with = "soft")]
    pub care: Option<At<f64>>,
    /// The score of the category is capped here.
    #[serde(default, deserialize_with = "soft")]
    pub max: Option<At<f64>>,
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
    /// A mapping with its keys.
    Keys(Box<MatcherBody>),
}

/// A matcher: `words`, `file`, `regex`, `seq` and `entity` are sources, and a hit of any is a hit of the matcher.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatcherBody {
    /// Literal terms.
    #[serde(default, deserialize_with = "soft")]
    pub words: OneOrMany<Text>,
    /// Word lists, one term per line, relative to this file.
    #[serde(default, deserialize_with = "soft")]
    pub file: OneOrMany<Text>,
    /// Regular expressions over the text of the views.
    #[serde(default, deserialize_with = "soft")]
    pub regex: OneOrMany<Text>,
    /// Parts in order; a part is a text or a list of alternatives.
    #[serde(default, deserialize_with = "soft")]
    pub seq: Option<At<List<OneOrMany<Text>>>>,
    /// The most characters between neighbouring parts of `seq`.
    #[serde(default, deserialize_with = "soft")]
    pub gap: Option<At<u32>>,
    /// Built-in detectors.
    #[serde(default, deserialize_with = "soft")]
    pub entity: OneOrMany<At<EntityName>>,
    /// Which characters may be next to a hit. `auto` (default of words): a Latin letter or digit at an end must not touch another one. `word`: none may touch the hit. `none` (default of regex and seq): any.
    #[serde(default, deserialize_with = "soft")]
    pub edge: Option<At<EdgeName>>,
    /// Views of the text that are searched; every view includes `folded`. Several are combined.
    #[serde(default, deserialize_with = "soft")]
    pub view: Option<OneOrMany<At<ViewName>>>,
    /// Text fields that are read; the default comes from the rule, then the pack.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Option<OneOrMany<Text>>,
    /// Allow phrases: a hit inside one is dropped.
    #[serde(default, deserialize_with = "soft")]
    pub except: OneOrMany<Text>,
    /// Validator that a hit must pass.
    #[serde(default, deserialize_with = "soft")]
    pub check: Option<CheckName>,
    /// Only texts with these languages.
    #[serde(default, deserialize_with = "soft")]
    pub lang: OneOrMany<Text>,
    /// Distinguish upper and lower case of words. A regex does over `view: [exact]`.
    #[serde(default, deserialize_with = "soft")]
    pub cased: Option<At<bool>>,
    /// The most hits kept per post.
    #[serde(default, deserialize_with = "soft")]
    pub max: Option<At<u32>>,
}

/// A rule: a condition, its weight, and its tests. It counts once per post. With `correlate` in place of the condition it counts other rules over several posts.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "required" = ["id", "weight"],
    "oneOf" = [{ "required": ["condition"] }, { "required": ["correlate"] }],
))]
pub struct Rule {
    /// Dotted, lower case, unique, permanent: `gambling.zh.ad-with-handle`.
    #[serde(default, deserialize_with = "soft")]
    pub id: Option<Text>,
    /// Former ids: `fired()` and policies still accept them.
    #[serde(default, deserialize_with = "soft")]
    pub aliases: OneOrMany<Text>,
    /// One line, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub title: Option<Text>,
    /// What it finds and why that is harmful, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub description: Option<Text>,
    /// Category of harm; the default comes from the pack.
    #[serde(default, deserialize_with = "soft")]
    pub category: Option<At<CategoryName>>,
    /// Severity. It is reported and does not affect scores.
    #[serde(default, deserialize_with = "soft")]
    pub level: Option<LevelName>,
    /// Stage. `experimental` runs in shadow mode unless the policy overrides it.
    #[serde(default, deserialize_with = "soft")]
    pub status: Option<StatusName>,
    /// Only texts with these languages, such as `[zh]`.
    #[serde(default, deserialize_with = "soft")]
    pub lang: Option<OneOrMany<Text>>,
    /// Text fields that are read by matchers without fields of their own.
    #[serde(default, deserialize_with = "soft")]
    pub fields: Option<OneOrMany<Text>>,
    /// Free words for readers and reports.
    #[serde(default, deserialize_with = "soft")]
    pub tags: OneOrMany<Text>,
    /// Names of the authors.
    #[serde(default, deserialize_with = "soft")]
    pub authors: OneOrMany<Text>,
    /// Date of writing or of the last review.
    #[serde(default, deserialize_with = "soft")]
    pub date: Option<Text>,
    /// Sources of the rule.
    #[serde(default, deserialize_with = "soft")]
    pub references: OneOrMany<Text>,
    /// Harmless posts that it is known to find, for readers.
    #[serde(default, deserialize_with = "soft")]
    pub falsepositives: OneOrMany<Text>,
    /// Matchers of this rule only: the meaning of `them` in its condition.
    #[serde(default, rename = "match", deserialize_with = "soft")]
    pub own: Entries<Matcher>,
    /// When the rule fires: `game and bait near/40 handle and not news`; near a hit alone:
    /// `game around/40 (bait and handle) and game in segment (length < 60 and not news)`.
    #[serde(default, deserialize_with = "soft")]
    pub condition: Option<Text>,
    /// Points that the rule adds to its category.
    #[serde(default, deserialize_with = "soft")]
    pub weight: Option<At<f64>>,
    /// Further conditions and the points that they add.
    #[serde(default, deserialize_with = "soft")]
    pub boost: Entries<At<f64>>,
    /// Matchers whose text is masked in every output.
    #[serde(default, deserialize_with = "soft")]
    pub redact: OneOrMany<Text>,
    /// Only posts created in this period.
    #[serde(default, deserialize_with = "soft")]
    pub active: Option<Period>,
    /// The rule may be evaluated for every post, without a matcher that must hit first.
    #[serde(default, deserialize_with = "soft")]
    pub always: bool,
    /// Counting over several posts, in place of a condition.
    #[serde(default, deserialize_with = "soft")]
    pub correlate: Option<At<Correlate>>,
    /// Posts that the rule must hit, and posts that it must miss.
    #[serde(default, deserialize_with = "soft")]
    pub tests: Tests,
}

/// Posts that the rule must hit, and posts that it must miss.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tests {
    /// The rule fires; a correlation fires on the last post of the sequence.
    #[serde(default, deserialize_with = "soft")]
    pub hit: List<At<Test>>,
    /// The rule does not fire; a correlation fires on no post of the sequence.
    #[serde(default, deserialize_with = "soft")]
    pub miss: List<At<Test>>,
}

/// A test: an example of a rule, or a sequence of examples of a correlation.
#[derive(Debug)]
pub enum Test {
    /// One post.
    Example(Example),
    /// Posts, each with the time since the first.
    Sequence(List<At<Example>>),
}

/// An example post: its text, or a mapping of fields.
#[derive(Debug)]
pub enum Example {
    /// The field `text`.
    Text(String),
    /// A mapping with its keys.
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

/// A value of any type, ignored.
#[derive(Clone, Copy, Debug)]
pub struct Anything;

/// The action for a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionName {
    /// Nothing.
    Allow,
    /// Mark it.
    Flag,
    /// A person should look.
    Review,
    /// Withhold it.
    Block,
}

/// Severity.
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

/// Stage of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusName {
    /// Runs in shadow mode unless the policy overrides it.
    Experimental,
    /// Enforced; new.
    Test,
    /// Enforced.
    Stable,
    /// Enforced; will be removed.
    Deprecated,
}

/// Which characters may be next to a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EdgeName {
    /// A letter or digit at an end of the hit must not touch another one, in scripts that put
    /// spaces between words.
    Auto,
    /// The same in every script. Letters of scripts without spaces between words never touch
    /// letters of other scripts.
    Word,
    /// Any.
    None,
}

/// A view of the text.
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

/// The name of a category: a built-in one, or one that a pack or a policy declares.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct CategoryName(pub String);

impl JsonSchema for CategoryName {
    fn schema_name() -> Cow<'static, str> {
        "CategoryName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = built_in_names().collect();
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": names },
                { "type": "string", "pattern": OWN_PATTERN, "description": "A category of your own." },
            ],
        })
    }
}

/// The names of declared categories, as a regular expression.
const OWN_PATTERN: &str = "^x-[a-z0-9_-]+$";

/// Types whose words are those of a table of the program.
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
                        f.write_str(phrase!("a word of a fixed list"))
                    }

                    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<$name, A::Error> {
                        let (word, _): (String, _) = data.variant()?;
                        let find: fn(&str) -> Option<$inner> = $find;
                        find(&word).map($name).ok_or_else(|| A::Error::custom(phrase!("unknown word")))
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
                f.write_str(phrase!("a list of words or a mapping"))
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Matcher, A::Error> {
                match data.variant()? {
                    (Shape::List, inside) => inside.newtype_variant().map(Matcher::Words),
                    (Shape::Mapping, inside) => inside.newtype_variant().map(Matcher::Keys),
                    (Shape::Scalar, _) => Err(A::Error::custom(phrase!(
                        "a matcher is a list of words such as `[foo, bar]`, or a mapping with \
                         `words`, `file`, `regex`, `seq` or `entity`"
                    ))),
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
                f.write_str(phrase!("a text or a mapping"))
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Example, A::Error> {
                match data.variant()? {
                    (Shape::Scalar, inside) => inside.newtype_variant().map(Example::Text),
                    (Shape::Mapping, inside) => inside.newtype_variant().map(Example::Keys),
                    (Shape::List, _) => Err(A::Error::custom(phrase!(
                        "an example is a text, or a mapping such as { title: …, text: … }"
                    ))),
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
                f.write_str(phrase!("a mapping of fields"))
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

impl<'de> Deserialize<'de> for Test {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Test, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Test;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(phrase!("a text, a mapping or a list of posts"))
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Test, A::Error> {
                match data.variant()? {
                    (Shape::Scalar, inside) => {
                        inside.newtype_variant().map(Example::Text).map(Test::Example)
                    }
                    (Shape::Mapping, inside) => {
                        inside.newtype_variant().map(Example::Keys).map(Test::Example)
                    }
                    (Shape::List, inside) => inside.newtype_variant().map(Test::Sequence),
                }
            }
        }

        shape(deserializer, Either)
    }
}

impl JsonSchema for Test {
    fn schema_name() -> Cow<'static, str> {
        "Test".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let example = generator.subschema_for::<Example>();
        json_schema!({
            "anyOf": [
                example,
                {
                    "description": "A sequence of posts, for a rule with `correlate`.",
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "at": { "type": "string", "description": "The time since the first post: `0s`, `5m`." },
                            "text": { "type": "string", "description": "The body." },
                            "title": { "type": "string", "description": "The headline." },
                            "author": { "type": "string", "description": "The value of `post.author.id`." },
                            "channel": { "type": "string", "description": "The value of `post.channel`." },
                            "post": { "type": "object", "description": "Other values of `post.*`." },
                        },
                        "additionalProperties": { "type": "string", "description": "Another text field." },
                    },
                },
            ],
        })
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
                        "post": { "type": "object", "description": "The values of `post.*` in conditions." },
                        "score": { "type": "number", "description": "The score of this rule only." },
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
