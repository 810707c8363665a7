//! Rules and policy on posts, through the library as a program uses it.

use proptest::prelude::*;
use std::sync::LazyLock;
use tidegate_engine::Engine;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::post::{Batch, Mapping, Plan, Record};

const HEAD: &str = "tidegate: 1\npack: p\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\ndefaults: { category: gambling }\n";

fn classifier(pack: &str, policy: &str) -> Classifier {
    let engine = Engine::builder()
        .rules_text("p.rules.yaml", format!("{HEAD}{pack}"))
        .policy_text("policy.yaml", format!("tidegate: 1\nkind: policy\n{policy}"))
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    engine.into_parts().0
}

/// The verdict for one line, in words: action, then each rule with its score and evidence.
fn judged(classifier: &Classifier, line: impl AsRef<[u8]>) -> String {
    let line = line.as_ref();
    let plan =
        Plan::new(&Mapping::default(), classifier.rules().names()).expect("the default mapping");
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    plan.read(line, true, &mut batch);
    classifier.scan(line, &batch, &mut scratch);
    let Record::Post(post) = batch.record(line, 0) else {
        panic!("no post: {}", line.escape_ascii())
    };
    let verdict = classifier.judge(&post, 0, &mut scratch);
    words(classifier, &verdict)
}

fn words(classifier: &Classifier, verdict: &Verdict<'_>) -> String {
    let mut out = verdict.action.name().to_owned();
    if verdict.care {
        out.push_str(" care");
    }
    if verdict.capped {
        out.push_str(" capped");
    }
    for fired in verdict.fired {
        let rule = classifier.rules().rule(fired.rule);
        let shadow = if fired.shadow { " (shadow)" } else { "" };
        out.push_str(&format!("; {}={}{shadow}", rule.id, fired.score));
        for evidence in
            &verdict.evidence[fired.evidence.start as usize..fired.evidence.end as usize]
        {
            let name = classifier.rules().matcher_name(evidence.matcher);
            let (start, end) = (evidence.span.start(), evidence.span.end());
            let mask = if evidence.redacted { "*" } else { "" };
            out.push_str(&format!(" {name}{mask}@{start}..{end}"));
        }
    }
    out
}

fn text(text: &str) -> String {
    serde_json::json!({ "id": 1, "text": text }).to_string()
}

const POLICY: &str = "categories: { gambling: { flag: 2, review: 5, block: 8, max: 12 } }\n";

#[test]
fn weights_boosts_and_terms_add_up() {
    let classifier = classifier(
        "define:\n  game: [百家乐, 时时彩]\n  handle: [加我]\nrules:\n  - id: g.ad\n    condition: game and handle\n    weight: 4\n    boost:\n      game near/2 handle: 1.5\n      distinct(game) >= 2: 3\n",
        POLICY,
    );
    assert_eq!(
        judged(&classifier, text("百家乐，很好玩的，加我")),
        "flag; g.ad=4 game@0..9 handle@27..33"
    );
    assert_eq!(judged(&classifier, text("百家乐加我")), "review; g.ad=5.5 game@0..9 handle@9..15");
    assert_eq!(
        judged(&classifier, text("百家乐时时彩加我")),
        "block; g.ad=8.5 game@0..9 game@9..18 handle@18..24"
    );
    assert_eq!(judged(&classifier, text("百家乐")), "allow");
}

#[test]
fn distances_count_characters_of_the_original() {
    let classifier = classifier(
        "define:\n  a: [彩金]\n  b: [客服]\nrules:\n  - id: g.near\n    condition: a near/3 b\n    weight: 2\n  - id: g.before\n    condition: b before/3 a\n    weight: 3\n",
        POLICY,
    );
    assert_eq!(judged(&classifier, text("彩金一二三客服")), "flag; g.near=2 a@0..6 b@15..21");
    assert_eq!(judged(&classifier, text("彩金一二三四客服")), "allow");
    let invisible = "彩金一\u{200B}\u{200B}\u{200B}二三客服";
    assert_eq!(judged(&classifier, text(invisible)), "flag; g.near=2 a@0..6 b@24..30");
    assert_eq!(
        judged(&classifier, text("客服彩金")),
        "review; g.before=3 b@0..6 a@6..12; g.near=2 a@6..12 b@0..6"
    );
}

