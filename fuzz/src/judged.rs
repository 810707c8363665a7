//! Classifying: a line has the same verdict in any chunk, and no verdict contains control
//! characters for a terminal.

use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use tidegate_engine::Scratch;
use tidegate_engine::engine::Engine;
use tidegate_engine::output::json::acts_on_terminals;
use tidegate_engine::post::{Batch, Record};

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| tidegate_packs::builder().build().expect("the embedded rules are valid"))
}

/// Lines of posts.
pub fn judged(data: &[u8]) {
    if data.is_empty() {
        return;
    }
    let engine = engine();
    let (plan, classifier) = (engine.plan(), engine.classifier());
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    plan.read(data, !data.ends_with(b"\n"), &mut batch);
    classifier.scan(data, &batch, &mut scratch);
    let encoder = engine.encoder();
    let mut worker = engine.worker();
    for index in 0..batch.len() {
        let line = &data[batch.line_span(index)];
        let Record::Post(post) = batch.record(data, index) else { continue };
        let verdict = classifier.judge(&post, index, &mut scratch);
        let mut out = Vec::new();
        encoder.post(&mut out, line, &post, &verdict);
        assert_eq!(
            String::from_utf8_lossy(&out),
            String::from_utf8_lossy(worker.verdict_line(line)),
            "among others, and alone"
        );
        expect_harmless(&out);
    }
}

/// Checks one verdict: a line of JSON without terminal control characters, with valid spans.
pub fn expect_harmless(verdict: &[u8]) {
    let text = std::str::from_utf8(verdict).expect("verdicts are UTF-8");
    let line = text.strip_suffix('\n').expect("a verdict ends its line");
    assert!(!line.contains(|c: char| c == '\n' || acts_on_terminals(c)), "{line:?}");
    let members: BTreeMap<&str, &RawValue> = serde_json::from_str(line).expect("verdicts are JSON");
    // An id is written as in the line, and may be a surrogate without a partner.
    for (name, member) in members.iter().filter(|(name, _)| **name != "id") {
        let value: Value = serde_json::from_str(member.get()).expect("members are JSON");
        if *name == "rules" {
            expect_spans(&value);
        }
    }
}

fn expect_spans(rules: &Value) {
    for rule in rules.as_array().expect("a list of rules") {
        for evidence in rule["evidence"].as_array().into_iter().flatten() {
            assert!(evidence["start"].as_u64() < evidence["end"].as_u64(), "{evidence}");
        }
    }
}
