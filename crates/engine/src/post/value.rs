//! Values of metas: raw JSON, parsed one level deep.

use std::borrow::Cow;

use super::unescape::push_unescaped;

/// A JSON value. Parsed from the result of [`super::Post::meta`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written, of any length and size.
    Number(&'a str),
    /// A string, decoded.
    Text(Cow<'a, str>),
    /// An array, raw; [`elements`] lists it.
    Array(&'a str),
    /// An object, raw.
    Object(&'a str),
}

impl<'a> Value<'a> {
    /// Parses `raw`: one JSON value without surrounding white space, whose grammar was checked.
    pub fn of(raw: &'a str) -> Value<'a> {
        match raw.as_bytes().first() {
            Some(b'"') => Value::Text(text_of(raw)),
            Some(b'[') => Value::Array(raw),
            Some(b'{') => Value::Object(raw),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'-' | b'0'..=b'9') => Value::Number(raw),
            _ => Value::Null,
        }
    }
}

/// The inside of a string, between its quotes.
pub(super) fn inside(raw: &str) -> &str {
    raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw)
}

fn text_of(raw: &str) -> Cow<'_, str> {
    let inside = inside(raw);
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut text = String::with_capacity(inside.len());
    push_unescaped(inside, &mut text);
    Cow::Owned(text)
}

/// The elements of a raw array, each raw. None for any other value.
pub fn elements(raw: &str) -> Elements<'_> {
    let inside = raw.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    Elements { rest: inside.map(trim).unwrap_or("") }
}

/// Iterator of [`elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = element_end(self.rest.as_bytes());
        let (element, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix(',').map(trim).unwrap_or("");
        Some(trim(element))
    }
}

/// The end of the first element: at a comma outside strings and brackets.
fn element_end(bytes: &[u8]) -> usize {
    let (mut at, mut depth, mut in_string) = (0, 0usize, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => in_string = !in_string,
            b'\\' if in_string => at += 1,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            b',' if !in_string && depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn trim(json: &str) -> &str {
    json.trim_matches([' ', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(Value::of("null"), Value::Null);
        assert_eq!(Value::of("true"), Value::Bool(true));
        assert_eq!(Value::of("false"), Value::Bool(false));
        assert_eq!(Value::of("-1e400"), Value::Number("-1e400"));
        assert_eq!(Value::of("\"新\\u95fb\""), Value::Text("新闻".into()));
        assert_eq!(Value::of("[1]"), Value::Array("[1]"));
        assert_eq!(Value::of("{}"), Value::Object("{}"));
    }

    #[test]
    fn arrays_split_at_their_own_commas() {
        let raw = "[ \"a,\\\"]\" , [1,[2]],{\"k\":\",\"} ,3 ]";
        let parts: Vec<&str> = elements(raw).collect();
        assert_eq!(parts, ["\"a,\\\"]\"", "[1,[2]]", "{\"k\":\",\"}", "3"]);
        assert_eq!(elements("[ ]").count(), 0);
        assert_eq!(elements("\"[1,2]\"").count(), 0);
    }
}
