//! Generated packs and policies.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Every kind of matcher: words in each view, allow phrases around words and regexes, case, exact
/// spelling, word edges, fields, languages, few hits, checks, a regex with and without a literal
/// and together with words, entities, a sequence.
const MATCHERS: &str = "
define:
  a: [alpha, free money]
  b: { words: [赌博, 百家乐], view: [squeezed, look] }
  c: { words: [加微信, vx], view: [squeezed, look, sound] }
  d: { regex: 'call [0-9]{3}', view: [squeezed] }
  e: { entity: [email, url] }
  f: { seq: [[上分, 下分], [平台, 在线]], gap: 3 }
  g: { words: [news, 警方], except: [good news, 警方在线] }
  h: { words: [Alpha], cased: true }
  i: { words: ['🈶', 有], view: [exact], edge: none }
  j: { regex: '[0-9]{4}' }
  k: { words: [有, alpha, ugly], edge: none, max: 2 }
  l: { words: [日结, 结日结], regex: ['日结.?兼', '结日'], view: [squeezed, look], except: [日结日结兼] }
  m: { words: [赌博, news, 平台], fields: [title] }
  n: { words: [微信, 赌], edge: word, except: [加微信, 微信赌] }
  o: { regex: '[0-9]{16}', check: luhn, except: ['4111111111111111 call'] }
  p: { words: [alpha, call], lang: [en], view: [squeezed, look] }
  q: { words: [ugly, gly u], view: [squeezed, look] }
  r: { entity: [phone-cn, handle, mention], except: [call 13812345678] }
  s: { seq: [[alpha, 有], [vx, 微信], [兼, alpha]], gap: 4, view: [squeezed, sound] }
  t: { words: [Free Money, VX], cased: true, view: [squeezed, look] }
  u: { regex: 'a(lpha)?', edge: none }
  v: { words: [ugly, 日结], regex: ['u+gly+', '日+结+', 'ly'], view: [squeezed, look], edge: none }
  w: { words: [alpha, 有, vx, v.x], regex: ['free', '[0-9]{3}', 'v.?x'], edge: none, max: 1 }
  x: { words: [vx, v.x], regex: 'v.?x', view: [squeezed] }
rules:
";

const NAMES: [&str; 24] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t", "u", "v", "w", "x",
];

/// The head of a pack.
pub const HEAD: &str = "tidegate: 1
pack: p
license: CC0-1.0
version: 2026.1.0
title: p
defaults: { category: spam, fields: [title, text] }";

/// The most rules of a pack.
pub const RULES_MAX: usize = 6;

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned)
}

/// Several names, in brackets, with `separator` between.
fn names(separator: &'static str) -> impl Strategy<Value = (String, usize)> {
    prop::sample::subsequence(NAMES.to_vec(), 2..5)
        .prop_map(move |names| (format!("({})", names.join(separator)), names.len()))
}

/// One name, or one of several.
fn side() -> impl Strategy<Value = String> {
    prop_oneof![3 => name(), 1 => names(" or ").prop_map(|(side, _)| side)]
}

/// A comparison with a number that is possible and not always true.
fn comparison(most: u32) -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec!["<", "<=", "==", "!=", ">=", ">"]);
    (operator, 0..=most).prop_map(|(operator, number)| {
        let least = u32::from(matches!(operator, "<" | ">="));
        format!("{operator} {}", number.max(least))
    })
}

/// A condition on hits, without a scope.
fn on_hits() -> BoxedStrategy<String> {
    let word = prop::sample::select(vec!["near", "before"]);
    let near = (side(), word, prop_oneof![0u32..9, Just(500)], side());
    let quantity = prop_oneof![(1usize..4).prop_map(Some), Just(None)].prop_flat_map(|least| {
        (names(", "), prop::sample::select(vec!["any", "all", "none"])).prop_map(
            move |((names, count), word)| match least {
                Some(least) => format!("{} of {names}", least.min(count)),
                None => format!("{word} of {names}"),
            },
        )
    });
    prop_oneof![
        6 => name(),
        4 => near.prop_map(|(one, word, n, other)| format!("{one} {word}/{n} {other}")),
        3 => (name(), comparison(4)).prop_map(|(own, test)| format!("count({own}) {test}")),
        2 => (name(), comparison(2)).prop_map(|(own, test)| format!("distinct({own}) {test}")),
        2 => name().prop_map(|own| format!("evaded({own})")),
        1 => quantity,
    ]
    .boxed()
}

