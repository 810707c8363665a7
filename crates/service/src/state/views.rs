//! The queue, cases, campaigns and totals as JSON. Texts are as they were posted: a page must escape
//! them.

use crate::error::Refusal;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::cmp::Reverse;
use tidegate_state::look::{CampaignDetail, CaseView, Points, PostId, urgency};
use tidegate_state::memory::{Memory, author_step, channel_rate, channel_step};
use tidegate_state::model::{Breaker, Campaign, Case, Channel, PostRef, Report};
use tidegate_state::output::time;
use tidegate_state::run::Live;
use tidegate_state::text::template;

/// Posts of a case that are shown: the newest.
const POSTS_MAX: usize = 200;

/// Nothing of this kind has the id.
pub fn unknown(kind: &str, id: &str) -> Refusal {
    let message = format!("no {kind} is called `{}`", id.escape_debug());
    Refusal::new(StatusCode::NOT_FOUND, "not_found", message)
}

/// The most urgent of the open cases that are wanted, at most `limit`; ties as in `tidegate queue`.
pub fn queue(live: &Live, is_wanted: impl Fn(&Case) -> bool, limit: usize) -> Value {
    let memory = live.memory();
    let (kept, clock) = (memory.kept(), live.clock());
    let mut cases: Vec<&Case> = memory.waiting().filter(|case| is_wanted(case)).collect();
    let urgency_of = |it: &Case| urgency(it.priority, clock.saturating_sub(it.opened).max(0));
    cases.sort_by_cached_key(|it| (Reverse(urgency_of(it)), it.opened, it.id.as_str()));
    cases.truncate(limit);
    json!({
        "clock": memory.clock().map(time),
        "open": kept.open_cases - kept.care_cases,
        "care": kept.care_cases,
        "cases": cases.into_iter().map(|it| CaseView::of(it, clock)).collect::<Vec<_>>(),
    })
}

/// A case with everything that is known of it: its posts with their reports, its campaign, its author or
/// channel.
pub fn whole_case(live: &Live, it: &Case) -> Value {
    let memory = live.memory();
    let mut value = serde_json::to_value(CaseView::of(it, live.clock())).unwrap_or_default();
    let all = memory.posts_of_case(&it.id);
    let newest = &all[all.len().saturating_sub(POSTS_MAX)..];
    let of_posts = newest.iter().rev().find_map(|post| post.campaign.as_deref());
    let found = memory.campaign(&it.subject).or_else(|| memory.campaign(of_posts?));
    let facts = json!({
        "kept_posts": all.len(),
        "newest_posts": newest.iter().rev().map(|it| post(it, memory)).collect::<Vec<_>>(),
        "campaign": found.map(|found| campaign(live, found)),
        "author": author(live, &it.subject),
        "channel": memory.channel(&it.subject).map(|it| channel(live, it)),
    });
    if let (Value::Object(members), Value::Object(facts)) = (&mut value, without_nulls(facts)) {
        members.extend(facts);
    }
    value
}

fn post(it: &PostRef, memory: &Memory) -> Value {
    let reports: Vec<Value> = memory.reports_of(&it.id).map(report).collect();
    without_nulls(json!({
        "post": PostId(it.id.clone()),
        "author": it.author,
        "channel": it.channel,
        "at": time(it.at),
        "action": it.action,
        "category": it.category,
        "care": it.care.then_some(true),
        "reach": it.reach,
        "campaign": it.campaign,
        "points": Points(it.points),
        "outcome": it.outcome,
        "reports": (!reports.is_empty()).then_some(reports),
    }))
}

fn report(it: &Report) -> Value {
    without_nulls(json!({
        "by": it.by,
        "reason": it.reason,
        "at": time(it.at),
        "weight": Points(it.weight),
    }))
}

fn author(live: &Live, id: &str) -> Option<Value> {
    let ladder = &live.rules().settings.measures.authors;
    let it = live.memory().author(id, ladder)?;
    let step = author_step(&it, ladder, live.clock());
    Some(without_nulls(json!({
        "author": it.id,
        "points": Points(it.points),
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
        "channel": it.id,
        "step": step,
        "until": it.until.filter(|_| step.is_some()).map(time),
        "posts": posts,
        "harmful": harmful,
        "first": time(it.first),
        "last": time(it.last),
    }))
}

/// A campaign with its common text, which is computed if it was not yet, and its samples.
pub fn campaign(live: &Live, it: &Campaign) -> Value {
    let mut whole = it.clone();
    if whole.template.is_none() {
        let texts: Vec<&str> = it.samples.iter().map(|sample| sample.text.as_str()).collect();
        whole.template = template(&texts, &live.rules().settings.campaigns.fingerprinter);
    }
    serde_json::to_value(CampaignDetail::of(&whole)).unwrap_or_default()
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

/// The members of an object that have a value.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect())
        }
        other => other,
    }
}
