//! Loading from memory, from disk, and from the program itself.

use super::{Loaded, Loader};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::category::Category;
use crate::domain::field::{FieldId, MetaId};
use crate::domain::ids::RuleIx;
use crate::domain::limits::{
    OWN_CATEGORIES_MAX, REGEX_BYTES_MAX, YAML_ALIAS_EVENTS_MAX, YAML_DEPTH_MAX, YAML_NODES_MAX,
};
use crate::domain::score::Score;
use crate::domain::view::{View, ViewSet};
use crate::rules::condition::expr::Expr;
use crate::rules::model::{Edge, Level, Model, Status};
use crate::rules::source::bundle::{Bundle, is_embedded};
use crate::rules::source::files::{Base, Files};
use proptest::prelude::*;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn load(packs: &[(&str, &str)]) -> Result<Model, Vec<Diagnostic>> {
    let mut loader = Loader::new();
    for (name, text) in packs {
        loader = loader.text(*name, *text);
    }
    loader.load().map(|loaded| loaded.model)
}

fn model(text: &str) -> Model {
    load(&[("p.rules.yaml", text)])
        .unwrap_or_else(|diagnostics| panic!("{}", rendered(&diagnostics).join("\n")))
}

fn rendered(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(ToString::to_string).collect()
}

/// Codes and marked texts of all diagnostics.
fn marked(diagnostics: &[Diagnostic]) -> Vec<String> {
    let one = |diagnostic: &Diagnostic| match &diagnostic.place {
        Some(place) => format!("{} {}", diagnostic.code, &place.source.text[place.range.clone()]),
        None => format!("{} -", diagnostic.code),
    };
    diagnostics.iter().map(one).collect()
}

fn diagnostics(text: &str) -> Vec<String> {
    marked(&load(&[("p.rules.yaml", text)]).unwrap_err())
}

/// Names of the matchers in an expression.
fn names(model: &Model, expr: &Expr) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(expr.matchers().iter().map(|it| model.matchers[it.index()].name.clone()));
    found
}

const HEAD: &str = "tidegate: 1\npack: p\ndefaults: { category: spam }\n";

/// One pack with a word list, and a second pack.
const BUNDLE: Bundle = Bundle::new(
    &[
        ("a/a.rules.yaml", "tidegate: 1\npack: a\ndefine: { words: { file: lists/a.txt } }\n"),
        ("a/lists/a.txt", "one\ntwo\n"),
        ("b.rules.yaml", "tidegate: 1\npack: b\ndefine: { words: [three] }\n"),
    ],
    &[],
);

fn bundled() -> Loader {
    Loader::new().bundle(BUNDLE)
}

/// `named`, which end with the text, and what rules that read it read with it.
fn with_parts(named: &[FieldId]) -> Vec<FieldId> {
    [named, &FieldId::WITH_TEXT].concat()
}

#[test]
fn the_packs_of_a_bundle_load() {
    let loaded = bundled()
        .load()
        .unwrap_or_else(|diagnostics| panic!("{}", rendered(&diagnostics).join("\n")));
    let packs: Vec<&str> = loaded.model.packs.iter().map(|pack| pack.name.as_str()).collect();
    assert_eq!(packs, ["a", "b"]);
    assert!(loaded.model.sources.iter().all(|source| is_embedded(source)));
}

/// Every key there is.
const WHOLE: &str = "tidegate: 1
pack: whole
version: 2026.2
title: A pack
license: CC0-1.0
active: { from: 2026-01-01, until: 2026-12-31 }
defaults: { category: gambling, level: high, lang: [zh-Hans], fields: [title, text], view: [folded, squeezed] }
define:
  list: [no, 012, '!', 2026-01-01, ~, null]
  one: { words: 赌, edge: none }
  full:
    words: [a]
    regex: ['x+', y]
    seq: [上, [分, 份]]
    gap: 2
    entity: phone-cn
    edge: word
    view: exact
    fields: alt
    except: [上个月分]
    check: luhn
    lang: [EN, ja]
    cased: true
    max: 3
rules:
  - id: b.second
    condition: whole.list
    weight: 1
  - id: a.first
    aliases: [a.old]
    title: T
    description: D
    category: fraud
    level: low
    status: experimental
    lang: en
    fields: [text]
    tags: [x]
    authors: somebody
    date: 2026-01-01
    references: [r]
    falsepositives: [f]
    match: { own: [b] }
    condition: >
      own and
      list and post.a.b == 1
    weight: -1.125
    boost: { list near/3 one: 0.5, post.reports > 2: 1 }
    redact: [own, full]
    active: { from: '2026-05-01T10:00:00Z', until: 2026-05-01T12:00:00+02:00 }
    always: true
    tests:
      hit: [no, { title: t, alt: a, post: { a: { b: 1, c: [x, 1.5, true, null] } }, score: 2.5, view: squeezed }]
      miss: [{ text: m }]
";

