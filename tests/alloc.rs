//! Once its buffers have grown, a worker allocates nothing: reading, scanning, judging and
//! writing verdicts, on clean posts and on posts that rules fire on.
//!
//! Alone in its file, so that no other test allocates while it counts.

#![expect(unsafe_code, reason = "an allocator is unsafe by nature; this one only counts")]

#[path = "it/embedded.rs"]
mod embedded;
#[path = "it/posts.rs"]
mod posts;

use embedded::{classifier, plan, with_encoder};
use posts::Mix;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::output::Encoder;
use tidegate_engine::post::{Batch, Mapping, Plan, Record};

struct Counting;
static CALLS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on unchanged to `System`; the counter touches no memory
// handed out by the allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        // SAFETY: the caller upholds the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this `layout`.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        // SAFETY: the caller upholds the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One worker, as the pipeline has it.
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
        Worker {
            plan: plan(classifier),
            classifier,
            encoder,
            batch: Batch::default(),
            scratch: Scratch::default(),
            out: Vec::new(),
        }
    }
}

impl Worker<'_, '_> {
    /// Answers a chunk; returns how many posts rules fired on.
    fn answer(&mut self, chunk: &[u8]) -> usize {
        let Worker { plan, classifier, encoder, batch, scratch, out } = self;
        out.clear();
        plan.read(chunk, false, batch);
        classifier.scan(chunk, batch, scratch);
        let mut fired = 0;
        for index in 0..batch.len() {
            let line = &chunk[batch.line_span(index)];
            let Record::Post(post) = batch.record(chunk, index) else { panic!("{line:?}") };
            let verdict = classifier.judge(&post, index, scratch);
            fired += usize::from(!verdict.is_clean());
            encoder.post(out, line, &post, &verdict);
        }
        fired
    }
}

/// Allocations while a warm worker answers all chunks again, and posts that fired.
fn warm_allocations(worker: &mut Worker<'_, '_>, chunks: &[Vec<u8>]) -> (u64, usize) {
    for chunk in chunks {
        worker.answer(chunk);
    }
    let before = CALLS.load(Relaxed);
    let fired = chunks.iter().map(|chunk| worker.answer(chunk)).sum();
    (CALLS.load(Relaxed) - before, fired)
}

/// The texts of a chunk as HTML.
fn as_html(chunk: &[u8]) -> Vec<u8> {
    let begin = "\"text\":\"<p style='color:red'> &NotEqualTilde;<i hidden>x</i> <b>";
    let text = String::from_utf8(chunk.to_vec()).expect("text");
    text.replace("\"text\":\"", begin).into_bytes()
}

/// Rules with scopes: nested ones, segments and lengths of windows, with boosts and redaction.
const SCOPED: &str = "tidegate: 1
pack: p
version: 1.0.0
title: T
license: CC0-1.0
defaults: { category: gambling, fields: [title, text] }
define: { game: [casino, slots], bait: [bonus], news: [police], phone: { entity: phone-cn } }
rules:
  - id: a.scoped
    condition: >
      game around/30 (bait in segment (length < 90 and distinct(game) >= 1) and not news)
      and game in segment (length < 90 and not news)
    boost: { 'bait around/9 (phone and not evaded(game))': 1 }
    redact: [phone]
    weight: 2
";

/// Posts for [`SCOPED`], every second one with a hit.
fn scoped_posts() -> Vec<u8> {
    let line = |at: usize| {
        let (fill, last) =
            ("so so. ".repeat(at % 50), if at.is_multiple_of(2) { "" } else { "police" });
        let text =
            format!("{fill}casino\\nwith a bonus, 13800138000 {last} and slots! {fill}casino");
        format!("{{\"title\":\"{last} bonus\",\"text\":\"{text}\"}}\n")
    };
    (0..500).map(line).collect::<String>().into_bytes()
}

/// The allocations of a warm worker on posts for [`SCOPED`], and the posts that fired.
fn scoped_allocations() -> (u64, usize) {
    let builder = tidegate_packs::builder().embedded(false).rules_text("p.rules.yaml", SCOPED);
    let classifier = builder.build().expect("the rules build").into_parts().0;
    with_encoder(&classifier, |encoder| {
        let mut worker = Worker::new(&classifier, encoder);
        warm_allocations(&mut worker, &[scoped_posts()])
    })
}

/// One test, so that no other test allocates at the same time.
#[test]
fn a_warm_worker_allocates_nothing() {
    let before = CALLS.load(Relaxed);
    drop(std::hint::black_box(Box::new(1)));
    assert!(CALLS.load(Relaxed) > before, "the counter does not count");

    let classifier = classifier();
    with_encoder(&classifier, |encoder| {
        let mut worker = Worker::new(&classifier, encoder);
        for (harmful_percent, expected) in [(0, 0..=0), (50, 100..=1000)] {
            let mix = Mix { harmful_percent, unreadable_percent: 0 };
            let chunks: Vec<Vec<u8>> =
                (1..=4).map(|seed| posts::lines(seed, 30_000, mix)).collect();
            let (allocations, fired) = warm_allocations(&mut worker, &chunks);
            assert!(expected.contains(&fired), "{harmful_percent} % harmful: {fired} fired");
            assert_eq!(allocations, 0, "with {harmful_percent} % harmful posts");
        }
        let mut html = Mapping::default();
        html.set_html(&["/text"]).expect("the default mapping has a text");
        worker.plan = Plan::new(&html, classifier.rules().names()).expect("a mapping");
        let mix = Mix { harmful_percent: 50, unreadable_percent: 0 };
        let chunks: Vec<Vec<u8>> =
            (1..=4).map(|seed| as_html(&posts::lines(seed, 30_000, mix))).collect();
        let (allocations, fired) = warm_allocations(&mut worker, &chunks);
        assert!(fired >= 100, "HTML: {fired} fired");
        assert_eq!(allocations, 0, "with HTML");
    });
    assert_eq!(scoped_allocations(), (0, 250), "allocations and fired posts of rules with scopes");
}
