//! The verdict of `scan` in an annotated line.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use tidegate_engine::domain::score::Score;

/// A verdict.
#[derive(Debug, Default, Deserialize)]
pub struct Verdict<'a> {
    /// `action`; also `skipped` and `unreadable`.
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    /// `care`.
    #[serde(default)]
    pub care: bool,
    /// `categories`, in the order of the verdict.
    #[serde(default, borrow, deserialize_with = "categories")]
    pub categories: Vec<(Cow<'a, str>, Score)>,
    /// `rules`.
    #[serde(default, borrow)]
    pub rules: Vec<Rule<'a>>,
    /// `ruleset`.
    #[serde(default, borrow)]
    pub ruleset: Option<Cow<'a, str>>,
}

/// A rule that fired.
#[derive(Debug, Deserialize)]
pub struct Rule<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Its category.
    #[serde(borrow)]
    pub category: Cow<'a, str>,
}

/// Reads a verdict.
///
/// # Errors
///
/// The reason of the JSON parser, without a place.
pub fn parse(raw: &str) -> Result<Verdict<'_>, String> {
    // Most posts are clean, and their verdicts have no other member.
    if raw.ends_with(",\"action\":\"allow\"}") {
        return Ok(Verdict { action: Cow::Borrowed("allow"), ..Verdict::default() });
    }
    serde_json::from_str(raw).map_err(|error| {
        let text = error.to_string();
        text.split_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
    })
}

fn categories<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(Cow<'a, str>, Score)>, D::Error> {
    struct Categories;
    impl<'de> Visitor<'de> for Categories {
        type Value = Vec<(Cow<'de, str>, Score)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("categories with scores")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut categories = Vec::new();
            while let Some((name, points)) = map.next_entry::<Name<'de>, f64>()? {
                let score = Score::from_points(points).ok_or_else(|| {
                    serde::de::Error::custom(format!("`{}`: not a score", name.0))
                })?;
                categories.push((name.0, score));
            }
            Ok(categories)
        }
    }
    deserializer.deserialize_map(Categories)
}

/// A key, borrowed if it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read() {
        let raw = r#"{"id":1,"action":"block","care":true,"categories":{"fraud":8.5,"spam":2},
            "rules":[{"id":"fraud.a","category":"fraud","level":"high","score":8.5,"evidence":[]}],
            "ruleset":"0badcafe"}"#;
        let verdict = parse(raw).unwrap();
        assert_eq!((verdict.action.as_ref(), verdict.care), ("block", true));
        let categories: Vec<(&str, i64)> = verdict
            .categories
            .iter()
            .map(|(name, score)| (name.as_ref(), score.millis()))
            .collect();
        assert_eq!(categories, [("fraud", 8500), ("spam", 2000)]);
        assert_eq!(verdict.rules[0].id, "fraud.a");
        assert_eq!(verdict.ruleset.as_deref(), Some("0badcafe"));
        assert_eq!(parse(r#"{"id":"x","action":"allow"}"#).unwrap().action, "allow");
    }

    #[test]
    fn what_is_no_verdict_is_an_error_without_a_place() {
        for raw in ["1", "{}", r#"{"action":1}"#, r#"{"action":"flag","categories":{"a":1e99}}"#] {
            let error = parse(raw).unwrap_err();
            assert!(!error.contains("line"), "{error}");
        }
    }
}
