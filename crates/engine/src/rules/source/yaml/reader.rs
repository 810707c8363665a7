//! A serde deserializer over the tree that records errors and continues.
//!
//! An error is recorded once, where it is found, with the place of its node. The type decides
//! about the rest: [`List`](super::values::List) and [`Entries`](super::values::Entries) skip the
//! bad member, a field read by [`soft`](super::values::soft) gets its default, and any other type
//! fails as a whole. Unknown and repeated keys are recorded and skipped.

use super::error::{YamlError, excerpt};
use super::tree::{Kind, Node};
use super::type_names::{type_name, word_name};
use super::values::{AT, ONE_OR_MANY, SHAPE, SOFT, Shape};
use crate::message::{Message, message};
use crate::rules::source::suggest;
use serde::de::value::{StrDeserializer, U64Deserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// Reads `root` as a `T`.
pub(super) fn read<T: DeserializeOwned>(text: &str, root: &Node) -> (Option<T>, Vec<YamlError>) {
    let log = ErrorLog { text, errors: RefCell::default() };
    let value = log.record(root, T::deserialize(Reader { node: root, log: &log }));
    (value.ok(), log.errors.into_inner())
}

/// The text of the file, and the errors found so far.
struct ErrorLog<'t> {
    text: &'t str,
    errors: RefCell<Vec<YamlError>>,
}

impl ErrorLog<'_> {
    /// Adds the error of a result to the log, unless it is there already.
    fn record<T>(&self, node: &Node, result: Result<T, YamlError>) -> Result<T, YamlError> {
        result.map_err(|mut error| {
            if !error.reported {
                error.body.range.get_or_insert_with(|| marked_range(node));
                self.errors.borrow_mut().push(error);
            }
            YamlError { reported: true, ..YamlError::new("bad_value", Message::default()) }
        })
    }

    fn push(&self, error: YamlError) {
        self.errors.borrow_mut().push(error);
    }
}

/// The range that an error of the node marks: the first key of a mapping.
fn marked_range(node: &Node) -> Range<usize> {
    match &node.kind {
        Kind::Mapping(entries) if node.range.is_empty() => {
            entries.first().map_or(node.range.clone(), |(key, _)| key.range.clone())
        }
        Kind::List(nodes) if node.range.is_empty() => {
            nodes.first().map_or(node.range.clone(), marked_range)
        }
        Kind::Plain | Kind::Text(_) | Kind::List(_) | Kind::Mapping(_) => node.range.clone(),
    }
}

/// The deserializer of one node.
#[derive(Clone, Copy)]
struct Reader<'n> {
    node: &'n Node,
    log: &'n ErrorLog<'n>,
}

/// A scalar: its text, and whether it is plain, so that it may be a number, a boolean or null.
struct Scalar<'n> {
    text: &'n str,
    plain: bool,
}

impl<'n> Reader<'n> {
    fn scalar(self) -> Option<Scalar<'n>> {
        let written = self.log.text.get(self.node.range.clone()).unwrap_or("");
        match &self.node.kind {
            Kind::Plain => Some(Scalar { text: written, plain: true }),
            Kind::Text(text) => Some(Scalar { text, plain: !written.starts_with(['"', '\'']) }),
            Kind::List(_) | Kind::Mapping(_) => None,
        }
    }

    fn is_null(self) -> bool {
        self.scalar().is_some_and(|it| it.plain && matches!(it.text, "" | "~" | "null"))
    }

    fn describe(self) -> Message {
        match &self.node.kind {
            Kind::List(_) => message!("a list"),
            Kind::Mapping(_) => message!("a mapping"),
            Kind::Plain | Kind::Text(_) => match self.scalar() {
                Some(it) if !it.text.is_empty() => {
                    Message::verbatim(format!("`{}`", excerpt(it.text)))
                }
                Some(_) | None => message!("nothing"),
            },
        }
    }

    fn expected(self, what: Message) -> YamlError {
        YamlError::new("bad_value", message!("expected {what}, found {}", self.describe()))
            .at(marked_range(self.node))
    }

    /// A number in the notation of JSON, with a leading `+` at most.
    fn number(self) -> Result<&'n str, YamlError> {
        let text = self.scalar().filter(|it| it.plain).map_or("", |it| it.text);
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
            && digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        if is_number { Ok(text) } else { Err(self.expected(message!("a number"))) }
    }

    fn whole<T: std::str::FromStr>(self) -> Result<T, YamlError> {
        self.number()?.parse().map_err(|_| self.expected(message!("a whole number, 0 or more")))
    }

    fn float(self) -> Result<f64, YamlError> {
        self.number()?.parse().map_err(|_| self.expected(message!("a number")))
    }

    /// A plain scalar as YAML 1.2 (core schema, decimal) reads it.
    fn visit_typed<'de, V: Visitor<'de>>(
        self,
        text: &str,
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        match text {
            "true" => return visitor.visit_bool(true),
            "false" => return visitor.visit_bool(false),
            _ if self.is_null() => return visitor.visit_unit(),
            _ => {}
        }
        if let Ok(number) = self.number() {
            if let Ok(whole) = number.parse::<u64>() {
                return visitor.visit_u64(whole);
            }
            if let Ok(whole) = number.parse::<i64>() {
                return visitor.visit_i64(whole);
            }
            if let Ok(float) = number.parse::<f64>() {
                return visitor.visit_f64(float);
            }
        }
        visitor.visit_str(text)
    }

    fn visit_list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        let Kind::List(nodes) = &self.node.kind else {
            return Err(self.expected(message!("a list")));
        };
        visitor.visit_seq(ListReader { nodes: nodes.iter(), log: self.log })
    }

    fn visit_mapping<'de, V: Visitor<'de>>(
        self,
        known: Option<Schema>,
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        let Kind::Mapping(entries) = &self.node.kind else {
            let what = known.map_or(message!("a mapping"), Schema::describe);
            return Err(self.expected(what));
        };
        visitor.visit_map(MappingReader {
            entries,
            at: 0,
            known,
            first_at: HashMap::new(),
            log: self.log,
        })
    }
}

