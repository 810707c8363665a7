//! Worst cases: inputs made to be expensive, and many rules that do not hit.
//!
//!     cargo bench --bench worst               # all
//!     cargo bench --bench worst -- posts      # one group
//!
//! Streams are split into lines, JSON is read, HTML is folded; posts are read, judged with the
//! embedded packs and written. Throughput is in bytes of input, on one thread. These are the
//! slowest inputs known for each stage; if one is slower than the floor of its stage
//! ([`FLOORS`]), the run fails. The rules of the last group are generated, and no post contains
//! their terms: ten thousand of them should cost little more than a hundred.

#![expect(clippy::print_stderr, reason = "results are printed next to the times")]

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
use tidegate_engine::fold::{Output, fold_html_into};
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::output::Encoder;
use tidegate_engine::post::{Batch, Mapping, Plan, Record};

/// Whether this run measures, or only tests.
fn measures() -> bool {
    env::args().any(|argument| argument == "--bench")
        && !env::args().any(|argument| argument == "--test")
}

/// Lowest accepted throughput of each stage, in MB/s. Well below the measurements on a machine
/// of 2026 (docs/performance.md), so that only a change in the order of the cost falls below it.
struct Floors {
    lines: f64,
    json: f64,
    html: f64,
    posts: f64,
}

const FLOORS: Floors = Floors { lines: 5000.0, json: 3.0, html: 20.0, posts: 2.0 };

/// Number of inputs slower than their floor.
static TOO_SLOW: AtomicUsize = AtomicUsize::new(0);

/// Length of an input, in bytes or characters.
fn size() -> usize {
    if measures() { 256 << 10 } else { 512 }
}

/// Benchmarks `work`, which processes `bytes` bytes, and checks it against `floor` MB/s.
fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    bytes: usize,
    floor: f64,
    mut work: impl FnMut(),
) {
    group.throughput(Throughput::Bytes(bytes as u64));
    let mut is_selected = false;
    group.bench_function(name, |bencher| {
        is_selected = true;
        bencher.iter(&mut work);
    });
    if !(is_selected && measures()) {
        return;
    }
    let speed = |_| {
        let started = Instant::now();
        work();
        bytes as f64 / 1e6 / started.elapsed().as_secs_f64()
    };
    let best = (0..5).map(speed).fold(0.0, f64::max);
    eprintln!("{name}: {best:.1} MB/s, floor {floor}");
    TOO_SLOW.fetch_add(usize::from(best < floor), Relaxed);
}

/// Repeats `unit` up to the size of an input.
fn flood(unit: &[u8]) -> Vec<u8> {
    unit.repeat(size().div_ceil(unit.len()))
}

fn expensive_streams(criterion: &mut Criterion) {
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
        measure(&mut group, name, stream.len(), FLOORS.lines, || {
            let (mut rest, mut cutter) = (stream.as_slice(), Cutter::new(settings));
            while cutter.next(&mut rest, &mut chunk, || false).expect("nothing fails") != Cut::End {
                black_box(chunk.bytes());
            }
        });
    }
}

/// JSON that is expensive to read, in the text or in other members.
fn hostile_json() -> Vec<(&'static str, Vec<u8>)> {
    let text = |inside: &[u8]| [br#"{"text":""#, &*flood(inside), br#""}"#, b"\n"].concat();
    let member = |start: &[u8], inside: &[u8], end: &[u8]| {
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
        ("many members", member(b"{", br#""a":1,"#, br#""z":1}"#)),
        ("a long number", member(b"", b"1", b"")),
        ("lists of nothing", member(b"[", b"[],", b"[]]")),
        ("lines that are no JSON", flood(b"{\n")),
        ("lines without a text", flood(b"{}\n")),
        ("short posts", flood(b"{\"text\":\"a\"}\n")),
        ("bad bytes in short posts", flood(b"{\"text\":\"\xff\"}\n")),
    ]
}

fn expensive_json(criterion: &mut Criterion) {
    let mapping = Mapping::default();
    let mut names = Names::default();
    mapping.register(&mut names).expect("the default mapping fits");
    let plan = Plan::new(&mapping, &names).expect("the default mapping is sound");
    let mut batch = Batch::default();
    let mut group = criterion.benchmark_group("worst/json");
    group.sample_size(10);
    for (name, lines) in hostile_json() {
        measure(&mut group, name, lines.len(), FLOORS.json, || {
            plan.read(black_box(&lines), false, &mut batch);
        });
    }
}

fn expensive_html(criterion: &mut Criterion) {
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
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        measure(&mut group, name, text.len(), FLOORS.html, || {
            symbols.clear();
            signs.clear();
            let mut out = Output { symbols: &mut symbols, signs: &mut signs };
            fold_html_into(black_box(&text), &mut out);
        });
    }
}

/// One worker with its buffers, as in the pipeline.
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

    /// Reads and judges a chunk and writes its verdicts; returns their size in bytes.
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

/// Texts that are expensive for some stage, each `chars` characters or slightly longer.
fn hostile(chars: usize) -> Vec<(&'static str, String)> {
    let repeated = |unit: &str| unit.repeat(chars.div_ceil(unit.chars().count()));
    vec![
        ("one Han character", repeated("你")),
        ("one letter", repeated("a")),
        ("combining marks", repeated("a\u{301}\u{302}\u{303}")),
        ("alternating scripts", repeated("a赌я1")),
        ("hits everywhere", repeated("加我微信兼职日结")),
        ("hits in allow phrases", repeated("台子上 ")),
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

fn expensive_posts(criterion: &mut Criterion) {
    let classifier = embedded::classifier();
    embedded::with_encoder(&classifier, |encoder| {
        let mut worker = Worker::new(&classifier, encoder);
        let mut group = criterion.benchmark_group("worst/posts");
        group.sample_size(10);
        for (name, text) in hostile(size()) {
            let line = serde_json::json!({ "id": 1, "text": text }).to_string() + "\n";
            measure(&mut group, name, line.len(), FLOORS.posts, || {
                black_box(worker.answer(black_box(line.as_bytes())));
            });
            let verdict = String::from_utf8_lossy(&worker.out);
            eprintln!("{name}: {}", verdict.chars().take(60).collect::<String>());
        }
    });
}

/// A pack of `count` rules that ordinary posts do not trigger, each with two lists and a regex,
/// combined by distance and negation.
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
        written.expect("writing to a string does not fail");
    }
    let builder = tidegate_packs::builder().embedded(false);
    let engine = builder.rules_text("idle.rules.yaml", pack).build();
    engine.expect("the pack is sound").into_parts().0
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
    expensive_streams,
    expensive_json,
    expensive_html,
    expensive_posts,
    many_rules,
    floors_are_kept
);
criterion_main!(benches);
