//! Rule files: loaded or refused, with every place inside its file; rules that load classify
//! posts.

use super::judged::expect_harmless;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::engine::{BuildError, Engine, EngineBuilder};
use tidegate_engine::rules::lint::lint;
use tidegate_engine::rules::load::Loader;
use tidegate_engine::rules::source::wordlist;

const HEAD: &str = "tidegate: 1\npack: p\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\n\
                    defaults: { category: gambling }\n";

const MATCH: &str = "{ a: [casino, 赌], b: { regex: 'tel [0-9]+' }, c: { entity: email }, \
                     d: { words: [加我], view: [squeezed] } }";

fn check(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?}");
        for place in
            diagnostic.place.iter().chain(diagnostic.related.iter().map(|(place, _)| place))
        {
            let text = &place.source.text;
            assert!(text.get(place.range.clone()).is_some(), "{diagnostic:?} is not in its file");
            place.line_column();
        }
    }
}

/// Builds an engine, and classifies posts if it was built.
fn build(builder: EngineBuilder) {
    match builder.build() {
        Ok(engine) => judge(&engine),
        Err(BuildError::Rules(diagnostics)) => {
            assert!(!diagnostics.is_empty(), "refused without a reason");
            check(&diagnostics);
        }
        Err(other) => panic!("{other}"),
    }
}

fn judge(engine: &Engine) {
    let mut worker = engine.worker();
    for line in [
        "{\"text\":\"the casino, tel 12345\",\"title\":\"a\",\"lang\":\"en\"}",
        "{\"text\":\"加 我 赌 x@y.example 加我\",\"reports\":7,\"channel\":\"c\"}",
        "{\"text\":\"\"}",
        "nonsense",
    ] {
        expect_harmless(worker.verdict_line(line.as_bytes()));
    }
}

/// A pack, or lines of rules after a valid head.
pub fn pack(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = if text.starts_with("rules:") { format!("{HEAD}{text}") } else { text.into_owned() };
    let loaded = Loader::new().text("p.rules.yaml", text.clone()).load();
    if let Ok(loaded) = loaded {
        check(&lint(&loaded.model));
    }
    build(tidegate_packs::builder().embedded(false).rules_text("p.rules.yaml", text));
}

/// The condition of a rule.
pub fn condition(data: &[u8]) {
    let text = String::from_utf8_lossy(data).replace(['\n', '\r'], " ").replace('\'', "''");
    let rules = format!(
        "rules:\n  - id: p.one\n    title: One\n    match: {MATCH}\n    condition: '{text}'\n    \
         weight: 1\n    tests: {{ hit: [casino], miss: [cinema] }}\n"
    );
    pack(rules.as_bytes());
}

/// A word list.
pub fn wordlist(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let lines = text.split_inclusive('\n').count();
    let list = wordlist::parse(&Arc::new(Source { name: "words.txt".to_owned(), text }));
    assert!(list.terms.len() + list.allowed.len() <= lines, "more terms than lines");
    check(&list.diagnostics);
}

/// A policy.
pub fn policy(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = if text.starts_with("categories:") {
        format!(
            "tidegate: 1\nkind: policy\ntitle: T\nactions: [allow, flag, review, block]\n{text}"
        )
    } else {
        text.into_owned()
    };
    let rules = format!(
        "{HEAD}rules:\n  - id: p.one\n    title: One\n    match: {MATCH}\n    condition: a\n    \
         weight: 3\n"
    );
    let builder = tidegate_packs::builder().embedded(false).rules_text("p.rules.yaml", rules);
    build(builder.policy_text("policy.yaml", text));
}
