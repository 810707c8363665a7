//! What the log says of a case.

use super::view::CasePost;
use crate::model::{Case, LogEntry, Seconds};
use crate::pages::names;
use crate::store::{StateReader, StoreError};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tidegate_messages::Language;

/// Entries of the log that are read at once.
const PAGE: usize = 10_000;

/// An entry of the log that is about a case: its opening, decisions, steps, and who has seen what.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// Number in the log.
    pub number: u64,
    /// When.
    pub at: Seconds,
    /// What happened: `case`, `decision`, `step`, `ignore`, `story`, `overflow`, `reveal`.
    pub kind: String,
    /// The other members of the entry.
    pub fields: Map<String, Value>,
}

impl HistoryEntry {
    /// A member that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// Its members but the kind, for people: step, outcome, by whom, why.
    pub fn detail(&self, language: Language) -> String {
        let outcome = self.text("outcome").map(|name| names::outcome_named(language, name));
        let post = self.post().map(|id| serde_json::from_str::<String>(&id).unwrap_or(id));
        let parts = [outcome, self.text("step"), self.text("by"), self.text("note")];
        let parts = parts.into_iter().chain([self.text("reason"), post.as_deref()]);
        parts.flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The id of the post that it names, as in the line (JSON).
    pub fn post(&self) -> Option<String> {
        self.fields.get("post").map(Value::to_string)
    }
}

/// The entries about a case, its subject or one of its posts.
pub(super) fn read(
    reader: &StateReader,
    case: &Case,
    posts: &BTreeMap<String, CasePost>,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let mut found = Vec::new();
    let mut from = 1;
    loop {
        let page = reader.log(from, Some(PAGE))?;
        let Some(last) = page.last() else { return Ok(found) };
        from = last.number.saturating_add(1);
        found.extend(page.iter().filter_map(|entry| about(entry, case, posts)));
    }
}

fn about(
    entry: &LogEntry,
    case: &Case,
    posts: &BTreeMap<String, CasePost>,
) -> Option<HistoryEntry> {
    let subject = Value::from(case.subject.as_str()).to_string();
    // Most entries are about others; these texts are in all that are about the case.
    let is_possible = entry.json.contains(&case.id)
        || entry.json.contains(&subject)
        || entry.json.contains("\"decision\"");
    if !is_possible {
        return None;
    }
    let Value::Object(mut fields) = serde_json::from_str(&entry.json).ok()? else { return None };
    let kind = fields.shift_remove("kind")?.as_str()?.to_owned();
    let entry = HistoryEntry { number: entry.number, at: entry.at, kind, fields };
    is_about(&entry, case, posts).then_some(entry)
}

fn is_about(entry: &HistoryEntry, case: &Case, posts: &BTreeMap<String, CasePost>) -> bool {
    let is_subject =
        |name: &str| name == case.kind.name() && entry.text(name) == Some(case.subject.as_str());
    let is_decided_post =
        || entry.kind == "decision" && entry.post().is_some_and(|post| posts.contains_key(&post));
    entry.text("case") == Some(case.id.as_str())
        || ["campaign", "author", "channel"].into_iter().any(is_subject)
        || is_decided_post()
}
