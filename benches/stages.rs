//! Measures each stage of the stream, and the whole in memory, over generated posts.
//!
//!     cargo bench --bench stages              # 16 MB of posts
//!     cargo bench --bench stages -- fold      # one stage
//!
//! Under `cargo test --benches` each routine runs once on a small input. A checksum of the output
//! of each stage is printed first and must be the same on every machine. Throughput is in bytes
//! of JSON lines, for every stage except the encoding of single verdicts, so that the figures
//! are comparable.

#![expect(clippy::print_stderr, reason = "checksums are printed next to the times")]

#[path = "common/chunks.rs"]
mod chunks;
#[path = "../tests/it/embedded.rs"]
mod embedded;
#[path = "../tests/it/posts.rs"]
mod posts;

use criterion::{Bencher, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use posts::{Dice, Mix};
use std::env;
use std::hint::black_box;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::field::Names;
use tidegate_engine::fold;
use tidegate_engine::output::Encoder;
use tidegate_engine::post::{Batch, Mapping, Plan, Record};
use tidegate_engine::scan::literals::{Candidates, Kernel, Literals, PADDING};
use xxhash_rust::xxh3::xxh3_64;

/// Whether this run measures, or only tests.
fn measures() -> bool {
    env::args().any(|argument| argument == "--bench")
        && !env::args().any(|argument| argument == "--test")
}

/// Chunks of whole lines.
fn chunks() -> Vec<Vec<u8>> {
    let bytes = if measures() { 16 << 20 } else { 64 << 10 };
    let lines = posts::lines(1, bytes, Mix { harmful_percent: 5, unreadable_percent: 0 });
    chunks::of(&lines)
}

fn bytes_of(chunks: &[Vec<u8>]) -> Throughput {
    Throughput::Bytes(chunks.iter().map(|chunk| chunk.len() as u64).sum())
}

fn plan() -> Plan {
    Plan::new(&Mapping::default(), &Names::default()).expect("the default mapping")
}

/// The decoded texts of all posts.
fn texts(chunks: &[Vec<u8>]) -> Vec<String> {
    let (plan, mut batch) = (plan(), Batch::default());
    let mut texts = Vec::new();
    for chunk in chunks {
        plan.read(chunk, false, &mut batch);
        for index in 0..batch.len() {
            if let Record::Post(post) = batch.record(chunk, index) {
                texts.extend(post.texts().map(|text| text.text.to_owned()));
            }
        }
    }
    texts
}

/// Folded texts, concatenated, with padding on both sides.
fn symbols(texts: &[String]) -> Vec<u16> {
    let mut symbols = vec![fold::SEPARATOR; PADDING];
    for text in texts {
        let mut out = fold::Output { symbols: &mut symbols, signs: &mut Vec::new() };
        fold::fold_into(text, &mut out);
        symbols.push(fold::SEPARATOR);
    }
    symbols.extend([fold::SEPARATOR; PADDING]);
    symbols
}

/// Terms of two to eleven characters from other generated posts, so that some hit.
fn terms(count: usize) -> Vec<Vec<u16>> {
    let mut dice = Dice::new(99);
    let mut terms = std::collections::BTreeSet::new();
    while terms.len() < count {
        let chinese = dice.below(2) == 0;
        let text: Vec<char> = posts::sentences(&mut dice, chinese).chars().collect();
        let start = dice.below(text.len() - 3);
        let length = if chinese { 2 + dice.below(4) } else { 4 + dice.below(8) };
        let mut term: String = text[start..].iter().take(length).collect();
        // Most terms of real lists do not occur in ordinary posts.
        term.push_str(["赌", "xq", "彩", "zz", "牌", "qj"].get(dice.below(7)).unwrap_or(&""));
        terms.insert(fold::fold(&term));
    }
    terms.into_iter().filter(|term| !term.is_empty()).collect()
}

fn json(criterion: &mut Criterion) {
    let chunks = chunks();
    let texts = texts(&chunks);
    let checksum = xxh3_64(texts.concat().as_bytes());
    eprintln!("json: {} texts, checksum {checksum:016x}", texts.len());
    let (plan, mut batch) = (plan(), Batch::default());
    let mut group = criterion.benchmark_group("stages");
    group.throughput(bytes_of(&chunks)).sample_size(10);
    group.bench_function("json", |bencher| {
        bencher.iter(|| {
            for chunk in &chunks {
                plan.read(black_box(chunk), false, &mut batch);
            }
            batch.len()
        });
    });
}

fn folding(criterion: &mut Criterion) {
    let chunks = chunks();
    let texts = texts(&chunks);
    let mut folded = symbols(&texts);
    let bytes: Vec<u8> = folded.iter().flat_map(|symbol| symbol.to_le_bytes()).collect();
    eprintln!("fold: {} symbols, checksum {:016x}", folded.len(), xxh3_64(&bytes));
    let mut signs = Vec::new();
    let mut group = criterion.benchmark_group("stages");
    group.throughput(bytes_of(&chunks)).sample_size(10);
    group.bench_function("fold", |bencher| {
        bencher.iter(|| {
            folded.clear();
            signs.clear();
            let mut out = fold::Output { symbols: &mut folded, signs: &mut signs };
            for text in &texts {
                fold::fold_into(black_box(text), &mut out);
            }
            folded.len()
        });
    });
}

fn literals(criterion: &mut Criterion) {
    let chunks = chunks();
    let symbols = symbols(&texts(&chunks));
    let mut group = criterion.benchmark_group("stages/literals");
    group.throughput(bytes_of(&chunks)).sample_size(10);
    for count in if measures() { vec![100, 1000, 10_000] } else { vec![100, 1000] } {
        let terms = terms(count);
        for kernel in Kernel::available() {
            let literals = Literals::with_kernel(&terms, kernel);
            let id = BenchmarkId::new(format!("{kernel:?}"), count);
            group.bench_function(id, |bencher| find_all(bencher, &literals, &symbols));
        }
    }
}

fn find_all(bencher: &mut Bencher<'_>, literals: &Literals, symbols: &[u16]) {
    let (mut candidates, mut found) = (Candidates::default(), Vec::new());
    bencher.iter(|| {
        found.clear();
        let range = PADDING..symbols.len() - PADDING;
        literals.find(black_box(symbols), range, &mut candidates, &mut found);
        found.len()
    });
    eprintln!("literals: {} occurrences", found.len());
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

impl Worker<'_, '_> {
    /// Folds, scans and judges the posts read; returns the number of posts on which rules fired.
    fn classify(&mut self, chunk: &[u8]) -> usize {
        self.classifier.scan(chunk, &self.batch, &mut self.scratch);
        let mut fired = 0;
        for index in 0..self.batch.len() {
            if let Record::Post(post) = self.batch.record(chunk, index) {
                let verdict = self.classifier.judge(&post, index, &mut self.scratch);
                fired += usize::from(!verdict.is_clean());
            }
        }
        fired
    }

    /// Reads a chunk, judges it and appends its verdicts.
    fn answer(&mut self, chunk: &[u8]) {
        let Worker { plan, classifier, encoder, batch, scratch, out } = self;
        plan.read(chunk, false, batch);
        classifier.scan(chunk, batch, scratch);
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(chunk, index) else { continue };
            let verdict = classifier.judge(&post, index, scratch);
            encoder.post(out, &chunk[batch.line_span(index)], &post, &verdict);
        }
    }
}

fn judging(criterion: &mut Criterion) {
    let classifier = embedded::classifier();
    embedded::with_encoder(&classifier, |encoder| {
        let worker = Worker {
            plan: embedded::plan(&classifier),
            classifier: &classifier,
            encoder,
            batch: Batch::default(),
            scratch: Scratch::default(),
            out: Vec::new(),
        };
        judge_with(criterion, worker);
    });
}

fn judge_with(criterion: &mut Criterion, mut worker: Worker<'_, '_>) {
    let chunks = chunks();
    chunks.iter().for_each(|chunk| worker.answer(chunk));
    let lines = worker.out.split(|byte| *byte == b'\n').count() - 1;
    eprintln!("whole: {lines} verdicts, checksum {:016x}", xxh3_64(&worker.out));
    let mut group = criterion.benchmark_group("stages");
    group.sample_size(10).throughput(Throughput::Bytes(chunks[0].len() as u64));
    worker.plan.read(&chunks[0], false, &mut worker.batch);
    let fired = worker.classify(&chunks[0]);
    eprintln!("classify: rules fired on {fired} of {} posts", worker.batch.len());
    group.bench_function("classify", |bencher| bencher.iter(|| worker.classify(&chunks[0])));
    group.throughput(bytes_of(&chunks));
    group.bench_function("whole", |bencher| {
        bencher.iter(|| {
            worker.out.clear();
            chunks.iter().for_each(|chunk| worker.answer(black_box(chunk)));
            worker.out.len()
        });
    });
}

/// Encodes the verdict on the first clean post and on the first on which rules fired.
fn encoding(criterion: &mut Criterion) {
    let classifier = embedded::classifier();
    let (plan, mut batch, mut scratch) =
        (embedded::plan(&classifier), Batch::default(), Scratch::default());
    let chunks = chunks();
    let chunk = &chunks[0];
    plan.read(chunk, false, &mut batch);
    classifier.scan(chunk, &batch, &mut scratch);
    for wanted in ["clean", "fired"] {
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(chunk, index) else { continue };
            let verdict = classifier.judge(&post, index, &mut scratch);
            if verdict.is_clean() != (wanted == "clean") {
                continue;
            }
            let line = &chunk[batch.line_span(index)];
            embedded::with_encoder(&classifier, |encoder| {
                let mut out = Vec::new();
                encoder.post(&mut out, line, &post, &verdict);
                eprintln!("encode: {wanted}, {} bytes, {:016x}", out.len(), xxh3_64(&out));
                let mut group = criterion.benchmark_group("stages/encode");
                group.throughput(Throughput::Bytes(out.len() as u64)).sample_size(10);
                group.bench_function(wanted, |bencher| {
                    bencher.iter(|| {
                        out.clear();
                        encoder.post(&mut out, line, black_box(&post), black_box(&verdict));
                        out.len()
                    });
                });
            });
            break;
        }
    }
}

criterion_group!(benches, json, folding, literals, judging, encoding);
criterion_main!(benches);
