//! The reference parser: serde_json decides what is JSON. Slower than `json_index`, and simple.
//!
//! Keys and mapped values are read as raw slices, so values that only decoding would reject
//! (huge numbers, lone surrogates) are accepted, and no tree is built. Nested mapped values
//! are walked from a queue, level by level; serde_json skips the rest without recursion.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::line_values::LineValues;
use super::paths::Paths;
use super::range::{Range32, range};
use super::trie::NodeIx;
use super::unescape::push_unescaped;
use super::value::inside;

/// Walks `line` and records its values in `values`. `sanitized` is the line with control
/// characters in strings replaced, of equal length.
///
/// # Errors
///
/// The line is not one JSON object.
pub(super) fn walk(
    paths: &Paths,
    line: &str,
    sanitized: &str,
    values: &mut LineValues,
) -> serde_json::Result<()> {
    let mut walk = Walk { paths, line, sanitized, values };
    walk.object(0, 0..sanitized.len() as u32)?;
    let mut next = 0;
    while let Some((node, value)) = walk.values.open.get(next).cloned() {
        next += 1;
        match sanitized.as_bytes()[value.start as usize] {
            b'{' => walk.object(node, value)?,
            _ => walk.array(node, value)?,
        }
    }
    Ok(())
}

struct Walk<'w> {
    paths: &'w Paths,
    line: &'w str,
    sanitized: &'w str,
    values: &'w mut LineValues,
}

impl Walk<'_> {
    fn object(&mut self, node: NodeIx, value: Range32) -> serde_json::Result<()> {
        self.values.objects += 1;
        let mut json = serde_json::Deserializer::from_str(&self.sanitized[range(&value)]);
        json.deserialize_map(Members { walk: self, node })?;
        json.end()
    }

    fn array(&mut self, node: NodeIx, value: Range32) -> serde_json::Result<()> {
        let mut json = serde_json::Deserializer::from_str(&self.sanitized[range(&value)]);
        json.deserialize_seq(Elements { walk: self, node })?;
        json.end()
    }

    /// The range of a slice of `sanitized`.
    fn place(&self, raw: &str) -> Range32 {
        let start = (raw.as_ptr().addr() - self.sanitized.as_ptr().addr()) as u32;
        start..start + raw.len() as u32
    }

    /// The child of `node` for the member whose raw key is `raw`, if it is mapped.
    fn member(&mut self, node: NodeIx, raw: &str) -> Option<NodeIx> {
        let place = self.place(raw);
        let mut key = inside(&self.line[range(&place)]);
        if key.contains('\\') {
            self.values.key.clear();
            push_unescaped(key, &mut self.values.key);
            key = &self.values.key;
        }
        let child = self.paths.trie.node(node).member(key.as_bytes(), key.len())?;
        let seen = &mut self.values.seen[child as usize];
        if *seen == self.values.objects {
            self.values.duplicate.get_or_insert(place.start);
            self.values.id_key_is_duplicated |= self.paths.leads_to_id[child as usize];
            return None;
        }
        *seen = self.values.objects;
        Some(child)
    }

    fn take(&mut self, node: NodeIx, raw: &str) {
        let value = self.place(raw);
        let at = self.paths.trie.node(node);
        if let Some(slot) = at.slot() {
            self.values.put(slot, self.paths.has_wildcard[slot as usize], value.clone());
        }
        let goes_on = match raw.as_bytes().first() {
            Some(b'{') => at.has_members(),
            Some(b'[') => at.has_elements(),
            _ => false,
        };
        if goes_on {
            self.values.open.push((node, value));
        }
    }
}

struct Members<'a, 'w> {
    walk: &'a mut Walk<'w>,
    node: NodeIx,
}

impl<'de> Visitor<'de> for Members<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<&RawValue>()? {
            match self.walk.member(self.node, key.get()) {
                Some(child) => {
                    let value: &RawValue = members.next_value()?;
                    self.walk.take(child, value.get());
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Elements<'a, 'w> {
    walk: &'a mut Walk<'w>,
    node: NodeIx,
}

impl<'de> Visitor<'de> for Elements<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut index = 0u32;
        while let Some(value) = elements.next_element::<&RawValue>()? {
            let children = self.walk.paths.trie.node(self.node).element(index);
            for child in children.into_iter().flatten() {
                self.walk.take(child, value.get());
            }
            index = index.saturating_add(1);
        }
        Ok(())
    }
}
