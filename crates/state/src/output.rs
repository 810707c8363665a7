//! Writes the decision on a line as JSON: fixed order of keys, absent ones left out, all numbers
//! from integers.

use crate::decision::{CampaignFacts, Decision, EventAnswer, Fired, Measure};
use crate::model::{CaseKind, Micro, POINT, Seconds};
use jiff::Timestamp;
use tidegate_engine::output::json::{push_number, push_string, push_value};

/// Appends the object of a post. `id` is JSON; `measures` the hash of the measures.
pub fn push_decision(out: &mut Vec<u8>, id: &str, decision: &Decision, measures: &str) {
    out.extend_from_slice(b"{\"id\":");
    push_value(out, id);
    let start = key_string(out, "action", decision.action.name());
    if decision.scan != decision.action {
        key_string(out, "scan", decision.scan.name());
    }
    if decision.care {
        out.extend_from_slice(b",\"care\":true");
    }
    if decision.ahead {
        key_string(out, "time", "ahead");
    }
    flag(out, "late", decision.late);
    flag(out, "repeated", decision.repeated);
    if !decision.rules.is_empty() {
        key(out, "rules");
        push_list(out, &decision.rules, push_fired);
    }
    if let Some(campaign) = &decision.campaign {
        key(out, "campaign");
        push_campaign(out, campaign);
    }
    for (name, measure) in
        [("measure", &decision.measure), ("channel_measure", &decision.channel_measure)]
    {
        if let Some(measure) = measure {
            key(out, name);
            push_measure(out, measure);
        }
    }
    for (name, step) in [("under", &decision.under), ("channel_under", &decision.channel_under)] {
        if let Some(step) = step {
            key_string(out, name, step);
        }
    }
    if !decision.breaker.is_empty() {
        key(out, "breaker");
        push_list(out, &decision.breaker, |out, breaker| push_string(out, breaker));
    }
    if let Some(case) = &decision.case {
        key_string(out, "case", case);
    }
    if let Some(case) = &decision.care_case {
        key_string(out, "care_case", case);
    }
    if let Some(priority) = decision.priority {
        key_number(out, "priority", priority);
    }
    flag(out, "state_full", decision.state_full);
    if out.len() > start {
        key_string(out, "measures", measures);
    }
    out.push(b'}');
}

/// Appends the object of an event.
pub fn push_event(out: &mut Vec<u8>, answer: &EventAnswer) {
    out.extend_from_slice(b"{\"event\":");
    push_string(out, answer.event);
    if let Some((name, id)) = &answer.subject {
        key(out, name);
        match *name {
            "post" => push_value(out, id),
            _ => push_string(out, id),
        }
    }
    key(out, "counted");
    out.extend_from_slice(if answer.counted { b"true" } else { b"false" });
    if let Some(why) = answer.why {
        key_string(out, "why", why);
    }
    if let Some(outcome) = answer.outcome {
        key_string(out, "outcome", outcome.name());
    }
    let own = matches!(answer.subject, Some(("case", _)));
    if let Some(case) = answer.case.as_ref().filter(|_| !own) {
        key_string(out, "case", case);
    }
    if let Some(kind) = answer.kind {
        key_string(out, "on", kind.name());
    }
    if let Some(priority) = answer.priority {
        key_number(out, "priority", priority);
    }
    if !answer.steps.is_empty() {
        key(out, "steps");
        push_list(out, &answer.steps, |out, (who, step)| {
            out.extend_from_slice(b"{\"who\":");
            push_string(out, who);
            key(out, "step");
            match step {
                Some(step) => push_string(out, step),
                None => out.extend_from_slice(b"null"),
            }
            out.push(b'}');
        });
    }
    out.push(b'}');
}

impl CaseKind {
    /// Name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            CaseKind::Campaign => "campaign",
            CaseKind::Author => "author",
            CaseKind::Channel => "channel",
            CaseKind::Post => "post",
            CaseKind::Care => "care",
        }
    }
}

fn push_fired(out: &mut Vec<u8>, fired: &Fired) {
    out.extend_from_slice(b"{\"id\":");
    push_string(out, &fired.id);
    key_string(out, "type", fired.kind);
    if !fired.group.is_empty() {
        key(out, "group");
        let mut separator = b'{';
        for (name, value) in &fired.group {
            out.push(separator);
            separator = b',';
            push_string(out, name);
            out.push(b':');
            push_string(out, value);
        }
        out.push(b'}');
    }
    key_number(out, "count", fired.count);
    if fired.span > 0 {
        key_string(out, "span", &duration(fired.span));
    }
    key(out, "score");
    fired.score.write(out);
    if fired.held > 0 {
        key_number(out, "held", fired.held);
    }
    flag(out, "shadow", fired.shadow);
    out.push(b'}');
}

