//! Events over HTTP: reports of readers' systems, decisions of reviewers.

use crate::error::{Refusal, answer, json_text};
use crate::explain::content_type;
use crate::guard::{Caller, Role};
use crate::json::bad_json;
use crate::query;
use crate::router::{RequestNotes, Service, wrong_type};
use crate::state::State;
use crate::stream::NDJSON;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tidegate_state::model::{CaseState, Outcome};
use tidegate_state::read::event;
use tidegate_state::record::{Event, EventKind, Subject};

/// Characters of the longest note, name or reason.
const TEXT_CHARS_MAX: usize = 2_000;

/// A line of events.
enum Line {
    Event(Event),
    /// Its start in the body, and why it is no event.
    Bad(u64, String),
}

/// Applies one event (`application/json`), or a line each.
pub async fn events(
    service: &Service,
    state: &State,
    request: Request,
    notes: &RequestNotes,
) -> Result<Response<Body>, Refusal> {
    query::none(request.uri().query().unwrap_or_default())?;
    let is_one = match content_type(request.headers()) {
        Some("application/json") => true,
        Some(NDJSON | "application/jsonl" | "application/x-jsonlines") => false,
        _ => {
            return Err(wrong_type(
                "application/json for an event, application/x-ndjson for lines of events",
            ));
        }
    };
    let caller = caller_of(&request)?;
    state.check()?;
    let body = service.whole_body(request, notes).await?;
    let mut lines = if is_one { vec![one(&body)?] } else { lines(&body) };
    for line in &mut lines {
        if let Line::Event(event) = line {
            may_send(event, &caller)?;
        }
    }
    notes.judged(lines.len() as u64);
    let answers = state.change(move |live| {
        let mut out = Vec::new();
        for line in &lines {
            match line {
                Line::Event(event) => live.event(event, &mut out),
                Line::Bad(offset, why) => {
                    let bad = json!({ "id": null, "offset": offset, "action": "unreadable",
                        "error": "bad_event", "detail": why });
                    out.extend_from_slice(bad.to_string().as_bytes());
                }
            }
            out.push(b'\n');
        }
        out
    });
    let answers = answers.await?;
    Ok(match is_one {
        true => json_text(StatusCode::OK, answers),
        false => answer(StatusCode::OK, NDJSON, answers),
    })
}

/// Who sent the request. The middleware noted it.
fn caller_of(request: &Request) -> Result<Caller, Refusal> {
    request.extensions().get::<Caller>().cloned().ok_or_else(Refusal::internal)
}

fn one(body: &[u8]) -> Result<Line, Refusal> {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).map_err(|why| bad_json(&why))?;
    event(body).map(Line::Event).map_err(|why| Refusal::bad_request("bad_event", why))
}

fn lines(body: &[u8]) -> Vec<Line> {
    let mut offset = 0;
    let each = body.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let start = offset;
        offset += line.len() as u64;
        match event(line.trim_ascii()) {
            Ok(event) => Line::Event(event),
            Err(why) => Line::Bad(start, why),
        }
    });
    each.collect()
}

/// Checks that the caller may send an event, and writes who decided into it.
fn may_send(event: &mut Event, caller: &Caller) -> Result<(), Refusal> {
    match &mut event.kind {
        EventKind::Report { .. } => Ok(()),
        EventKind::Decision { .. } | EventKind::Ignore { .. } | EventKind::Reset { .. }
            if caller.role < Role::Review =>
        {
            let message = "reports need the role classify, other events the role review; nothing was \
                           applied";
            Err(Refusal::new(StatusCode::FORBIDDEN, "no_role", message))
        }
        EventKind::Decision { by, .. } => signed(by, caller),
        EventKind::Ignore { .. } | EventKind::Reset { .. } => Ok(()),
    }
}

/// Who decides: the name of the token; without one the name that was sent, or else the role.
fn signed(by: &mut Option<String>, caller: &Caller) -> Result<(), Refusal> {
    match (&caller.name, &by) {
        (Some(own), Some(other)) if own != other => {
            let message = "`by` is another name than that of the token";
            Err(Refusal::new(StatusCode::FORBIDDEN, "other_name", message).param("by"))
        }
        (Some(own), _) => {
            *by = Some(own.clone());
            Ok(())
        }
        (None, Some(_)) => Ok(()),
        (None, None) => {
            *by = caller.has_token.then(|| caller.role.name().to_owned());
            Ok(())
        }
    }
}

/// The body of a decision.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    outcome: Outcome,
    note: Option<String>,
    by: Option<String>,
    /// The case may be decided already.
    #[serde(default)]
    again: bool,
}

