//! Building blocks of schema types.
//!
//! They select functions of the reader by the names of newtypes, and work only with it. In the
//! JSON Schema each is the type that an author writes: `At<T>` is a `T`.

use crate::message::phrase;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

pub(super) const AT: &str = "$at";
pub(super) const SOFT: &str = "$soft";
pub(super) const ONE_OR_MANY: &str = "$one-or-many";
pub(super) const SHAPE: &str = "$shape";

/// A value and its byte range in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its token in the file with quotes; for a mapping, the first key.
    pub range: Range<usize>,
}

/// A list without its bad members, which the reader reports.
#[derive(Clone, Debug)]
pub struct List<T>(pub Vec<T>);

/// A list, or one value for a list of one.
#[derive(Clone, Debug)]
pub struct OneOrMany<T>(pub Vec<T>);

/// A mapping with free keys, in order of writing. The value is `None` if it has errors; its name
/// is known nevertheless.
#[derive(Clone, Debug)]
pub struct Entries<T>(pub Vec<(At<String>, Option<T>)>);

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List(Vec::new())
    }
}

impl<T> Default for OneOrMany<T> {
    fn default() -> OneOrMany<T> {
        OneOrMany(Vec::new())
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Entries<T> {
        Entries(Vec::new())
    }
}

/// The shape of a YAML value, for types that have two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text, a number, a boolean or null.
    Scalar,
    /// A list.
    List,
    /// A mapping.
    Mapping,
}

impl Shape {
    pub(super) fn name(self) -> &'static str {
        match self {
            Shape::Scalar => "scalar",
            Shape::List => "list",
            Shape::Mapping => "mapping",
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shape, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found =
            [Shape::Scalar, Shape::List, Shape::Mapping].into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| D::Error::custom(phrase!("not a shape")))
    }
}

/// For `deserialize` of a type with two shapes: passes an enum to `visitor` whose variant is the
/// [`Shape`] and whose newtype content is the value.
pub fn shape<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    deserializer: D,
    visitor: V,
) -> Result<V::Value, D::Error> {
    deserializer.deserialize_newtype_struct(SHAPE, visitor)
}

/// For `deserialize_with`: an error in the field is recorded and the field gets its default, so
/// that the errors of its siblings are found too.
pub fn soft<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    deserializer
        .deserialize_newtype_struct(SOFT, Members(PhantomData))
        .map(|found: Vec<T>| found.into_iter().next().unwrap_or_default())
}

/// Collects the good members of a list; the reader records the errors of the others.
struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(phrase!("a list"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut members = Vec::new();
        loop {
            match list.next_element() {
                Ok(Some(member)) => members.push(member),
                Ok(None) => return Ok(members),
                Err(_) => {}
            }
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<List<T>, D::Error> {
        deserializer.deserialize_seq(Members(PhantomData)).map(List)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMany<T>, D::Error> {
        deserializer.deserialize_newtype_struct(ONE_OR_MANY, Members(PhantomData)).map(OneOrMany)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<At<T>, D::Error> {
        struct Place<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Place<T> {
            type Value = At<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(phrase!("a value with a place"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<At<T>, A::Error> {
                let lost = || A::Error::custom(phrase!("a value lost its place"));
                let start: u64 = parts.next_element()?.ok_or_else(lost)?;
                let end: u64 = parts.next_element()?.ok_or_else(lost)?;
                let value = parts.next_element()?.ok_or_else(lost)?;
                Ok(At { value, range: start as usize..end as usize })
            }
        }

        deserializer.deserialize_newtype_struct(AT, Place(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries<T>, D::Error> {
        struct All<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for All<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(phrase!("a mapping"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = mapping.next_key()? {
                    entries.push((key, mapping.next_value().ok()));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(All(PhantomData))
    }
}

/// Delegates the JSON Schema of a wrapper to the type that the author writes.
macro_rules! schema_as {
    ($wrapper:ident, $written:ty) => {
        impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                <$written>::inline_schema()
            }

            fn schema_name() -> Cow<'static, str> {
                <$written>::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                <$written>::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$written>::json_schema(generator)
            }
        }
    };
}

schema_as!(At, T);
schema_as!(List, Vec<T>);
schema_as!(Entries, std::collections::BTreeMap<String, T>);

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (one, many) = (generator.subschema_for::<T>(), generator.subschema_for::<Vec<T>>());
        json_schema!({ "anyOf": [one, many] })
    }
}
