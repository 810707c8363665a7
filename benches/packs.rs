//! Where the time of a post goes with the shipped packs.
//!
//!     cargo bench --bench packs                  # 16 MB of generated posts
//!     cargo bench --bench packs -- CORPUS        # JSON lines of posts, the first 64 MB
//!     cargo bench --bench packs -- CORPUS --rules DIR|COMPILED
//!
//! One thread. For each stage of scanning and judging: nanoseconds a post, posts and rules that are
//! left after it. Then the same by length of the post, the rules triggered most, and the rules that
//! stay longest in vain. The figures of one run are comparable; between runs the machine differs,
//! so compare two builds in alternation. Each stage is timed by the clock of the system, which adds
//! some 30 ns a stage.
//!
//! Under `cargo test --benches` it runs once on a small input.

#![expect(clippy::print_stdout, reason = "the tables are the output")]

#[path = "common/chunks.rs"]
mod chunks;
#[path = "../tests/it/posts.rs"]
mod posts;

use posts::Mix;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};
use tidegate_engine::Engine;
use tidegate_engine::classifier::{Classifier, JudgeStage, Observer, Scratch};
use tidegate_engine::domain::ids::MatcherIx;
use tidegate_engine::post::{Batch, Plan, Record};
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::scan::scanner::ScanStage;

/// Bytes read of a corpus.
const CORPUS_BYTES: usize = 64 << 20;

/// Rules listed in each table of rules.
const RULES_LISTED: usize = 40;

/// Posts are long from this many bytes of their line.
const LONG_BYTES: usize = 1000;

/// What the command line asks for.
struct Options {
    corpus: Option<String>,
    rules: Option<String>,
    measures: bool,
}

impl Options {
    fn read() -> Options {
        let mut options = Options { corpus: None, rules: None, measures: false };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => options.measures = true,
                "--test" => options.measures = false,
                "--rules" => options.rules = arguments.next(),
                _ => options.corpus = Some(argument),
            }
        }
        options
    }

    fn lines(&self) -> Vec<u8> {
        let Some(corpus) = &self.corpus else {
            let bytes = if self.measures { 16 << 20 } else { 64 << 10 };
            return posts::lines(1, bytes, Mix { harmful_percent: 5, unreadable_percent: 0 });
        };
        let mut lines = fs::read(corpus).expect("the corpus can be read");
        lines.truncate(CORPUS_BYTES);
        let end = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        lines.truncate(end);
        lines
    }

    fn engine(&self) -> Engine {
        let builder = match &self.rules {
            Some(path) if Path::new(path).is_file() => {
                let file = fs::read(path).expect("the compiled rules can be read");
                let compiled = Compiled::from_bytes(&file).expect("compiled by this build");
                tidegate_packs::builder().embedded(false).compiled(compiled)
            }
            Some(folder) => tidegate_packs::builder().embedded(false).rules(folder),
            None => tidegate_packs::builder(),
        };
        builder.build().expect("the rules build")
    }
}

/// What one stage of judging cost and left.
#[derive(Clone, Copy, Default)]
struct Judged {
    time: Duration,
    /// Posts with rules left, and those rules.
    posts: usize,
    rules: usize,
}

/// Posts of one class of length.
#[derive(Clone, Default)]
struct Class {
    posts: usize,
    bytes: usize,
    fired_posts: usize,
    fired: usize,
    judged: BTreeMap<JudgeStage, Judged>,
}

impl Class {
    fn time(&self) -> Duration {
        self.judged.values().map(|judged| judged.time).sum()
    }
}

/// Collects times and counts.
struct Stages {
    last: Instant,
    read: Duration,
    scanned: BTreeMap<ScanStage, Duration>,
    /// Short posts, and long ones.
    classes: [Class; 2],
    class: usize,
    /// By position in the order of evaluation: triggered, left before hits are made, fired.
    rules: Vec<[usize; 3]>,
}

impl Stages {
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.last, now)
    }
}

impl Observer for Stages {
    fn scanned(&mut self, stage: ScanStage) {
        let lap = self.lap();
        *self.scanned.entry(stage).or_default() += lap;
    }

    fn judged(&mut self, stage: JudgeStage, rules: &[u32]) {
        let lap = self.lap();
        let judged = self.classes[self.class].judged.entry(stage).or_default();
        judged.time += lap;
        judged.posts += usize::from(!rules.is_empty());
        judged.rules += rules.len();
        let column = match stage {
            JudgeStage::Noted => 0,
            JudgeStage::RegexPrefilter => 1,
            _ => return,
        };
        for position in rules {
            self.rules[*position as usize][column] += 1;
        }
    }
}

