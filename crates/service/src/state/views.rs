//! The queue, cases, campaigns and totals as JSON. Texts are as they were posted: a page must escape
//! them.

use crate::error::Refusal;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use tidegate_state::memory::{Memory, author_step, channel_rate, channel_step};
use tidegate_state::model::{
    Breaker, Campaign, Case, Channel, Micro, PostRef, Report, Sample, Seconds,
    TemplateRecord,
};
use tidegate_state::output::{points_text, time};
use tidegate_state::run::Live;
use tidegate_state::text::template as common_text;

/// Posts of a case that are shown: the newest.
const POSTS_MAX: usize = 200;

/// Nothing of this kind has the id.
pub fn unknown(kind: &str, id: &str) -> Refusal {
    let message = format!("no {kind} is called `{}`", id.escape_debug());
    Refusal::new(StatusCode::NOT_FOUND, "not_found", message)
}

/// The most urgent cases.
pub fn queue(live: &Live, cases: &[&Case]) -> Value {
    let memory = live.memory();
    let kept = memory.kept();
    let clock = memory.clock();
    json!({
        "clock": clock.map(time),
        "open": kept.open_cases - kept.care_cases,
        "care": kept.care_cases,
        "cases": cases.iter().map(|it| case(it, clock.unwrap_or(0))).collect::<Vec<_>>(),
    })
}

/// A case without its posts.
fn case(it: &Case, clock: Seconds) -> Value {
    without_nulls(json!({
        "id": it.id,
        "kind": it.kind,
        "subject": it.subject,
        "state": it.state,
        "opened": time(it.opened),
        "updated": time(it.updated),
        "posts": it.posts,
        "authors": it.authors,
        "channels": it.channels,
        "reach": it.reach,
        "category": it.category,
        "reports": points(it.reports),
        "priority": it.priority,
        "urgency": it.urgency(clock),
        "proposed": it.proposed,
        "verdict": it.verdict.as_ref().map(|verdict| without_nulls(json!({
            "outcome": verdict.outcome,
            "by": verdict.by,
            "note": verdict.note,
            "at": time(verdict.at),
        }))),
    }))
}

/// A case with everything that is known of it: its posts with their reports, its campaign, its author or
/// channel.
pub fn whole_case(live: &Live, it: &Case) -> Value {
    let memory = live.memory();
    let mut value = case(it, live.clock());
    let all = memory.posts_of_case(&it.id);
    let newest = &all[all.len().saturating_sub(POSTS_MAX)..];
    let campaigns = newest.iter().filter_map(|post| post.campaign.as_deref());
    let campaign = memory.campaign(&it.subject).map(|campaign| campaign.id.as_str());
    let campaign = campaign.or_else(|| newest_of(campaigns)).and_then(|id| memory.campaign(id));
    let facts = json!({
        "kept_posts": all.len(),
        "newest_posts": newest.iter().rev().map(|it| post(it, memory)).collect::<Vec<_>>(),
        "campaign": campaign.map(|campaign| self::campaign(live, campaign)),
        "author": self::author(live, &it.subject),
        "channel": memory.channel(&it.subject).map(|it| channel(live, it)),
    });
    extend(&mut value, without_nulls(facts));
    value
}

fn newest_of<'c>(campaigns: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    campaigns.last()
}

fn post(it: &PostRef, memory: &Memory) -> Value {
    let reports: Vec<Value> = memory.reports_of(&it.id).map(report).collect();
    without_nulls(json!({
        "id": id(&it.id),
        "author": it.author,
        "channel": it.channel,
        "at": time(it.at),
        "action": it.action,
        "category": it.category,
        "care": it.care.then_some(true),
        "reach": it.reach,
        "campaign": it.campaign,
        "points": points(it.points),
        "outcome": it.outcome,
        "reports": (!reports.is_empty()).then_some(reports),
    }))
}

fn report(it: &Report) -> Value {
    without_nulls(json!({
        "by": it.by,
        "reason": it.reason,
        "at": time(it.at),
        "weight": points(it.weight),
    }))
}

