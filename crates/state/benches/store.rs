//! The state file: a checkpoint, and a start with a full state.
//!
//! `cargo bench -p tidegate-state --bench store --profile quick`

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;
use tidegate_state::model::*;
use tidegate_state::store::{StateFile, StateReader};

const CLOCK: Seconds = 1_772_000_000;

/// Numbers that look random (SplitMix64).
fn hash(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn member(number: u64) -> Member {
    Member {
        id: format!("\"p{number:012}\""),
        author: hash(number % 500_000),
        channel: hash(number % 300),
        at: CLOCK + number.cast_signed() / 100,
        reach: number % 5_000,
        harmful: number.is_multiple_of(50),
    }
}

/// A text of 64 shingles or more.
fn entry(number: u64) -> Entry {
    let mut sketch: Vec<u32> = (0..64).map(|at| hash(number * 64 + at) as u32).collect();
    sketch.sort_unstable();
    let sketch = sketch.into();
    Entry { number, sketch, whole: hash(number), weight: 200, listed: 0xff, post: member(number) }
}

fn author(number: u64) -> Author {
    let recent = (0..1 + number % 4).map(|at| PointPost {
        id: format!("\"p{:012}\"", number * 8 + at),
        at: CLOCK,
        points: 2 * POINT,
    });
    let raise = Raise { at: CLOCK, points: 3 * POINT, decided: false, posts: 0 };
    Author {
        id: format!("u{:09}", hash(number) % 1_000_000_000 * 1000 + number % 1000),
        points: 3 * POINT,
        points_at: CLOCK,
        step: (number.is_multiple_of(5)).into(),
        raises: if number.is_multiple_of(5) { vec![raise] } else { Vec::new() },
        recent: recent.collect(),
        ..Author::default()
    }
}

fn campaign(number: u64) -> Campaign {
    let text = "华人圈出大事了：昨天有人在商场门口发现了一个奇怪的箱子，打开以后所有人都惊呆了。"
        .repeat(2);
    let samples = (0..5).map(|at| Sample {
        number: at + 1,
        id: format!("\"p{:012}\"", number * 8 + at),
        author: Some(format!("u{at:09}")),
        channel: Some("forum".to_owned()),
        at: CLOCK,
        action: "review".to_owned(),
        categories: vec![("rumor".to_owned(), "3.000".to_owned())],
        text: text.clone(),
        reports: 0,
        is_first: true,
    });
    Campaign {
        id: format!("k{:010x}", hash(number) >> 24),
        number,
        first: CLOCK,
        last: CLOCK,
        posts: 20,
        harmful: 5,
        weight: 4_000,
        reach: 900,
        authors: Distinct::Exact((0..20).map(|at| hash(number + at)).collect()),
        channels: Distinct::Exact((0..3).map(hash).collect()),
        hours: (0..24).map(|hour| (CLOCK / 3600 + hour, 1)).collect(),
        entries: (0..3).map(|at| entry(number * 8 + at)).collect(),
        related: Vec::new(),
        samples: samples.collect(),
        template_authors: 20,
        template: None,
        acts_harmful: false,
        acts_story: false,
        ignored: None,
        case: None,
        reports: 0,
    }
}

fn post(number: u64) -> PostRef {
    PostRef {
        id: format!("\"p{number:012}\""),
        number,
        author: Some(format!("u{:09}", hash(number % 500_000) % 1_000_000_000)),
        channel: Some("forum".to_owned()),
        at: CLOCK,
        action: "allow".to_owned(),
        category: None,
        care: false,
        reach: 5,
        campaign: None,
        case: None,
        points: 0,
        upheld: 0,
        upheld_at: 0,
        outcome: None,
    }
}

fn puts<V>(from: u64, to: u64, make: fn(u64) -> V) -> Vec<Change<String, V>> {
    (from..to).map(|number| Change::Put(make(number))).collect()
}

/// A state file with as many rows as the bounds allow, in steps as a run writes it.
fn fill(path: &Path, posts: u64) {
    let mut file = StateFile::open(path).unwrap();
    let steps = 20;
    for step in 0..steps {
        let part = |all: u64| (step * all / steps, (step + 1) * all / steps);
        let (singles, authors) = (part(500_000), part(500_000));
        let (campaigns, posts) = (part(20_000), part(posts));
        let changes = Changes {
            singles: (singles.0..singles.1).map(entry).collect(),
            authors: puts(authors.0, authors.1, author),
            campaigns: puts(campaigns.0, campaigns.1, campaign),
            posts: (posts.0..posts.1).map(post).collect(),
            ..Changes::default()
        };
        file.save(&changes, &Run { number: 1, ..Run::default() }).unwrap();
    }
}

fn store(bench: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full.db");
    fill(&path, 0);
    let mut group = bench.benchmark_group("store");
    group.sample_size(10);
    group.bench_function("load 500,000 singles, 500,000 authors, 20,000 campaigns", |bench| {
        bench.iter(|| black_box(StateFile::open(&path).unwrap().load().unwrap()));
    });
    group.bench_function("verify all of it", |bench| {
        bench.iter(|| black_box(StateReader::open(&path).unwrap().verify().unwrap()));
    });

    let mut file = StateFile::open(&path).unwrap();
    file.load().unwrap();
    let mut number = 1_000_000;
    let mut next = || {
        number += 25_000;
        // The oldest singles go, random authors and campaigns change.
        let (old, spread) = (number - 1_025_000, |at: u64, all: u64| hash(number + at) % all);
        Changes {
            singles: (number..number + 25_000).map(entry).collect(),
            listed: (old..old + 25_000).map(|single| (single, None)).collect(),
            authors: (0..5_000).map(|at| Change::Put(author(spread(at, 500_000)))).collect(),
            campaigns: (0..1_000).map(|at| Change::Put(campaign(spread(at, 20_000)))).collect(),
            ..Changes::default()
        }
    };
    let run = Run { number: 1, ..Run::default() };
    group.bench_function("save 25,000 singles, 5,000 authors, 1,000 campaigns", |bench| {
        let save = |changes: Changes| file.save(&changes, &run).unwrap();
        bench.iter_batched(&mut next, save, BatchSize::PerIteration);
    });
    drop(file);

    let path = folder.path().join("posts.db");
    fill(&path, 1_000_000);
    group.bench_function("load the same with 1,000,000 posts", |bench| {
        bench.iter(|| black_box(StateFile::open(&path).unwrap().load().unwrap()));
    });
    let mut file = StateFile::open(&path).unwrap();
    file.load().unwrap();
    let mut number = 1_000_000;
    let mut next = || {
        number += 100_000;
        let old = number - 1_100_000;
        Changes {
            posts: (number - 100_000..number).map(post).collect(),
            totals: Totals { first_post: old + 100_000, ..Totals::default() },
            ..Changes::default()
        }
    };
    group.bench_function("save 100,000 posts, and as many go", |bench| {
        let save = |changes: Changes| file.save(&changes, &run).unwrap();
        bench.iter_batched(&mut next, save, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, store);
criterion_main!(benches);
