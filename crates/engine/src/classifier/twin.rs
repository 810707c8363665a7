//! [`Classifier::judge`] against its slow twin, which finds the hits of all matchers and evaluates
//! all rules.

use super::judge::{Classifier, Scope};
use super::scratch::Scratch;
use crate::domain::verdict::Verdict;
use crate::post::{Batch, Mapping, Plan, Post, Record};
use crate::rules::compile::compile;
use crate::rules::load::Loader;
use crate::scan::text::script::Scripts;
use proptest::prelude::*;

impl Classifier {
    /// The verdict, without filters: every rule is evaluated with the hits of all matchers.
    fn judge_all<'s>(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &'s mut Scratch,
    ) -> Verdict<'s> {
        let Scratch { scan, judge } = scratch;
        let scan = self.rules.scanner().post_for(post, index, scan, Scripts::ALL);
        judge.reset(&self.rules);
        judge.candidates.clear();
        judge.candidates.extend(0..self.rules.order().len() as u32);
        let hits = self.evaluate(scan, judge, Scope::All, &mut ());
        self.decide(&hits, judge)
    }
}

/// Every kind of matcher: words in each view, an allow phrase, case, exact spelling, a regex with
/// and without a literal, entities, a sequence.
const MATCHERS: &str = "
define:
  a: [alpha, free money]
  b: { words: [赌博, 百家乐], view: [squeezed, look] }
  c: { words: [加微信, vx], view: [squeezed, look, sound] }
  d: { regex: 'call [0-9]{3}', view: [squeezed] }
  e: { entity: [email, url] }
  f: { seq: [[上分, 下分], [平台, 在线]], gap: 3 }
  g: { words: [news, 警方], except: [good news] }
  h: { words: [Alpha], cased: true }
  i: { words: ['🈶', 有], view: [exact], edge: none }
  j: { regex: '[0-9]{4}' }
rules:
";

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

const WORDS: [&str; 24] = [
    "alpha",
    "Alpha",
    "free money",
    "赌博",
    "赌.博",
    "百 家 乐",
    "加微信",
    "佳威信",
    "vx",
    "call 123",
    "c a l l 1 2 3",
    "a@b.com",
    "http://x.cn/a",
    "上分",
    "平台",
    "在线",
    "news",
    "good news",
    "警方",
    "🈶",
    "有",
    "。",
    "1234",
    "你好",
];

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned)
}

/// A condition without scopes.
fn flat() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => name(),
        2 => (name(), 0u32..9, name()).prop_map(|(one, n, other)| format!("{one} near/{n} {other}")),
        1 => (name(), 0u32..9, name()).prop_map(|(one, n, other)| format!("{one} before/{n} {other}")),
        1 => (name(), 1u32..3).prop_map(|(own, n)| format!("count({own}) >= {n}")),
        1 => (name(), 2u32..4).prop_map(|(own, n)| format!("distinct({own}) < {n}")),
        1 => name().prop_map(|own| format!("evaded({own})")),
        1 => (1u32..30).prop_map(|n| format!("length < {n}")),
        1 => Just("2 of (a, b, c, d)".to_owned()),
        1 => Just("lang == zh".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, joined)
}

fn joined(inner: impl Strategy<Value = String> + Clone + 'static) -> BoxedStrategy<String> {
    prop_oneof![
        inner.clone().prop_map(|own| format!("not ({own})")),
        prop::collection::vec(inner.clone(), 2..4)
            .prop_map(|parts| format!("({})", parts.join(" and "))),
        prop::collection::vec(inner, 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
    ]
    .boxed()
}

fn condition() -> impl Strategy<Value = String> {
    let scope = (name(), prop::option::of(1u32..20), flat()).prop_map(|(key, n, inner)| match n {
        Some(n) => format!("{key} around/{n} ({inner})"),
        None => format!("{key} in segment ({inner})"),
    });
    let part = prop_oneof![2 => flat(), 1 => scope];
    part.prop_recursive(2, 8, 3, joined)
}

fn rules() -> impl Strategy<Value = String> {
    let lang = prop::sample::select(vec!["", ", lang: [zh]", ", lang: [en]"]);
    let rule = (condition(), lang, prop::option::of(condition()));
    prop::collection::vec(rule, 1..6).prop_map(|rules| {
        let mut pack = String::from(
            "tidegate: 1\npack: p\nlicense: CC0-1.0\nversion: 2026.1.0\ntitle: p\ndefaults: { category: spam, fields: [title, text] }",
        );
        pack.push_str(MATCHERS);
        for (number, (condition, lang, boost)) in rules.iter().enumerate() {
            let boost = boost.as_ref().map(|own| format!(", boost: {{ '{own}': 2 }}"));
            pack.push_str(&format!(
                "  - {{ id: p.r{number}, weight: 1, condition: '{condition}', redact: [e]{lang}{} }}\n",
                boost.unwrap_or_default(),
            ));
        }
        pack
    })
}

fn posts() -> impl Strategy<Value = String> {
    let text = |most: usize| {
        let word = prop::sample::select(WORDS.to_vec());
        let space = prop::sample::select(vec!["", " ", "\n", "  ~ "]);
        prop::collection::vec((word, space), 0..most).prop_map(|parts| {
            parts.into_iter().map(|(word, space)| format!("{word}{space}")).collect::<String>()
        })
    };
    let lang = prop::sample::select(vec![None, Some("zh-CN"), Some("en")]);
    let post = (text(3), text(12), lang).prop_map(|(title, text, lang)| {
        serde_json::json!({ "title": title, "text": text, "lang": lang }).to_string() + "\n"
    });
    prop::collection::vec(post, 1..5).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn verdicts_are_those_of_all_rules_with_all_hits(pack in rules(), lines in posts()) {
        let loaded = Loader::new().text("p.rules.yaml", pack.clone()).load();
        // Some comparisons are impossible, and the loader says so.
        let Ok(loaded) = loaded else { return Ok(()) };
        let classifier = Classifier::without_policy(compile(loaded.model).expect("it compiles"));
        let plan = Plan::new(&Mapping::default(), classifier.rules().names()).expect("a plan");
        let mut batch = Batch::default();
        plan.read(lines.as_bytes(), false, &mut batch);
        let (mut fast, mut slow) = (Scratch::default(), Scratch::default());
        classifier.scan(lines.as_bytes(), &batch, &mut fast);
        classifier.scan(lines.as_bytes(), &batch, &mut slow);
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(lines.as_bytes(), index) else { continue };
            let verdict = format!("{:?}", classifier.judge(&post, index, &mut fast));
            let all = format!("{:?}", classifier.judge_all(&post, index, &mut slow));
            prop_assert_eq!(verdict, all, "{}\n{}", pack, lines);
        }
    }
}
