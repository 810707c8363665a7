//! Annotated lines and events: one answer a line, in any chunk, and the state takes every record.

use super::next;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tidegate_engine::engine::Engine;
use tidegate_engine::lines::{Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::output::json::acts_on_terminals;
use tidegate_engine::post::Mapping;
use tidegate_state::correlations::Correlations;
use tidegate_state::measures::Measures;
use tidegate_state::memory::{Memory, Settings};
use tidegate_state::output::{push_decision, push_event};
use tidegate_state::policy::EnginePolicy;
use tidegate_state::read::{LineKind, ReadLine, ReadScratch, Reader};
use tidegate_state::record::Record;

const PACK: &str = "\
tidegate: 1
pack: p
version: 1.0.0
title: T
license: CC0-1.0
defaults: { category: spam }
rules:
  - { id: p.a, match: { a: [casino] }, condition: a, weight: 5 }
  - id: p.flood
    weight: 4
    correlate: { type: event_count, rules: [p.a], group-by: [author.id], timespan: 10m, condition: { gte: 2 } }
  - id: p.order
    weight: 4
    correlate: { type: temporal_ordered, rules: [p.a, campaign.story], group-by: [channel], timespan: 1d }
";

/// The policy.
const POLICY: &str = "{ tidegate: 1, kind: policy, actions: [allow, flag, review, block],
    categories: { fraud: { flag: 2, review: 5, block: 9 } } }";

/// The longest line.
const LINE_BYTES_MAX: usize = 1 << 20;

struct World {
    settings: Arc<Settings>,
    readers: [Reader; 2],
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let engine = Engine::builder().rules_text("p.rules.yaml", PACK);
        let engine = engine.policy_text("p.policy.yaml", POLICY).build();
        let engine = Arc::new(engine.expect("the pack is valid"));
        let correlations = Correlations::of(engine.classifier());
        let mut measures = Measures::default();
        measures.bounds.singles = 8;
        measures.bounds.campaigns = 2;
        measures.bounds.posts = 8;
        let policy = Box::new(EnginePolicy::of(engine.clone()));
        let settings = Arc::new(Settings::of(measures, correlations, policy));
        let readers = [false, true].map(|annotates| {
            let mapping = Mapping::default();
            Reader::new(engine.clone(), &mapping, settings.clone(), annotates, LINE_BYTES_MAX)
                .expect("the paths are pointers")
        });
        World { settings, readers }
    })
}

/// Lines and the first bytes of their outputs, read in chunks of this size.
fn read(reader: &Reader, data: &[u8], chunk_bytes: usize) -> Vec<(Vec<u8>, LineKind)> {
    let mut cutter = Cutter::new(CutterSettings { chunk_bytes, line_bytes_max: LINE_BYTES_MAX });
    let (mut chunk, mut scratch) = (Chunk::default(), ReadScratch::default());
    let (mut input, mut all) = (data, Vec::new());
    loop {
        match cutter.next(&mut input, &mut chunk, || false) {
            Ok(Cut::Chunk) => {}
            // An input in UTF-16 is refused.
            Ok(Cut::End) | Err(_) => return all,
        }
        let (mut out, mut lines) = (Vec::new(), Vec::new());
        reader.read(&chunk, &mut scratch, &mut out, &mut lines);
        let mut rest = out.as_slice();
        for ReadLine { before, line } in lines {
            let (own, after) = rest.split_at(before);
            all.push((own.to_vec(), line));
            rest = after;
        }
        assert!(rest.is_empty(), "output of no line");
    }
}

/// Checks that an output is one line of JSON that is harmless on a terminal, and returns its members.
fn expect_line(output: &[u8], is_copied: bool) {
    let text = match std::str::from_utf8(output) {
        Ok(text) => text,
        // A member that was copied may have bytes that are none of UTF-8.
        Err(_) => panic!("not UTF-8: {}", output.escape_ascii()),
    };
    let line = text.strip_suffix('\n').expect("an output ends its line");
    assert!(!line.contains('\n'), "{line:?}");
    assert!(is_copied || !line.contains(acts_on_terminals), "{line:?}");
    let members: Result<BTreeMap<&str, &RawValue>, _> = serde_json::from_str(line);
    let members: Result<usize, _> = members.map(|members| members.len());
    assert!(members.is_ok() || serde_json::from_str::<&RawValue>(line).is_ok(), "{line:?}");
}

/// A size of chunks, then lines.
pub fn annotated(mut data: &[u8]) {
    let size = 16 + next(&mut data) % 200;
    let World { settings, readers } = world();
    for (reader, annotates) in readers.iter().zip([false, true]) {
        let lines = read(reader, data, size);
        let whole = read(reader, data, 1 << 22);
        assert_eq!(format!("{lines:?}"), format!("{whole:?}"), "in other chunks");
        if !data.starts_with(b"\xff\xfe") && !data.starts_with(b"\xfe\xff") {
            let start = if data.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            let count = data[start..].split_inclusive(|byte| *byte == b'\n').count();
            assert_eq!(lines.len(), count, "one answer a line");
        }
        let mut memory = Memory::default();
        for (mut output, line) in lines {
            let record = match line {
                LineKind::Passed => {
                    expect_line(&output, true);
                    continue;
                }
                LineKind::Unreadable => {
                    expect_line(&output, false);
                    continue;
                }
                LineKind::OtherRules(_) => continue,
                LineKind::Record(record) => record,
            };
            assert_eq!(output.is_empty(), !annotates);
            match record {
                Record::Post(post) => {
                    let decision = memory.post(&post, settings);
                    push_decision(&mut output, &post.id, &decision, "0badcafe");
                }
                Record::Event(event) => push_event(&mut output, &memory.event(&event, settings)),
            }
            output.extend_from_slice(if annotates { b"}\n" } else { b"\n" });
            expect_line(&output, annotates);
        }
        let changes = memory.take_changes();
        assert!(changes.log.iter().all(|entry| entry.is_intact()));
    }
}