#[test]
fn every_key_of_packs_and_rules_arrives() {
    let model = model(WHOLE);
    let pack = &model.packs[0];
    assert_eq!(
        (pack.name.as_str(), pack.version.as_str(), pack.license.as_str()),
        ("whole", "2026.2", "CC0-1.0")
    );
    let [first, second] = &model.rules[..] else { panic!("{} rules", model.rules.len()) };
    assert_eq!(
        (first.id.as_str(), first.category.name(), first.level, first.status),
        ("a.first", "fraud", Level::Low, Status::Experimental)
    );
    assert_eq!(
        (second.category.name(), second.level, second.status),
        ("gambling", Level::High, Status::Stable)
    );
    assert_eq!(
        (first.lang.clone(), second.lang.clone()),
        (vec!["en".to_owned()], vec!["zh".to_owned()])
    );
    assert_eq!(
        (first.fields.as_slice(), second.fields.as_slice()),
        (&with_parts(&[FieldId::TEXT])[..], &with_parts(&[FieldId::TITLE, FieldId::TEXT])[..])
    );
    assert_eq!(
        (first.weight, first.boosts[0].weight),
        (Score::from_millis(-1125), Score::from_millis(500))
    );
    assert_eq!(first.condition.text, "own and list and post.a.b == 1");
    assert_eq!(names(&model, &first.condition.expr), ["own", "list"]);
    assert_eq!(names(&model, &first.boosts[0].condition.expr), ["list", "one"]);
    let redacted: Vec<&str> =
        first.redact.iter().map(|it| model.matchers[it.index()].name.as_str()).collect();
    assert_eq!(redacted, ["own", "full"]);
    assert!(first.always && !second.always);
    let period =
        |rule: &crate::rules::model::Rule| rule.active.map(|active| (active.from, active.until));
    assert_eq!(period(first), Some((Some(1_777_629_600), Some(1_777_629_600))));
    assert_eq!(period(second), Some((Some(1_767_225_600), Some(1_798_761_599))));
    assert!(model.names.metas().iter().any(|path| path == "a.b"));
}

#[test]
fn examples_arrive_as_written() {
    let model = model(WHOLE);
    let first = &model.rules[0];
    let example = &first.hits[1];
    let alt = FieldId(5);
    assert_eq!(first.hits[0].texts, [(FieldId::TEXT, "no".to_owned())]);
    assert_eq!(example.texts, [(FieldId::TITLE, "t".to_owned()), (alt, "a".to_owned())]);
    assert_eq!(
        serde_json::Value::from(example.post.clone()),
        serde_json::json!({"a": {"b": 1, "c": ["x", 1.5, true, null]}})
    );
    assert_eq!(
        (example.score, example.view),
        (Some(Score::from_millis(2500)), Some(View::Squeezed))
    );
}

#[test]
fn every_key_of_a_matcher_arrives() {
    let model = model(WHOLE);
    let matcher = |name: &str| model.matchers.iter().find(|matcher| matcher.name == name).unwrap();
    let words: Vec<&str> = matcher("list").terms.iter().map(|term| term.text.as_str()).collect();
    assert_eq!(words, ["no", "012", "!", "2026-01-01", "~", "null"], "text stays text");
    assert_eq!(matcher("list").views, ViewSet::of(&[View::Folded, View::Squeezed]));
    assert_eq!(
        (matcher("list").edge, matcher("one").edge, matcher("full").edge),
        (Edge::Auto, Edge::None, Edge::Word)
    );
    let full = matcher("full");
    assert_eq!(
        (full.regexes.len(), full.entities.len(), full.except.len(), full.max),
        (2, 1, 1, Some(3))
    );
    assert_eq!(
        (full.views, full.fields.as_slice()),
        (ViewSet::of(&[View::Exact]), &[FieldId(5)][..])
    );
    assert_eq!(full.lang, ["en", "ja"]);
    let sequence = full.seq.as_ref().unwrap();
    assert_eq!((sequence.gap, sequence.parts[0].len(), sequence.parts[1].len()), (2, 1, 2));
    assert!(full.check.is_some() && full.cased);
}

#[test]
fn a_matcher_without_fields_reads_those_of_the_rule() {
    let model = model(
        "tidegate: 1
pack: p
defaults: { category: spam }
define: { shared: [a], fixed: { words: [b], fields: [bio] } }
rules:
  - { id: r.a, condition: shared and fixed, weight: 1 }
  - { id: r.b, condition: shared and fixed, weight: 1, fields: [title] }
  - { id: r.c, condition: shared, weight: 1, fields: [title] }
",
    );
    let read = |rule: usize| {
        let matchers = model.rules[rule].condition.expr.matchers();
        let fields = matchers.iter().map(|it| model.matchers[it.index()].fields.clone());
        fields.collect::<Vec<_>>()
    };
    let bio = FieldId(3);
    assert_eq!(read(0), [with_parts(&[FieldId::TITLE, FieldId::TEXT]), vec![bio]]);
    assert_eq!(read(1), [vec![FieldId::TITLE], vec![bio]]);
    assert_eq!(
        model.rules[1].condition.expr,
        Expr::And(vec![
            model.rules[2].condition.expr.clone(),
            match &model.rules[0].condition.expr {
                Expr::And(parts) => parts[1].clone(),
                other => panic!("{other:?}"),
            }
        ])
    );
    assert_eq!(model.matchers.len(), 3, "one for each set of fields");
    assert!(model.matchers.iter().all(|matcher| matcher.terms.len() == 1));
}

