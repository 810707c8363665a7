//! What costs most: posts made to be dear, and rules that do not hit.
//!
//!     cargo bench --bench worst               # all
//!     cargo bench --bench worst -- posts      # one group
//!
//! Streams are cut into lines, JSON is read, HTML is folded; posts go through the embedded
//! packs, reading, judging and writing. Throughput is in bytes of what goes in, on one thread.
//! The slowest of each is the worst that was found, and none may be slower than the floor of
//! its stage ([`FLOORS`]): a measurement that finds one fails. Rules are invented, and no post
//! holds what they look for: ten thousand of them should cost little more than a hundred.

#![expect(clippy::print_stderr, reason = "what was computed is shown beside how fast")]

#[path = "../tests/it/embedded.rs"]
mod embedded;
#[path = "../tests/it/posts.rs"]
mod posts;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use posts::Mix;
use std::env;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::field::Names;
use tidegate_engine::fold::fold_html_into;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::output::Encoder;
use tidegate_engine::policy::{Policy, RuleFacts};
use tidegate_engine::post::{Batch, Mapping, Plan, Record};
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::load::Loader;

/// Is this a measurement, or a test?
fn measures() -> bool {
    env::args().any(|argument| argument == "--bench")
        && !env::args().any(|argument| argument == "--test")
}

/// What the slowest input of a stage must still reach, in MB/s: well below what was seen on
/// a machine of 2026 (docs/performance.md), so that only another order of cost falls below it.
struct Floors {
    lines: f64,
    json: f64,
    html: f64,
    posts: f64,
}

const FLOORS: Floors = Floors { lines: 5000.0, json: 3.0, html: 20.0, posts: 2.0 };

/// Inputs slower than their floor.
static TOO_SLOW: AtomicUsize = AtomicUsize::new(0);

/// How long an input is, in bytes or characters.
fn size() -> usize {
    if measures() { 256 << 10 } else { 512 }
}

/// Benchmarks `work`, which goes through `bytes` bytes, and holds its pace to `floor` MB/s.
fn hold(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    bytes: usize,
    floor: f64,
    mut work: impl FnMut(),
) {
    group.throughput(Throughput::Bytes(bytes as u64));
    let mut is_asked_for = false;
    group.bench_function(name, |bencher| {
        is_asked_for = true;
        bencher.iter(&mut work);
    });
    if !(is_asked_for && measures()) {
        return;
    }
    let pace = |_| {
        let begun = Instant::now();
        work();
        bytes as f64 / 1e6 / begun.elapsed().as_secs_f64()
    };
    let best = (0..5).map(pace).fold(0.0, f64::max);
    eprintln!("{name}: {best:.1} MB/s, floor {floor}");
    TOO_SLOW.fetch_add(usize::from(best < floor), Relaxed);
}

/// `unit` over and over.
fn flood(unit: &[u8]) -> Vec<u8> {
    unit.repeat(size().div_ceil(unit.len()))
}

fn dear_streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("worst/lines");
    group.sample_size(10);
    let settings = CutterSettings { chunk_bytes: CHUNK_BYTES_DEFAULT, line_bytes_max: 1 << 20 };
    for (name, stream) in [
        ("nothing but line ends", flood(b"\n")),
        ("lines of one letter", flood(b"a\n")),
        ("carriage returns", flood(b"\r\n")),
        ("marks of the byte order", flood(b"\xef\xbb\xbf\n")),
        ("one line without end", flood(b"a").repeat(16)),
    ] {
        let mut chunk = Chunk::default();
        hold(&mut group, name, stream.len(), FLOORS.lines, || {
            let (mut rest, mut cutter) = (stream.as_slice(), Cutter::new(settings));
            while cutter.next(&mut rest, &mut chunk, || false).expect("nothing fails") != Cut::End {
                black_box(chunk.bytes());
            }
        });
    }
}

