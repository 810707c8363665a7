//! Values of posts and events as the state keeps them.

use std::borrow::Cow;
use tidegate_engine::post::{Value, elements};

/// An id (JSON) with the escapes that serde_json writes: equal ids are equal texts.
pub fn canonical_id(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    match serde_json::from_str::<String>(raw) {
        Ok(text) => Cow::Owned(serde_json::Value::String(text).to_string()),
        Err(_) => Cow::Borrowed(raw),
    }
}

/// The name of an author or a channel: a text, a number as it is written, or the first of a list.
pub fn name_of(raw: &str) -> Option<String> {
    match Value::of(raw) {
        Value::Text(text) if !text.is_empty() => Some(text.into_owned()),
        Value::Number(number) => Some(number.to_owned()),
        Value::Array(list) => elements(list).next().and_then(name_of),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::Object(_) => None,
    }
}