#[test]
fn packs_see_each_other_and_rules_each_other() {
    let shared = "tidegate: 1\npack: common-1\ndefine: { news: [警方] }\nrules: []\n";
    let using = "tidegate: 1\npack: a\ndefaults: { category: spam }\ndefine: { x: [y] }\nrules:\n  - { id: z.z, aliases: [old.z], condition: x and not common-1.news, weight: 1 }\n  - { id: a.a, condition: fired(old.z) or not fired(z.z), weight: 1 }\n";
    let model = load(&[("a.rules.yaml", using), ("b.rules.yaml", shared)]).unwrap();
    assert_eq!(names(&model, &model.rules[1].condition.expr), ["x", "news"]);
    let fired = Expr::Fired(RuleIx(1));
    assert_eq!(
        model.rules[0].condition.expr,
        Expr::Or(vec![fired.clone(), Expr::Not(Box::new(fired))])
    );
}

#[test]
fn own_matchers_precede_those_of_the_pack() {
    let model = model(&format!(
        "{HEAD}define: {{ x: [pack], zh_b: [b] }}\nrules:\n  - {{ id: a.a, match: {{ x: [own], _y: [y], zh_a: [a] }}, condition: x and 2 of them and any of zh_*, weight: 1 }}\n"
    ));
    let Expr::And(parts) = &model.rules[0].condition.expr else { panic!() };
    let terms = |expr: &Expr| {
        let mut found = Vec::new();
        found.extend(
            expr.matchers().iter().map(|it| model.matchers[it.index()].terms[0].text.clone()),
        );
        found.sort();
        found
    };
    assert_eq!(terms(&parts[0]), ["own"]);
    assert_eq!(terms(&parts[1]), ["a", "own"], "not those with a leading underscore");
    assert_eq!(terms(&parts[2]), ["a", "b"]);
}

#[test]
fn a_pack_replaces_the_bundled_one_that_it_names_and_no_other() {
    let text = "tidegate: 1\npack: b\nreplaces: b\ndefine: { words: [four] }\n";
    let mine = bundled().text("mine", text).load().unwrap().model;
    let names: Vec<&str> = mine.sources.iter().map(|source| source.name.as_str()).collect();
    assert!(names.contains(&"mine") && names.contains(&"<embedded>/a/a.rules.yaml"), "{names:?}");
    assert!(!names.contains(&"<embedded>/b.rules.yaml"), "{names:?}");

    let text = "tidegate: 1\npack: common\ndefine: { mine: [a] }\n";
    let diagnostics = load(&[("one", text), ("two", text)]).unwrap_err();
    assert_eq!(marked(&diagnostics), ["duplicate_pack common"]);
    assert_eq!(diagnostics[0].related[0].0.source.name, "one");
    assert!(Loader::new().load().unwrap().model.rules.is_empty());
}

#[test]
fn replacing_packs_name_what_they_replace() {
    let pack = |head: &str| format!("tidegate: 1\n{head}\ndefine: {{ words: [four] }}\n");
    let errors = |head: &str| {
        let found = bundled().text("mine", pack(head)).load();
        found.map(|loaded| loaded.model.replaced).map_err(|errors| {
            let one = |it: &Diagnostic| format!("{} | {}", it.code, it.help);
            errors.iter().map(one).collect::<Vec<_>>()
        })
    };
    let help = "choose another name, or write `replaces: b` to use this pack instead of it";
    assert_eq!(errors("pack: b"), Err(vec![format!("embedded_pack | {help}")]));
    assert_eq!(errors("pack: b\nreplaces: b"), Ok(vec!["b".to_owned()]));
    assert_eq!(errors("pack: mine\nreplaces: [b]"), Ok(vec!["b".to_owned()]));
    // Another name does not excuse its own.
    assert!(errors("pack: b\nreplaces: a").unwrap_err()[0].starts_with("embedded_pack"));
    let unknown = errors("pack: mine\nreplaces: B").unwrap_err();
    assert_eq!(unknown, ["unknown_name | did you mean `b`?"]);
    // The same pack is used alone, too.
    let alone = |head: &str| {
        Loader::new().unused_bundle(BUNDLE).text("mine", pack(head)).load().map(|it| it.model)
    };
    assert!(alone("pack: mine\nreplaces: b").unwrap().replaced.is_empty());
    assert!(alone("pack: mine\nreplaces: bb").is_err());
    // A pack of a user is replaced by another one that says so.
    let both = load(&[
        ("one", &pack("pack: mine")),
        ("two", "tidegate: 1\npack: mine\nreplaces: mine\ndefine: { x: [five] }\n"),
    ]);
    assert_eq!(both.unwrap().matchers[0].name, "x");
}