fn author(live: &Live, id: &str) -> Option<Value> {
    let ladder = &live.rules().settings.measures.authors;
    let it = live.memory().author(id, ladder)?;
    let step = author_step(&it, ladder, live.clock());
    Some(without_nulls(json!({
        "id": it.id,
        "points": points(it.points),
        "step": step,
        "until": it.until.filter(|_| step.is_some()).map(time),
        "posts": it.counts.posts,
        "flag": it.counts.flag,
        "review": it.counts.review,
        "block": it.counts.block,
        "reports": it.counts.reports,
        "upheld": it.counts.upheld,
        "overturned": it.counts.overturned,
        "first": time(it.first),
        "last": time(it.last),
    })))
}

fn channel(live: &Live, it: &Channel) -> Value {
    let ladder = &live.rules().settings.measures.channels;
    let step = channel_step(it, ladder, live.clock());
    let (posts, harmful) = channel_rate(it);
    without_nulls(json!({
        "id": it.id,
        "step": step,
        "until": it.until.filter(|_| step.is_some()).map(time),
        "posts": posts,
        "harmful": harmful,
        "first": time(it.first),
        "last": time(it.last),
    }))
}

/// A campaign with its template, which is computed if it was not yet, and its samples.
pub fn campaign(live: &Live, it: &Campaign) -> Value {
    let computed = || {
        let texts: Vec<&str> = it.samples.iter().map(|sample| sample.text.as_str()).collect();
        common_text(&texts, &live.rules().settings.campaigns.fingerprinter)
    };
    let common = it.template.clone().or_else(computed);
    without_nulls(json!({
        "id": it.id,
        "first": time(it.first),
        "last": time(it.last),
        "posts": it.posts,
        "authors": it.authors.count(),
        "channels": it.channels.count(),
        "harmful": it.harmful,
        "reach": it.reach,
        "reports": points(it.reports),
        "acts_harmful": it.acts_harmful,
        "acts_story": it.acts_story,
        "ignored": it.ignored,
        "case": it.case,
        "related": it.related,
        "template": common.as_ref().map(template),
        "samples": it.samples.iter().map(sample).collect::<Vec<_>>(),
    }))
}

fn template(it: &TemplateRecord) -> Value {
    let slots = it.slots.iter().map(|slot| {
        let values =
            slot.values.iter().map(|(text, posts)| json!({ "text": text, "posts": posts }));
        json!({
            "kind": slot.kind,
            "between": slot.between,
            "values": values.collect::<Vec<_>>(),
        })
    });
    json!({ "text": it.text, "weight": it.fixed_weight, "slots": slots.collect::<Vec<_>>() })
}

fn sample(it: &Sample) -> Value {
    without_nulls(json!({
        "number": it.number,
        "id": id(&it.id),
        "author": it.author,
        "channel": it.channel,
        "at": time(it.at),
        "action": it.action,
        "categories": it.categories.iter().map(|(name, score)| (name.clone(), number(score)))
            .collect::<Map<String, Value>>(),
        "reports": it.reports,
        "text": it.text,
    }))
}

/// What is kept, and how the state is written.
pub fn state(live: &Live) -> Value {
    let memory = live.memory();
    let (totals, kept, counts) = (memory.totals(), memory.kept(), live.counts());
    json!({
        "clock": totals.clock.map(time),
        "ruleset": live.rules().ruleset,
        "measures": live.rules().measures,
        "run": { "number": live.run().number, "lines": live.run().lines },
        "posts": totals.posts,
        "events": totals.events,
        "changed": totals.changed,
        "upheld": totals.upheld,
        "overturned": totals.overturned,
        "campaigns": kept.campaigns,
        "singles": kept.singles,
        "authors": kept.authors,
        "kept_posts": kept.posts,
        "open": kept.open_cases - kept.care_cases,
        "care": kept.care_cases,
        "breakers": memory.breakers().into_iter().map(breaker).collect::<Vec<_>>(),
        "evictions": totals.evictions,
        "checkpoints": counts.checkpoints,
        "error": live.error().map(ToString::to_string),
    })
}

fn breaker(it: &Breaker) -> Value {
    json!({ "key": it.key, "open": it.open, "notice": it.notice, "replaced": it.replaced })
}

/// The id of a post, which is JSON.
fn id(raw: &str) -> Value {
    serde_json::from_str(raw).unwrap_or_else(|_| raw.into())
}

fn points(points: Micro) -> Value {
    number(&points_text(points))
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The members of an object that have a value.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect())
        }
        other => other,
    }
}

fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(members), Value::Object(more)) = (value, more) {
        members.extend(more);
    }
}
