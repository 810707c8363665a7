//! Reads JSON lines into posts with every parse mode of the machine, on the same bytes.
//!
//! `TIDEGATE_CORPUS=posts.jsonl cargo bench --bench post` reads your own corpus; by default the
//! samples in `examples/` are read repeatedly. Totals over the posts are printed first and must
//! be the same for every mode.

#![expect(clippy::print_stderr, reason = "totals are printed next to the times")]

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

/// Splits at newlines, as the pipeline does.
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

/// Number of lines, posts and bytes of text: equal for every mode.
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
    for mode in ParseMode::available() {
        plan.set_parse_mode(mode);
        let (lines, posts, text) = sum(&plan, &chunks);
        eprintln!("{mode:?}: {lines} lines, {posts} posts, {text} bytes of text");
        let mut batch = Batch::default();
        group.bench_function(BenchmarkId::from_parameter(format!("{mode:?}")), |bencher| {
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