/// Decides the case `id`.
pub async fn decide(
    service: &Service,
    state: &State,
    id: String,
    request: Request,
    notes: &RequestNotes,
) -> Result<Response<Body>, Refusal> {
    query::none(request.uri().query().unwrap_or_default())?;
    if content_type(request.headers()) != Some("application/json") {
        return Err(wrong_type("application/json"));
    }
    let caller = caller_of(&request)?;
    state.check()?;
    let body = service.whole_body(request, notes).await?;
    let decision: Decision = serde_json::from_slice(&body).map_err(|why| bad_decision(&why))?;
    let Decision { outcome, note, by, again } = decision;
    let mut by = text("by", by)?;
    let note = text("note", note)?;
    signed(&mut by, &caller)?;
    let on = Subject::Case(id.clone());
    let event = Event { at: None, kind: EventKind::Decision { on, outcome, by, note } };
    let answers = state.change(move |live| {
        match live.memory().case(&id).map(|case| case.state) {
            None => return Err(super::views::unknown("case", &id)),
            Some(CaseState::Open) => {}
            Some(CaseState::Decided | CaseState::Overflow) if again => {}
            Some(CaseState::Decided | CaseState::Overflow) => {
                let message = "the case is not open any more; look at it again, and send \
                               \"again\": true to decide it anew";
                return Err(Refusal::new(StatusCode::CONFLICT, "not_open", message));
            }
        }
        let mut out = Vec::new();
        live.event(&event, &mut out);
        out.push(b'\n');
        Ok(out)
    });
    Ok(json_text(StatusCode::OK, answers.await??))
}

/// The text of a field, if it is there and not empty.
fn text(name: &str, value: Option<String>) -> Result<Option<String>, Refusal> {
    let value = value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match value {
        Some(text) if text.chars().count() > TEXT_CHARS_MAX => {
            let message = format!("`{name}` has more than {TEXT_CHARS_MAX} characters");
            Err(Refusal::bad_request("bad_decision", message).param(name))
        }
        other => Ok(other),
    }
}

fn bad_decision(why: &serde_json::Error) -> Refusal {
    if why.classify() == serde_json::error::Category::Data {
        let message = "expected an object with `outcome` (upheld, overturned or closed), and perhaps \
                       `note`, `by` (texts) and `again` (true or false)";
        return Refusal::bad_request("bad_decision", message);
    }
    bad_json(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(role: Role, name: Option<&str>) -> Caller {
        Caller { role, name: name.map(str::to_owned), has_token: true }
    }

    #[test]
    fn reports_need_less_than_decisions() {
        let event = |text: &str| event(text.as_bytes()).unwrap();
        let report = r#"{"event":"report","post":"p","by":"r"}"#;
        let decision = r#"{"event":"decision","case":"c","outcome":"upheld"}"#;
        assert!(may_send(&mut event(report), &caller(Role::Classify, None)).is_ok());
        for text in [
            decision,
            r#"{"event":"ignore","campaign":"k"}"#,
            r#"{"event":"reset","breaker":"block"}"#,
        ] {
            let refused = may_send(&mut event(text), &caller(Role::Classify, None)).unwrap_err();
            assert_eq!((refused.status, refused.code), (StatusCode::FORBIDDEN, "no_role"));
            assert!(may_send(&mut event(text), &caller(Role::Review, None)).is_ok());
        }
    }

    #[test]
    fn a_named_token_signs_with_its_name() {
        let signed = |by: Option<&str>, caller: &Caller| {
            let mut by = by.map(str::to_owned);
            signed(&mut by, caller).map(|()| by)
        };
        let (named, unnamed) = (caller(Role::Review, Some("r-2")), caller(Role::Review, None));
        assert_eq!(signed(None, &named).unwrap().as_deref(), Some("r-2"));
        assert_eq!(signed(Some("r-2"), &named).unwrap().as_deref(), Some("r-2"));
        assert_eq!(signed(Some("r-3"), &named).unwrap_err().code, "other_name");
        assert_eq!(signed(Some("r-3"), &unnamed).unwrap().as_deref(), Some("r-3"));
        assert_eq!(signed(None, &unnamed).unwrap().as_deref(), Some("review"));
        let anybody = Caller { role: Role::Admin, name: None, has_token: false };
        assert_eq!(signed(None, &anybody).unwrap(), None);
    }

    #[test]
    fn lines_have_their_offsets() {
        let all = lines(b"{\"event\":\"report\",\"post\":1,\"by\":\"r\"}\n\n{}\nx");
        let offsets: Vec<Option<u64>> = all
            .iter()
            .map(|line| match line {
                Line::Event(_) => None,
                Line::Bad(offset, _) => Some(*offset),
            })
            .collect();
        assert_eq!(offsets, [None, Some(37), Some(38), Some(41)]);
    }
}