#[test]
fn one_flood_of_cheap_words_does_not_hide_a_near() {
    let classifier = classifier(
        "define:\n  a: [彩金]\n  b: [客服]\nrules:\n  - id: g.near\n    condition: a near/3 b\n    weight: 9\n",
        POLICY,
    );
    let flood = format!("{}{}客服彩金", "彩金。".repeat(5_000), "一".repeat(50));
    assert!(judged(&classifier, text(&flood)).starts_with("block"));
}

#[test]
fn quantifiers_metas_and_other_rules() {
    let classifier = classifier(
        "define:\n  zh_a: [甲甲]\n  zh_b: [乙乙]\n  zh_c: [丙丙]\nrules:\n  - id: g.base\n    condition: 2 of (zh_*)\n    weight: 1\n  - id: a.first\n    condition: fired(g.base) and post.channel == live\n    weight: 2\n  - id: g.all\n    condition: all of (zh_*)\n    weight: 1\n  - id: g.none\n    condition: zh_a and none of (zh_b, zh_c)\n    weight: 1\n",
        POLICY,
    );
    let live =
        |text: &str| serde_json::json!({ "id": 1, "text": text, "channel": "live" }).to_string();
    assert_eq!(judged(&classifier, text("甲甲")), "allow; g.none=1 zh_a@0..6");
    assert_eq!(judged(&classifier, text("甲甲乙乙")), "allow; g.base=1 zh_a@0..6 zh_b@6..12");
    assert_eq!(
        judged(&classifier, live("甲甲乙乙")),
        "flag; a.first=2; g.base=1 zh_a@0..6 zh_b@6..12"
    );
    let all = judged(&classifier, text("甲甲乙乙丙丙"));
    assert!(all.contains("g.all=1") && all.contains("g.base=1"), "{all}");
}

#[test]
fn redaction_masks_every_overlapping_span() {
    let classifier = classifier(
        "define:\n  id: { regex: '[0-9]{6}' }\n  part: { words: ['123'], edge: none }\n  word: [号码]\nrules:\n  - id: g.id\n    condition: id\n    weight: 2\n    redact: [id]\n  - id: g.part\n    condition: part and word\n    weight: 2\n",
        POLICY,
    );
    assert_eq!(
        judged(&classifier, text("号码123456")),
        "flag; g.id=2 id*@6..12; g.part=2 part*@6..9 word@0..6"
    );
}

#[test]
fn policy_overrides_excepts_and_shadows() {
    let pack = "define:\n  a: [彩金]\nrules:\n  - id: g.one\n    condition: a\n    weight: 6\n  - id: g.two\n    status: experimental\n    condition: a\n    weight: 6\n";
    let policy = "categories: { gambling: { flag: 2, review: 5, block: 8 } }\nchannels:\n  - when: post.channel == live\n    categories: { gambling: { block: 6 } }\nrules:\n  - { rule: g.one, weight: 5, reason: noisy }\nexceptions:\n  - rules: ['g.*']\n    when: post.author.id in [u_news]\n    reason: quotes\n";
    let classifier = classifier(pack, policy);
    assert_eq!(
        judged(&classifier, text("彩金")),
        "review; g.one=5 a@0..6; g.two=6 (shadow) a@0..6"
    );
    let line = |extra: &str| format!("{{\"id\":1,\"text\":\"彩金\",{extra}}}");
    assert!(judged(&classifier, line("\"author\":{\"id\":\"u_news\"}")).starts_with("allow"));
    assert!(judged(&classifier, line("\"channel\":\"live\"")).starts_with("review"));
}

