//! Builds a post as a JSON line from texts and values, for the default mapping.

use serde_json::{Map, Value};
use tidegate_engine::domain::field::Names;
use tidegate_engine::post::{Mapping, MappingError, Plan};

/// An id without quotes and escapes.
pub fn plain_id(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

/// A post with these texts by field name and these `post.` values, as one line without a line end.
/// [`plain_plan`] reads it.
///
/// A dotted key of `values` (`author.id`) is a path as in conditions. Texts take precedence over
/// values of the same name. If `texts` is empty, the post gets an empty `text`.
pub fn post_line<'t>(
    texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    values: &Map<String, Value>,
) -> String {
    let mut line = Map::new();
    for (key, value) in values {
        enter(&mut line, key, value);
    }
    let mut has_text = false;
    for (field, text) in texts {
        line.insert(field.to_owned(), Value::from(text));
        has_text = true;
    }
    if !has_text {
        line.insert("text".to_owned(), Value::from(""));
    }
    Value::from(line).to_string()
}

/// Inserts `value` at the dotted path `key`; replaces values that are not objects on the way.
fn enter(line: &mut Map<String, Value>, key: &str, value: &Value) {
    let mut object = line;
    let mut rest = key;
    while let Some((head, tail)) = rest.split_once('.') {
        let inner = object.entry(head).or_insert(Value::Null);
        if !inner.is_object() {
            *inner = Value::from(Map::new());
        }
        let Value::Object(next) = inner else { return };
        (object, rest) = (next, tail);
    }
    object.insert(rest.to_owned(), value.clone());
}

/// Reads lines of [`post_line`]: the default mapping, plus every other field at the top level under
/// its name.
///
/// # Errors
///
/// A path in a condition that is not a pointer.
pub(super) fn plain_plan(names: &Names) -> Result<Plan, MappingError> {
    Plan::new(&plain_mapping(names)?, names)
}

/// The mapping of lines of examples: the default one, plus every other field at the top level under
/// its name.
///
/// # Errors
///
/// The name of a field that no mapping can have.
pub fn plain_mapping(names: &Names) -> Result<Mapping, MappingError> {
    let mut mapping = Mapping::default();
    for field in names.fields() {
        mapping.set_field(field, &[&format!("/{field}")])?;
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidegate_engine::domain::field::{FieldId, MetaId};
    use tidegate_engine::post::{Batch, Record};

    fn values(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn texts_and_values_are_where_the_mapping_reads_them() {
        let mut names = Names::default();
        let age = names.meta("author.age.days").unwrap();
        let signature = names.field("signature").unwrap();
        let values = values(json!({ "author": { "id": "u\n1" }, "author.age.days": 3 }));
        let line = post_line([("text", "a\u{1b}\"b"), ("signature", "加我")], &values);
        let mut batch = Batch::default();
        plain_plan(&names).unwrap().read(line.as_bytes(), false, &mut batch);
        let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("{line}") };
        assert_eq!(post.text(FieldId::TEXT), Some("a\u{1b}\"b"));
        assert_eq!(post.text(signature), Some("加我"));
        assert_eq!(post.meta(MetaId::AUTHOR_ID), Some(r#""u\n1""#));
        assert_eq!(post.meta(age), Some("3"));
    }

    #[test]
    fn replaces_values_in_the_way_of_a_path() {
        let values = values(json!({ "a": 1, "a.b": 2, "text": "x" }));
        assert_eq!(post_line([("text", "y")], &values), r#"{"a":{"b":2},"text":"y"}"#);
        assert_eq!(post_line([], &Map::new()), r#"{"text":""}"#);
    }
}
