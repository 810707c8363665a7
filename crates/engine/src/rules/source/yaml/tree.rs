//! A YAML document as nodes with places.

use super::error::YamlError;
use crate::domain::limits::{YAML_ALIAS_EVENTS_MAX, YAML_DEPTH_MAX, YAML_NODES_MAX};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Location, Spanned};
use std::fmt;
use std::ops::Range;

/// One node. Aliases are written out: their nodes stand where the anchor does.
#[derive(Debug)]
pub(super) struct Node {
    pub kind: Kind,
    /// Bytes of the text. Scalars: the whole token, quotes included, block headers
    /// not. Lists and mappings: a first byte at most.
    pub range: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A scalar that stands for its own text in the file: `5`, `no`, `null`, or nothing.
    Plain,
    /// Any other scalar, decoded.
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

/// How far the scanner may look for the end of a key, in characters: the keys of
/// `boost` are conditions.
const SCANNER_AHEAD_MAX: usize = 4096;

/// Reads the one document of `text`.
pub(super) fn parse(text: &str) -> Result<Node, YamlError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: YAML_NODES_MAX,
            max_events: 3 * YAML_NODES_MAX,
            max_depth: YAML_DEPTH_MAX,
            // The scanner runs ahead of the depth limit, which says it better.
            flow_nesting_limit: SCANNER_AHEAD_MAX,
            simple_key_max_lookahead: SCANNER_AHEAD_MAX,
            // Packs are commented at length.
            max_buffered_comment_events: YAML_NODES_MAX,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: YAML_ALIAS_EVENTS_MAX,
        },
        // Found by the reader, which knows both places.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| syntax_error(&error, text))
}

fn syntax_error(error: &Error, text: &str) -> YamlError {
    let mut plain = error.without_snippet();
    while let Error::AliasError { error, .. } = plain {
        plain = error.without_snippet();
    }
    let found = match (limit(plain), plain) {
        (Some(message), _) => YamlError::new("too_large", message)
            .help("long lists belong into word lists, one term a line"),
        (None, Error::MultipleDocuments { .. }) => {
            YamlError::new("bad_yaml", "a second YAML document begins here")
        }
        (None, other) => YamlError::new("bad_yaml", without_place(&other.to_string())),
    };
    match error.location().and_then(|location| range_of(location, text)) {
        Some(range) => found.at(range),
        None => found,
    }
}

/// Which limit was passed, if that is what is wrong.
fn limit(error: &Error) -> Option<String> {
    let nested = || format!("a file is nested at most {YAML_DEPTH_MAX} levels deep");
    match error {
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => Some(nested()),
        // The scanner has no kind of its own for what is nested too deep.
        other if without_place(&other.to_string()) == "recursion limit exceeded" => Some(nested()),
        Error::Budget { .. } => Some(format!("a file has at most {YAML_NODES_MAX} YAML nodes")),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. } => {
            Some(format!("aliases of a file repeat at most {YAML_ALIAS_EVENTS_MAX} nodes"))
        }
        _ => None,
    }
}

/// Messages end with their place, which the error shows better.
fn without_place(message: &str) -> String {
    let cut = message.find(" at line ").unwrap_or(message.len());
    message[..cut].to_owned()
}

fn range_of(location: Location, text: &str) -> Option<Range<usize>> {
    if location == Location::UNKNOWN {
        return None;
    }
    let span = location.span();
    let start = match span.byte_offset() {
        Some(bytes) => bytes as usize,
        // Errors of the scanner count characters.
        None => text.char_indices().nth(span.offset() as usize).map_or(text.len(), |(at, _)| at),
    };
    let start = text.floor_char_boundary(start.min(text.len()));
    let end = match span.byte_len() {
        Some(bytes) => start + bytes as usize,
        None => start + text[start..].chars().next().map_or(0, char::len_utf8),
    };
    Some(start..text.ceil_char_boundary(end.min(text.len())))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        let Spanned { value: kind, defined, .. } = Spanned::<Kind>::deserialize(deserializer)?;
        let span = defined.span();
        let start = span.byte_offset().unwrap_or(0) as usize;
        let end = start + span.byte_len().unwrap_or(0) as usize;
        Ok(Node { kind, range: start..end })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

/// A scalar that YAML takes for a number, a truth or nothing: its text is what counts.
macro_rules! plain {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E>(self, _: $type) -> Result<Kind, E> {
            Ok(Kind::Plain)
        })*
    };
}

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64);

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Plain)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Kind::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = mapping.next_entry()? {
            entries.push(entry);
        }
        Ok(Kind::Mapping(entries))
    }
}
