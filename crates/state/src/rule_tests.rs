//! Runs the tests of correlations: sequences of posts, judged as `scan` judges them, then applied to
//! an empty state.

use crate::correlations::Correlations;
use crate::measures::{Clock, Measures};
use crate::memory::{Memory, Settings};
use crate::policy::EnginePolicy;
use crate::read::{LineKind, ReadScratch, Reader};
use crate::record::{PostRecord, Record};
use std::sync::Arc;
use tidegate_engine::lines::{Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::message::{Message, message};
use tidegate_engine::output::Style;
use tidegate_engine::post::Mapping;
use tidegate_engine::{Engine, Worker};

/// A test of a correlation.
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'s> {
    /// The correlation's id.
    pub id: &'s str,
    /// The posts as lines, in order.
    pub lines: &'s [String],
    /// The correlation fires on the last post; otherwise on none.
    pub should_fire: bool,
}

/// A test that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceFailure {
    /// Position among the sequences.
    pub number: usize,
    /// The post on which the correlation fired, from 1, if it should not have.
    pub fired_on: Option<usize>,
    /// For each post: which rules fired, or why it is not usable.
    pub posts: Vec<Message>,
}

/// How annotated lines are written that a [`Reader`] can read.
pub const STYLE: Style = Style {
    detail: tidegate_engine::output::Detail::Full,
    offsets: tidegate_engine::output::Offsets::Bytes,
    annotate: true,
    stamp: false,
};

/// Runs sequences with the rules of `engine`, whose style is [`STYLE`] and whose posts `mapping`
/// reads. Each begins with an empty state and the built-in
/// measures, but any distance between two posts is accepted.
///
/// # Errors
///
/// A path of the mapping or of a correlation is no pointer.
pub fn run(
    sequences: &[Sequence<'_>],
    engine: &Arc<Engine>,
    mapping: &Mapping,
) -> Result<Vec<SequenceFailure>, Message> {
    let correlations = Correlations::of(engine.classifier());
    let policy = Box::new(EnginePolicy::of(engine.clone()));
    // Sequences may be out of order and longer than a stream may jump.
    let clock = Clock { late: i64::MAX, jump: i64::MAX };
    let measures = Measures { clock, ..Measures::default() };
    let settings = Arc::new(Settings::of(measures, correlations, policy));
    let limit = CutterSettings::default().line_bytes_max;
    let reader = Reader::new(engine.clone(), mapping, settings.clone(), false, limit)?;
    let mut runner = Runner { worker: engine.worker(), reader, settings };
    let failures = sequences.iter().enumerate();
    Ok(failures.filter_map(|(number, sequence)| runner.failure(number, sequence)).collect())
}

struct Runner<'e> {
    worker: Worker<'e>,
    reader: Reader,
    settings: Arc<Settings>,
}

impl Runner<'_> {
    fn failure(&mut self, number: usize, sequence: &Sequence<'_>) -> Option<SequenceFailure> {
        let mut memory = Memory::default();
        let mut posts = Vec::new();
        let (mut fired_on, mut fires_on_last) = (None, false);
        for (at, line) in sequence.lines.iter().enumerate() {
            let place = at + 1;
            fires_on_last = false;
            match self.record(line) {
                Some(post) => {
                    let decision = memory.post(&post, &self.settings);
                    fires_on_last = decision.rules.iter().any(|fired| fired.id == sequence.id);
                    if fires_on_last {
                        fired_on.get_or_insert(place);
                    }
                    let rules = post.scan.rules.iter().map(|(rule, _)| rule.as_str());
                    let rules = rules.collect::<Vec<_>>().join(", ");
                    posts.push(match rules.is_empty() {
                        true => message!("post {place}: no rule fires"),
                        false => message!("post {place}: {rules}"),
                    });
                }
                None => posts.push(message!("post {place}: not a usable post")),
            }
        }
        let passes = if sequence.should_fire { fires_on_last } else { fired_on.is_none() };
        let fired_on = fired_on.filter(|_| !sequence.should_fire);
        (!passes).then_some(SequenceFailure { number, fired_on, posts })
    }

    /// Judges a post and reads the annotated line.
    fn record(&mut self, line: &str) -> Option<PostRecord> {
        let annotated = self.worker.verdict_line(line.as_bytes()).to_vec();
        let mut chunk = Chunk::default();
        let mut cutter = Cutter::new(CutterSettings::default());
        let cut = cutter.next(&mut annotated.as_slice(), &mut chunk, || false);
        if !matches!(cut, Ok(Cut::Chunk)) {
            return None;
        }
        let (mut bytes, mut lines) = (Vec::new(), Vec::new());
        self.reader.read(&chunk, &mut ReadScratch::default(), &mut bytes, &mut lines);
        lines.into_iter().find_map(|line| match line.line {
            LineKind::Record(Record::Post(post)) => Some(*post),
            LineKind::Record(Record::Event(_))
            | LineKind::Passed
            | LineKind::Unreadable
            | LineKind::OtherRules(_) => None,
        })
    }
}
