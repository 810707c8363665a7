//! What the log says of a case.

use super::ids::{hash, plain};
use crate::model::{Case, CaseKind, LogEntry, Seconds};
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
    /// The post that it names, if it is one of the case: its id as in the line (JSON).
    pub post: Option<String>,
    /// The other members of the entry. They name authors and posts by hashes.
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
        let post = self.post.as_deref().map(plain);
        let parts = [outcome, self.text("step"), self.text("by"), self.text("note")];
        let parts = parts.into_iter().chain([self.text("reason"), post.as_deref()]);
        parts.flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// What entries are compared with.
struct About<'c> {
    case: &'c Case,
    /// The name by which entries have the subject: a hash, if it is an author.
    subject: String,
    /// Ids of posts by their hashes.
    posts: BTreeMap<String, &'c str>,
}

/// The entries about a case, its subject or one of its posts (ids as JSON).
pub(super) fn read<'p>(
    reader: &StateReader,
    case: &Case,
    posts: impl Iterator<Item = &'p str>,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let subject = match case.kind {
        CaseKind::Author | CaseKind::Care => hash(&case.subject),
        CaseKind::Campaign | CaseKind::Channel | CaseKind::Post => case.subject.clone(),
    };
    let posts = posts.map(|id| (hash(id), id)).collect();
    let about = About { case, subject, posts };
    let mut found = Vec::new();
    let mut from = 1;
    loop {
        let page = reader.log(from, Some(PAGE))?;
        let Some(last) = page.last() else { return Ok(found) };
        from = last.number.saturating_add(1);
        found.extend(page.iter().filter_map(|entry| about.entry(entry)));
    }
}

impl About<'_> {
    fn entry(&self, entry: &LogEntry) -> Option<HistoryEntry> {
        let subject = Value::from(self.subject.as_str()).to_string();
        // Most entries are about others; one of these texts is in all that are about the case.
        let is_possible = entry.json.contains(&self.case.id)
            || entry.json.contains(&subject)
            || entry.json.contains("\"decision\"");
        if !is_possible {
            return None;
        }
        let Value::Object(mut fields) = serde_json::from_str(&entry.json).ok()? else {
            return None;
        };
        let kind = fields.shift_remove("kind")?.as_str()?.to_owned();
        let post = fields.get("post").and_then(Value::as_str);
        let post = post.and_then(|hash| self.posts.get(hash)).map(|id| (*id).to_owned());
        let entry = HistoryEntry { number: entry.number, at: entry.at, kind, post, fields };
        self.has(&entry).then_some(entry)
    }

    fn has(&self, entry: &HistoryEntry) -> bool {
        let subject_name = match self.case.kind {
            CaseKind::Campaign => "campaign",
            CaseKind::Channel => "channel",
            CaseKind::Author => "author",
            CaseKind::Post | CaseKind::Care => "",
        };
        entry.text("case") == Some(self.case.id.as_str())
            || entry.text(subject_name) == Some(self.subject.as_str())
            || entry.kind == "decision" && entry.post.is_some()
    }
}
