//! What costs most: posts made to be dear, and rules that do not hit.
//!
//!     cargo bench --bench worst               # all
//!     cargo bench --bench worst -- posts      # one group
//!
//! Posts go through the embedded packs, reading, judging and writing; throughput is in
//! bytes of JSON lines. The slowest of them is the worst that was found. Rules are
//! invented, and no post holds what they look for: ten thousand of them should cost little
//! more than a hundred.

#![expect(clippy::print_stderr, reason = "what was computed is shown beside how fast")]

#[path = "../tests/embedded/mod.rs"]
mod embedded;
#[path = "../tests/posts/mod.rs"]
mod posts;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use posts::Mix;
use std::env;
use std::fmt::Write as _;
use std::hint::black_box;
use tidegate::classifier::{Classifier, Scratch};
use tidegate::output::Encoder;
use tidegate::policy::{Policy, RuleFacts};
use tidegate::post::{Batch, Plan, Record};
use tidegate::ruleset::compile::compile;
use tidegate::ruleset::load::Loader;

/// Is this a measurement, or a test?
fn measures() -> bool {
    env::args().any(|argument| argument == "--bench")
        && !env::args().any(|argument| argument == "--test")
}

/// One worker with its buffers, as the pipeline has it.
struct Worker<'w, 'e> {
    plan: Plan,
    classifier: &'w Classifier,
    encoder: &'w Encoder<'e>,
    batch: Batch,
    scratch: Scratch,
    out: Vec<u8>,
}

impl<'w, 'e> Worker<'w, 'e> {
    fn new(classifier: &'w Classifier, encoder: &'w Encoder<'e>) -> Worker<'w, 'e> {
        let plan = embedded::plan(classifier);
        let (batch, scratch) = (Batch::default(), Scratch::default());
        Worker { plan, classifier, encoder, batch, scratch, out: Vec::new() }
    }

    /// Reads a chunk, judges it and writes its verdicts; how many bytes those are.
    fn answer(&mut self, chunk: &[u8]) -> usize {
        let Worker { plan, classifier, encoder, batch, scratch, out } = self;
        out.clear();
        plan.read(chunk, false, batch);
        classifier.scan(chunk, batch, scratch);
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(chunk, index) else { continue };
            let verdict = classifier.judge(&post, index, scratch);
            encoder.post(out, &chunk[batch.line_span(index)], &post, &verdict);
        }
        out.len()
    }
}

/// Texts that ask much of some stage, each as long as `chars` or a little longer.
fn hostile(chars: usize) -> Vec<(&'static str, String)> {
    let repeated = |unit: &str| unit.repeat(chars.div_ceil(unit.chars().count()));
    vec![
        ("one Han character", repeated("你")),
        ("one letter", repeated("a")),
        ("combining marks", repeated("a\u{301}\u{302}\u{303}")),
        ("alternating scripts", repeated("a赌я1")),
        ("hits everywhere", repeated("加我微信兼职日结")),
        ("near misses", repeated("加我徽倍兼织曰结")),
        ("noise between", repeated("加 . 我 。 微 * 信 - ")),
        ("look-alikes", repeated("f.r.3.3 c4$1n0 @ss ")),
        ("pinyin", repeated("jiawoweixinliaotian")),
        ("short pinyin", repeated("bocai ")),
        ("digits", repeated("13812345678 ")),
        ("dots and signs", repeated("a.b@c.com:1/")),
        ("openings of gaps", repeated("please like support the money in 12 ")),
        ("emoji", repeated("💰🈶➕🐧")),
    ]
}

fn dear_posts(criterion: &mut Criterion) {
    let classifier = embedded::classifier();
    let chars = if measures() { 256 << 10 } else { 512 };
    embedded::with_encoder(&classifier, |encoder| {
        let mut worker = Worker::new(&classifier, encoder);
        let mut group = criterion.benchmark_group("worst/posts");
        group.sample_size(10);
        for (name, text) in hostile(chars) {
            let line = serde_json::json!({ "id": 1, "text": text }).to_string() + "\n";
            group.throughput(Throughput::Bytes(line.len() as u64));
            group.bench_function(name, |bencher| {
                bencher.iter(|| worker.answer(black_box(line.as_bytes())));
            });
            let told = String::from_utf8_lossy(&worker.out);
            eprintln!("{name}: {}", told.chars().take(60).collect::<String>());
        }
    });
}

/// A pack of so many rules that ordinary posts do not trigger, each with two lists and a
/// regex, combined by distance and negation.
fn idle_rules(count: usize) -> Classifier {
    let mut pack = String::from(
        "tidegate: 1\npack: idle\nversion: 2026.1.0\ntitle: Rules that do not hit\n\
         license: CC0-1.0\ndefaults: { category: spam, fields: [title, text] }\nrules:\n",
    );
    for rule in 0..count {
        let written = write!(
            pack,
            "  - id: idle.rule{rule}\n    condition: _a near/20 _b and not _c\n    weight: 1\n    match:\n      \
             _a: [zq{rule}x, 櫷{rule}龘]\n      _b: [today, 今天, the]\n      _c: {{ regex: 'qx{rule}[0-9]{{2,4}}' }}\n"
        );
        written.expect("a string takes what is written");
    }
    let loader = Loader::new().embedded(false).text("idle.rules.yaml", pack);
    let mut model = loader.load().expect("the pack loads").model;
    let source = Policy::embedded(tidegate::policy::DEFAULT).expect("the default policy");
    let policy = Policy::parse(&source, &mut model.names).expect("the policy is sound");
    let rules = compile(model).expect("the pack compiles");
    let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(RuleFacts::of).collect();
    let policy = policy.resolve(&facts).expect("the policy fits").policy;
    Classifier::new(rules, policy)
}

fn many_rules(criterion: &mut Criterion) {
    let bytes = if measures() { 4 << 20 } else { 32 << 10 };
    let lines = posts::lines(1, bytes, Mix { harmful_percent: 0, unreadable_percent: 0 });
    let mut group = criterion.benchmark_group("worst/idle rules");
    group.sample_size(10).throughput(Throughput::Bytes(lines.len() as u64));
    for count in if measures() { [100, 10_000] } else { [10, 100] } {
        let classifier = idle_rules(count);
        embedded::with_encoder(&classifier, |encoder| {
            let mut worker = Worker::new(&classifier, encoder);
            group.bench_function(count.to_string(), |bencher| {
                bencher.iter(|| worker.answer(black_box(&lines)));
            });
        });
    }
}

criterion_group!(benches, dear_posts, many_rules);
criterion_main!(benches);