macro_rules! numbers {
    ($($deserialize:ident, $visit:ident, $read:ident;)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
            self.log.record(self.node, self.$read().and_then(|number| visitor.$visit(number)))
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = YamlError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        let result = match self.scalar() {
            Some(Scalar { text, plain: true }) => self.visit_typed(text, visitor),
            Some(Scalar { text, plain: false }) => visitor.visit_str(text),
            None if matches!(self.node.kind, Kind::List(_)) => self.visit_list(visitor),
            None => self.visit_mapping(None, visitor),
        };
        self.log.record(self.node, result)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        let result = match self.scalar() {
            Some(Scalar { text: "", plain: true }) => Err(self
                .expected(message!("text"))
                .help(message!("write a text, or leave the line out"))),
            Some(Scalar { text, .. }) => visitor.visit_str(text),
            None if matches!(self.node.kind, Kind::Mapping(_)) => Err(self
                .expected(message!("text"))
                .help(message!("a `:` or `{{` makes this a mapping; put the text in quotes"))),
            None => {
                Err(self.expected(message!("text")).help(message!("put a text with `[` in quotes")))
            }
        };
        self.log.record(self.node, result)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        let result = match self.scalar() {
            Some(Scalar { text: "true", plain: true }) => visitor.visit_bool(true),
            Some(Scalar { text: "false", plain: true }) => visitor.visit_bool(false),
            _ => Err(self.expected(message!("true or false"))),
        };
        self.log.record(self.node, result)
    }

    numbers! {
        deserialize_u8, visit_u8, whole;
        deserialize_u16, visit_u16, whole;
        deserialize_u32, visit_u32, whole;
        deserialize_u64, visit_u64, whole;
        deserialize_i64, visit_i64, whole;
        deserialize_f64, visit_f64, float;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        self.log.record(self.node, self.visit_list(visitor))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        self.log.record(self.node, self.visit_mapping(None, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        let known = Some(Schema { name, keys });
        self.log.record(self.node, self.visit_mapping(known, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        let result = match self.scalar() {
            Some(it) if variants.contains(&it.text) => {
                visitor.visit_enum(it.text.into_deserializer())
            }
            Some(it) if !it.text.is_empty() => {
                let what = word_name(name);
                Err(YamlError::new("bad_value", message!("unknown {what} `{}`", excerpt(it.text)))
                    .help(suggest::help(it.text, variants.iter().copied())))
            }
            _ => Err(self.expected(message!("a word"))),
        };
        self.log.record(self.node, result)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        let result = match (name, &self.node.kind) {
            (AT, _) => visitor.visit_seq(Placed { reader: self, step: 0 }),
            (SOFT, _) => visitor.visit_seq(Alone { reader: Some(self) }),
            (ONE_OR_MANY, Kind::List(_)) => self.visit_list(visitor),
            (ONE_OR_MANY, _) => visitor.visit_seq(Alone { reader: Some(self) }),
            (SHAPE, _) => visitor.visit_enum(Shaped { reader: self }),
            _ => visitor.visit_newtype_struct(self),
        };
        self.log.record(self.node, result)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        visitor.visit_unit()
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        self.deserialize_str(visitor)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

/// The members of a list.
struct ListReader<'n> {
    nodes: std::slice::Iter<'n, Node>,
    log: &'n ErrorLog<'n>,
}

impl<'de> de::SeqAccess<'de> for ListReader<'_> {
    type Error = YamlError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, YamlError> {
        let Some(node) = self.nodes.next() else {
            return Ok(None);
        };
        let result = seed.deserialize(Reader { node, log: self.log });
        self.log.record(node, result).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

/// A node as a list of one.
struct Alone<'n> {
    reader: Option<Reader<'n>>,
}

impl<'de> de::SeqAccess<'de> for Alone<'_> {
    type Error = YamlError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, YamlError> {
        let Some(reader) = self.reader.take() else {
            return Ok(None);
        };
        reader.log.record(reader.node, seed.deserialize(reader)).map(Some)
    }
}

/// A node as the sequence start, end, value.
struct Placed<'n> {
    reader: Reader<'n>,
    step: u8,
}

impl<'de> de::SeqAccess<'de> for Placed<'_> {
    type Error = YamlError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, YamlError> {
        let number =
            |number: usize| -> U64Deserializer<YamlError> { (number as u64).into_deserializer() };
        let range = marked_range(self.reader.node);
        self.step += 1;
        match self.step {
            1 => seed.deserialize(number(range.start)).map(Some),
            2 => seed.deserialize(number(range.end)).map(Some),
            3 => seed.deserialize(self.reader).map(Some),
            _ => Ok(None),
        }
    }
}

/// A node as an enum of its shape.
struct Shaped<'n> {
    reader: Reader<'n>,
}

impl<'de, 'n> de::EnumAccess<'de> for Shaped<'n> {
    type Error = YamlError;
    type Variant = Inside<'n>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Inside<'n>), YamlError> {
        let shape = match &self.reader.node.kind {
            Kind::List(_) => Shape::List,
            Kind::Mapping(_) => Shape::Mapping,
            Kind::Plain | Kind::Text(_) => Shape::Scalar,
        };
        let name: StrDeserializer<'_, YamlError> = shape.name().into_deserializer();
        Ok((seed.deserialize(name)?, Inside { reader: self.reader }))
    }
}

