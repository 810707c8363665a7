//! The stages of the stream one by one, and the whole in memory, over invented posts.
//!
//!     cargo bench --bench stages              # 16 MB of posts
//!     cargo bench --bench stages -- fold      # one stage
//!
//! Under `cargo test --benches` each routine runs once on little input. What a stage
//! gives is summed up and printed first, the same for every machine: faster cannot mean
//! that less was done. Throughput is in bytes of JSON lines, for every stage, so that
//! the figures can be compared.

#[path = "../tests/posts/mod.rs"]
mod posts;

use criterion::{Bencher, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use posts::{Dice, Mix};
use std::env;
use std::hint::black_box;
use tidegate::field::Names;
use tidegate::fold;
use tidegate::post::{Batch, Mapping, Plan, Record};
use tidegate::scan::literals::{Candidates, Kernel, Literals, PADDING};
use xxhash_rust::xxh3::xxh3_64;

/// What the pipeline hands to a worker at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// Is this a measurement, or a test?
fn measures() -> bool {
    env::args().any(|argument| argument == "--bench")
        && !env::args().any(|argument| argument == "--test")
}

/// Chunks of whole lines.
fn chunks() -> Vec<Vec<u8>> {
    let bytes = if measures() { 16 << 20 } else { 64 << 10 };
    let lines = posts::lines(1, bytes, Mix { harmful_percent: 5, unreadable_percent: 0 });
    let mut chunks = vec![Vec::new()];
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if chunks.last().is_some_and(|chunk| chunk.len() + line.len() > CHUNK_BYTES) {
            chunks.push(Vec::with_capacity(CHUNK_BYTES));
        }
        chunks.last_mut().expect("there is a first").extend_from_slice(line);
    }
    chunks
}

fn bytes_of(chunks: &[Vec<u8>]) -> Throughput {
    Throughput::Bytes(chunks.iter().map(|chunk| chunk.len() as u64).sum())
}

fn plan() -> Plan {
    Plan::new(&Mapping::default(), &Names::default()).expect("the default mapping is sound")
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

/// Folded texts, one after another, with room on both sides.
fn symbols(texts: &[String]) -> Vec<u16> {
    let mut symbols = vec![fold::BREAK; PADDING];
    for text in texts {
        fold::fold_into(text, &mut symbols);
        symbols.push(fold::BREAK);
    }
    symbols.extend([fold::BREAK; PADDING]);
    symbols
}

/// Terms of two to five characters cut out of other invented posts, so that some hit.
fn terms(count: usize) -> Vec<Vec<u16>> {
    let mut dice = Dice::new(99);
    let mut terms = std::collections::BTreeSet::new();
    while terms.len() < count {
        let chinese = dice.below(2) == 0;
        let text: Vec<char> = posts::sentences(&mut dice, chinese).chars().collect();
        let start = dice.below(text.len() - 3);
        let length = if chinese { 2 + dice.below(4) } else { 4 + dice.below(8) };
        let mut term: String = text[start..].iter().take(length).collect();
        // Most lists hold what ordinary posts do not say.
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
    let mut group = criterion.benchmark_group("stages");
    group.throughput(bytes_of(&chunks)).sample_size(10);
    group.bench_function("fold", |bencher| {
        bencher.iter(|| {
            folded.clear();
            for text in &texts {
                fold::fold_into(black_box(text), &mut folded);
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

criterion_group!(benches, json, folding, literals);
criterion_main!(benches);
