//! `/v1/explain`: why a post gets its verdict, as JSON or as a page.

use crate::error::{Refusal, answer, json_text};
use crate::json::Posts;
use crate::query::{parameters, unknown, wrong};
use crate::reading::PARAMETERS;
use crate::router::{RequestNotes, Service};
use crate::ruleset::Ruleset;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use serde_json::Map;
use std::sync::Arc;
use tidegate_analysis::explain::{Explanation, PostReport, explain, render_page};
use tidegate_analysis::post_line;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::output::json::push_value;

use tidegate_engine::message::message;
use tidegate_engine::rules::source::suggest;
use tidegate_messages::Language;

/// The parameter that names a rule to show even if it did not fire.
const RULE: &str = "rule";

/// Explains a post (JSON), or a text (`text/plain`).
pub async fn answer_explain(
    service: &Arc<Service>,
    set: Arc<Ruleset>,
    request: Request<Body>,
    notes: &RequestNotes,
) -> Result<Response<Body>, Refusal> {
    let (requested, query) = split_query(request.uri().query().unwrap_or_default(), &set)?;
    let is_page = prefers_html(request.headers());
    let language = language_of(request.headers());
    let is_text = is_plain_text(request.headers());
    if let (true, Some((name, _))) = (is_text, parameters(&query)?.first()) {
        let why = "is for posts (application/json); the body is a text";
        return Err(wrong(name, why));
    }
    // A text is no post in the format that the service reads.
    let reading = set.reading(if is_text { "preset=default" } else { &query })?;
    let body = service.whole_body(request, notes).await?;
    let line = match is_text {
        true => {
            let text = String::from_utf8_lossy(&body);
            post_line([("text", text.as_ref())], &Map::new()) + "\n"
        }
        false => {
            let posts = Posts::of(&body)?;
            if posts.is_array {
                let message = "send one post, or a text as text/plain";
                return Err(Refusal::bad_request("bad_json", message));
            }
            // JSON that is not UTF-8 is repaired, as in a scan.
            String::from_utf8_lossy(&posts.lines).into_owned()
        }
    };
    notes.judged(1);
    let room = service.judges.try_room()?;
    let explained = service.judges.run(room, move || {
        explain(set.classifier(), &reading.plan, line.as_bytes(), &requested)
            .map_err(|why| why.to_string())
    });
    let explanation = explained
        .await?
        .map_err(|why| Refusal::bad_request("not_a_post", format!("not a post: {why}")))?;
    if is_page { page(explanation, language) } else { Ok(json(&explanation)) }
}

/// The rules that a query names, and the rest of the query.
fn split_query(query: &str, set: &Ruleset) -> Result<(Vec<RuleIx>, String), Refusal> {
    let mut requested = Vec::new();
    for (name, value) in parameters(query)? {
        match name.as_str() {
            RULE => requested.push(rule(&value, set)?),
            "brief" | "annotate" | "stamp" | "only" | "offsets" => {
                let known: Vec<&str> = PARAMETERS[5..].iter().copied().chain([RULE]).collect();
                return Err(unknown(&name, &known));
            }
            _ => {}
        }
    }
    let is_other = |part: &&str| part.split('=').next() != Some(RULE);
    Ok((requested, query.split('&').filter(is_other).collect::<Vec<_>>().join("&")))
}

/// The rule with this id or former id.
fn rule(id: &str, set: &Ruleset) -> Result<RuleIx, Refusal> {
    let rules = set.classifier().rules().rules();
    set.classifier().rules().find_rule(id).ok_or_else(|| {
        let near = suggest::nearest(id, rules.iter().map(|rule| rule.id.as_str()));
        let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let message = format!("no rule has the id `{}`{help}", id.escape_debug());
        Refusal::bad_request("unknown_rule", message).param(RULE)
    })
}

fn is_plain_text(headers: &HeaderMap) -> bool {
    content_type(headers) == Some("text/plain")
}

/// The content type without parameters; `None` if there is none.
pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

/// Does the client prefer HTML to JSON?
fn prefers_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let accept = accept.unwrap_or_default();
    let place = |wanted: &str| accept.split(',').position(|it| it.trim().starts_with(wanted));
    match (place("text/html"), place("application/json")) {
        (Some(html), Some(json)) => html < json,
        (html, _) => html.is_some(),
    }
}

/// Chinese if the client names it first, otherwise English.
fn language_of(headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let is_chinese = accepted.is_some_and(|first| first.trim_start().starts_with("zh"));
    if is_chinese { Language::Chinese } else { Language::English }
}

fn page(explanation: Explanation, language: Language) -> Result<Response<Body>, Refusal> {
    let report = PostReport {
        title: message!("this post"),
        id: None,
        place: None,
        sides: vec![(message!("these rules"), Ok(explanation))],
    };
    let page =
        render_page(&[report], "tidegate serve", language).map_err(|_| Refusal::internal())?;
    Ok(answer(StatusCode::OK, "text/html; charset=utf-8", page))
}

fn json(explanation: &Explanation) -> Response<Body> {
    let text = serde_json::to_string(explanation).unwrap_or_default();
    let mut out = Vec::with_capacity(text.len() + 1);
    push_value(&mut out, &text);
    out.push(b'\n');
    json_text(StatusCode::OK, out)
}