#[test]
fn a_replacing_pack_of_another_name_has_the_matchers_of_the_replaced_one() {
    let mine = "tidegate: 1\npack: mine\nreplaces: base\ndefine: { w: [new] }\n";
    let user = format!("{HEAD}rules: [{{ id: a.b, condition: base.w, weight: 1 }}]\n");
    let base = "tidegate: 1\npack: base\ndefine: { w: [old] }\n";
    let model = load(&[("base", base), ("mine", mine), ("user", &user)]).unwrap();
    let named = model.rules[0].matchers()[0];
    assert_eq!(model.matchers[named.index()].terms[0].text, "new");
    assert_eq!(model.packs.len(), 2);
}

#[test]
fn packs_declare_categories_that_all_may_use() {
    let declare = |pack: &str, body: &str| {
        format!("tidegate: 1\npack: {pack}\ncategories: {{ x-scalping: {body} }}\n")
    };
    let user = "tidegate: 1\npack: u\ndefaults: { category: x-scalping }\nrules:\n  - { id: a.b, match: { w: [ticket] }, condition: w, weight: 1 }\n";
    let one = declare("one", "{ title: Scalping, title_zh: 黄牛, flag: 2, block: 4 }");
    let same = declare("two", "{ block: 4, flag: 2, title_zh: 黄牛, title: Scalping }");
    let model = load(&[("u", user), ("one", &one), ("two", &same)]).unwrap();
    let [declared] = &model.declared[..] else { panic!("one category") };
    let own = &declared.category;
    assert_eq!(
        (own.category.name(), &*own.title, &*own.title_zh),
        ("x-scalping", "Scalping", "黄牛")
    );
    assert_eq!(
        (own.limits.flag, own.limits.block),
        (Score::from_points(2.0), Score::from_points(4.0))
    );
    assert_eq!(model.rules[0].category, own.category);
    for body in
        ["{ title: Other, title_zh: 黄牛, flag: 2, block: 4 }", "{ title: Scalping, flag: 2 }"]
    {
        let errors =
            load(&[("u", user), ("one", &one), ("two", &declare("two", body))]).unwrap_err();
        assert_eq!(marked(&errors), ["duplicate_category x-scalping"], "{body}");
        assert_eq!(errors[0].place.as_ref().unwrap().source.name, "two");
        assert_eq!(errors[0].related[0].0.source.name, "one");
    }
    let help = |texts: &[(&str, &str)]| {
        let errors = load(texts).unwrap_err();
        errors.iter().map(|it| format!("{} | {}", it.code, it.help)).collect::<Vec<_>>()
    };
    let declare_it = "declare it in a pack: `categories: { x-scalping: { title: … } }`";
    assert_eq!(help(&[("u", user)]), [format!("unknown_name | {declare_it}")]);
    let misspelt = user.replace("x-scalping", "x-scalpin");
    assert_eq!(
        help(&[("u", &misspelt), ("one", &one)]),
        ["unknown_name | did you mean `x-scalping`?"]
    );
    let unused = load(&[("one", &one)]).unwrap();
    assert_eq!(marked(&unused.warnings), ["idle_key x-scalping"]);
    let wrong = |name: &str, body: &str| {
        diagnostics(&format!("tidegate: 1\npack: p\ncategories: {{ {name}: {body} }}\n"))
    };
    assert_eq!(wrong("spam", "{ title: Spam }"), ["bad_name spam"]);
    assert_eq!(wrong("X-a", "{ title: A }"), ["bad_name X-a"]);
    assert_eq!(wrong("x-a", "{ flag: 2 }"), ["missing_key x-a"]);
    assert_eq!(wrong("x-a", "{ title: A, flag: 5, block: 2 }"), ["never_true 5"]);
    let many = |count: usize| {
        let all = (0..count).map(|at| format!("  x-limit-{at}: {{ title: A }}\n"));
        load(&[("p", &format!("tidegate: 1\npack: p\ncategories:\n{}", all.collect::<String>()))])
    };
    assert_eq!(many(OWN_CATEGORIES_MAX).unwrap().declared.len(), OWN_CATEGORIES_MAX);
    let last = format!("too_large x-limit-{OWN_CATEGORIES_MAX}");
    assert_eq!(marked(&many(OWN_CATEGORIES_MAX + 1).unwrap_err()), [last]);
}

