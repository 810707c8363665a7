//! Reading JSON lines into posts, every way the machine has, on the same bytes.
//!
//! `TIDEGATE_CORPUS=posts.jsonl cargo bench --bench post` reads a corpus of your own;
//! without it the samples in `examples/` are read again and again. Prints a
//! sum over what was read first, so that faster cannot mean less.

#![expect(clippy::print_stderr, reason = "what was computed is shown beside how fast")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tidegate_engine::domain::field::Names;
use tidegate_engine::post::{Batch, Mapping, ParseMode, Plan, Record};

const CHUNK_BYTES: usize = 256 * 1024;
const CORPUS_BYTES: usize = 16 << 20;

fn corpus() -> Vec<u8> {
    let mut bytes = match std::env::var_os("TIDEGATE_CORPUS") {
        Some(path) => std::fs::read(path).expect("TIDEGATE_CORPUS names a readable file"),
        None => {
            let sample = include_bytes!("../examples/posts.jsonl");
            sample.repeat(CORPUS_BYTES / sample.len())
        }
    };
    bytes.truncate(CORPUS_BYTES);
    bytes
}

/// Cuts at newlines, as the pipeline does.
fn chunks(corpus: &[u8]) -> Vec<&[u8]> {
    let mut chunks = Vec::new();
    let mut rest = corpus;
    while rest.len() > CHUNK_BYTES {
        let end = rest[..CHUNK_BYTES]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
        let (chunk, later) = rest.split_at(end);
        chunks.push(chunk);
        rest = later;
    }
    chunks.push(rest);
    chunks
}

/// Lines, posts, and bytes of text: equal for every way.
fn sum(plan: &Plan, chunks: &[&[u8]]) -> (usize, usize, usize) {
    let mut batch = Batch::default();
    let mut sum = (0, 0, 0);
    for chunk in chunks {
        plan.read(chunk, false, &mut batch);
        sum.0 += batch.len();
        for index in 0..batch.len() {
            if let Record::Post(post) = batch.record(chunk, index) {
                sum.1 += 1;
                sum.2 += post.texts().map(|text| text.text.len()).sum::<usize>();
            }
        }
    }
    sum
}

fn reading(criterion: &mut Criterion) {
    let corpus = corpus();
    let chunks = chunks(&corpus);
    let mut plan = Plan::new(&Mapping::default(), &Names::default()).expect("the default mapping");
    let mut group = criterion.benchmark_group("post");
    group.throughput(Throughput::Bytes(corpus.len() as u64)).sample_size(10);
    for way in ParseMode::available() {
        plan.set_parse_mode(way);
        let (lines, posts, text) = sum(&plan, &chunks);
        eprintln!("{way:?}: {lines} lines, {posts} posts, {text} bytes of text");
        let mut batch = Batch::default();
        group.bench_function(BenchmarkId::from_parameter(format!("{way:?}")), |bencher| {
            bencher.iter(|| {
                for chunk in &chunks {
                    plan.read(black_box(chunk), false, &mut batch);
                }
                batch.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
