//! The JSON Schemas of packs and policies: which keys and words a place accepts, and what they
//! mean.

use crate::cursor::Step;
use serde_json::Value;
use std::sync::LazyLock;
use tidegate_engine::policy::policy_schema;
use tidegate_engine::rules::source::json_schema::pack_schema;

/// A schema.
#[derive(Debug)]
pub struct Schema {
    root: Value,
}

/// A key or word, with its documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key or word.
    pub name: String,
    /// Its description; may be empty.
    pub doc: String,
}

/// Most references and alternatives that are followed, so that no schema is followed forever.
const DEPTH_MAX: usize = 16;

static PACK: LazyLock<Schema> = LazyLock::new(|| Schema::new(&pack_schema()));
static POLICY: LazyLock<Schema> = LazyLock::new(|| Schema::new(&policy_schema()));

/// The schema of packs.
pub fn of_packs() -> &'static Schema {
    &PACK
}

/// The schema of policies.
pub fn of_policies() -> &'static Schema {
    &POLICY
}

impl Schema {
    fn new(text: &str) -> Schema {
        Schema { root: serde_json::from_str(text).unwrap_or_default() }
    }

    /// The keys of the mapping at a path.
    pub fn keys(&self, path: &[Step]) -> Vec<Entry> {
        let mut found: Vec<Entry> = Vec::new();
        for node in self.at(path) {
            for (name, property) in node["properties"].as_object().into_iter().flatten() {
                if !found.iter().any(|known| known.name == *name) {
                    found.push(Entry { name: name.clone(), doc: self.doc(property) });
                }
            }
        }
        found
    }

    /// The words of a fixed list that a value at a path may have.
    pub fn words(&self, path: &[Step]) -> Vec<Entry> {
        let mut found: Vec<Entry> = Vec::new();
        for node in self.at(path) {
            let listed = node["enum"].as_array().into_iter().flatten().chain(node.get("const"));
            for name in listed.filter_map(Value::as_str) {
                let doc = node["description"].as_str().filter(|_| node.get("const").is_some());
                let name = name.to_owned();
                if !found.iter().any(|known| known.name == name) {
                    found.push(Entry { name, doc: doc.unwrap_or("").to_owned() });
                }
            }
        }
        found
    }

    /// Does the mapping at a path have keys of the author's choice?
    pub fn has_free_keys(&self, path: &[Step]) -> bool {
        self.at(path).iter().any(|node| node["additionalProperties"].is_object())
    }

    /// The documentation of a key of the mapping at a path.
    pub fn key_doc(&self, path: &[Step], key: &str) -> Option<String> {
        let entry = self.keys(path).into_iter().find(|entry| entry.name == key)?;
        (!entry.doc.is_empty()).then_some(entry.doc)
    }

    /// The description of a property, or of the type that it refers to.
    fn doc(&self, property: &Value) -> String {
        let own = property["description"].as_str();
        let of_type =
            || self.alternatives(property).into_iter().find_map(|it| it["description"].as_str());
        own.or_else(of_type).unwrap_or("").to_owned()
    }

    /// The schemas of the values at a path.
    fn at(&self, path: &[Step]) -> Vec<&Value> {
        let mut nodes = self.alternatives(&self.root);
        for step in path {
            nodes = nodes.into_iter().flat_map(|node| self.step(node, step)).collect();
        }
        nodes
    }

    fn step<'s>(&'s self, node: &'s Value, step: &Step) -> Vec<&'s Value> {
        let next = match step {
            Step::Item => node.get("items"),
            Step::Key(name) => {
                node["properties"].get(name).or_else(|| node.get("additionalProperties"))
            }
        };
        next.map(|next| self.alternatives(next)).unwrap_or_default()
    }

    /// The schemas that a schema refers to or lists, without references and lists.
    fn alternatives<'s>(&'s self, node: &'s Value) -> Vec<&'s Value> {
        let mut found = Vec::new();
        let mut open = vec![(node, 0)];
        while let Some((node, depth)) = open.pop() {
            found.push(node);
            if depth == DEPTH_MAX {
                continue;
            }
            if let Some(name) =
                node["$ref"].as_str().and_then(|it| it.strip_prefix("#/definitions/"))
            {
                open.push((&self.root["definitions"][name], depth + 1));
            }
            for list in ["anyOf", "oneOf", "allOf"] {
                let members = node[list].as_array().into_iter().flatten();
                open.extend(members.rev().map(|member| (member, depth + 1)));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Step> {
        let steps = text.split('.').filter(|step| !step.is_empty());
        let step = |step: &str| if step == "*" { Step::Item } else { Step::Key(step.to_owned()) };
        steps.map(step).collect()
    }

    fn names(entries: Vec<Entry>) -> Vec<String> {
        entries.into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn keys_are_those_of_the_place() {
        for (place, expected) in [
            ("", "define"),
            ("defaults", "view"),
            ("define.game", "regex"),
            ("rules.*", "condition"),
            ("rules.*.match.x", "gap"),
            ("rules.*.tests", "miss"),
            ("rules.*.tests.hit.*", "title"),
            ("rules.*.tests.hit.*.*", "at"),
            ("rules.*.correlate", "group-by"),
            ("rules.*.correlate.condition", "gte"),
        ] {
            let keys = of_packs().keys(&path(place));
            let found = keys.iter().find(|key| key.name == expected);
            assert!(found.is_some_and(|key| !key.doc.is_empty()), "{place}: {keys:?}");
        }
        assert!(of_packs().keys(&path("rules")).is_empty());
        assert!(of_packs().has_free_keys(&path("define")) && !of_packs().has_free_keys(&path("")));
        assert_eq!(names(of_policies().keys(&path("rules.*")))[0], "rule");
        let doc = of_packs().key_doc(&path("rules.*"), "weight").unwrap();
        assert!(doc.contains("Points"), "{doc}");
    }

    #[test]
    fn words_are_those_of_fixed_lists() {
        for (place, expected) in [
            ("rules.*.category", "fraud"),
            ("defaults.view.*", "squeezed"),
            ("define.x.view", "look"),
            ("define.x.entity.*", "phone-cn"),
            ("rules.*.status", "experimental"),
            ("rules.*.correlate.type", "temporal_ordered"),
            ("define.x.check", "luhn"),
        ] {
            let found = names(of_packs().words(&path(place)));
            assert!(found.iter().any(|name| name == expected), "{place}: {found:?}");
        }
        assert!(of_packs().words(&path("pack")).is_empty());
        let modes = of_policies().words(&path("rules.*.mode"));
        assert!(modes.iter().any(|it| it.name == "shadow" && !it.doc.is_empty()), "{modes:?}");
    }
}
