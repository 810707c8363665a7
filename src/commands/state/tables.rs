//! Tables for people.

use crate::term::phrase;
use crate::term::say;
use crate::term::table::Table;
use crate::term::width::cut;
use serde_json::Value;
use tidegate_engine::phrase;
use tidegate_state::look::{
    AuthorView, BreakerView, CampaignView, CaseView, ChannelView, LogView, Time,
};
use tidegate_state::model::{CaseState, Outcome, Seconds};
use tidegate_state::output::duration;

/// Columns of a text in a table.
const TEXT: usize = 96;

/// Authors.
pub fn authors(rows: &[AuthorView], clock: Seconds) -> String {
    let mut table = Table::new(&[
        phrase!("<AUTHOR"),
        phrase!("<STEP"),
        phrase!("ENDS IN"),
        phrase!("POINTS"),
        phrase!("POSTS"),
        phrase!("FLAG"),
        phrase!("REVIEW"),
        phrase!("BLOCK"),
        phrase!("REPORTS"),
        phrase!("AGO"),
    ]);
    for row in rows {
        let ended = row.ended.as_ref().map(|step| say!("{step} ended"));
        table.row(vec![
            cut(&row.author, 32),
            step(row.step.clone().or(ended), row.proposed.as_deref()),
            ends_in(row.step.as_ref().and(row.until), clock),
            row.points.text(),
            row.posts.to_string(),
            row.flag.to_string(),
            row.review.to_string(),
            row.block.to_string(),
            row.reports.to_string(),
            ago(row.last, clock),
        ]);
    }
    table.text(0)
}

/// Channels.
pub fn channels(rows: &[ChannelView], clock: Seconds) -> String {
    let mut table = Table::new(&[
        phrase!("<CHANNEL"),
        phrase!("<STEP"),
        phrase!("ENDS IN"),
        phrase!("POSTS"),
        phrase!("HARMFUL"),
        phrase!("PER 1000"),
        phrase!("AT LEAST"),
        phrase!("AGO"),
    ]);
    for row in rows {
        table.row(vec![
            cut(&row.channel, 32),
            step(row.step.clone(), row.proposed.as_deref()),
            ends_in(row.until, clock),
            row.posts.to_string(),
            row.harmful.to_string(),
            row.per_1000.short(),
            row.per_1000_at_least.short(),
            ago(row.last, clock),
        ]);
    }
    table.text(0)
}

/// Campaigns, with their texts.
pub fn campaigns(rows: &[CampaignView], texts: &[String], clock: Seconds) -> String {
    let mut table = Table::new(&[
        phrase!("<CAMPAIGN"),
        phrase!("POSTS"),
        phrase!("AUTHORS"),
        phrase!("HARMFUL"),
        phrase!("AGO"),
        phrase!("<ACTS"),
        phrase!("<TEXT"),
    ]);
    for (row, text) in rows.iter().zip(texts) {
        let acts = match &row.ignored {
            Some(_) => say!("ignored"),
            None => row.acts.join(" "),
        };
        let about = if row.about { "~" } else { "" };
        table.row(vec![
            row.campaign.clone(),
            row.posts.to_string(),
            format!("{about}{}", row.authors),
            row.harmful.to_string(),
            ago(row.last, clock),
            acts,
            cut(text, TEXT),
        ]);
    }
    table.text(0)
}

