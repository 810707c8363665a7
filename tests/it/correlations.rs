//! The tests of the embedded correlations: what single posts fire, and a slow evaluation of the
//! sequences over it.

use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use tidegate_analysis::rule_tests::{SequenceCase, Suite};
use tidegate_engine::engine::{Answer, Engine};
use tidegate_engine::rules::compiled_correlation::CompiledCorrelation;
use tidegate_engine::rules::model::CorrelationKind;

/// A post as a correlation sees it.
struct Seen {
    at: i64,
    group: Vec<String>,
    value: String,
    /// Numbers of the patterns that it meets.
    met: Vec<usize>,
}

fn value(post: &Value, path: &str) -> String {
    path.split('.').fold(post, |value, key| &value[key]).to_string()
}

fn seen(engine: &Engine, own: &CompiledCorrelation, line: &str) -> Seen {
    let json: Value = serde_json::from_str(line).unwrap();
    let mut worker = engine.worker();
    let Answer::Post(post, verdict) = worker.answer(line.as_bytes()) else { panic!("{line}") };
    let fired: Vec<_> = verdict.fired.iter().map(|fired| fired.rule).collect();
    let is_met = |at: &usize| own.admits(&post) && own.patterns[*at].is_met(&fired, false);
    Seen {
        at: json["created_at"].as_i64().unwrap(),
        group: own.group_by.iter().map(|path| value(&json, &path.name)).collect(),
        value: own.field.as_ref().map_or(String::new(), |path| value(&json, &path.name)),
        met: (0..own.patterns.len()).filter(is_met).collect(),
    }
}

/// Does the correlation fire on the last of the posts?
fn fires(own: &CompiledCorrelation, posts: &[Seen]) -> bool {
    let Some(last) = posts.last().filter(|post| !post.met.is_empty()) else { return false };
    let is_near = |post: &&Seen| post.group == last.group && last.at - post.at <= own.timespan;
    let near: Vec<&Seen> = posts.iter().filter(is_near).filter(|it| !it.met.is_empty()).collect();
    let number = match own.kind {
        CorrelationKind::EventCount => near.len(),
        CorrelationKind::ValueCount => {
            near.iter().map(|post| &post.value).collect::<BTreeSet<_>>().len()
        }
        CorrelationKind::Temporal => {
            near.iter().flat_map(|post| &post.met).collect::<BTreeSet<_>>().len()
        }
        CorrelationKind::TemporalOrdered => {
            // Greedy: the earliest post of each place.
            let mut next = 0;
            for post in &near {
                next += usize::from(post.met.contains(&next));
            }
            if last.met.contains(&(own.patterns.len() - 1)) { next } else { 0 }
        }
    };
    number >= own.at_least as usize
}

#[test]
fn sequences_of_the_embedded_packs_fire_as_they_say() {
    let model = tidegate_packs::loader().load().expect("the embedded packs load").model;
    let ids: Vec<String> = model.correlations.iter().map(|own| own.id.clone()).collect();
    assert!(ids.len() >= 3, "{ids:?}");
    let suite = Suite::of(&model, |rule| ids.iter().any(|id| id == rule.id));
    let engine = tidegate_packs::builder().build().unwrap();
    let rules = engine.classifier().rules();
    for case in suite.sequences() {
        let SequenceCase { id, lines, should_fire, place } = case;
        let own = &rules.correlations()[rules.find_correlation(id).unwrap()];
        let posts: Vec<Seen> = lines.iter().map(|line| seen(&engine, own, line)).collect();
        let fired: Vec<bool> = (1..=posts.len()).map(|end| fires(own, &posts[..end])).collect();
        let line = place.as_ref().map(|place| place.line_column().0);
        assert!(posts.iter().any(|post| !post.met.is_empty()), "{id}:{line:?}: nothing counts");
        match should_fire {
            true => assert_eq!(fired.last(), Some(&true), "{id}:{line:?}: {fired:?}"),
            false => assert!(!fired.contains(&true), "{id}:{line:?}: {fired:?}"),
        }
    }
    for id in ids {
        let of_it = |wanted: bool| {
            suite.sequences().iter().any(|case| case.id == id && case.should_fire == wanted)
        };
        assert!(of_it(true) && of_it(false), "{id}");
    }
}