fn measure(classifier: &Classifier, plan: &Plan, chunks: &[Vec<u8>]) -> Stages {
    let order = classifier.rules().order();
    let mut position_of = vec![0; order.len()];
    for (position, rule) in order.iter().enumerate() {
        position_of[rule.index()] = position;
    }
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    let mut stages = Stages {
        last: Instant::now(),
        read: Duration::ZERO,
        scanned: BTreeMap::new(),
        classes: Default::default(),
        class: 0,
        rules: vec![[0; 3]; order.len()],
    };
    for chunk in chunks {
        stages.lap();
        plan.read(chunk, false, &mut batch);
        let lap = stages.lap();
        stages.read += lap;
        classifier.scan_observed(chunk, &batch, &mut scratch, &mut stages);
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(chunk, index) else { continue };
            let bytes = batch.line_span(index).len();
            stages.class = usize::from(bytes > LONG_BYTES);
            stages.lap();
            let verdict = classifier.judge_observed(&post, index, &mut scratch, &mut stages);
            let class = &mut stages.classes[stages.class];
            class.posts += 1;
            class.bytes += bytes;
            class.fired += verdict.fired.len();
            class.fired_posts += usize::from(!verdict.fired.is_empty());
            for fired in verdict.fired {
                stages.rules[position_of[fired.rule.index()]][2] += 1;
            }
        }
    }
    stages
}

fn print(classifier: &Classifier, stages: &Stages) {
    let [short, long] = &stages.classes;
    let posts = short.posts + long.posts;
    let bytes = short.bytes + long.bytes;
    let per = |time: Duration, posts: usize| time.as_nanos() as f64 / posts.max(1) as f64;
    println!(
        "{posts} posts, {:.1} MB; {} over {LONG_BYTES} bytes, {:.1} MB",
        bytes as f64 / 1e6,
        long.posts,
        long.bytes as f64 / 1e6
    );
    println!("\n{:<24} {:>10}", "stage", "ns/post");
    println!("{:<24} {:>10.0}", "read", per(stages.read, posts));
    let mut total = stages.read;
    for (stage, time) in &stages.scanned {
        total += *time;
        println!("{:<24} {:>10.0}", stage.name(), per(*time, posts));
    }
    println!(
        "\n{:<24} {:>10} {:>10} {:>10} {:>9} {:>10} {:>9} {:>10}",
        "", "ns/post", "short", "long", "posts %", "rules", "long %", "rules"
    );
    for stage in JudgeStage::ALL {
        let [one, other] =
            [short, long].map(|class| class.judged.get(&stage).copied().unwrap_or_default());
        let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        println!(
            "{:<24} {:>10.0} {:>10.0} {:>10.0} {:>9.1} {:>10.3} {:>9.1} {:>10.3}",
            stage.name(),
            per(one.time + other.time, posts),
            per(one.time, short.posts),
            per(other.time, long.posts),
            share(one.posts + other.posts, posts),
            (one.rules + other.rules) as f64 / posts.max(1) as f64,
            share(other.posts, long.posts),
            other.rules as f64 / long.posts.max(1) as f64,
        );
    }
    println!(
        "{:<24} {:>10.0} {:>10.0} {:>10.0} {:>9.1} {:>10.3}",
        "judged in all; fired",
        per(short.time() + long.time(), posts),
        per(short.time(), short.posts),
        per(long.time(), long.posts),
        100.0 * (short.fired_posts + long.fired_posts) as f64 / posts.max(1) as f64,
        (short.fired + long.fired) as f64 / posts.max(1) as f64,
    );
    total += short.time() + long.time();
    println!(
        "\nall stages: {:.0} ns/post, {:.1} MB/s a thread, without writing",
        per(total, posts),
        bytes as f64 / 1e6 / total.as_secs_f64()
    );
    print_rules(classifier, stages, posts);
}

fn print_rules(classifier: &Classifier, stages: &Stages, posts: usize) {
    let rules = classifier.rules();
    for (title, column) in [("rules triggered most", 0), ("rules whose hits are made most", 1)] {
        let mut by_count: Vec<usize> = (0..stages.rules.len()).collect();
        by_count.sort_by_key(|position| std::cmp::Reverse(stages.rules[*position][column]));
        println!(
            "\n{title:<40} {:>9} {:>8} {:>8} {:>7}  keys",
            "triggered", "hits", "fired", "posts %"
        );
        for position in by_count.into_iter().take(RULES_LISTED) {
            let [triggered, made, fired] = stages.rules[position];
            let id = &rules.rule(rules.order()[position]).id;
            let share = 100.0 * triggered as f64 / posts.max(1) as f64;
            let keys = keys_of(classifier, position as u32).join(", ");
            println!("{id:<40} {triggered:>9} {made:>8} {fired:>8} {share:>7.2}  {keys}");
        }
    }
}

/// The matchers that trigger a rule.
fn keys_of(classifier: &Classifier, position: u32) -> Vec<&str> {
    let rules = classifier.rules();
    let matchers = (0..rules.scanner().matchers() as u32).map(MatcherIx);
    let keys = matchers.filter(|matcher| rules.triggered_by(*matcher).contains(&position));
    keys.map(|matcher| rules.matcher_name(matcher)).collect()
}

fn main() {
    let options = Options::read();
    let (classifier, plan) = options.engine().into_parts();
    let chunks = chunks::of(&options.lines());
    // The first run warms caches and buffers.
    if options.measures {
        measure(&classifier, &plan, &chunks[..chunks.len().min(8)]);
    }
    print(&classifier, &measure(&classifier, &plan, &chunks));
}
