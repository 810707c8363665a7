//! `/v1/moderations`: the shape that clients of hosted moderation APIs send and expect, so that
//! such a client works when its base URL is changed.
//!
//! * `flagged`: the action is `flag` or more. `care` alone does not flag.
//! * A score `s` of a category with the threshold `t` for `flag` is shown as `1 - 2^(-s/t)`: it grows
//!   with the score, is 0 without one, and 0.5 at the threshold. Where no threshold is set, `t` is 5.
//! * Categories of hosted APIs that mean the same as one of ours are reported under both names.
//!   Those that these rules do not judge are false, with score 0 and no applied input types.

use crate::error::{Refusal, json_response};
use crate::json::{bad_json, judge};
use crate::query;
use crate::router::{RequestNotes, Service};
use crate::ruleset::Ruleset;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tidegate_analysis::post_line;
use tidegate_engine::domain::category::Category;

/// Categories of hosted APIs, each with those of ours that mean the same.
const HOSTED: [(&str, &[&str]); 13] = [
    ("harassment", &["abuse"]),
    ("harassment/threatening", &[]),
    ("hate", &[]),
    ("hate/threatening", &[]),
    ("illicit", &["drugs", "weapons", "fraud", "illicit-trade"]),
    ("illicit/violent", &["weapons"]),
    ("self-harm", &["self-harm"]),
    ("self-harm/instructions", &[]),
    ("self-harm/intent", &[]),
    ("sexual", &["sexual"]),
    ("sexual/minors", &[]),
    ("violence", &[]),
    ("violence/graphic", &[]),
];

/// The threshold where a policy sets none.
const THRESHOLD_DEFAULT: f64 = 5.0;

/// Texts of one request.
const INPUTS_MAX: usize = 10_000;

/// Answers a request.
pub async fn answer(
    service: &Arc<Service>,
    set: Arc<Ruleset>,
    request: Request<Body>,
    notes: &RequestNotes,
) -> Result<Response<Body>, Refusal> {
    query::none(request.uri().query().unwrap_or_default())?;
    let body = service.whole_body(request, notes).await?;
    let inputs = inputs(&body)?;
    let line = |text: &String| post_line([("text", text.as_str())], &Map::new()) + "\n";
    let lines: String = inputs.iter().map(line).collect();
    let reading = set.reading("brief&preset=default")?;
    let verdicts = judge(service, &set, &reading, lines.as_bytes(), notes).await?;
    let mut results = Vec::with_capacity(inputs.len());
    for verdict in verdicts.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let verdict: Value = serde_json::from_slice(verdict).map_err(|_| Refusal::internal())?;
        results.push(result(&verdict, &set)?);
    }
    Ok(json_response(
        StatusCode::OK,
        &json!({ "id": id(), "model": format!("tidegate-{}", set.hash), "results": results }),
    ))
}

/// An id that differs between answers.
fn id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("modr-{:x}", since.as_nanos())
}

/// The texts of `input`: a string, an array of strings, or an array of parts, which are one text.
fn inputs(body: &[u8]) -> Result<Vec<String>, Refusal> {
    let refused = |why: &str| Refusal::bad_request("bad_input", why).param("input");
    let body: Value = serde_json::from_slice(body).map_err(|why| bad_json(&why))?;
    match body.get("model") {
        None | Some(Value::Null | Value::String(_)) => {}
        Some(_) => {
            return Err(Refusal::bad_request("bad_input", "`model` is no string").param("model"));
        }
    }
    match body.get("input") {
        None => Err(refused("`input` is missing: a string, an array of strings, or of text parts")),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(items)) if items.is_empty() => Err(refused("`input` is empty")),
        Some(Value::Array(items)) if items.len() > INPUTS_MAX => {
            Err(refused(&format!("`input` has more than {INPUTS_MAX} texts")))
        }
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            Ok(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
        }
        Some(Value::Array(items)) => {
            let part = |item: &Value| match (item["type"].as_str(), item["text"].as_str()) {
                (Some("text"), Some(text)) => Ok(text.to_owned()),
                (Some("image_url"), _) => Err(refused("images are not judged; send text parts")),
                _ => Err(refused("expected strings, or parts {\"type\":\"text\",\"text\":…}")),
            };
            let parts: Vec<String> = items.iter().map(part).collect::<Result<_, _>>()?;
            Ok(vec![parts.join("\n")])
        }
        Some(_) => Err(refused("`input` is neither a string nor an array")),
    }
}