/// A condition on the post. Rules before the one at hand are named by a number, see
/// [`resolve_rules`].
fn on_post() -> BoxedStrategy<String> {
    let fixed = prop::sample::select(vec![
        "lang == zh",
        "lang != en",
        "lang in [zh, en]",
        "has(post.author.id)",
        "has(post.lang)",
        "post.surface == trending",
        "post.surface in [front, trending]",
        "post.flag == true",
        "post.flag != true",
    ]);
    prop_oneof![
        2 => comparison(40).prop_map(|test| format!("length {test}")),
        1 => comparison(4).prop_map(|test| format!("post.reports {test}")),
        3 => fixed.prop_map(str::to_owned),
        2 => (0..RULES_MAX).prop_map(|rule| format!("fired(@{rule})")),
    ]
    .boxed()
}

/// A condition without scopes.
fn flat() -> BoxedStrategy<String> {
    prop_oneof![5 => on_hits(), 1 => on_post()].prop_recursive(3, 12, 3, joined).boxed()
}

fn joined(inner: impl Strategy<Value = String> + Clone + 'static) -> BoxedStrategy<String> {
    let several = |word: &'static str| {
        prop::collection::vec(inner.clone(), 2..4)
            .prop_map(move |parts| format!("({})", parts.join(word)))
    };
    let guarded = (inner.clone(), inner.clone());
    prop_oneof![
        1 => inner.clone().prop_map(|own| format!("not ({own})")),
        2 => guarded.prop_map(|(one, other)| format!("({one} and not ({other}))")),
        2 => several(" and "),
        2 => several(" or "),
    ]
    .boxed()
}

fn scope(inner: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let extent = prop_oneof![
        (1u32..20).prop_map(|within| format!("around/{within}")),
        Just("around/300".to_owned()),
        Just("in segment".to_owned()),
    ];
    (side(), extent, inner).prop_map(|(key, extent, inner)| format!("{key} {extent} ({inner})"))
}

fn condition() -> BoxedStrategy<String> {
    let nested = prop_oneof![3 => flat(), 1 => scope(flat()).boxed()].boxed();
    let part = prop_oneof![2 => flat(), 1 => scope(nested).boxed()];
    part.prop_recursive(2, 8, 3, joined).boxed()
}

/// A rule without its id.
#[derive(Clone, Debug)]
pub struct Rule {
    condition: String,
    boosts: Vec<String>,
    settings: Map<String, Value>,
}

fn settings() -> impl Strategy<Value = Map<String, Value>> {
    let one_of = |values: Vec<Value>| prop::sample::select(values);
    let category = one_of(vec![json!("spam"), json!("fraud"), json!("gambling")]);
    let lang =
        one_of(vec![json!([]), json!([]), json!(["zh"]), json!(["en"]), json!(["ru", "en"])]);
    let fields = one_of(vec![
        json!(["title", "text"]),
        json!(["text"]),
        json!(["title", "bio"]),
        json!(["title", "text", "bio"]),
    ]);
    let redact = prop::sample::subsequence(NAMES.to_vec(), 0..3).prop_map(|names| json!(names));
    let status = one_of(vec![json!("stable"), json!("stable"), json!("experimental")]);
    let active = one_of(vec![
        json!({}),
        json!({}),
        json!({ "from": "2026-01-01" }),
        json!({ "until": "2025-12-31" }),
    ]);
    (category, lang, fields, redact, status, active).prop_map(
        |(category, lang, fields, redact, status, active)| {
            let settings = json!({
                "category": category, "lang": lang, "fields": fields, "redact": redact,
                "status": status, "active": active, "always": true,
            });
            let Value::Object(mut settings) = settings else { unreachable!("an object") };
            settings.retain(|_, value| *value != json!([]) && *value != json!({}));
            settings
        },
    )
}

fn rule() -> impl Strategy<Value = Rule> {
    let boosts = prop::collection::vec(condition(), 0..3);
    (condition(), boosts, settings()).prop_map(|(condition, boosts, settings)| Rule {
        condition,
        boosts,
        settings,
    })
}