fn push_campaign(out: &mut Vec<u8>, campaign: &CampaignFacts) {
    out.extend_from_slice(b"{\"id\":");
    push_string(out, &campaign.id);
    key_number(out, "posts", campaign.posts);
    key_number(out, "authors", campaign.authors);
    key_number(out, "channels", campaign.channels);
    key_number(out, "harmful", campaign.harmful);
    flag(out, "about", campaign.about);
    flag(out, "story", campaign.story);
    flag(out, "ignored", campaign.ignored);
    if let Some(related) = &campaign.related {
        key_string(out, "related", related);
    }
    out.push(b'}');
}

fn push_measure(out: &mut Vec<u8>, measure: &Measure) {
    out.extend_from_slice(b"{\"who\":");
    push_string(out, measure.who);
    key_string(out, "step", &measure.step);
    flag(out, "proposed", measure.proposed);
    if let Some(until) = measure.until {
        key_string(out, "until", &time(until));
    }
    if let Some(points) = measure.points {
        key(out, "points");
        out.extend_from_slice(points_text(points).as_bytes());
    }
    if let Some((posts, harmful)) = measure.rate {
        key_number(out, "posts", posts);
        key_number(out, "harmful", harmful);
    }
    if !measure.why.is_empty() {
        key(out, "why");
        push_list(out, &measure.why, |out, id| push_value(out, id));
    }
    out.push(b'}');
}

fn push_list<T>(out: &mut Vec<u8>, items: &[T], push: impl Fn(&mut Vec<u8>, &T)) {
    let mut separator = b'[';
    for item in items {
        out.push(separator);
        separator = b',';
        push(out, item);
    }
    out.push(b']');
}

fn key(out: &mut Vec<u8>, name: &str) {
    out.push(b',');
    push_string(out, name);
    out.push(b':');
}

/// Returns the length of the output.
fn key_string(out: &mut Vec<u8>, name: &str, value: &str) -> usize {
    key(out, name);
    push_string(out, value);
    out.len()
}

fn key_number(out: &mut Vec<u8>, name: &str, value: u64) {
    key(out, name);
    push_number(out, value);
}

fn flag(out: &mut Vec<u8>, name: &str, is_on: bool) {
    if is_on {
        key(out, name);
        out.extend_from_slice(b"true");
    }
}

/// A time as in RFC 3339, in UTC; as a number of seconds, if it is outside the calendar.
pub fn time(at: Seconds) -> String {
    Timestamp::from_second(at).map_or_else(|_| at.to_string(), |time| time.to_string())
}

/// A duration: `8m12s`, `2d`; the two largest units that are not zero.
pub fn duration(seconds: Seconds) -> String {
    let mut left = seconds.max(0);
    let mut text = String::new();
    let mut units = 0;
    for (name, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        let count = left / size;
        left %= size;
        if count > 0 && units < 2 {
            text += &format!("{count}{name}");
            units += 1;
        } else if units > 0 {
            units = 2;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Points with at most three decimals, rounded down: `11.5`.
pub fn points_text(points: Micro) -> String {
    let sign = if points < 0 { "-" } else { "" };
    let (whole, rest) =
        (points.unsigned_abs() / POINT as u64, points.unsigned_abs() % POINT as u64);
    let decimals = format!("{:03}", rest / 1000);
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_their_two_largest_units() {
        for (seconds, text) in [
            (0, "0s"),
            (492, "8m12s"),
            (60, "1m"),
            (3661, "1h1m"),
            (3601, "1h"),
            (2 * 86_400 + 3600, "2d1h"),
            (86_400 + 60, "1d"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn points_are_short() {
        for (points, text) in [
            (0, "0"),
            (11_500_000, "11.5"),
            (8_000_000, "8"),
            (1_234_567, "1.234"),
            (-500_000, "-0.5"),
        ] {
            assert_eq!(points_text(points), text);
        }
    }

    #[test]
    fn nothing_to_add_is_id_and_action() {
        let mut out = Vec::new();
        push_decision(&mut out, "\"p7\"", &Decision::default(), "5be0c117");
        assert_eq!(out, b"{\"id\":\"p7\",\"action\":\"allow\"}");
    }
}
