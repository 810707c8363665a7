//! JSON Schema of rule files, from the same types that read them.
//!
//! For editors: keys, words of fixed lists, and descriptions. `check` verifies what a schema
//! cannot express: names that exist, and conditions.

use crate::rules::source::schema::Pack;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// The schema of `NAME.rules.yaml`, as indented JSON with a line end.
pub fn pack_schema() -> String {
    text::<Pack>("urn:tidegate:rules:1", "A pack of tidegate rules")
}

/// The schema of `T`, in the draft that the language servers for YAML know best, under the given id and title.
pub fn text<T: JsonSchema>(id: &str, title: &str) -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut schema = Value::from(schema);
    if let Value::Object(root) = &mut schema {
        root.insert("$id".to_owned(), id.into());
        root.insert("title".to_owned(), title.into());
    }
    // Serializing strings, numbers, lists and maps does not fail.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every property of every object, with its path.
    fn properties<'v>(value: &'v Value, path: &str, found: &mut Vec<(String, &'v Value)>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let path = format!("{path}/{name}");
                    if path.ends_with("/properties")
                        && let Value::Object(all) = member
                    {
                        found.extend(all.iter().map(|(name, it)| (format!("{path}/{name}"), it)));
                    }
                    properties(member, &path, found);
                }
            }
            Value::Array(members) => {
                members.iter().for_each(|member| properties(member, path, found))
            }
            _ => {}
        }
    }

    #[test]
    fn every_key_has_a_description() {
        let schema: Value = serde_json::from_str(&pack_schema()).unwrap();
        let mut found = Vec::new();
        properties(&schema, "", &mut found);
        assert!(found.len() > 50, "only {} keys: is the schema read correctly?", found.len());
        for (path, property) in found {
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 8), "{path}");
        }
    }

    #[test]
    fn fixed_lists_and_required_keys_are_in_the_schema() {
        let schema: Value = serde_json::from_str(&pack_schema()).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["tidegate", "pack"]));
        assert_eq!(schema["additionalProperties"], false);
        let rule = &schema["definitions"]["Rule"];
        assert_eq!(rule["required"], serde_json::json!(["id", "weight"]));
        let either =
            serde_json::json!([{ "required": ["condition"] }, { "required": ["correlate"] }]);
        assert_eq!(rule["oneOf"], either);
        let names = schema["definitions"]["CategoryName"]["anyOf"][0]["enum"].as_array().unwrap();
        assert_eq!(names.len(), crate::domain::category::Category::BUILT_IN);
        assert!(
            schema["definitions"]["EntityName"]["enum"]
                .as_array()
                .unwrap()
                .contains(&"phone-cn".into())
        );
    }
}