#[test]
fn policies_declare_categories_for_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let rule = "tidegate: 1\npack: u\nrules:\n  - { id: a.b, category: x-by-policy, match: { w: [ticket] }, condition: w, weight: 1 }\n";
    write("u.rules.yaml", rule);
    let load = || Loader::new().path(folder.path()).load().map(|loaded| loaded.model);
    assert_eq!(load().unwrap_err()[0].code, "unknown_name");
    write(
        "base.policy.yaml",
        "tidegate: 1\nkind: policy\ncategories: { x-by-policy: { title: Ours, flag: 1 } }\n",
    );
    let model = load().unwrap();
    assert_eq!(model.declared[0].category.title, "Ours");
    assert_eq!(model.declared[0].category.limits, crate::domain::thresholds::Limits::default());
    // A policy that is given in another way, with one that it extends.
    fs::create_dir(folder.path().join("rules")).unwrap();
    fs::rename(folder.path().join("u.rules.yaml"), folder.path().join("rules/u.rules.yaml"))
        .unwrap();
    let policy = Source {
        name: folder.path().join("own.policy.yaml").display().to_string(),
        text: "tidegate: 1\nkind: policy\ncategories: { x-by-policy: { title: Given, flag: 1 } }\n"
            .to_owned(),
    };
    let given = Loader::new().path(folder.path().join("rules")).declared_by([Arc::new(policy)]);
    assert_eq!(given.load().unwrap().model.declared[0].category.title, "Given");
}

#[test]
fn every_error_of_every_part_is_reported() {
    let text = "tidegate: 2
pack: P!
defaults: { category: gamblin, wieght: 1 }
define:
  near: [a]
  Bad: [b]
  empty: []
  none: {}
  gap: { words: [a], gap: 3 }
  wide: { seq: [a, b], gap: 10001 }
  short: { seq: [a] }
  zero: { words: [a], max: 0 }
  field: { words: [a], fields: [Text] }
  word: scalar
  blank: ['  ']
rules:
  - id: Bad.Id
    condition: gmae
    weight: 0.0001
    redact: [nothing]
    boost: { gap and: 1, gap: heavy }
    tests: { hit: [{ txet: a }], mis: [b] }
    active: { from: 2026-13-01, until: soon }
  - id: a.b
    condition: fired(a.c)
    weight: 1
  - id: a.b
    condition: gap
    weight: 1
  - { condition: gap, weight: 1 }
";
    assert_eq!(
        diagnostics(text),
        [
            "bad_version 2",
            "bad_name P!",
            "unknown_name gamblin",
            "unknown_key wieght",
            "bad_name near",
            "bad_name Bad",
            "never_true empty",
            "bad_name none",
            "never_true none",
            "bad_value 3",
            "bad_distance 10001",
            "bad_value [",
            "never_true 0",
            "bad_name Text",
            "bad_value scalar",
            "empty_match '  '",
            "bad_name Bad.Id",
            "unknown_name gmae",
            "bad_value 0.0001",
            "unknown_name nothing",
            "bad_condition ",
            "bad_value heavy",
            "unknown_key txet",
            "unknown_key mis",
            "bad_value 2026-13-01",
            "bad_value soon",
            "unknown_name a.c",
            "duplicate_id a.b",
            "missing_key {",
        ]
    );
}

#[test]
fn missing_keys_are_reported_if_the_rest_is_complete() {
    let text = "pack: p\ndefine: { empty: [] , part: { seq: [a] } }\nrules:\n  - id: a.b\n  - { condition: x, weight: 1 }\n";
    assert_eq!(
        diagnostics(text),
        [
            "missing_key ",
            "never_true empty",
            "bad_value [",
            "missing_key a.b",
            "missing_key a.b",
            "missing_key a.b",
            "missing_key {",
        ]
    );
    assert_eq!(diagnostics(""), ["bad_value "]);
    assert_eq!(diagnostics("{}"), ["missing_key ", "missing_key "]);
    assert_eq!(
        diagnostics(&format!(
            "{HEAD}active: {{ from: 2026-02-01, until: 2026-01-31 }}\nrules: [{{ id: a.b, condition: has(post.x), weight: 1 }}]\n"
        )),
        ["never_true 2026-01-31"]
    );
}

#[test]
fn cycles_of_fired_are_reported_with_their_chain() {
    let rule = |id: &str, condition: &str| {
        format!("  - {{ id: {id}, condition: {condition}, weight: 1 }}\n")
    };
    let text = format!(
        "{HEAD}rules:\n{}{}{}{}{}",
        rule("a.a", "fired(c.c)"),
        rule("b.b", "fired(a.a)"),
        rule("c.c", "fired(b.b) or fired(d.d)"),
        rule("d.d", "has(post.x)"),
        rule("e.e", "not fired(e.e)"),
    );
    let diagnostics = load(&[("p", &text)]).unwrap_err();
    let messages: Vec<String> =
        diagnostics.iter().map(|diagnostic| diagnostic.message.to_string()).collect();
    assert_eq!(
        messages,
        ["`fired()` forms a cycle: a.a → c.c → b.b → a.a", "`fired()` forms a cycle: e.e → e.e"]
    );
}

#[test]
fn conditions_are_marked_at_their_bytes_in_the_file() {
    for condition in [
        "game and gmae",
        "'game and gmae'",
        "\"game and gmae\"",
        ">\n      game\n      and gmae\n",
        "|\n      game and\n        gmae",
    ] {
        let text = format!(
            "{HEAD}define: {{ game: [a] }}\nrules:\n  - id: a.b\n    condition: {condition}\n    weight: 1\n"
        );
        assert_eq!(diagnostics(&text), ["unknown_name gmae"], "{condition}");
    }
    let text = format!(
        "{HEAD}define: {{ game: [a] }}\nrules:\n  - {{ id: a.b, condition: game, weight: 1, boost: {{ gmae near/3 game: 1 }} }}\n"
    );
    assert_eq!(diagnostics(&text), ["unknown_name gmae"]);
}

