//! What leaves the house is redacted: only what an allow-list names is clear.
//!
//! A field that is not listed is masked, also one that a later version adds. A listed field is clear
//! only if it is a number, a text, `true`, `false`, `null`, or a list of these: an object that takes
//! its place is masked as a whole, with its keys.

use serde_json::{Map, Value};

/// Takes the place of what is masked.
pub const MASK: &str = "***";

/// Clear fields of `case.json`, as paths; lists are no level of their own.
pub const CASE_FIELDS: &[&str] = &[
    "id",
    "kind",
    "state",
    "subject_hash",
    "opened",
    "updated",
    "counts.posts",
    "counts.authors",
    "counts.channels",
    "counts.reach",
    "counts.posts_kept",
    "counts.posts_left_out",
    "category",
    "harm",
    "priority",
    "priority_parts.harm",
    "priority_parts.authors",
    "priority_parts.spread",
    "priority_parts.reports",
    "priority_parts.operation",
    "report_weight",
    "proposal.kind",
    "proposal.step",
    "verdict.outcome",
    "verdict.by_hash",
    "verdict.at",
    "rules",
    "campaign.id",
    "campaign.first",
    "campaign.last",
    "campaign.posts",
    "campaign.harmful",
    "campaign.authors",
    "campaign.channels",
    "campaign.about",
    "campaign.reach",
    "campaign.acts_harmful",
    "campaign.acts_story",
    "campaign.related",
    "campaign.template.fixed_weight",
    "campaign.template.slots.kind",
    "campaign.template.slots.between",
    "campaign.template.slots.values.count",
    "author.id_hash",
    "author.points",
    "author.points_at",
    "author.step",
    "author.until",
    "author.posts",
    "author.flag",
    "author.review",
    "author.block",
    "author.reports",
    "author.upheld",
    "author.overturned",
    "author.first",
    "author.last",
    "channel.id_hash",
    "channel.step",
    "channel.until",
    "channel.posts",
    "channel.harmful",
    "channel.first",
    "channel.last",
    "step_name",
    "reports.post_hash",
    "reports.by_hash",
    "reports.reason_category",
    "reports.at",
    "reports.weight",
    "reports.reporter.reports",
    "reports.reporter.judged",
    "reports.reporter.upheld",
    "history.number",
    "history.at",
    "history.kind",
    "history.post_hash",
    "history.step",
    "history.until",
    "history.proposed",
    "history.points",
    "history.outcome",
    "history.by_hash",
    "origin.program",
    "origin.measures",
    "origin.clock",
    "origin.log.number",
    "origin.log.hash",
];

/// Clear fields of a line of `evidence.jsonl`.
pub const POST_FIELDS: &[&str] = &[
    "post_hash",
    "at",
    "action",
    "category",
    "categories.name",
    "categories.score",
    "author_hash",
    "channel_hash",
    "reach",
    "points",
    "campaign",
    "outcome",
    "reports",
    "number",
    "text_length",
];

/// A value in which only the `clear` fields are left.
pub fn redacted(value: &Value, clear: &[&str]) -> Value {
    match value {
        Value::Object(_) => walk(value, "", clear),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Value::from(MASK)
        }
    }
}

fn walk(value: &Value, path: &str, clear: &[&str]) -> Value {
    let has_clear_below =
        || clear.iter().any(|it| it.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
    match value {
        Value::Object(members) if path.is_empty() || has_clear_below() => {
            let masked = members.iter().map(|(name, member)| {
                let below = match (path, name.contains('.')) {
                    // A name with a dot would look like a path.
                    (_, true) => return (name.clone(), Value::from(MASK)),
                    ("", false) => name.clone(),
                    (path, false) => format!("{path}.{name}"),
                };
                (name.clone(), walk(member, &below, clear))
            });
            Value::Object(masked.collect::<Map<String, Value>>())
        }
        Value::Array(items) => items.iter().map(|item| walk(item, path, clear)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)
            if clear.contains(&path) =>
        {
            value.clone()
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Value::from(MASK)
        }
    }
}

/// A template in which only the slots are left: each other character is `*`.
pub fn redacted_template(text: &str, kinds: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    for (number, kind) in (1..).zip(kinds) {
        let mark = format!("{{{number}:{kind}}}");
        let Some((before, after)) = rest.split_once(&mark) else { continue };
        mask(before, &mut out);
        out.push_str(&mark);
        rest = after;
    }
    mask(rest, &mut out);
    out
}

/// Line ends stay.
fn mask(text: &str, out: &mut String) {
    out.extend(text.chars().map(|character| if character == '\n' { '\n' } else { '*' }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_is_not_listed_is_masked() {
        let value = json!({
            "id": "c-1",
            "new": "secret",
            "new_number": 7,
            "new_list": ["secret", { "secret": 1 }],
            "new_object": { "secret": { "id": "secret" } },
            "counts": { "posts": 3, "new": "secret" },
            "reports": [{ "by": "secret", "by_hash": "ab", "reporter": { "upheld": 1, "x": "secret" } }],
        });
        let redacted = redacted(&value, CASE_FIELDS);
        let text = redacted.to_string();
        assert!(!text.contains("secret"), "{text}");
        assert!(!text.contains('7'), "{text}");
        let expected = json!({
            "id": "c-1",
            "new": MASK,
            "new_number": MASK,
            "new_list": [MASK, MASK],
            "new_object": MASK,
            "counts": { "posts": 3, "new": MASK },
            "reports": [{ "by": MASK, "by_hash": "ab", "reporter": { "upheld": 1, "x": MASK } }],
        });
        assert_eq!(redacted, expected);
    }

    #[test]
    fn an_object_in_the_place_of_a_clear_field_is_masked() {
        let value = json!({ "id": { "secret": "secret" }, "kind": [["secret"], { "secret": 1 }] });
        let redacted = redacted(&value, &["id", "kind"]);
        // A list of lists is a list of texts, which are clear; objects in it are not.
        assert_eq!(redacted, json!({ "id": MASK, "kind": [["secret"], MASK] }));
        assert_eq!(super::redacted(&json!("secret"), CASE_FIELDS), json!(MASK));
        assert_eq!(super::redacted(&json!(["secret"]), CASE_FIELDS), json!(MASK));
    }

    #[test]
    fn a_part_of_a_name_is_no_name() {
        let value = json!({ "counts": { "post": "secret", "posts": { "x": "secret" } },
            "count": "secret", "countsposts": "secret", "counts.posts": "secret" });
        let clear: Vec<&str> =
            CASE_FIELDS.iter().copied().filter(|it| it.starts_with("counts")).collect();
        let redacted = redacted(&value, &clear);
        // A name with a dot is no path.
        assert!(!redacted.to_string().contains("secret"), "{redacted}");
    }

    #[test]
    fn templates_keep_their_slots() {
        let text = "{1:text}出大事了{2:text}…\n不到{3:number}个月{9:number}";
        let kinds = ["text", "text", "number"];
        let expected = "{1:text}****{2:text}*\n**{3:number}************";
        assert_eq!(redacted_template(text, &kinds), expected);
        assert_eq!(redacted_template("{2:text}ab{1:url}", &["url"]), "**********{1:url}");
        assert_eq!(redacted_template("plain", &["text"]), "*****");
    }
}