#[test]
fn languages_periods_and_lengths() {
    let classifier = classifier(
        "define:\n  bang: { words: ['!'], edge: none }\nrules:\n  - id: g.en\n    lang: [en]\n    condition: bang\n    weight: 2\n  - id: g.when\n    active: { from: 2026-01-01, until: 2026-01-31 }\n    condition: bang\n    weight: 1\n  - id: g.long\n    condition: bang and length > 4\n    weight: 1\n",
        POLICY,
    );
    let at = |time: &str| format!("{{\"id\":1,\"text\":\"好!\",\"created_at\":\"{time}\"}}");
    assert_eq!(judged(&classifier, at("2026-02-01T00:00:00Z")), "allow");
    assert_eq!(judged(&classifier, at("2026-01-31T23:59:59Z")), "allow; g.when=1 bang@3..4");
    assert_eq!(judged(&classifier, at("soon")), "allow; g.when=1 bang@3..4");
    assert_eq!(
        judged(&classifier, "{\"text\":\"yes!\"}"),
        "flag; g.en=2 bang@3..4; g.when=1 bang@3..4"
    );
    assert_eq!(
        judged(&classifier, "{\"text\":\"好!\",\"lang\":\"en-GB\"}"),
        "flag; g.en=2 bang@3..4; g.when=1 bang@3..4"
    );
    assert!(judged(&classifier, "{\"text\":\"一二三!四\"}").contains("g.long=1"));
}