/// One result, from the brief verdict of a text.
fn result(verdict: &Value, set: &Ruleset) -> Result<Value, Refusal> {
    if verdict["action"] == "unreadable" {
        let message = "a text of `input` is longer than the limit for lines";
        return Err(Refusal::bad_request("bad_input", message).param("input"));
    }
    let flagged = verdict["action"].as_str().is_some_and(|action| action != "allow");
    let score = |category: &str| {
        let points = verdict["categories"][category].as_f64().unwrap_or(0.0);
        let threshold = threshold(category, set);
        // In `care` an author may need help: the category is reported for any score.
        let is_care = category == "self-harm" && verdict["care"] == true;
        let share = 1.0 - (-points / threshold).exp2();
        (points >= threshold || is_care, share)
    };
    let (mut categories, mut scores, mut applied) = (Map::new(), Map::new(), Map::new());
    let mut add = |name: &str, ours: &[&str]| {
        let found: Vec<(bool, f64)> = ours.iter().map(|ours| score(ours)).collect();
        let highest = found.iter().map(|(_, score)| *score).fold(0.0, f64::max);
        categories.insert(name.to_owned(), found.iter().any(|(is, _)| *is).into());
        scores.insert(name.to_owned(), highest.into());
        let inputs = if ours.is_empty() { json!([]) } else { json!(["text"]) };
        applied.insert(name.to_owned(), inputs);
    };
    for (name, ours) in HOSTED {
        add(name, ours);
    }
    for category in set.classifier().policy().categories() {
        if !HOSTED.iter().any(|(name, _)| *name == category.name()) {
            add(category.name(), &[category.name()]);
        }
    }
    Ok(json!({
        "flagged": flagged,
        "categories": categories,
        "category_scores": scores,
        "category_applied_input_types": applied,
    }))
}

/// The score at which a category is flagged.
fn threshold(category: &str, set: &Ruleset) -> f64 {
    let policy = set.classifier().policy();
    let limits = Category::from_name(category)
        .map(|category| policy.limits_in(policy.channels() - 1, category))
        .unwrap_or_default();
    let lowest = [limits.flag, limits.review, limits.block].into_iter().flatten().min();
    let points = lowest.map(|score| score.to_string().parse().unwrap_or(THRESHOLD_DEFAULT));
    points.filter(|points: &f64| *points > 0.0).unwrap_or(THRESHOLD_DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_have_three_shapes() {
        let texts = |body: &str| inputs(body.as_bytes());
        assert_eq!(texts(r#"{"input":"a","model":"any"}"#).unwrap(), ["a"]);
        assert_eq!(texts(r#"{"input":["a","b"]}"#).unwrap(), ["a", "b"]);
        let parts = r#"{"input":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#;
        assert_eq!(texts(parts).unwrap(), ["a\nb"]);
        for bad in [
            "{}",
            r#"{"input":[]}"#,
            r#"{"input":3}"#,
            r#"{"input":["a",3]}"#,
            r#"{"input":[{"type":"image_url","image_url":{"url":"x"}}]}"#,
        ] {
            assert_eq!(texts(bad).unwrap_err().param.as_deref(), Some("input"), "{bad}");
        }
        assert_eq!(texts("{").unwrap_err().code, "bad_json");
        assert!(texts(r#"{"input":"a","model":null}"#).is_ok());
        let model = texts(r#"{"input":"a","model":{}}"#).unwrap_err();
        assert_eq!(model.param.as_deref(), Some("model"));
    }

    #[test]
    fn our_categories_of_hosted_names_exist() {
        for (_, ours) in HOSTED {
            assert!(ours.iter().all(|name| Category::from_name(name).is_some()), "{ours:?}");
        }
    }
}
