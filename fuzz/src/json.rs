//! Reading posts from lines: one record per line, the same with every parse mode.

use super::next;
use tidegate_engine::domain::field::Names;
use tidegate_engine::post::{Batch, Mapping, PRESETS, ParseMode, Plan, Record};

/// A description of each record.
fn records(plan: &Plan, chunk: &[u8], batch: &mut Batch) -> Vec<String> {
    plan.read(chunk, !chunk.ends_with(b"\n"), batch);
    (0..batch.len())
        .map(|index| match batch.record(chunk, index) {
            Record::Post(post) => {
                let texts: Vec<_> = post.texts().collect();
                assert!(!texts.is_empty(), "a post without text");
                format!("{:?} {} {texts:?}", batch.line_span(index), post.id())
            }
            Record::Skipped { id } => format!("{:?} skipped {id}", batch.line_span(index)),
            Record::Unreadable { id, code, detail } => {
                assert!(!detail.contains(char::is_control), "{detail:?}");
                format!("{:?} {} {id} {detail}", batch.line_span(index), code.name())
            }
        })
        .collect()
}

/// A preset, then lines.
pub fn json(mut data: &[u8]) {
    let preset = &PRESETS[next(&mut data) % PRESETS.len()];
    if data.is_empty() {
        return;
    }
    let mapping = Mapping::preset(preset.name).expect("presets are known");
    let mut names = Names::default();
    mapping.register(&mut names).expect("presets fit");
    let mut plan = Plan::new(&mapping, &names).expect("presets are valid");
    let mut batch = Batch::default();
    let mut first: Option<(ParseMode, Vec<String>)> = None;
    for mode in ParseMode::available() {
        plan.set_parse_mode(mode);
        let records = records(&plan, data, &mut batch);
        let count = data.split_inclusive(|byte| *byte == b'\n').count();
        assert_eq!(records.len(), count, "{mode:?}: a record for every line");
        match &first {
            None => first = Some((mode, records)),
            Some((other, expected)) => assert_eq!(&records, expected, "{mode:?} and {other:?}"),
        }
    }
    let (_, records) = first.expect("there is a mode");
    if preset.name == "lines" {
        return;
    }
    for (line, record) in data.split(|byte| *byte == b'\n').zip(&records) {
        let is_object = serde_json::from_slice::<serde_json::Map<_, _>>(line).is_ok();
        assert!(!is_object || !record.contains(" bad_json "), "{record}: it is JSON");
    }
}