#[test]
fn a_length_is_what_a_reader_counts() {
    let classifier = classifier(
        "define:\n  bang: { words: ['!'], edge: none }\nrules:\n  - id: g.short\n    fields: [title, text]\n    condition: bang and length < 5\n    weight: 1\n  - id: g.text\n    fields: [text]\n    condition: bang and length == 4\n    weight: 1\n  - id: g.not\n    fields: [title, text]\n    condition: bang and not length < 5\n    weight: 1\n",
        POLICY,
    );
    let fired = |line: &str| without_places(&judged(&classifier, line));
    for (line, expected) in [
        (r#"{"text":"一二!三"}"#, "flag g.short=1 g.text=1"),
        (r#"{"text":"一二三!四"}"#, "allow g.not=1"),
        (r#"{"text":"二!🎰三四"}"#, "flag g.short=1 g.text=1"),
        (r#"{"text":"二!🎰三四五"}"#, "allow g.not=1"),
        (r#"{"text":"一\u200b二!三"}"#, "flag g.short=1 g.text=1"),
        (r#"{"text":"  一二! \n !三 ...  "}"#, "flag g.short=1 g.text=1"),
        (r#"{"title":"一","text":"一二!三"}"#, "flag g.not=1 g.text=1"),
        (r#"{"title":"🎰","text":"一二!三"}"#, "flag g.short=1 g.text=1"),
        (r#"{"title":"一","text":"二!三"}"#, "allow g.short=1"),
    ] {
        assert_eq!(fired(line), expected, "{line}");
    }
}

/// A field that no matcher reads is as long as any other.
#[test]
fn a_length_counts_fields_that_no_matcher_reads() {
    let classifier = classifier(
        "define:\n  bang: { words: ['!'], edge: none, fields: [text] }\nrules:\n  - id: g.long\n    fields: [title, text]\n    condition: bang and length >= 5\n    weight: 1\n  - id: g.short\n    fields: [title, text]\n    condition: bang and length < 5\n    weight: 2\n",
        POLICY,
    );
    let fired = |line: &str| without_places(&judged(&classifier, line));
    assert_eq!(fired(r#"{"title":"一二三四五","text":"!"}"#), "allow g.long=1");
    assert_eq!(fired(r#"{"title":"一二三四","text":"!"}"#), "flag g.short=2");
}

#[test]
fn evasion_is_evidence() {
    let classifier = classifier(
        "define:\n  game: { words: [百家乐], view: [folded, squeezed, look, sound] }\nrules:\n  - id: g.words\n    condition: game\n    weight: 2\n    boost: { evaded(game): 4 }\n",
        POLICY,
    );
    assert_eq!(judged(&classifier, text("百家乐")), "flag; g.words=2 game@0..9");
    assert_eq!(judged(&classifier, text("百 家 乐")), "review; g.words=6 game@0..11");
    assert_eq!(judged(&classifier, text("白家乐")), "review; g.words=6 game@0..9");
    assert_eq!(judged(&classifier, text("白家乐百家乐")), "flag; g.words=2 game@0..9 game@9..18");
}

#[test]
fn a_capped_post_is_at_least_reviewed() {
    let classifier = classifier(
        "define:\n  a: { words: [a, aa, aaa, aaaa], edge: none }\nrules:\n  - id: g.a\n    condition: a and post.x == 1\n    weight: 0\n",
        POLICY,
    );
    assert_eq!(judged(&classifier, text(&"a".repeat(30_000))), "review capped");
}

#[test]
fn verdicts_do_not_depend_on_what_was_judged_before() {
    let classifier = classifier(
        "define:\n  a: [彩金]\n  b: { words: [客服], view: [folded, squeezed] }\nrules:\n  - id: g.ab\n    condition: a and b\n    weight: 2\n  - id: g.a\n    condition: a and not b\n    weight: 1\n",
        POLICY,
    );
    let lines = ["彩金", "客 服", "彩金客服", "别的", "彩金 客☆服", ""].map(text);
    let chunk = lines.join("\n");
    let plan =
        Plan::new(&Mapping::default(), classifier.rules().names()).expect("the default mapping");
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    for _ in 0..3 {
        plan.read(chunk.as_bytes(), true, &mut batch);
        classifier.scan(chunk.as_bytes(), &batch, &mut scratch);
        for (index, line) in lines.iter().enumerate() {
            let Record::Post(post) = batch.record(chunk.as_bytes(), index) else {
                panic!("no post")
            };
            let verdict = classifier.judge(&post, index, &mut scratch);
            assert_eq!(words(&classifier, &verdict), judged(&classifier, line));
        }
    }
}

/// Rules that look at words, at their distance and at the length of the post.
static NEAR_BAD_BYTES: LazyLock<Classifier> = LazyLock::new(|| {
    classifier(
        "define:\n  a: { words: [ab], edge: none }\n  b: { words: [赌场], view: [folded, squeezed] }\n\
         rules:\n  - id: g.a\n    condition: a\n    weight: 1\n  - id: g.b\n    condition: b\n    weight: 2\n  \
         - id: g.near\n    condition: a near/3 b\n    weight: 3\n  \
         - id: g.short\n    condition: a and length < 9\n    weight: 4\n",
        POLICY,
    )
});

/// A verdict without the places of its hits, which depend on how long the text became.
fn without_places(words: &str) -> String {
    let words = words.split(' ').filter(|word| !word.contains('@'));
    words.map(|word| word.trim_end_matches(';')).collect::<Vec<_>>().join(" ")
}

proptest! {
    /// Decoders differ in how many replacement characters they make of the same bad bytes; a
    /// post that went through one of them gets the verdict of the raw one.
    #[test]
    fn bad_bytes_judge_as_any_decoder_repairs_them(
        pieces in prop::collection::vec(
            (prop::sample::select(vec!["a", "b", "ab", "赌", "场", "赌场", " ", "x"]),
             prop::collection::vec(prop::sample::select(vec![0x80_u8, 0xBF, 0xC0, 0xFF, 0xF8]), 0..4),
             1..4_usize),
            1..8,
        ),
    ) {
        let (mut raw, mut repaired) = (br#"{"text":""#.to_vec(), String::from(r#"{"text":""#));
        for (text, bad, replacements) in &pieces {
            raw.extend(text.as_bytes());
            raw.extend(bad);
            repaired.push_str(text);
            if !bad.is_empty() {
                repaired.extend(std::iter::repeat_n('\u{FFFD}', *replacements));
            }
        }
        raw.extend(b"\"}");
        repaired.push_str("\"}");
        let of = |line: &[u8]| without_places(&judged(&NEAR_BAD_BYTES, line));
        prop_assert_eq!(of(&raw), of(repaired.as_bytes()));
    }
}
