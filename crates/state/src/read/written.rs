//! Events as lines.

use super::event::{Parsed, parse};
use crate::model::Outcome;
use crate::output::time;
use crate::record::{Event, EventKind, Subject};
use serde::Serialize;
use serde_json::value::RawValue;
use tidegate_engine::message::{Message, message};
use tidegate_engine::output::json::push_value;

#[derive(Default, Serialize)]
struct Line<'e> {
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<&'e RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaker: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

/// An event as a line that [`super::Reader`] reads as this event, without a line end.
///
/// # Errors
///
/// The event cannot be written so that it is read again: an empty text, an id of a post that is
/// neither a text nor a number, a time outside the calendar.
pub fn event_line(event: &Event) -> Result<String, Message> {
    let json = serde_json::to_string(&line_of(event)).unwrap_or_default();
    let mut escaped = Vec::with_capacity(json.len());
    push_value(&mut escaped, &json);
    match parse(&escaped) {
        Parsed::Event(read) if read == *event => Ok(String::from_utf8_lossy(&escaped).into_owned()),
        Parsed::Bad(why) => Err(Message::verbatim(why)),
        Parsed::Event(_) | Parsed::Passed | Parsed::VerdictAlone | Parsed::Other => {
            Err(message!("an empty text, or no id of a post: the line would be read differently"))
        }
    }
}

fn line_of(event: &Event) -> Line<'_> {
    let at = event.at.map(time);
    let id = |json| serde_json::from_str::<&RawValue>(json).ok();
    match &event.kind {
        EventKind::Report { post, by, reason } => Line {
            event: "report",
            post: id(post),
            by: Some(by),
            reason: reason.as_deref(),
            at,
            ..Line::default()
        },
        EventKind::Decision { on, outcome, by, note } => {
            let (case, post) = match on {
                Subject::Case(case) => (Some(case.as_str()), None),
                Subject::Post(post) => (None, id(post)),
            };
            Line {
                event: "decision",
                case,
                post,
                outcome: Some(*outcome),
                by: by.as_deref(),
                note: note.as_deref(),
                at,
                ..Line::default()
            }
        }
        EventKind::Ignore { campaign, reason } => Line {
            event: "ignore",
            campaign: Some(campaign),
            reason: reason.as_deref(),
            at,
            ..Line::default()
        },
        EventKind::Reset { breaker } => {
            Line { event: "reset", breaker: Some(breaker), at, ..Line::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_in_a_fixed_order() {
        let on = Subject::Post("\"p7\"".to_owned());
        let kind = EventKind::Decision {
            on,
            outcome: Outcome::Overturned,
            by: Some("r2".to_owned()),
            note: Some("引用\u{1b}".to_owned()),
        };
        let line = event_line(&Event { at: Some(1_772_532_000), kind }).unwrap();
        assert_eq!(
            line,
            "{\"event\":\"decision\",\"post\":\"p7\",\"outcome\":\"overturned\",\"by\":\"r2\",\
             \"note\":\"引用\\u001b\",\"at\":\"2026-03-03T10:00:00Z\"}"
        );
        let kind = EventKind::Report {
            post: "7".to_owned(),
            by: "r1".to_owned(),
            reason: Some("fraud".to_owned()),
        };
        let line = event_line(&Event { at: None, kind }).unwrap();
        assert_eq!(line, "{\"event\":\"report\",\"post\":7,\"by\":\"r1\",\"reason\":\"fraud\"}");
    }

    #[test]
    fn what_would_be_read_differently_is_an_error() {
        let report = |post: &str, by: &str| EventKind::Report {
            post: post.to_owned(),
            by: by.to_owned(),
            reason: None,
        };
        for (kind, at) in [
            (report("\"p\"", ""), None),
            (report("p", "r"), None),
            (report("null", "r"), None),
            (report("1", "r"), Some(i64::MAX)),
            (EventKind::Reset { breaker: String::new() }, None),
            (EventKind::Ignore { campaign: "k1".to_owned(), reason: Some(String::new()) }, None),
        ] {
            assert!(event_line(&Event { at, kind: kind.clone() }).is_err(), "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn every_event_is_read_as_written(
            at in prop::option::of(-60_000_000_000i64..250_000_000_000),
            (id, name) in ("\\PC{1,12}", "\\PC{1,12}"),
            note in prop::option::of("(?s).{1,12}"),
            (which, is_post) in (0..4, any::<bool>()),
        ) {
            let post = serde_json::Value::String(id.clone()).to_string();
            let kind = match which {
                0 => EventKind::Report { post, by: name, reason: note },
                1 => EventKind::Decision {
                    on: if is_post { Subject::Post(post) } else { Subject::Case(id) },
                    outcome: Outcome::Closed,
                    by: Some(name),
                    note,
                },
                2 => EventKind::Ignore { campaign: id, reason: note },
                _ => EventKind::Reset { breaker: id },
            };
            let event = Event { at, kind };
            let line = event_line(&event).unwrap();
            prop_assert!(!line.contains('\n'));
        }
    }
}
