//! Explanations agree with verdicts, for any post.

use super::report::points;
use super::*;
use crate::post_line::{plain_plan, post_line};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use tidegate_engine::Engine;
use tidegate_engine::Message;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;
use tidegate_engine::output::{Encoder, Labels, Style};
use tidegate_engine::post::{Batch, Plan, Record};

const RULES: &str = "tidegate: 1
pack: p
version: 1.0.0
title: T
license: CC0-1.0
defaults: { category: gambling, fields: [title, text] }
define:
  game: { words: [百家乐, 时时彩, casino], view: [folded, squeezed, look, sound] }
  bait: [首充送, free]
  phone: { entity: phone-cn }
  news: [通报]
rules:
  - id: a.ad
    condition: (game or bait) near/6 phone and not news or 2 of (game, bait, news)
    weight: 2
    boost: { evaded(game): 0.5, count(game) >= 2: 1, post.author.age < 7: 1 }
  - id: a.lang
    lang: [en]
    condition: game and length < 30
    weight: 1
  - id: a.number
    category: privacy
    condition: phone
    weight: 3
    redact: [phone]
  - id: a.order
    status: experimental
    condition: game before/9 bait or not (news or phone) and distinct(game) >= 2
    weight: 1
  - id: a.local
    match: { code: [密令], _end: [完] }
    condition: (code or _end) around/12 (code and (game or phone) and not news)
    boost: { 'code in segment (length < 9 and bait in segment (evaded(game) or phone))': 1 }
    weight: 1
  - id: a.then
    condition: fired(a.ad) and lang == zh and has(post.reports)
    weight: 1
";

const POLICY: &str = "tidegate: 1
kind: policy
categories: { gambling: { flag: 2, review: 3, block: 4, max: 4 }, privacy: { flag: 3 } }
exceptions: [ { rules: [a.ad], when: post.channel == news, reason: r } ]
";

static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| {
    let builder = Engine::builder().rules_text("p.rules.yaml", RULES);
    builder.policy_text("policy", POLICY).build().unwrap().into_parts().0
});

fn plan() -> Plan {
    plain_plan(CLASSIFIER.rules().names()).unwrap()
}

fn explained(line: &str, requested: &[RuleIx]) -> Explanation {
    explain(&CLASSIFIER, &plan(), line.as_bytes(), requested).unwrap()
}

fn of_text(text: &str) -> Explanation {
    explained(&post_line([("text", text)], &Map::new()), &[])
}

fn rule(id: &str) -> RuleIx {
    let at = CLASSIFIER.rules().rules().iter().position(|rule| rule.id == id).unwrap();
    RuleIx(at as u32)
}

/// The line of the verdict, as the stream writes it.
fn verdict(line: &str) -> Value {
    let labels = Labels::of(&CLASSIFIER);
    let (mut batch, mut scratch, mut out) = (Batch::default(), Scratch::default(), Vec::new());
    plan().read(line.as_bytes(), false, &mut batch);
    CLASSIFIER.scan(line.as_bytes(), &batch, &mut scratch);
    let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("{line}") };
    let verdict = CLASSIFIER.judge(&post, 0, &mut scratch);
    Encoder::new(labels, Style::default()).post(&mut out, line.as_bytes(), &post, &verdict);
    serde_json::from_slice(&out).unwrap()
}

/// The explanation in the form of a verdict, reduced to what both contain.
fn as_verdict(explanation: &Explanation) -> Value {
    let evidence = |hit: &HitReport| {
        let mut object = json!({
            "matcher": hit.matcher.strip_prefix("p.").unwrap(),
            "field": hit.field, "start": hit.start, "end": hit.end,
            "text": hit.text, "view": hit.view,
        });
        if let Some(term) = &hit.term {
            object["term"] = json!(term);
        }
        if hit.redacted {
            object["redacted"] = json!(true);
        }
        object
    };
    let number = |score: Score| points(&score, serde_json::value::Serializer).unwrap();
    let rule = |rule: &RuleReport| {
        let held = rule.score.boosts.iter().filter(|boost| boost.condition.holds);
        let held: Vec<&str> = held.map(|boost| boost.written.as_str()).collect();
        let mut object = json!({
            "id": rule.id, "category": rule.category, "level": rule.level,
            "score": number(rule.score.total),
            "evidence": rule.evidence.iter().map(evidence).collect::<Vec<_>>(),
        });
        if !held.is_empty() {
            object["boosts"] = json!(held);
        }
        object
    };
    let (shadow, counted): (Vec<&RuleReport>, Vec<_>) =
        explanation.fired.iter().partition(|it| it.shadow);
    let mut object = json!({ "id": null, "action": explanation.action });
    if !explanation.categories.is_empty() {
        let scores =
            explanation.categories.iter().map(|it| (it.category.to_owned(), number(it.score)));
        object["categories"] = Value::Object(scores.collect());
        object["rules"] = counted.into_iter().map(rule).collect();
    }
    if !shadow.is_empty() {
        let brief = |it: &RuleReport| json!({ "id": it.id, "category": it.category, "score": number(it.score.total) });
        object["shadow"] = shadow.into_iter().map(brief).collect();
    }
    if !explanation.fired.is_empty() {
        object["ruleset"] = json!(explanation.ruleset);
    }
    object
}

