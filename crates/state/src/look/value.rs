//! Values in the form of the output: times, points, ids.

use crate::model::{Micro, Seconds};
use crate::output::{points_text, time};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A time; RFC 3339 in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Seconds);

impl Time {
    /// The time as text.
    pub fn text(self) -> String {
        time(self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

/// Millionths; a number with at most three decimals in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub Micro);

impl Points {
    /// The number as text.
    pub fn text(self) -> String {
        points_text(self.0)
    }

    /// The number as text with at most one decimal, rounded down.
    pub fn short(self) -> String {
        points_text(self.0 / 100_000 * 100_000)
    }

    /// Is it zero?
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(&self.text(), serializer)
    }
}

/// The id of a post, as in its line: JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostId(pub String);

impl PostId {
    /// The id for people: a text without quotes, a number as it is.
    pub fn plain(&self) -> String {
        serde_json::from_str(&self.0).unwrap_or_else(|_| self.0.clone())
    }
}

impl Serialize for PostId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(&self.0, serializer)
    }
}

/// Categories with their scores, as in the verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scores(pub Vec<(String, String)>);

impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (category, score) in &self.0 {
            map.serialize_entry(category, &PostId(score.clone()))?;
        }
        map.end()
    }
}

/// JSON that is written as it is; what is none (a damaged row) is written as text.
fn raw<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match serde_json::from_str::<&RawValue>(json) {
        Ok(value) => value.serialize(serializer).map_err(S::Error::custom),
        Err(_) => serializer.serialize_str(json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_forms_of_the_output() {
        let json = |value: &dyn erased::Json| value.json();
        assert_eq!(json(&Time(1_772_532_000)), "\"2026-03-03T10:00:00Z\"");
        assert_eq!(json(&Points(11_500_000)), "11.5");
        assert_eq!(
            (Points(777_777_000).short(), Points(99_999).short()),
            ("777.7".into(), "0".into())
        );
        assert_eq!(json(&PostId("\"p7\"".to_owned())), "\"p7\"");
        assert_eq!(json(&PostId("12345678901234567890123".to_owned())), "12345678901234567890123");
        assert_eq!(json(&PostId("p\"7".to_owned())), "\"p\\\"7\"", "no JSON is written as text");
        let scores = Scores(vec![("fraud".to_owned(), "3.5".to_owned())]);
        assert_eq!(json(&scores), "{\"fraud\":3.5}");
        assert_eq!(PostId("\"a\\u0062\"".to_owned()).plain(), "ab");
        assert_eq!(PostId("12".to_owned()).plain(), "12");
    }

    mod erased {
        pub trait Json {
            fn json(&self) -> String;
        }
        impl<T: serde::Serialize> Json for T {
            fn json(&self) -> String {
                serde_json::to_string(self).unwrap()
            }
        }
    }
}
