//! Compiled rules judge as the rules they were made from, byte for byte; and no bytes make
//! reading them, or judging by them, go wrong.

use crate::embedded;
use crate::posts::{self, Mix};
use proptest::prelude::*;
use std::panic;
use std::path::Path;
use std::sync::OnceLock;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::codec::container::ContainerError;
use tidegate_engine::post::{Batch, Record};
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::load::Loader;
use xxhash_rust::xxh3::Xxh3;

/// Every kind of matcher, condition and literal: what can be stored is in here.
const PACK: &str = r#"
tidegate: 1
pack: all
version: 2026.1.0
title: Every kind
license: CC0-1.0
defaults: { category: fraud, level: medium, fields: [title, text] }
define:
  pay: { words: [bank transfer, gift card, 微信转账], view: [folded, squeezed], except: [gift card holder] }
  apart: { words: [赌博, casino chips], view: [squeezed, look] }
  sound: { words: [加微信, 代购烟草], view: [sound] }
  short: { words: [v, vx, 彩], edge: none }
  spelt: { words: [CaSh], cased: true }
  exact: { words: ["p.a.y"], view: [exact], edge: word }
  parts: { seq: [[send, 寄], [money, 钱], home], gap: 6 }
  contact: { entity: [email, phone-cn, handle], view: [folded, squeezed] }
  number: { regex: '\d{9,12} units?', max: 3 }
  code: { regex: 'code-[a-f]{2,4}', view: [folded, squeezed] }
  wild: { regex: '[xyz]{6}' }
  card: { entity: bank-card, check: luhn }
  chinese: { words: [汇款], lang: [zh] }
rules:
  - id: all.pay
    title: Paid outside
    match: { own: [first deposit] }
    condition: pay and (own or contact) and not apart
    weight: 2.5
    boost: { 'evaded(pay)': 1, 'count(short) >= 2': 0.5, 'fired(all.spelt)': 1 }
    redact: [contact]
  - id: all.apart
    title: Written apart
    condition: 1 of (apart, sound) or distinct(short) >= 2
    weight: 3
  - id: all.spelt
    condition: spelt or exact
    weight: 1
    lang: [en]
  - id: all.near
    condition: parts or number near/30 code or wild before/10 number
    weight: 4
    active: { from: 2020-01-01, until: 2030-12-31 }
  - id: all.meta
    condition: (card or chinese) and post.reports > 2 and post.channel in [news, ads] and length < 900 and lang in [zh, en]
    weight: 5
    aliases: [all.old]
  - id: all.last
    status: experimental
    condition: fired(all.near) and has(post.author.id)
    weight: 1
"#;

/// Posts that meet every matcher above.
pub const POSTS: &str = r#"{"id":1,"text":"First deposit by b a n k transfer, mail a@b.example"}
{"id":2,"text":"贝者博 and c4s1no chips, gift card holder"}
{"id":3,"text":"家微信 vx 彩 v"}
{"id":4,"lang":"en","text":"CaSh, cash, p.a.y or pay"}
{"id":5,"author":{"id":"x"},"created_at":"2025-05-05T00:00:00Z","text":"send the money home; code-abc 1234567890 units"}
{"id":6,"title":"汇款","channel":"ads","reports":9,"text":"4111 1111 1111 1111 xyzxyz 123456789 unit"}
{"id":7,"text":"c-o-d-e-abc and 寄 一点 钱 home, gift card, first deposit"}
{"id":8,"text":"nothing to see"}
"#;

/// The pack above, compiled.
pub fn compiled() -> Compiled {
    let loader = Loader::new().text("all.rules.yaml", PACK);
    let loaded = loader.load().unwrap_or_else(|faults| panic!("{faults:#?}"));
    let rules = compile(loaded.model).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Compiled { rules, policies: loaded.policies, embedded: false }
}

/// The embedded packs, compiled from their sources.
pub fn compiled_embedded() -> Compiled {
    let loaded = tidegate_packs::loader().load().expect("the embedded packs load");
    let rules = compile(loaded.model).expect("the embedded packs compile");
    Compiled { rules, policies: loaded.policies, embedded: true }
}

/// A classifier of compiled rules.
pub fn classifier(compiled: Compiled) -> Classifier {
    let builder = tidegate_packs::builder().embedded(false).compiled(compiled);
    builder.build().unwrap_or_else(|error| panic!("{error}")).into_parts().0
}

/// The verdicts for `lines`.
pub fn judged(classifier: &Classifier, lines: &[u8]) -> String {
    let plan = embedded::plan(classifier);
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    plan.read(lines, true, &mut batch);
    classifier.scan(lines, &batch, &mut scratch);
    let mut out = Vec::new();
    embedded::with_encoder(classifier, |encoder| {
        for at in 0..batch.len() {
            if let Record::Post(post) = batch.record(lines, at) {
                let verdict = classifier.judge(&post, at, &mut scratch);
                encoder.post(&mut out, b"", &post, &verdict);
            }
        }
    });
    String::from_utf8(out).unwrap()
}

/// Reads a compiled file.
pub fn read(file: &[u8]) -> Compiled {
    Compiled::from_bytes(file).unwrap_or_else(|refused| panic!("{refused}"))
}