fn posts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "百家乐",
        "百 家 乐",
        "白家乐",
        "时时彩",
        "c@sino",
        "casino",
        "首充送",
        "free",
        "密令",
        "完",
        "！",
        "通报",
        "，",
        "好",
        " ok ",
        "，电话13800138000。",
    ]);
    let text = prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat());
    let values = (0..9u8, prop::sample::select(vec!["news", "chat"]), any::<bool>());
    (text.clone(), text, values).prop_map(|(title, text, (age, channel, reported))| {
        let mut values = json!({ "author.age": age, "channel": channel });
        if reported {
            values["reports"] = json!(1);
        }
        let values = values.as_object().cloned().unwrap();
        post_line([("title", title.as_str()), ("text", text.as_str())], &values)
    })
}

proptest! {
    #[test]
    fn explanation_agrees_with_the_verdict(line in posts()) {
        prop_assert_eq!(as_verdict(&explained(&line, &[])), verdict(&line));
    }

    #[test]
    fn a_rule_fires_if_its_tree_holds_and_nothing_stops_it(line in posts()) {
        let all: Vec<RuleIx> = (0..CLASSIFIER.rules().rules().len() as u32).map(RuleIx).collect();
        let explanation = explained(&line, &all);
        prop_assert_eq!(explanation.fired.len() + explanation.requested.len(), all.len());
        prop_assert!(explanation.near_misses.is_empty());
        for rule in explanation.fired.iter().chain(&explanation.requested) {
            let holds = rule.condition.holds && rule.stopped.is_none();
            prop_assert_eq!(rule.fired, holds, "{:?}", rule);
            prop_assert_eq!(rule.condition.holds, rule.missing.is_empty(), "{:?}", rule);
        }
    }

    #[test]
    fn masked_text_is_nowhere_in_the_output(line in posts()) {
        let explanation = explained(&line, &[rule("a.ad"), rule("a.then")]);
        let fired = explanation.fired.iter().any(|rule| rule.id == "a.number");
        let text = serde_json::to_string(&explanation).unwrap();
        prop_assert_eq!(fired && text.contains("138001"), false, "{}", text);
    }

    #[test]
    fn spans_in_characters_agree_with_bytes(line in posts()) {
        for field in explained(&line, &[]).fields {
            let characters: Vec<char> = field.text.chars().collect();
            for hit in field.hits.iter().filter(|hit| !hit.redacted) {
                let (start, end) = hit.characters;
                let text: String = characters[start..end].iter().collect();
                prop_assert_eq!(&text, &hit.text);
            }
        }
    }
}