#[test]
fn duplicate_keys_are_reported_with_both_places() {
    let text = format!("{HEAD}define:\n  a: [x]\n  b: [y]\n  a: [z]\n");
    let diagnostics = load(&[("p", &text)]).unwrap_err();
    assert_eq!(marked(&diagnostics), ["duplicate_key a"]);
    assert_eq!(
        (
            diagnostics[0].place.as_ref().unwrap().line_column(),
            diagnostics[0].related[0].0.line_column()
        ),
        ((7, 3), (5, 3))
    );
}

#[test]
fn keys_that_contradict_each_other_are_refused() {
    for (matcher, expected) in [
        ("{ regex: 'PIN[0-9]', cased: true }", "bad_value true"),
        ("{ regex: 'PIN[0-9]', words: [VX], cased: true }", "bad_value true"),
        ("{ words: [bet, card], check: luhn }", "never_true x"),
        ("{ words: [bet], fields: [] }", "never_true x"),
    ] {
        let text = format!("{HEAD}define:\n  x: {matcher}\nrules: []\n");
        assert_eq!(diagnostics(&text), [expected], "{matcher}");
    }
}

#[test]
fn numbers_in_full_width_are_refused_with_their_ascii_form() {
    for (weight, help) in
        [("２", "write `2`"), ("－1．5", "write `-1.5`"), ("1，5", "write `1.5`"), ("two", "")]
    {
        let text = format!(
            "{HEAD}rules: [{{ id: a.b, match: {{ x: [bet] }}, condition: x, weight: {weight} }}]\n"
        );
        let diagnostics = load(&[("p.rules.yaml", &text)]).unwrap_err();
        assert_eq!(diagnostics[0].code, "bad_value", "{weight}");
        assert_eq!(diagnostics[0].help, help, "{weight}");
    }
}

#[test]
fn broken_yaml_is_refused_with_its_place() {
    for (text, code, line) in [
        ("tidegate: 1\npack: [p\nrules: []\n", "bad_yaml", 2),
        ("tidegate: 1\n---\npack: p\n", "bad_yaml", 3),
        ("pack: \"a\\q\"\n", "bad_yaml", 1),
        ("pack: *nowhere\n", "bad_yaml", 1),
        ("a: &a [*a]\n", "bad_yaml", 1),
        ("- a\n- b\n", "bad_value", 1),
        ("just text", "bad_value", 1),
    ] {
        let diagnostics = load(&[("p", text)]).unwrap_err();
        assert_eq!(diagnostics[0].code, code, "{text:?}: {}", diagnostics[0].message);
        assert_eq!(
            diagnostics[0].place.as_ref().unwrap().line_column().0,
            line,
            "{text:?}: {}",
            diagnostics[0].message
        );
        assert!(
            !diagnostics[0].message.to_string().contains(" at line "),
            "{}",
            diagnostics[0].message
        );
    }
}

#[test]
fn alias_bombs_stop_at_the_limit() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let inner = format!("*a{}, ", n - 1).repeat(10);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", inner.trim_end_matches(", ")));
    }
    let diagnostics = load(&[("bomb", &bomb)]).unwrap_err();
    assert_eq!((diagnostics.len(), diagnostics[0].code), (1, "too_large"), "{diagnostics:?}");
    assert!(diagnostics[0].message.to_string().contains(&YAML_ALIAS_EVENTS_MAX.to_string()));
    let few = format!("{HEAD}define:\n  a: &words [x, y]\n  b: *words\n");
    assert_eq!(model(&few).matchers[1].terms.len(), 2);
}

