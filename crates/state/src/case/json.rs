//! A case as JSON. Absent members are left out; times are texts, in UTC.

use super::history::HistoryEntry;
use super::ids::{hash, parsed};
use super::view::{CasePost, CaseReport, CaseView, Origin};
use crate::fixed::LOG_BITS;
use crate::memory::Priority;
use crate::model::{Author, Campaign, Channel, Micro, POINT, TemplateRecord, Verdict};
use crate::output::time;
use serde_json::{Value, json};
use tidegate_engine::domain::category::Category;

/// A case with at most so many of its newest posts.
pub fn to_json(view: &CaseView, posts_max: usize) -> Value {
    let mut json = of_case(view);
    let posts: Vec<Value> = view.newest(posts_max).iter().map(of_post).collect();
    if let Some(members) = json.as_object_mut() {
        members.insert("posts".to_owned(), posts.into());
    }
    json
}

/// A case without its posts.
pub(super) fn of_case(view: &CaseView) -> Value {
    let case = &view.case;
    let reports: Vec<Value> = view.reports.iter().map(of_report).collect();
    let history: Vec<Value> = view.history.iter().map(of_history).collect();
    present(json!({
        "id": case.id,
        "kind": case.kind,
        "state": case.state,
        "subject": case.subject,
        "subject_hash": hash(&case.subject),
        "opened": time(case.opened),
        "updated": time(case.updated),
        "counts": { "posts": case.posts, "authors": case.authors, "channels": case.channels,
            "reach": case.reach, "posts_kept": view.posts.len() },
        "category": case.category,
        "harm": view.priority.harm,
        "priority": case.priority,
        "priority_parts": of_priority(&view.priority),
        "report_weight": points(case.reports),
        "proposal": present(json!({ "kind": view.proposal.name(), "step": view.proposal.step() })),
        "rules": view.rules(),
        "verdict": case.verdict.as_ref().map(of_verdict),
        "campaign": view.campaign.as_ref().map(of_campaign),
        "author": view.author.as_ref().map(of_author),
        "channel": view.channel.as_ref().map(of_channel),
        "step_name": view.step_name,
        "reports": reports,
        "history": history,
        "origin": of_origin(&view.origin),
    }))
}

/// A post.
pub(super) fn of_post(post: &CasePost) -> Value {
    let kept = post.post.as_ref();
    let sample = post.sample.as_ref();
    let scores = sample.map(|sample| -> Vec<Value> {
        let number = |score: &str| score.parse::<f64>().map_or(Value::Null, Value::from);
        let scores = sample.categories.iter();
        scores.map(|(name, score)| json!({ "name": name, "score": number(score) })).collect()
    });
    present(json!({
        "post": parsed(&post.id),
        "post_hash": hash(&post.id),
        "at": post.at().map(time),
        "action": post.action(),
        "category": kept.and_then(|post| post.category.as_deref()),
        "categories": scores,
        "author": post.author(),
        "author_hash": post.author().map(hash),
        "channel": post.channel(),
        "channel_hash": post.channel().map(hash),
        "reach": kept.map(|post| post.reach),
        "points": kept.map(|post| points(post.points)),
        "campaign": kept.and_then(|post| post.campaign.as_deref()),
        "outcome": kept.and_then(|post| post.outcome),
        "care": kept.filter(|post| post.care).map(|_| true),
        "reports": post.reports,
        "number": sample.map(|sample| sample.number),
        "text": sample.map(|sample| sample.text.as_str()),
        "text_length": sample.map(|sample| sample.text.chars().count()),
    }))
}

fn of_report(report: &CaseReport) -> Value {
    let CaseReport { report, reporter } = report;
    let reason = report.reason.as_deref();
    let category = reason.filter(|reason| Category::from_name(reason).is_some());
    present(json!({
        "post": parsed(&report.post),
        "post_hash": hash(&report.post),
        "by": report.by,
        "by_hash": hash(&report.by),
        "reason": reason,
        "reason_category": category,
        "at": time(report.at),
        "weight": points(report.weight),
        "reporter": reporter.as_ref().map(|reporter| json!({
            "reports": reporter.reports, "judged": reporter.judged, "upheld": reporter.upheld })),
    }))
}