struct Inside<'n> {
    reader: Reader<'n>,
}

impl<'de> de::VariantAccess<'de> for Inside<'_> {
    type Error = YamlError;

    fn unit_variant(self) -> Result<(), YamlError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, YamlError> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, YamlError> {
        self.reader.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        self.reader.deserialize_struct("mapping", keys, visitor)
    }
}

/// The keys of a mapping, and its type name.
#[derive(Clone, Copy)]
struct Schema {
    name: &'static str,
    keys: &'static [&'static str],
}

impl Schema {
    fn describe(self) -> Message {
        type_name(self.name)
    }
}

/// The entries of a mapping, without those whose key is unknown, repeated or not a scalar.
struct MappingReader<'n> {
    entries: &'n [(Node, Node)],
    /// The next entry.
    at: usize,
    known: Option<Schema>,
    /// The first entry of each key.
    first_at: HashMap<&'n str, usize>,
    log: &'n ErrorLog<'n>,
}

impl<'n> MappingReader<'n> {
    fn error_of_key(&mut self, at: usize) -> Option<YamlError> {
        let reader = Reader { node: &self.entries[at].0, log: self.log };
        let Some(key) = reader.scalar() else {
            return Some(reader.expected(message!("a key")));
        };
        let first = *self.first_at.entry(key.text).or_insert(at);
        if first != at {
            let mut error = YamlError::new(
                "duplicate_key",
                message!("the key `{}` appears twice", excerpt(key.text)),
            );
            error.body.first = Some(self.entries[first].0.range.clone());
            return Some(error);
        }
        let known = self.known?;
        if known.keys.contains(&key.text) {
            return None;
        }
        let error = YamlError::new(
            "unknown_key",
            message!("unknown key `{}` in {}", excerpt(key.text), known.describe()),
        );
        Some(error.help(suggest::help(key.text, known.keys.iter().copied())))
    }
}

impl<'de> de::MapAccess<'de> for MappingReader<'_> {
    type Error = YamlError;

    fn next_key_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, YamlError> {
        while self.at < self.entries.len() {
            let node = &self.entries[self.at].0;
            let Some(error) = self.error_of_key(self.at) else {
                let result = seed.deserialize(Reader { node, log: self.log });
                return self.log.record(node, result).map(Some);
            };
            self.log.push(error.at(marked_range(node)));
            self.at += 1;
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, YamlError> {
        let Some((_, node)) = self.entries.get(self.at) else {
            return Err(YamlError::new(
                "bad_value",
                message!("there is no value after the last key"),
            ));
        };
        self.at += 1;
        let result = seed.deserialize(Reader { node, log: self.log });
        self.log.record(node, result)
    }
}
