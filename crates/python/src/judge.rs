//! Lines become verdicts, on threads that end with the call.

use crate::core::Core;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::lines::{Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::output::UnreadableLine;
use tidegate_engine::post::{Plan, Post};
use tidegate_pipeline::{LineProcessor, Observer, ProcessorScratch, Selection};

/// Lines that one thread judges at once, in bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// Verdicts of some lines, in order.
#[derive(Debug, Default)]
pub struct Judged {
    /// The verdicts as lines of JSON, each with its end.
    pub lines: Vec<u8>,
    /// By line: the action; `unreadable`, `skipped`.
    pub actions: Vec<&'static str>,
    /// By line: the categories.
    pub categories: Vec<Vec<&'static str>>,
}

impl Observer for Judged {
    fn post(&mut self, _: &Post<'_>, verdict: &Verdict<'_>) {
        self.actions.push(verdict.action.name());
        self.categories.push(verdict.categories.iter().map(|(it, _)| it.name()).collect());
    }

    fn skipped(&mut self) {
        self.actions.push("skipped");
        self.categories.push(Vec::new());
    }

    fn unreadable(&mut self, _: &UnreadableLine<'_>) {
        self.actions.push("unreadable");
        self.categories.push(Vec::new());
    }
}

/// Where the next lines begin in the stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start {
    /// Bytes before.
    pub offset: u64,
    /// Lines before.
    pub lines: u64,
}

/// Cuts lines into chunks.
fn chunks(lines: &[u8], start: Start, line_bytes_max: usize) -> Result<Vec<Chunk>, String> {
    let settings = CutterSettings { chunk_bytes: CHUNK_BYTES.min(line_bytes_max), line_bytes_max };
    let mut cutter = Cutter::resumed(settings, start.offset, start.lines);
    let (mut rest, mut chunks) = (lines, Vec::new());
    loop {
        let mut chunk = Chunk::default();
        match cutter.next(&mut rest, &mut chunk, || false) {
            Ok(Cut::Chunk) => chunks.push(chunk),
            Ok(Cut::End) => return Ok(chunks),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Judges lines; one result for each chunk, in order.
///
/// # Errors
///
/// The lines are in an encoding that is not read, such as UTF-16.
pub fn judge(
    core: &Core,
    plan: &Plan,
    lines: &[u8],
    start: Start,
    threads: NonZeroUsize,
) -> Result<Vec<Judged>, String> {
    let (classifier, tools) = (core.engine().classifier(), core.tools());
    let line_bytes_max = core.line_bytes_max;
    let processor =
        LineProcessor::new(classifier, plan, &tools.encoder, Selection::ALL, line_bytes_max);
    let scratch = || tools.take_scratch().unwrap_or_else(|| processor.scratch());
    let chunks = chunks(lines, start, line_bytes_max)?;
    let one = |scratch: &mut ProcessorScratch, chunk: &Chunk| {
        let (mut judged, mut out) = (Judged::default(), Vec::new());
        processor.process_observed(scratch, chunk, &mut out, &mut judged);
        judged.lines = out;
        judged
    };
    let threads = threads.get().min(chunks.len());
    if threads <= 1 {
        let mut scratch = scratch();
        let judged = chunks.iter().map(|chunk| one(&mut scratch, chunk)).collect();
        tools.keep_scratch(scratch);
        return Ok(judged);
    }
    let results: Vec<Mutex<Judged>> = chunks.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut scratch = scratch();
        while let Some((chunk, result)) = {
            let at = next.fetch_add(1, Relaxed);
            chunks.get(at).zip(results.get(at))
        } {
            let judged = one(&mut scratch, chunk);
            *result.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = judged;
        }
        tools.keep_scratch(scratch);
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Without another thread this one judges all.
            drop(thread::Builder::new().spawn_scoped(scope, work));
        }
        work();
    });
    let take = |result: Mutex<Judged>| result.into_inner().unwrap_or_else(|it| it.into_inner());
    Ok(results.into_iter().map(take).collect())
}