fn missing(text: &str, id: &str) -> Vec<String> {
    let line = post_line([("text", text)], &Map::new());
    explained(&line, &[rule(id)])
        .requested
        .remove(0)
        .missing
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn missing_facts_are_minimal() {
    for (text, id, expected) in [
        (
            "百家乐",
            "a.ad",
            &["(game or bait) near/6 phone: “百家乐”, but no hit of phone; \
               or 2 of (game, bait, news): 1 of 3 hit: game"][..],
        ),
        (
            "好",
            "a.ad",
            &["(game or bait) near/6 phone: no hit of either side; \
               or 2 of (game, bait, news): none of 3 hit"],
        ),
        (
            "百家乐好天好天好天好天好13800138000",
            "a.ad",
            &["(game or bait) near/6 phone: “百家乐” and “***********”, 9 units between; \
               or 2 of (game, bait, news): 1 of 3 hit: game"],
        ),
        ("好", "a.number", &["phone: no hit"]),
        (
            "通报密令，电话13800138000。",
            "a.local",
            &["(code or _end) around/12, “密令” in “通报密令，电话*********”: not news: “通报”"],
        ),
        (
            "完，天气好天好天好天好天好天好天好天好天密令",
            "a.local",
            &[
                "(code or _end) around/12, “密令” in “好天好天好天好天好天好天密令”, the closest of 2: \
               game or phone: no hit",
            ],
        ),
        ("好", "a.local", &["(code or _end) around/12: no hit"]),
        (
            "free 百家乐",
            "a.order",
            &["game before/9 bait: “百家乐” and “free”, not in this order in one field; \
               or distinct(game) >= 2: it is 1"],
        ),
        (
            "hello",
            "a.then",
            &[
                "fired(a.ad): it did not fire",
                "lang == zh: the text is in Latin script",
                "has(post.reports): the post has none",
            ],
        ),
    ] {
        assert_eq!(missing(text, id), expected, "{text}");
    }
}

/// Hits outside of the windows that satisfy a scope are no evidence of it.
#[test]
fn evidence_of_a_scope_is_in_its_windows() {
    let far = "好天".repeat(15);
    let text = format!("密令百家乐{far}密令{far}百家乐{far}casino，密令");
    let explanation = of_text(&text);
    let rule = explanation.fired.iter().find(|rule| rule.id == "a.local").unwrap();
    let places: Vec<(&str, usize)> =
        rule.evidence.iter().map(|hit| (hit.text.as_str(), hit.characters.0)).collect();
    let casino = text.chars().count() - 9;
    assert_eq!(places, [("密令", 0), ("密令", casino + 7), ("百家乐", 2), ("casino", casino)]);
    let line = post_line([("text", text.as_str())], &Map::new());
    assert_eq!(as_verdict(&explanation), verdict(&line));
}

#[test]
fn near_misses_lack_few_facts() {
    let near = |text: &str| -> Vec<String> {
        of_text(text).near_misses.into_iter().map(|rule| rule.id).collect()
    };
    assert_eq!(near("好"), [""; 0]);
    assert_eq!(near("百家乐"), ["a.lang", "a.ad", "a.order"]);
    assert_eq!(near("通报"), ["a.ad"]);
    assert_eq!(near("13800138000"), [""; 0], "not what the rule waits for");
}

#[test]
fn reports_the_sum_of_a_reduced_score() {
    let explanation = of_text("百家乐时时彩首充送13800138000");
    let gambling = &explanation.categories[0];
    assert_eq!((gambling.score.to_string(), gambling.cut_from), ("3".to_owned(), None));
    let values = json!({ "author.age": 1, "reports": 1 });
    let line = post_line([("text", "百家乐时时彩首充送13800138000")], values.as_object().unwrap());
    let explanation = explained(&line, &[]);
    let cut = explanation.categories[0].cut_from.unwrap();
    assert_eq!(
        (explanation.categories[0].score.to_string(), cut.to_string()),
        ("4".into(), "5".into())
    );
}

#[test]
fn rejects_lines_that_are_not_posts() {
    let error =
        |line: &str| explain(&CLASSIFIER, &plan(), line.as_bytes(), &[]).unwrap_err().to_string();
    assert_eq!(error(""), "empty: blank line");
    assert_eq!(error("{}").split(':').next(), Some("no_text"));
}

#[test]
fn pages_mark_hits_escape_and_mask() {
    let explanation = of_text("<b>casino\u{202e} free</b> 13800138000");
    let none = explain(&CLASSIFIER, &plan(), b"[1]", &[]).unwrap_err();
    let post = |title: &str, explanation| PostReport {
        title: Message::verbatim(title),
        id: None,
        place: Some(("<f>".to_owned(), 1)),
        sides: vec![
            (Message::verbatim("<old>"), Ok(of_text("fine"))),
            (Message::verbatim("new"), explanation),
        ],
    };
    let posts = [post("<i>1", Ok(explanation)), post("2", Err(none.message()))];
    let page = render_page(&posts, "tidegate explain '<x>'", tidegate_messages::Language::English)
        .unwrap();
    assert!(page.contains("<mark title=\"p.game (folded)\">casino</mark>"), "{page}");
    assert!(page.contains("&#60;b&#62;") && page.contains("fires now: a.number"));
    for bad in ["<b>c", "<i>1", "<old>", "<x>", "\u{202e}", "13800138000"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("This is not a post: bad_json"));
}

#[test]
fn lists_the_differences() {
    let (one, other) = (of_text("百家乐 13800138000"), of_text("今天天气不错"));
    assert_eq!(differences(&one, &one), [""; 0]);
    let explanation = differences(&other, &one);
    assert!(explanation[0].to_string().starts_with("action allow → "), "{explanation:?}");
    assert!(explanation.iter().any(|it| *it == "fires now: a.number"), "{explanation:?}");
    assert!(differences(&one, &other).iter().any(|it| *it == "no longer fires: a.number"));
}