/// One line whose text, or what stands beside it, asks much of the reader.
fn hostile_json() -> Vec<(&'static str, Vec<u8>)> {
    let text = |inside: &[u8]| [br#"{"text":""#, &*flood(inside), br#""}"#, b"\n"].concat();
    let beside = |start: &[u8], inside: &[u8], end: &[u8]| {
        [br#"{"text":"a","n":"#, start, &*flood(inside), end, b"}\n"].concat()
    };
    let depth = size() / 2;
    let nested = [b"[".repeat(depth), b"]".repeat(depth)].concat();
    vec![
        ("escaped quotes", text(br#"\""#)),
        ("escaped letters", text(br"\u0041")),
        ("lone surrogates", text(br"\ud800")),
        ("bad bytes", text(b"\xff")),
        ("bad bytes and letters", text(b"\xe4\xbda")),
        ("controls", text(b"\x01")),
        ("depth", [br#"{"n":"#, &*nested, br#","text":"a"}"#, b"\n"].concat()),
        ("depth without end", [&*flood(b"["), b"\n"].concat()),
        ("many members", beside(b"{", br#""a":1,"#, br#""z":1}"#)),
        ("a long number", beside(b"", b"1", b"")),
        ("lists of nothing", beside(b"[", b"[],", b"[]]")),
        ("lines that are no JSON", flood(b"{\n")),
        ("lines without a text", flood(b"{}\n")),
        ("short posts", flood(b"{\"text\":\"a\"}\n")),
        ("bad bytes in short posts", flood(b"{\"text\":\"\xff\"}\n")),
    ]
}

fn dear_json(criterion: &mut Criterion) {
    let mapping = Mapping::default();
    let mut names = Names::default();
    mapping.register(&mut names).expect("the default mapping fits");
    let plan = Plan::new(&mapping, &names).expect("the default mapping is sound");
    let mut batch = Batch::default();
    let mut group = criterion.benchmark_group("worst/json");
    group.sample_size(10);
    for (name, lines) in hostile_json() {
        hold(&mut group, name, lines.len(), FLOORS.json, || {
            plan.read(black_box(&lines), false, &mut batch);
        });
    }
}

fn dear_html(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("worst/html");
    group.sample_size(10);
    for (name, unit) in [
        ("opened tags", "<a "),
        ("signs that open nothing", "<"),
        ("empty tags", "<b></b>"),
        ("a comment without end", "<!-- -"),
        ("attributes without end", "<a href=\"x"),
        ("character references", "&amp;"),
        ("numbers of characters", "&#x8d4c;"),
        ("references without end", "&#x4"),
        ("references that are none", "&zzzzzzzz"),
        ("one tag around each letter", "<i>赌</i>"),
    ] {
        let text = unit.repeat(size().div_ceil(unit.len()));
        let mut symbols = Vec::new();
        hold(&mut group, name, text.len(), FLOORS.html, || {
            symbols.clear();
            fold_html_into(black_box(&text), &mut symbols);
        });
    }
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
    embedded::with_encoder(&classifier, |encoder| {
        let mut worker = Worker::new(&classifier, encoder);
        let mut group = criterion.benchmark_group("worst/posts");
        group.sample_size(10);
        for (name, text) in hostile(size()) {
            let line = serde_json::json!({ "id": 1, "text": text }).to_string() + "\n";
            hold(&mut group, name, line.len(), FLOORS.posts, || {
                black_box(worker.answer(black_box(line.as_bytes())));
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
    let loader = Loader::new().text("idle.rules.yaml", pack);
    let mut model = loader.load().expect("the pack loads").model;
    let source = tidegate_packs::BUNDLE
        .policy(tidegate_engine::policy::DEFAULT)
        .expect("the default policy");
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

fn floors_are_kept(_: &mut Criterion) {
    assert_eq!(TOO_SLOW.load(Relaxed), 0, "inputs are slower than their floor, see above");
}

criterion_group!(
    benches,
    dear_streams,
    dear_json,
    dear_html,
    dear_posts,
    many_rules,
    floors_are_kept
);
criterion_main!(benches);