#[test]
fn embedded_packs_judge_the_same_once_compiled() {
    let built = compiled_embedded();
    let file = built.to_bytes();
    assert!(file == tidegate_packs::BUNDLE.compiled(), "the build script compiles the same rules");
    let read = read(&file);
    assert!(read.embedded);
    assert_eq!(read.rules.hash_hex(), built.rules.hash_hex());
    assert_eq!(read.to_bytes(), file, "decoding and encoding gives the same bytes");
    let (built, read) = (classifier(built), embedded::classifier());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lines = std::fs::read(root.join("examples/posts.jsonl")).unwrap();
    let mix = Mix { harmful_percent: 40, unreadable_percent: 5 };
    lines.extend(posts::lines(11, 400_000, mix));
    let expected = judged(&built, &lines);
    assert!(expected.contains("\"rules\""), "nothing was hit: this shows too little");
    assert_eq!(judged(&read, &lines), expected);
}

#[test]
fn every_kind_of_rule_judges_the_same_once_compiled() {
    let built = compiled();
    let file = built.to_bytes();
    let read = classifier(read(&file));
    let built = classifier(built);
    let expected = judged(&built, POSTS.as_bytes());
    for id in ["pay", "apart", "spelt", "near", "meta", "last"] {
        assert!(expected.contains(&format!("\"all.{id}\"")), "all.{id} in\n{expected}");
    }
    assert_eq!(judged(&read, POSTS.as_bytes()), expected);
}

/// Gives `file` the checksum of its bytes, so that what lies behind it is looked at.
fn rewrite_checksum(file: &mut [u8]) {
    let mut hasher = Xxh3::new();
    hasher.update(&file[..32]);
    hasher.update(&file[48..]);
    let sum = hasher.digest128().to_le_bytes();
    file[32..48].copy_from_slice(&sum);
}

fn file() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| compiled().to_bytes())
}

#[test]
fn every_damage_is_refused() {
    assert!(Compiled::from_bytes(file()).is_ok());
    for at in 0..file().len() {
        let mut damaged = file().to_vec();
        damaged[at] ^= 1 << (at % 8);
        assert!(Compiled::from_bytes(&damaged).is_err(), "byte {at} was changed");
    }
    for end in (0..file().len()).step_by(97) {
        assert!(Compiled::from_bytes(&file()[..end]).is_err(), "cut at {end}");
    }
    assert!(matches!(
        Compiled::from_bytes(b"tidegate: 1\n"),
        Err(ContainerError::NotCompiledRules)
    ));
}

/// A file that claims to be whole is refused, or judges.
fn refuse_or_judge(mut file: Vec<u8>) -> Result<(), TestCaseError> {
    rewrite_checksum(&mut file);
    let done = panic::catch_unwind(|| {
        if let Ok(compiled) = Compiled::from_bytes(&file) {
            judged(&classifier(compiled), POSTS.as_bytes());
        }
    });
    prop_assert!(done.is_ok(), "it panicked");
    Ok(())
}

/// Where the content begins: behind the head and the version.
const HEAD: usize = 48;

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1000), ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_are_refused_or_judge(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut file = file().to_vec();
        for (at, byte) in changes {
            let at = HEAD + at.index(file.len() - HEAD);
            file[at] = byte;
        }
        refuse_or_judge(file)?;
    }

    #[test]
    fn small_changes_are_refused_or_judge(at: prop::sample::Index, up: bool) {
        let mut file = file().to_vec();
        let at = HEAD + at.index(file.len() - HEAD);
        file[at] = if up { file[at].wrapping_add(1) } else { file[at].wrapping_sub(1) };
        refuse_or_judge(file)?;
    }

    #[test]
    fn cut_files_are_refused(end: prop::sample::Index) {
        let mut file = file()[..HEAD + end.index(file().len() - HEAD)].to_vec();
        // The header states the true length of the content.
        let version = 8 + env!("CARGO_PKG_VERSION").len();
        let content = file.len().saturating_sub(HEAD + version) as u64;
        file[24..32].copy_from_slice(&content.to_le_bytes());
        rewrite_checksum(&mut file);
        prop_assert!(Compiled::from_bytes(&file).is_err());
    }
}

#[test]
fn eval_takes_a_compiled_file_where_it_takes_rules() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.tgc");
    let run = |arguments: &[&std::ffi::OsStr]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(arguments)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {message}");
        output.stdout
    };
    let [rules, rows] =
        ["tests/cli/rules", "tests/cli/labelled/chat.jsonl"].map(std::ffi::OsStr::new);
    let word = std::ffi::OsStr::new;
    run(&[word("compile"), word("--no-default-rules"), rules, word("-o"), file.as_os_str()]);
    let eval = ["eval", "--no-default-rules", "--policy", "demo", "--json"].map(word);
    let from_sources = run(&[&eval[..], &[rules, rows]].concat());
    let from_file = run(&[&eval[..], &[file.as_os_str(), rows]].concat());
    assert_eq!(String::from_utf8(from_file).unwrap(), String::from_utf8(from_sources).unwrap());
}