fn of_history(entry: &HistoryEntry) -> Value {
    let field = |name: &str| entry.fields.get(name).filter(|value| value.is_string());
    let number = |name: &str| entry.fields.get(name).and_then(Value::as_i64);
    let by = entry.text("by");
    present(json!({
        "number": entry.number,
        "at": time(entry.at),
        "kind": entry.kind,
        "post": entry.post.as_deref().map(parsed),
        "post_hash": field("post"),
        "step": field("step"),
        "until": number("until").map(time),
        "proposed": entry.fields.get("proposed"),
        "points": number("points").map(points),
        "outcome": field("outcome"),
        "by": by,
        "by_hash": by.map(hash),
        "note": field("note"),
        "reason": field("reason"),
    }))
}

fn of_priority(parts: &Priority) -> Value {
    let factor = |log: u64| rounded(log as f64 / f64::from(1 << LOG_BITS));
    json!({
        "harm": parts.harm,
        "authors": factor(parts.authors),
        "spread": factor(parts.spread),
        "reports": factor(parts.reports),
        "operation": points(parts.operation),
    })
}

fn of_verdict(verdict: &Verdict) -> Value {
    let by = verdict.by.as_deref();
    present(json!({ "outcome": verdict.outcome, "by": by, "by_hash": by.map(hash),
        "note": verdict.note, "at": time(verdict.at) }))
}

fn of_campaign(campaign: &Campaign) -> Value {
    present(json!({
        "id": campaign.id,
        "first": time(campaign.first),
        "last": time(campaign.last),
        "posts": campaign.posts,
        "harmful": campaign.harmful,
        "authors": campaign.authors.count(),
        "channels": campaign.channels.count(),
        "about": (campaign.authors.is_about() || campaign.channels.is_about()).then_some(true),
        "reach": campaign.reach,
        "acts_harmful": campaign.acts_harmful,
        "acts_story": campaign.acts_story,
        "ignored": campaign.ignored,
        "related": campaign.related,
        "template": campaign.template.as_ref().map(of_template),
    }))
}

/// A template with its slots.
pub(super) fn of_template(template: &TemplateRecord) -> Value {
    let slots = template.slots.iter().map(|slot| {
        let values = slot.values.iter();
        let values = values.map(|(value, count)| json!({ "value": value, "count": count }));
        let values: Vec<Value> = values.collect();
        json!({ "kind": slot.kind, "between": slot.between, "values": values })
    });
    let slots: Vec<Value> = slots.collect();
    json!({ "text": template.text, "fixed_weight": template.fixed_weight, "slots": slots })
}

fn of_author(author: &Author) -> Value {
    let counts = &author.counts;
    present(json!({
        "id": author.id,
        "id_hash": hash(&author.id),
        "points": points(author.points),
        "points_at": time(author.points_at),
        "step": author.step,
        "until": author.until.map(time),
        "posts": counts.posts,
        "flag": counts.flag,
        "review": counts.review,
        "block": counts.block,
        "reports": counts.reports,
        "upheld": counts.upheld,
        "overturned": counts.overturned,
        "first": time(author.first),
        "last": time(author.last),
    }))
}

fn of_channel(channel: &Channel) -> Value {
    present(json!({
        "id": channel.id,
        "id_hash": hash(&channel.id),
        "step": channel.step,
        "until": channel.until.map(time),
        "posts": channel.total.posts,
        "harmful": channel.total.harmful,
        "first": time(channel.first),
        "last": time(channel.last),
    }))
}

fn of_origin(origin: &Origin) -> Value {
    present(json!({
        "program": concat!("tidegate ", env!("CARGO_PKG_VERSION")),
        "measures": origin.measures,
        "clock": origin.clock.map(time),
        "log": origin.log.as_ref().map(|(number, hash)| json!({ "number": number, "hash": hash })),
    }))
}

/// Without members that are `null`.
fn present(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}

/// Millionths as a number with at most three decimals.
fn points(micros: Micro) -> f64 {
    rounded(micros as f64 / POINT as f64)
}

fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}