const PACK: &str = "tidegate: 1
pack: p
defaults: { category: spam, lang: [] }
define: { game: [casino, 赌场], call: [call me, 加我], news: [reporter] }
rules:
  - { id: a.game, condition: game and not news, weight: 2, boost: { call: 1 } }
  - { id: a.call, condition: call near/20 game, weight: 3 }
  - { id: b.said, condition: fired(a.game) and post.channel == chat, weight: 1 }
  - { id: b.long, condition: length > 30 and call, weight: 1 }
";

const POLICY: &str = "tidegate: 1
kind: policy
categories: { spam: { flag: 2, review: 4, block: 6 } }
";

/// Verdicts on posts, without the hash of the rules.
fn verdicts(pack: &str, posts: &[String]) -> String {
    let builder = Engine::builder().rules_text("p.rules.yaml", pack);
    let engine = builder.policy_text("p.policy.yaml", POLICY).build().unwrap();
    let mut worker = engine.worker();
    let hash = format!("\"ruleset\":\"{}\"", engine.classifier().hash_hex());
    let mut all = String::new();
    for post in posts {
        let line = String::from_utf8(worker.verdict_line(post.as_bytes()).to_vec()).unwrap();
        all.push_str(&line.replace(&hash, "\"ruleset\":\"\""));
    }
    all
}

fn correlation() -> impl Strategy<Value = String> {
    let rules = prop::sample::select(vec!["a.*", "'*'", "a.game, b.*", "a.call, campaign.story"]);
    let groups = prop::sample::subsequence(vec!["author.id", "channel", "x.y"], 0..=3);
    let filter =
        prop::sample::select(vec!["", "where: post.channel == chat, ", "where: has(post.z), "]);
    let kind = prop_oneof![
        (2..9_u32).prop_map(|n| format!("type: event_count, condition: {{ gte: {n} }}, ")),
        (2..9_u32).prop_map(|n| format!("type: value_count, condition: {{ field: w, gt: {n} }}, ")),
    ];
    (rules, groups, filter, kind, 1..9_i32).prop_map(|(rules, groups, filter, kind, weight)| {
        let groups = groups.join(", ");
        format!(
            "weight: {weight}, correlate: {{ {kind}{filter}rules: [{rules}], group-by: [{groups}], \
             timespan: 5m }}"
        )
    })
}

fn post() -> impl Strategy<Value = String> {
    let words =
        vec!["casino", "赌场", "call me", "加我", "reporter", "tea", "a long text about it"];
    let text = prop::collection::vec(prop::sample::select(words), 1..6);
    let channel = prop::sample::select(vec!["chat", "news"]);
    (text, channel, 0..3_u32, 0..1000_u32).prop_map(|(text, channel, author, time)| {
        serde_json::json!({
            "id": time, "text": text.join(" "), "channel": channel,
            "author": { "id": format!("u{author}") }, "created_at": 1_767_225_600 + time,
        })
        .to_string()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A scan looks at single posts: correlations change no byte of a verdict but the hash.
    #[test]
    fn a_scan_never_fires_correlations(
        all in prop::collection::vec(correlation(), 1..4),
        posts in prop::collection::vec(post(), 1..20),
    ) {
        let more: String = (all.iter().enumerate())
            .map(|(at, own)| format!("  - {{ id: sum.n{at}, {own} }}\n"))
            .collect();
        let with = verdicts(&format!("{PACK}{more}"), &posts);
        prop_assert!(!with.contains("sum.n"));
        prop_assert_eq!(with, verdicts(PACK, &posts));
    }
}
