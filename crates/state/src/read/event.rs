//! Lines without a text: events, and lines that pass.

use super::values::canonical_id;
use crate::model::Outcome;
use crate::record::{Event, EventKind, Subject};
use serde::Deserialize;
use serde_json::value::RawValue;
use tidegate_engine::domain::action::Action;
use tidegate_engine::post::timestamp;

/// What such a line is.
#[derive(Debug)]
pub enum Parsed {
    /// An event.
    Event(Event),
    /// It has the key `event` and is none: why.
    Bad(String),
    /// A line that `scan` could not read or skipped.
    Passed,
    /// A verdict without its post.
    VerdictAlone,
    /// Anything else.
    Other,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    action: Option<&'a RawValue>,
    #[serde(borrow)]
    tidegate: Option<&'a RawValue>,
    #[serde(borrow)]
    post: Option<&'a RawValue>,
    #[serde(borrow)]
    case: Option<&'a RawValue>,
    #[serde(borrow)]
    campaign: Option<&'a RawValue>,
    #[serde(borrow)]
    breaker: Option<&'a RawValue>,
    #[serde(borrow)]
    outcome: Option<&'a RawValue>,
    #[serde(borrow)]
    by: Option<&'a RawValue>,
    #[serde(borrow)]
    reason: Option<&'a RawValue>,
    #[serde(borrow)]
    note: Option<&'a RawValue>,
    #[serde(borrow)]
    at: Option<&'a RawValue>,
}

/// Reads a line without a text.
pub fn parse(raw: &[u8]) -> Parsed {
    let Ok(fields) = serde_json::from_slice::<Fields<'_>>(raw) else { return Parsed::Other };
    if let Some(event) = fields.event {
        return match text(Some(event)).as_deref() {
            Some(name) => parse_event(name, &fields).unwrap_or_else(Parsed::Bad),
            None => Parsed::Bad("`event` is not a text".to_owned()),
        };
    }
    let action = fields.action.or(fields.tidegate);
    let Some(action) = action else { return Parsed::Other };
    #[derive(Deserialize)]
    struct Inner {
        action: String,
    }
    let name = text(Some(action))
        .or_else(|| serde_json::from_str::<Inner>(action.get()).ok().map(|inner| inner.action));
    match name.as_deref() {
        Some("skipped" | "unreadable") => Parsed::Passed,
        Some(name) if Action::from_name(name).is_some() => Parsed::VerdictAlone,
        Some(_) | None => Parsed::Other,
    }
}

fn parse_event(name: &str, fields: &Fields<'_>) -> Result<Parsed, String> {
    let needed = |key: &str, value: Option<&RawValue>| {
        text(value).ok_or_else(|| format!("`{name}` needs `{key}`, a text"))
    };
    let post = || fields.post.and_then(id_of);
    let kind = match name {
        "report" => EventKind::Report {
            post: post().ok_or("`report` needs `post`, the id of a post")?,
            by: needed("by", fields.by)?,
            reason: text(fields.reason),
        },
        "decision" => EventKind::Decision {
            on: match (text(fields.case), post()) {
                (Some(case), None) => Subject::Case(case),
                (None, Some(post)) => Subject::Post(post),
                (Some(_), Some(_)) => return Err("`decision` has `case` and `post`".to_owned()),
                (None, None) => return Err("`decision` needs `case` or `post`".to_owned()),
            },
            outcome: match needed("outcome", fields.outcome)?.as_str() {
                "upheld" => Outcome::Upheld,
                "overturned" => Outcome::Overturned,
                "closed" => Outcome::Closed,
                other => {
                    return Err(format!(
                        "`outcome` is `{}`: expected upheld, overturned or closed",
                        other.escape_debug()
                    ));
                }
            },
            by: text(fields.by),
            note: text(fields.note),
        },
        "ignore" => EventKind::Ignore {
            campaign: needed("campaign", fields.campaign)?,
            reason: text(fields.reason),
        },
        "reset" => EventKind::Reset { breaker: needed("breaker", fields.breaker)? },
        other => {
            return Err(format!(
                "no event is called `{}`: expected report, decision, ignore or reset",
                other.escape_debug()
            ));
        }
    };
    let at = match fields.at {
        None => None,
        Some(raw) if raw.get() == "null" => None,
        Some(raw) => Some(timestamp(raw.get()).ok_or("`at` is not a time")?.as_second()),
    };
    Ok(Parsed::Event(Event { at, kind }))
}

fn text(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str::<String>(raw?.get()).ok().filter(|text| !text.is_empty())
}

/// The id of a post: a text or a number, as JSON.
fn id_of(raw: &RawValue) -> Option<String> {
    let first = raw.get().bytes().next()?;
    let is_id = first == b'"' || first == b'-' || first.is_ascii_digit();
    is_id.then(|| canonical_id(raw.get()).into_owned())
}