/// Cases.
pub fn cases(rows: &[CaseView]) -> String {
    let mut table = Table::new(&[
        phrase!("<CASE"),
        phrase!("<KIND"),
        phrase!("PRIORITY"),
        phrase!("POSTS"),
        phrase!("<OPENED"),
        phrase!("<STATE"),
        phrase!("<ABOUT"),
    ]);
    for row in rows {
        let state = match (row.state, row.outcome) {
            (CaseState::Open, _) => phrase(phrase!("open")),
            (CaseState::Overflow, _) => phrase(phrase!("overflow")),
            (CaseState::Decided, Some(Outcome::Upheld)) => phrase(phrase!("upheld")),
            (CaseState::Decided, Some(Outcome::Overturned)) => phrase(phrase!("overturned")),
            (CaseState::Decided, Some(Outcome::Closed) | None) => phrase(phrase!("closed")),
        };
        let by = row.by.as_ref().map(|by| say!("by {by}"));
        let about = [Some(row.subject.plain()), row.category.clone(), by, row.note.clone()];
        table.row(vec![
            row.case.clone(),
            row.kind.name().to_owned(),
            row.priority.to_string(),
            row.posts.to_string(),
            minute(row.opened),
            state.to_owned(),
            cut(&about.into_iter().flatten().collect::<Vec<_>>().join(", "), TEXT),
        ]);
    }
    table.text(0)
}

/// Breakers.
pub fn breakers(rows: &[BreakerView]) -> String {
    let mut table = Table::new(&[
        phrase!("<BREAKER"),
        phrase!("<STATE"),
        phrase!("<SINCE"),
        phrase!("IN PERIOD"),
        phrase!("LIMIT"),
        phrase!("ATTEMPTS"),
        phrase!("REPLACED"),
    ]);
    for row in rows {
        let state = match (row.open, row.notice) {
            (true, _) => phrase(phrase!("open")),
            (false, true) => phrase(phrase!("closed, notice")),
            (false, false) => phrase(phrase!("closed")),
        };
        let limit = row.limit.zip(row.period.as_ref());
        table.row(vec![
            cut(&row.breaker, 40),
            state.to_owned(),
            row.since.map(minute).unwrap_or_default(),
            row.in_period.map(|count| count.to_string()).unwrap_or_default(),
            limit.map(|(limit, period)| format!("{limit}/{period}")).unwrap_or_default(),
            row.attempts.to_string(),
            row.replaced.to_string(),
        ]);
    }
    table.text(0)
}

/// Entries of the log.
pub fn log(rows: &[LogView]) -> String {
    let mut table = Table::new(&[
        phrase!("NUMBER"),
        phrase!("<TIME (UTC)"),
        phrase!("<KIND"),
        phrase!("<WHAT"),
    ]);
    for row in rows {
        let members = row.members();
        let what =
            members.iter().filter(|(key, _)| !matches!(key.as_str(), "kind" | "event" | "at"));
        let what: Vec<String> =
            what.map(|(key, value)| format!("{key}={}", member(key, value))).collect();
        table.row(vec![
            row.number.to_string(),
            minute(row.at),
            row.kind().unwrap_or_default(),
            what.join(" "),
        ]);
    }
    table.text(0)
}

/// A value of the log for people: times and points have their usual forms.
fn member(key: &str, value: &Value) -> String {
    match (key, value) {
        ("until" | "at", Value::Number(number)) => {
            number.as_i64().map_or_else(|| number.to_string(), tidegate_state::output::time)
        }
        ("points", Value::Number(number)) => {
            number.as_i64().map_or_else(|| number.to_string(), tidegate_state::output::points_text)
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn step(name: Option<String>, proposed: Option<&str>) -> String {
    match (name, proposed) {
        (Some(name), Some(next)) => say!("{name} ({next} proposed)"),
        (None, Some(next)) => say!("{next} proposed"),
        (Some(name), None) => name,
        (None, None) => String::new(),
    }
}

fn ends_in(until: Option<Time>, clock: Seconds) -> String {
    until.map(|until| duration(until.0.saturating_sub(clock))).unwrap_or_default()
}

fn ago(last: Time, clock: Seconds) -> String {
    duration(clock.saturating_sub(last.0))
}

/// `2026-03-03 10:14`, in UTC.
pub fn minute(time: Time) -> String {
    let text = time.text();
    match text.get(..16) {
        Some(text) => text.replace('T', " "),
        None => text,
    }
}
