//! Compiled rules: any change to the bytes of a file is refused with a reason, or the file still
//! classifies posts. What was decoded is encoded again, and gives the same verdicts.

use super::judged::expect_harmless;
use super::next;
use std::sync::OnceLock;
use tidegate_engine::classifier::Scratch;
use tidegate_engine::codec::container;
use tidegate_engine::output::{Encoder, Labels, Style};
use tidegate_engine::post::{Batch, Record};
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::{Loader, compile};
use xxhash_rust::xxh3::Xxh3;

/// Every kind of matcher and condition that can be encoded.
const PACK: &str = r#"
tidegate: 1
pack: all
version: 2026.1.0
title: Every kind
license: CC0-1.0
defaults: { category: fraud, level: medium, fields: [title, text] }
define:
  pay: { words: [bank transfer, 微信转账], view: [folded, squeezed], except: [bank transfer form] }
  loose: { words: [赌博, casino chips], view: [squeezed, look] }
  sound: { words: [加微信], view: [sound] }
  short: { words: [v, vx, 彩], edge: none }
  spelt: { words: [CaSh], cased: true }
  exact: { words: ["p.a.y"], view: [exact], edge: word }
  parts: { seq: [[send, 寄], [money, 钱], home], gap: 6 }
  contact: { entity: [email, handle], view: [folded, squeezed] }
  number: { regex: '\d{9,12} units?', max: 3 }
  wild: { regex: '[xyz]{6}' }
  card: { entity: bank-card, check: luhn }
rules:
  - id: all.last
    condition: fired(all.near) and has(post.author.id)
    weight: 1
  - id: all.near
    condition: parts or number near/30 pay or wild before/10 number
    weight: 4
    active: { from: 2020-01-01, until: 2030-12-31 }
  - id: all.pay
    condition: pay and (contact or post.reports > 2) and not loose
    weight: 2.5
    boost: { 'evaded(pay)': 1, 'count(short) >= 2': 0.5, 'fired(all.spelt)': 1 }
    redact: [contact]
  - id: all.sound
    condition: 1 of (loose, sound) or distinct(short) >= 2 or card
    weight: 3
    aliases: [all.old]
  - id: all.spelt
    condition: (spelt or exact) and length < 900 and lang in [zh, en]
    weight: 1
    lang: [en]
"#;

/// Posts that meet every matcher above, and one that meets none.
const POSTS: &str = r#"{"id":1,"text":"by b a n k transfer, mail a@b.example, a bank transfer form"}
{"id":2,"text":"贝者博 and c4s1no chips, 家微信 vx 彩 v"}
{"id":3,"lang":"en","text":"CaSh, cash, p.a.y or pay"}
{"id":4,"author":{"id":"x"},"created_at":"2025-05-05T00:00:00Z","text":"send the money home"}
{"id":5,"title":"微信转账","reports":9,"text":"4111 1111 1111 1111 xyzxyz 123456789 unit"}
{"id":6,"text":"nothing to see"}
"#;

/// The bytes of a file with the length of the content.
const LENGTH: std::ops::Range<usize> = 24..32;

/// The bytes of a file with the checksum of the rest.
const SUM: std::ops::Range<usize> = 32..48;

fn file() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let loader = Loader::new().text("all.rules.yaml", PACK);
        let loaded = loader.load().unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
        let rules = compile(loaded.model).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
        Compiled { rules, policies: loaded.policies, embedded: false }.to_bytes()
    })
}

/// The verdicts for [`POSTS`].
fn judged(compiled: Compiled) -> String {
    let builder = tidegate_packs::builder().embedded(false).compiled(compiled);
    // A changed file may lack names that the mapping needs.
    let Ok(engine) = builder.build() else { return String::new() };
    let (classifier, plan) = engine.into_parts();
    let encoder = Encoder::new(Labels::of(&classifier), Style::default());
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    let lines = POSTS.as_bytes();
    plan.read(lines, true, &mut batch);
    classifier.scan(lines, &batch, &mut scratch);
    let mut out = Vec::new();
    for at in 0..batch.len() {
        let Record::Post(post) = batch.record(lines, at) else { panic!("these are posts") };
        let verdict = classifier.judge(&post, at, &mut scratch);
        let start = out.len();
        encoder.post(&mut out, &lines[batch.line_span(at)], &post, &verdict);
        expect_harmless(&out[start..]);
    }
    String::from_utf8(out).expect("verdicts are UTF-8")
}

/// A place in `file`, from the first three bytes of `data`. Most are near the start (rules) or
/// near the end (triggers): the tables between them are most of a file.
fn place(data: &mut &[u8], file: &[u8]) -> usize {
    let [a, b, c] = [next(data), next(data), next(data)];
    let at = a | b << 8;
    match c % 4 {
        0 => (at | c << 16) % (file.len() + 1),
        1 => file.len().saturating_sub(at % 1024),
        _ => (at % 8192).min(file.len()),
    }
}

/// One change: a byte, a wrong number, bytes copied from another place, or a truncation.
fn change(data: &mut &[u8], file: &mut Vec<u8>) {
    let (kind, at) = (next(data) % 8, place(data, file));
    let length = file.len();
    let width = |width: usize| at..(at + width).min(length);
    match kind {
        0 => file.truncate(at),
        1 => file[width(8)].fill(0xFF),
        2 => {
            let number = (next(data) << 16).to_le_bytes();
            let place = width(8);
            let bytes = place.len();
            file[place].copy_from_slice(&number[..bytes]);
        }
        3 => {
            let (from, length) = (place(data, file), 1 + next(data) % 32);
            let part = file[from..(from + length).min(file.len())].to_vec();
            file.splice(at..at, part);
        }
        4 => drop(file.drain(width(1 + next(data) % 32))),
        5 if at < file.len() => file[at] = file[at].wrapping_add(1),
        6 if at < file.len() => file[at] = file[at].wrapping_sub(1),
        _ if at < file.len() => file[at] = next(data) as u8,
        _ => {}
    }
}

/// Writes the length and the checksum of the changed bytes, so that the later checks are
/// reached.
fn rewrite_checksum(file: &mut [u8]) {
    let head = SUM.end + 8 + container::VERSION.len();
    if file.len() < head {
        return;
    }
    let content = (file.len() - head) as u64;
    file[LENGTH].copy_from_slice(&content.to_le_bytes());
    let mut hasher = Xxh3::new();
    hasher.update(&file[..SUM.start]);
    hasher.update(&file[SUM.end..]);
    let sum = hasher.digest128().to_le_bytes();
    file[SUM].copy_from_slice(&sum);
}

/// A mode, then changes to an intact file.
pub fn compiled(mut data: &[u8]) {
    let has_new_checksum = !next(&mut data).is_multiple_of(4);
    let mut file = file().to_vec();
    while !data.is_empty() {
        change(&mut data, &mut file);
    }
    let is_changed = file != self::file();
    if has_new_checksum {
        rewrite_checksum(&mut file);
    }
    match Compiled::from_bytes(&file) {
        Ok(first) => {
            assert!(has_new_checksum || !is_changed, "the damage was not found");
            let encoded = first.to_bytes();
            let verdicts = judged(first);
            let second = Compiled::from_bytes(&encoded).expect("an encoded rule set decodes");
            assert_eq!(second.to_bytes(), encoded, "encoding is stable");
            assert_eq!(judged(second), verdicts);
            if !is_changed {
                let intact = Compiled::from_bytes(self::file()).expect("it is intact");
                assert_eq!(judged(intact), verdicts);
            }
        }
        Err(error) => {
            assert!(is_changed, "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
}