/// Rules; where the second is set, they are written last to first.
#[derive(Clone, Debug)]
pub struct Pack {
    pub rules: Vec<Rule>,
    pub is_reversed: bool,
}

pub fn packs() -> impl Strategy<Value = Pack> {
    let rules = prop::collection::vec(rule(), 1..=RULES_MAX);
    (rules, any::<bool>()).prop_map(|(rules, is_reversed)| Pack { rules, is_reversed })
}

impl Pack {
    /// The text of the pack file.
    pub fn text(&self) -> String {
        let mut lines: Vec<String> =
            self.rules.iter().enumerate().map(|(number, rule)| rule.line(number)).collect();
        if self.is_reversed {
            lines.reverse();
        }
        format!("{HEAD}{MATCHERS}{}", lines.concat())
    }

    /// Simplifies the rule in a line of the pack file, counted from 1: the loader refuses
    /// impossible comparisons and contradictions.
    pub fn simplify(&mut self, line: usize) {
        let before = format!("{HEAD}{MATCHERS}").lines().count();
        let at = line - before - 1;
        let number = if self.is_reversed { self.rules.len() - 1 - at } else { at };
        self.rules[number].condition = NAMES[at].to_owned();
        self.rules[number].boosts.clear();
    }
}

impl Rule {
    /// The rule number `number`, as a line.
    fn line(&self, number: usize) -> String {
        let mut rule = self.settings.clone();
        rule.insert("id".to_owned(), json!(format!("p.r{number}")));
        rule.insert("weight".to_owned(), json!(1 + number % 3));
        rule.insert("condition".to_owned(), json!(resolve_rules(&self.condition, number)));
        let points = |(at, boost): (usize, &String)| (resolve_rules(boost, number), json!(at + 1));
        let boosts: Map<String, Value> = self.boosts.iter().enumerate().map(points).collect();
        rule.insert("boost".to_owned(), Value::Object(boosts));
        format!("  - {}\n", Value::Object(rule))
    }
}

/// Replaces the numbers in `fired()` by ids of rules before the rule `number`. There is none
/// before the first.
fn resolve_rules(condition: &str, number: usize) -> String {
    let mut resolved = condition.to_owned();
    for named in 0..RULES_MAX {
        let test = match named.checked_rem(number) {
            Some(earlier) => format!("fired(p.r{earlier})"),
            None => "has(post.author.id)".to_owned(),
        };
        resolved = resolved.replace(&format!("fired(@{named})"), &test);
    }
    resolved
}

/// Policies with thresholds, a channel, overrides and exceptions; of each kind some or none.
pub fn policies() -> impl Strategy<Value = String> {
    let some_of =
        |lines: &'static [&'static str]| prop::sample::subsequence(lines.to_vec(), 0..=lines.len());
    let channels = some_of(&[
        "{ when: post.surface == front, categories: { spam: { flag: 1, block: 3 } } }",
        "{ when: 'post.reports > 1', categories: { fraud: { review: 1, care: 2 } } }",
    ]);
    let rules = some_of(&[
        "{ rule: p.r0, mode: disabled, reason: r }",
        "{ rule: 'p.r1*', mode: shadow, weight: 5, reason: r }",
        "{ rule: 'p.*', mode: enforce, reason: r }",
    ]);
    let exceptions = some_of(&[
        "{ rules: [p.r0], when: has(post.author.id), reason: r }",
        "{ rules: ['p.*'], when: post.author.id == police, reason: r }",
        "{ rules: ['p.r2*'], when: 'post.reports in [0, 1]', reason: r }",
    ]);
    (channels, rules, exceptions).prop_map(|(channels, rules, exceptions)| {
        let mut policy = String::from(
            "tidegate: 1\nkind: policy\ntitle: p\ncategories:\n  spam: { flag: 1, review: 3, max: 4 }\n  fraud: { block: 5, care: 1 }\n",
        );
        for (key, entries) in [("channels", channels), ("rules", rules), ("exceptions", exceptions)] {
            if !entries.is_empty() {
                _ = writeln!(policy, "{key}: [{}]", entries.join(", "));
            }
        }
        policy
    })
}
