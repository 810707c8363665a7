//! Posts a second of the state alone: posts that were read are applied, on one thread.
//!
//! `cargo bench -p tidegate-state --bench stage --profile quick`

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use tidegate_state::correlations::Correlations;
use tidegate_state::measures::Measures;
use tidegate_state::memory::{Decide, Memory, Settings};
use tidegate_state::model::Run;
use tidegate_state::record::{PostRecord, ScanVerdict};
use tidegate_state::store::StateFile;
use tidegate_state::text::{FieldText, Fingerprint, Fingerprinter, TextScratch, template};

/// Posts of one measurement.
const POSTS: u64 = 20_000;

struct Never;

impl Decide for Never {
    fn decide(&self, _: u16, _: &mut Vec<(Category, Score)>) -> Action {
        Action::Allow
    }
}

fn settings() -> Settings {
    Settings::of(Measures::default(), Correlations::default(), Box::new(Never))
}

/// Numbers that look random (SplitMix64).
fn hash(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A sketch of a text of its own.
fn own_sketch(number: u64) -> Vec<u32> {
    let mut sketch: Vec<u32> = (0..64).map(|at| hash(number * 64 + at) as u32).collect();
    sketch.sort_unstable();
    sketch
}

fn post(number: u64, sketch: Vec<u32>) -> PostRecord {
    let fingerprint = Fingerprint { weight: 200, whole: hash(number), sketch: sketch.into() };
    let is_bad = number.is_multiple_of(50);
    let action = if is_bad { Action::Review } else { Action::Allow };
    let fraud = Category::from_name("fraud").unwrap_or_else(|| unreachable!("built in"));
    let categories = if is_bad { vec![(fraud, Score::from_millis(5000))] } else { Vec::new() };
    PostRecord {
        id: format!("\"p{number:012}\""),
        author: Some(format!("u{:09}", hash(number) % 100_000)),
        channel: Some(format!("c{}", hash(number) % 300)),
        at: Some(1_772_000_000 + (number / 100).cast_signed()),
        reach: number % 5_000,
        scan: ScanVerdict { action, offence: action, care: false, categories, rules: Vec::new() },
        fingerprint,
        text: "华人圈出大事了：昨天有人在商场门口发现了一个奇怪的箱子，打开以后所有人都惊呆了。"
            .repeat(2),
        ..PostRecord::default()
    }
}

/// No two texts are alike.
fn clean(number: u64) -> PostRecord {
    post(number, own_sketch(number))
}

/// A tenth belongs to 200 campaigns, each with a small change.
fn in_campaigns(number: u64) -> PostRecord {
    if !number.is_multiple_of(10) {
        return clean(number);
    }
    let mut sketch = own_sketch(hash(number) % 200);
    let place = (hash(number + 1) % 64) as usize;
    sketch[place] = hash(number + 2) as u32;
    sketch.sort_unstable();
    post(number, sketch)
}

/// All keys are those of one text, and no two texts are alike: the most work for the index.
fn same_keys(number: u64) -> PostRecord {
    let mut sketch: Vec<u32> = (0..8).collect();
    sketch.extend(own_sketch(number).into_iter().take(56).map(|hash| hash | 1 << 20));
    sketch.sort_unstable();
    sketch.dedup();
    post(number, sketch)
}

/// Makes the post of a number.
type Make = fn(u64) -> PostRecord;

fn apply(memory: &mut Memory, posts: &[PostRecord], settings: &Settings) {
    for post in posts {
        black_box(memory.post(post, settings));
    }
}

fn posts(c: &mut Criterion) {
    let settings = settings();
    let mut group = c.benchmark_group("posts");
    group.throughput(Throughput::Elements(POSTS)).sample_size(10);
    let makers: [(&str, Make); 3] =
        [("clean", clean), ("a tenth in campaigns", in_campaigns), ("same keys", same_keys)];
    for (name, make) in makers {
        let before: Vec<PostRecord> = (0..POSTS).map(make).collect();
        let posts: Vec<PostRecord> = (POSTS..2 * POSTS).map(make).collect();
        let mut full = Memory::default();
        apply(&mut full, &before, &settings);
        full.take_changes();
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || full.clone(),
                |memory| apply(memory, &posts, &settings),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn templates(c: &mut Criterion) {
    let names = ["青石镇", "白水县", "临江市", "南山路", "东湖区", "老城里"];
    let texts: Vec<String> = (0..40_usize)
        .map(|number| {
            let name = names[number % names.len()];
            format!(
                "{number}楼的人都知道{name}出大事了：昨天傍晚水厂突然停工，三个车间的账目对不上，有人\
                 说少了{}万，{}的老人都记得二十年前也出过一样的事，当时没有人相信，后来查了{}个月",
                number * 7,
                names[number * 5 % names.len()],
                number % 9 + 2,
            )
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let fingerprinter = Fingerprinter::default();
    assert!(template(&texts, &fingerprinter).is_some());
    c.bench_function("template of 40 texts", |b| {
        b.iter(|| black_box(template(black_box(&texts), &fingerprinter)));
    });
}

fn fingerprints(c: &mut Criterion) {
    let text = "昨天傍晚青石镇的水厂突然停工，三个车间的账目对不上，有人说少了一大笔钱。".repeat(2);
    let (fingerprinter, mut scratch) = (Fingerprinter::default(), TextScratch::default());
    let mut group = c.benchmark_group("fingerprint");
    group.throughput(Throughput::Elements(1));
    group.bench_function("of a post", |b| {
        let fields = [FieldText { text: &text, html: false }];
        b.iter(|| black_box(fingerprinter.fingerprint(black_box(&fields), &mut scratch)));
    });
    group.finish();
}

/// What a run waits for at a checkpoint is to collect the changes; another thread writes them.
fn checkpoints(c: &mut Criterion) {
    let settings = settings();
    let posts: Vec<PostRecord> = (0..POSTS).map(in_campaigns).collect();
    let mut memory = Memory::default();
    apply(&mut memory, &posts, &settings);
    let mut group = c.benchmark_group("checkpoint of 20,000 posts");
    group.sample_size(10);
    group.bench_function("changes", |b| {
        b.iter_batched_ref(
            || memory.clone(),
            |memory| black_box(memory.take_changes()),
            BatchSize::LargeInput,
        );
    });
    let changes = memory.clone().take_changes();
    group.bench_function("on the disk", |b| {
        let begin = || {
            let folder = tempfile::tempdir().expect("a folder");
            let file = StateFile::open(&folder.path().join("state.db")).expect("a state");
            (folder, file)
        };
        let run = Run { number: 1, ..Run::default() };
        b.iter_batched_ref(
            begin,
            |(_, file)| file.save(&changes, &run).expect("it is saved"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, posts, templates, fingerprints, checkpoints);
criterion_main!(benches);
