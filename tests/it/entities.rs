//! The examples of `docs/entities.md`, through the library as a program uses it.

use crate::sessions::root;
use std::collections::BTreeSet;
use std::fs;
use tidegate_engine::Engine;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::post::{Batch, Mapping, Plan, Record};
use tidegate_engine::scan::entities::Entity;

/// A row of the table: the entity, and the cells of texts with and without it.
struct Row {
    entity: String,
    finds: String,
    misses: String,
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/entities.md")).unwrap();
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    let row = |line| match &cells(line)[..] {
        [_, entity, finds, misses, _] => Row {
            entity: entity.trim_matches('`').to_owned(),
            finds: finds.clone(),
            misses: misses.clone(),
        },
        other => panic!("{} cells: {line}", other.len()),
    };
    lines.map(row).collect()
}

/// The examples of a cell: everything in code.
fn examples(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn classifier(entity: &str) -> Classifier {
    let pack = format!(
        "tidegate: 1\npack: p\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\n\
         defaults: {{ category: spam, level: low }}\n\
         rules:\n  - {{ id: p.r, title: t, condition: a, weight: 3, \
         match: {{ a: {{ entity: {entity} }} }} }}\n"
    );
    let policy = "tidegate: 1\nkind: policy\ncategories: { spam: { flag: 2 } }\n";
    let engine = Engine::builder()
        .rules_text("p.rules.yaml", pack)
        .policy_text("policy.yaml", policy.to_owned())
        .build();
    engine.unwrap_or_else(|error| panic!("{error}")).into_parts().0
}

/// The texts of the hits in a post with `text`.
fn found(classifier: &Classifier, text: &str) -> Vec<String> {
    let line = serde_json::json!({ "id": 1, "text": text }).to_string();
    let plan =
        Plan::new(&Mapping::default(), classifier.rules().names()).expect("the default mapping");
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    plan.read(line.as_bytes(), true, &mut batch);
    classifier.scan(line.as_bytes(), &batch, &mut scratch);
    let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("no post: {line}") };
    let verdict = classifier.judge(&post, 0, &mut scratch);
    let spans = verdict.evidence.iter().map(|evidence| evidence.span);
    spans.map(|span| text[span.start() as usize..span.end() as usize].to_owned()).collect()
}

#[test]
fn examples_are_found_and_not_found_as_the_table_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        let classifier = classifier(&row.entity);
        for example in examples(&row.finds) {
            let (text, hit) = example.split_once(" → ").unwrap_or((example, example));
            let got = found(&classifier, text);
            if got != [hit] {
                wrong.push(format!("{}: {text:?} has {got:?}, not {hit:?}", row.entity));
            }
        }
        for text in examples(&row.misses) {
            let got = found(&classifier, text);
            if !got.is_empty() {
                wrong.push(format!("{}: {text:?} has {got:?}", row.entity));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_entity_has_a_row_with_examples() {
    let names: BTreeSet<&str> = Entity::ALL.into_iter().map(Entity::name).collect();
    let rows = rows();
    let named: BTreeSet<&str> = rows.iter().map(|row| row.entity.as_str()).collect();
    assert_eq!(named, names, "docs/entities.md left, the engine right");
    for row in &rows {
        let both = examples(&row.finds).len().min(examples(&row.misses).len());
        assert!(both > 0, "{} has no example", row.entity);
    }
}