#[test]
fn nesting_and_nodes_have_limits() {
    let nested = |depth: usize| format!("pack: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    // One level is the document's own mapping.
    assert_eq!(load(&[("p", &nested(YAML_DEPTH_MAX - 1))]).unwrap_err()[0].code, "bad_value");
    assert_eq!(load(&[("p", &nested(YAML_DEPTH_MAX))]).unwrap_err()[0].code, "too_large");
    let diagnostics = load(&[("p", &nested(100_000))]).unwrap_err();
    assert_eq!(diagnostics[0].code, "too_large", "{}", diagnostics[0].message);
    let wide = format!("pack: [{}]\n", "x,".repeat(YAML_NODES_MAX));
    assert_eq!(load(&[("p", &wide)]).unwrap_err()[0].code, "too_large");
}

#[test]
fn long_regexes_are_refused_before_they_are_compiled() {
    let with =
        |bytes: usize| format!("{HEAD}define: {{ x: {{ regex: '{}' }} }}\n", "a".repeat(bytes));
    assert!(load(&[("p", &with(REGEX_BYTES_MAX))]).is_ok());
    for bytes in [REGEX_BYTES_MAX + 1, 10 << 20] {
        let diagnostics = load(&[("p", &with(bytes))]).unwrap_err();
        assert_eq!((diagnostics.len(), diagnostics[0].code), (1, "bad_regex"));
        assert!(diagnostics[0].message.to_string().len() < 100);
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn of_path(path: impl AsRef<Path>) -> Result<Loaded, Vec<Diagnostic>> {
    Loader::new().path(path).load()
}

fn pack(name: &str, file: &str) -> String {
    format!("tidegate: 1\npack: {name}\ndefine: {{ x: {{ file: {file} }} }}\n")
}

#[test]
fn folders_are_read_in_path_order_with_lists_and_policies() {
    let folder = folder(&[
        ("b/two.rules.yaml", &pack("two", "../words/a.txt")),
        ("a.rules.yaml", &pack("one", "words/a.txt")),
        ("words/a.txt", "\u{feff}百家乐\r\n!福利彩票\n"),
        ("b/strict.policy.yaml", "tidegate: 1\nkind: policy\n"),
        ("policy.yaml", "\u{feff}tidegate: 1\nkind: policy\n"),
        ("notes.yaml", "nothing: read\n"),
    ]);
    let loaded = of_path(folder.path()).unwrap();
    let name = |source: &Arc<Source>| source.name.rsplit('/').next().unwrap().to_owned();
    let sources: Vec<String> = loaded.model.sources.iter().map(name).collect();
    assert_eq!(sources, ["a.rules.yaml", "two.rules.yaml", "a.txt"]);
    let policies: Vec<String> = loaded.policies.iter().map(name).collect();
    assert_eq!(policies, ["strict.policy.yaml", "policy.yaml"]);
    for matcher in &loaded.model.matchers {
        assert_eq!((matcher.terms.len(), matcher.except.len()), (1, 1));
    }
    assert!(loaded.policies.iter().all(|policy| policy.text.starts_with("tidegate")));
    let twice = Loader::new().path(folder.path()).path(folder.path().join("a.rules.yaml"));
    assert_eq!(twice.load().unwrap().model.packs.len(), 2, "a file named twice is read once");
}

#[test]
fn texts_of_open_files_replace_those_on_disk() {
    let folder = folder(&[
        ("p.rules.yaml", &pack("p", "words.txt")),
        ("words.txt", "one\n"),
        ("policy.yaml", "tidegate: 1\nkind: policy\n"),
    ]);
    let real = |name: &str| fs::canonicalize(folder.path().join(name)).unwrap();
    let open: HashMap<_, Arc<str>> = HashMap::from([
        (real("words.txt"), "two\nthree\n".into()),
        (real("policy.yaml"), "changed".into()),
    ]);
    let loader = Loader::new().path(folder.path()).open(open);
    let loaded = loader.load().unwrap();
    let terms: Vec<&str> = loaded.model.matchers[0].terms.iter().map(|it| &*it.text).collect();
    assert_eq!(terms, ["two", "three"]);
    assert_eq!((&*loaded.policies[0].text, &*loader.policies()[0].text), ("changed", "changed"));
}

#[test]
fn includes_stay_below_the_rules_folder() {
    let outside = folder(&[("secret.txt", "secret\n")]);
    let inside = folder(&[("sub/p.rules.yaml", &pack("p", "../list.txt")), ("list.txt", "a\n")]);
    assert!(of_path(inside.path()).is_ok());
    let alone = of_path(inside.path().join("sub/p.rules.yaml")).unwrap_err();
    assert!(
        alone[0].message.to_string().contains("outside the rules folder"),
        "{}",
        alone[0].message
    );

    let secret = outside.path().join("secret.txt");
    std::os::unix::fs::symlink(&secret, inside.path().join("link.txt")).unwrap();
    let up = format!("../../{}/secret.txt", outside.path().file_name().unwrap().to_str().unwrap());
    for (file, why) in [
        (up.as_str(), "outside the rules folder"),
        ("../link.txt", "outside the rules folder"),
        (secret.to_str().unwrap(), "absolute"),
        ("..", "not a regular file"),
        ("../no-such.txt", "No such file"),
    ] {
        fs::write(inside.path().join("sub/p.rules.yaml"), pack("p", file)).unwrap();
        let diagnostics = of_path(inside.path()).unwrap_err();
        assert_eq!(diagnostics.len(), 1, "{file}");
        assert_eq!(diagnostics[0].code, "missing_file");
        assert!(
            diagnostics[0].message.to_string().contains(why),
            "{file}: {}",
            diagnostics[0].message
        );
        assert_eq!(marked(&diagnostics), [format!("missing_file {file}")]);
    }
}

#[cfg(unix)]
#[test]
fn locks_of_editors_are_no_rules() {
    let folder = folder(&[("p.rules.yaml", "tidegate: 1\npack: p\n")]);
    let lock = folder.path().join(".#p.rules.yaml");
    std::os::unix::fs::symlink("author@host.4321:1", &lock).unwrap();
    assert_eq!(of_path(folder.path()).unwrap().model.packs.len(), 1);
    // Any other link that leads nowhere is an error.
    std::os::unix::fs::symlink("nowhere", folder.path().join("q.rules.yaml")).unwrap();
    assert_eq!(of_path(folder.path()).unwrap_err()[0].code, "missing_file");
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = folder(&[("p.rules.yaml", "tidegate: 1\npack: p\n")]);
    fs::write(folder.path().join("q.rules.yaml"), b"tidegate: 1\npack: \xFF\n").unwrap();
    let diagnostics = of_path(folder.path()).unwrap_err();
    let found = &diagnostics[0];
    assert!(found.message.to_string().ends_with("it is not UTF-8"), "{}", found.message);
    assert_eq!(found.place.as_ref().unwrap().line_column(), (2, 7));
    let large = folder.path().join("q.rules.yaml");
    fs::File::create(&large)
        .unwrap()
        .set_len(crate::domain::limits::RULE_FILE_BYTES_MAX + 1)
        .unwrap();
    let diagnostics = of_path(&large).unwrap_err();
    assert!(
        diagnostics[0].message.to_string().contains("larger than 64 MiB"),
        "{}",
        diagnostics[0].message
    );
    for path in ["/dev/null", "/dev/zero"] {
        let diagnostics = of_path(path).unwrap_err();
        assert!(
            diagnostics[0].message.to_string().contains("not a regular file"),
            "{}",
            diagnostics[0].message
        );
    }
}

#[test]
fn paths_without_rules_are_reported() {
    let empty = folder(&[("readme.txt", "x")]);
    let diagnostics = of_path(empty.path()).unwrap_err();
    assert!(diagnostics[0].help.to_string().contains("NAME.rules.yaml"));
    assert!(
        of_path(empty.path().join("gone")).unwrap_err()[0]
            .message
            .to_string()
            .contains("cannot read")
    );
}

#[test]
fn embedded_includes_do_not_leave_the_rules() {
    let mut files = Files::new(Some(BUNDLE));
    let place = Place {
        source: Arc::new(Source { name: String::new(), text: String::new() }),
        range: 0..0,
    };
    let mut include = |folder: &str, file: &str| {
        files.include(&Base::Embedded(folder.to_owned()), file, place.clone())
    };
    let (path, text) = BUNDLE.files().iter().find(|(path, _)| path.ends_with(".txt")).unwrap();
    let (top, rest) = path.split_once('/').unwrap();
    assert_eq!(include(top, rest).unwrap().text, *text);
    assert_eq!(include(top, &format!("./../{path}")).unwrap().text, *text);
    for file in ["../../etc/passwd", "/etc/passwd", "no-such.txt"] {
        assert!(include(top, file).is_err(), "{file}");
    }
}

#[test]
fn a_list_of_a_pack_in_memory_has_no_folder() {
    assert_eq!(diagnostics(&pack("p", "words.txt")), ["missing_file words.txt"]);
}

#[test]
fn categories_and_paths_have_their_numbers() {
    let model =
        model(&format!("{HEAD}rules: [{{ id: a.b, condition: post.channel == x, weight: 1 }}]\n"));
    assert_eq!(model.rules[0].category, Category::from_name("spam").unwrap());
    assert!(matches!(model.rules[0].condition.expr, Expr::Meta { path: MetaId::CHANNEL, .. }));
}

/// Is every place of every diagnostic inside its file, at character boundaries?
fn places_are_valid(diagnostics: &[Diagnostic]) -> bool {
    let mut places = diagnostics.iter().flat_map(|diagnostic| {
        diagnostic.place.iter().chain(diagnostic.related.iter().map(|(place, _)| place))
    });
    places.all(|place| place.source.text.get(place.range.clone()).is_some())
}

proptest! {
    #[test]
    fn no_text_panics_and_every_place_is_in_the_file(text in "[a-z赌:{}\\[\\],'\"&*!|>#\\-\\\\ \\n\t]{0,60}") {
        let whole = format!("tidegate: 1\npack: p\n{text}");
        for text in [&text, &whole] {
            if let Err(diagnostics) = load(&[("p", text)]) {
                prop_assert!(places_are_valid(&diagnostics), "{diagnostics:#?}");
            }
        }
    }

    #[test]
    fn a_pack_with_anything_put_into_it_is_loaded_or_refused(at in 0..WHOLE.len(), put in "[赌a-z:,{}'\"\\[\\]* \\n]{0,4}", cut in 0usize..9) {
        let at = WHOLE.floor_char_boundary(at);
        let rest = WHOLE.ceil_char_boundary((at + cut).min(WHOLE.len()));
        let text = format!("{}{put}{}", &WHOLE[..at], &WHOLE[rest..]);
        if let Err(diagnostics) = load(&[("p", &text)]) {
            prop_assert!(!diagnostics.is_empty() && places_are_valid(&diagnostics), "{diagnostics:#?}");
        }
    }
}
