//! Every preset on its sample in `examples/`.

use super::tests::plan;
use super::*;
use crate::domain::field::{FieldId, MetaId, Names};

/// The records of `examples/FILE` in short: `+ID field=…` for posts with the names of their
/// fields, `~ID` for skipped records, `!code` for unreadable lines.
fn read(preset: &str, file: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(file);
    let chunk = std::fs::read(&path).unwrap();
    let (plan, names) = plan(&Mapping::preset(preset).unwrap(), &[]);
    let mut batch = Batch::default();
    plan.read(&chunk, false, &mut batch);
    (0..batch.len()).map(|index| short(batch.record(&chunk, index), &names)).collect()
}

fn short(record: Record<'_>, names: &Names) -> String {
    match record {
        Record::Skipped { id } => format!("~{id}"),
        Record::Unreadable { code, .. } => format!("!{}", code.name()),
        Record::Post(post) => {
            let fields: Vec<&str> = post.texts().map(|text| names.field_name(text.field)).collect();
            format!("+{} {}", post.id(), fields.join(" "))
        }
    }
}

/// The posts of a sample in full.
fn with_posts(preset: &str, file: &str, mut look: impl FnMut(Post<'_>)) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(file);
    let chunk = std::fs::read(&path).unwrap();
    let (plan, _) = plan(&Mapping::preset(preset).unwrap(), &[]);
    let mut batch = Batch::default();
    plan.read(&chunk, false, &mut batch);
    for index in 0..batch.len() {
        if let Record::Post(post) = batch.record(&chunk, index) {
            look(post);
        }
    }
}

#[test]
fn default_reads_its_sample() {
    let read = read("default", "posts.jsonl");
    assert_eq!(read.len(), 21);
    assert_eq!(read[12..15], ["!empty", "+\"p13\" title text", "!bad_json"]);
    assert_eq!(read.iter().filter(|line| line.starts_with('+')).count(), 19);
}

#[test]
fn jetstream_skips_what_is_no_post() {
    assert_eq!(
        read("jetstream", "jetstream.jsonl"),
        [
            "+\"bafyreisample000001\" text alt",
            "~null",
            "+\"bafyreisample000003\" text tags",
            "~\"bafyreisample000004\"",
            "+\"bafyreisample000005\" text",
            "~null",
            "+\"bafyreisample000007\" text alt",
            "~null",
            "+\"bafyreisample000009\" text",
        ]
    );
}

#[test]
fn mastodon_reads_through_html() {
    let read = read("mastodon", "mastodon.jsonl");
    assert_eq!(read[0], "+\"114000000000000001\" title text author_name bio tags alt");
    assert_eq!(read[6], "!no_text");
    with_posts("mastodon", "mastodon.jsonl", |post| {
        let html: Vec<bool> = post.texts().map(|text| text.html).collect();
        assert_eq!(html[..4], [false, true, false, true]);
        if post.id() == "\"114000000000000003\"" {
            let text = post.text(FieldId::TEXT).unwrap();
            let seen: String = crate::html::pieces(text).map(|(c, _)| c).collect();
            assert_eq!(seen, "澳门威尼斯人，首存送彩金\n加微信: wnsr_demo88");
            assert_eq!(post.meta(MetaId::SURFACE), Some("\"unlisted\""));
        }
    });
}

#[test]
fn mastodon_reads_boosts_and_polls() {
    let read = read("mastodon", "mastodon.jsonl");
    assert_eq!(read[7], "+\"114000000000000008\" title text author_name bio alt");
    assert_eq!(read[8], "+\"114000000000000009\" title text author_name bio poll");
    with_posts("mastodon", "mastodon.jsonl", |post| match post.id() {
        "\"114000000000000008\"" => {
            let text = post.text(FieldId::TEXT).unwrap();
            let seen: String = crate::html::pieces(text).map(|(c, _)| c).collect();
            assert_eq!(seen, "真人视讯平台，注册送\u{a0}58\u{a0}彩金\n加飞机: tg_demo77");
            assert_eq!(post.text(FieldId::ALT), Some("平台截图"));
        }
        "\"114000000000000009\"" => {
            assert_eq!(post.text(FieldId::POLL), Some("Merino\nAlpaca"));
        }
        _ => assert_eq!(post.text(FieldId::POLL), None),
    });
}

#[test]
fn reddit_reads_submissions_and_comments() {
    assert_eq!(
        read("reddit", "reddit.jsonl"),
        [
            "+\"sub0001\" title text author_name",
            "+\"sub0002\" title text author_name",
            "+\"com0003\" text author_name",
            "+\"com0004\" text author_name",
            "+\"sub0005\" title text author_name tags",
            "+\"com0006\" text author_name",
            "!no_text",
        ]
    );
    let mut times = 0;
    with_posts("reddit", "reddit.jsonl", |post| {
        times += i64::from(post.meta(MetaId::CREATED_AT).and_then(timestamp).is_some());
        assert!(post.meta(MetaId::CHANNEL).is_some());
    });
    assert_eq!(times, 6);
}

#[test]
fn weibo_prefers_the_raw_text() {
    let read = read("weibo", "weibo.jsonl");
    assert_eq!(read[0], "+5000000000000001 text author_name bio");
    assert_eq!(read[6], "!no_text");
    let mut html = Vec::new();
    with_posts("weibo", "weibo.jsonl", |post| {
        html.extend(post.texts().filter(|text| text.field == FieldId::TEXT).map(|text| text.html));
        assert!(post.meta(MetaId::CREATED_AT).and_then(timestamp).is_some());
    });
    assert_eq!(html, [false, true, true, false, false, false, false, true]);
    assert_eq!(read[7], "+5000000000000007 text author_name bio shared");
    with_posts("weibo", "weibo.jsonl", |post| {
        let shared = post.texts().find(|text| text.field == FieldId::SHARED);
        assert_eq!(shared.is_some(), post.id() == "5000000000000007");
        assert!(shared.is_none_or(|text| text.html && text.text.starts_with("快三计划")));
    });
}

#[test]
fn lines_are_read_as_they_stand() {
    let read = read("lines", "lines.txt");
    assert_eq!(read.len(), 8);
    assert_eq!(read[2..4], ["+null text", "!empty"]);
}

#[test]
fn every_preset_has_a_sample() {
    for preset in PRESETS {
        let file = match preset.name {
            "default" => "posts.jsonl".to_owned(),
            "lines" => "lines.txt".to_owned(),
            name => format!("{name}.jsonl"),
        };
        assert!(read(preset.name, &file).len() >= 5, "{file}");
    }
}
