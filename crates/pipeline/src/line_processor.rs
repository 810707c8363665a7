//! Processes a chunk: reads the lines, judges the posts, writes the verdicts.
//!
//! Every line, or record in a frame, gets a verdict, in order, and it is in a frame too. If processing a line panics, its verdict is the error
//! `internal`; the lines before and after it are not affected.

use std::panic::{AssertUnwindSafe, catch_unwind};
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::lines::{Chunk, Framing, LineProblem, Piece};
use tidegate_engine::output::{Encoder, LinePlace, UnreadableLine};
use tidegate_engine::post::{Batch, ErrorCode, Plan, Post, Record};

/// Which verdicts are written. All are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Posts, by action; indexed as [`Action::ALL`].
    pub actions: [bool; Action::ALL.len()],
    /// Posts with the `care` mark (the author may need help), with any action.
    pub care: bool,
    /// Records known not to be posts.
    pub skipped: bool,
    /// Lines that are not usable posts.
    pub unreadable: bool,
}

impl Selection {
    /// Everything.
    pub const ALL: Selection = Selection {
        actions: [true; Action::ALL.len()],
        care: true,
        skipped: true,
        unreadable: true,
    };

    /// Nothing.
    pub const NONE: Selection = Selection {
        actions: [false; Action::ALL.len()],
        care: false,
        skipped: false,
        unreadable: false,
    };

    /// The verdicts of these kinds; all if there are none.
    pub fn of(kinds: &[VerdictKind]) -> Selection {
        if kinds.is_empty() {
            return Selection::ALL;
        }
        let mut selection = Selection::NONE;
        for kind in kinds {
            match kind {
                VerdictKind::Flagged => {
                    selection.care = true;
                    for action in [Action::Flag, Action::Review, Action::Block] {
                        selection.actions[action as usize] = true;
                    }
                }
                VerdictKind::Action(action) => selection.actions[*action as usize] = true,
                VerdictKind::Care => selection.care = true,
                VerdictKind::Skipped => selection.skipped = true,
                VerdictKind::Unreadable => selection.unreadable = true,
            }
        }
        selection
    }

    /// Is the verdict of a post written?
    #[inline]
    pub fn contains(&self, verdict: &Verdict<'_>) -> bool {
        self.actions[verdict.action as usize] || self.care && verdict.care
    }
}

/// A kind of verdict, as `--only` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// Action `flag` or stronger, or `care`.
    Flagged,
    /// This action.
    Action(Action),
    /// The `care` mark: the author may need help.
    Care,
    /// A record known not to be a post.
    Skipped,
    /// A line that is not a usable post.
    Unreadable,
}

impl VerdictKind {
    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<VerdictKind> {
        match name {
            "flagged" => Some(VerdictKind::Flagged),
            "care" => Some(VerdictKind::Care),
            "skipped" => Some(VerdictKind::Skipped),
            "unreadable" => Some(VerdictKind::Unreadable),
            _ => Action::from_name(name).map(VerdictKind::Action),
        }
    }
}

/// Observes the lines that a worker processes, each once, after its verdict was written.
pub trait Observer {
    /// A post and its verdict.
    fn post(&mut self, post: &Post<'_>, verdict: &Verdict<'_>);
    /// A record known not to be a post.
    fn skipped(&mut self);
    /// A line that is not a usable post.
    fn unreadable(&mut self, line: &UnreadableLine<'_>);
}

/// Observes nothing.
impl Observer for () {
    #[inline]
    fn post(&mut self, _: &Post<'_>, _: &Verdict<'_>) {}
    #[inline]
    fn skipped(&mut self) {}
    #[inline]
    fn unreadable(&mut self, _: &UnreadableLine<'_>) {}
}

/// The immutable state of processing, shared by all workers.
#[derive(Debug)]
pub struct LineProcessor<'c> {
    classifier: &'c Classifier,
    plan: &'c Plan,
    encoder: &'c Encoder<'c>,
    selection: Selection,
    too_long: String,
    /// How verdicts are enclosed, if not by line ends.
    framing: Option<Framing>,
    /// Names of the inputs, by the number of the stream, if unreadable lines name them.
    inputs: &'c [String],
    /// A text that makes processing panic, for tests.
    #[cfg(test)]
    panics_on: Option<&'static str>,
}

/// The mutable state of one worker.
#[derive(Debug)]
pub struct ProcessorScratch {
    batch: Batch,
    scratch: Scratch,
    summary: Summary,
    done: Done,
}

/// Progress within a chunk.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    /// Bytes of the chunk processed.
    read: usize,
    /// Lines of the chunk processed.
    lines: u64,
    /// Bytes of the output written.
    written: usize,
}

impl ProcessorScratch {
    /// The counts.
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    /// The counts since the last call, which resets them.
    pub fn take_summary(&mut self) -> Summary {
        let fresh = Summary::new(self.summary.rules.len());
        std::mem::replace(&mut self.summary, fresh)
    }

    /// Sets the counts to zero; allocates nothing.
    pub fn clear_summary(&mut self) {
        self.summary.clear();
    }

    /// The counts since the last [`ProcessorScratch::take_summary`] or
    /// [`ProcessorScratch::clear_summary`].
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

impl<'c> LineProcessor<'c> {
    /// A processor. `line_bytes_max` is quoted in the verdict of a line that is too long.
    pub fn new(
        classifier: &'c Classifier,
        plan: &'c Plan,
        encoder: &'c Encoder<'c>,
        selection: Selection,
        line_bytes_max: usize,
    ) -> LineProcessor<'c> {
        LineProcessor {
            classifier,
            plan,
            encoder,
            selection,
            too_long: format!("longer than {line_bytes_max} bytes"),
            framing: None,
            inputs: &[],
            #[cfg(test)]
            panics_on: None,
        }
    }

    /// Names the inputs, so that unreadable lines say in which of them they are.
    #[must_use]
    pub fn naming(mut self, inputs: &'c [String]) -> LineProcessor<'c> {
        self.inputs = inputs;
        self
    }

    /// Encloses each verdict in a frame.
    #[must_use]
    pub fn framing(mut self, framing: Option<Framing>) -> LineProcessor<'c> {
        self.framing = framing;
        self
    }

    /// The frames of verdicts; `None` for lines.
    pub fn frames(&self) -> Option<Framing> {
        self.framing
    }

    /// The state of a new worker.
    pub fn scratch(&self) -> ProcessorScratch {
        ProcessorScratch {
            batch: Batch::default(),
            scratch: Scratch::default(),
            summary: Summary::new(self.classifier.rules().rules().len()),
            done: Done::default(),
        }
    }

    /// Appends the verdicts of `chunk` to `out`, which must be empty.
    pub fn process(&self, scratch: &mut ProcessorScratch, chunk: &Chunk, out: &mut Vec<u8>) {
        self.process_observed(scratch, chunk, out, &mut ());
    }

    /// As [`LineProcessor::process`], with an observer.
    pub fn process_observed<O: Observer>(
        &self,
        scratch: &mut ProcessorScratch,
        chunk: &Chunk,
        out: &mut Vec<u8>,
        observer: &mut O,
    ) {
        let too_long = || (ErrorCode::TooLong, self.too_long.as_str());
        let broken = || chunk.broken().map(|detail| (ErrorCode::BadFrame, detail));
        if let Some((code, detail)) = chunk.is_too_long().then(too_long).or_else(broken) {
            self.refuse(scratch, out, observer, &self.line(chunk, 0, chunk.offset(), code, detail));
            return;
        }
        scratch.done = Done::default();
        let whole = || {
            for piece in chunk.pieces(0) {
                self.process_piece(scratch, piece, chunk, out, observer);
            }
        };
        // Unwind safety: `recover` restores the state that a panic may leave inconsistent.
        if catch_unwind(AssertUnwindSafe(whole)).is_err() {
            self.process_one_by_one(scratch, chunk, out, observer);
        }
    }

    /// Processes the rest of a chunk line by line, so that a panic affects one line only.
    #[cold]
    fn process_one_by_one<O: Observer>(
        &self,
        scratch: &mut ProcessorScratch,
        chunk: &Chunk,
        out: &mut Vec<u8>,
        observer: &mut O,
    ) {
        self.recover(scratch, out);
        for line in chunk.one_by_one(scratch.done.read) {
            let done = scratch.done;
            let one = || self.process_piece(scratch, line, chunk, out, observer);
            if catch_unwind(AssertUnwindSafe(one)).is_err() {
                scratch.done = done;
                self.recover(scratch, out);
                let offset = chunk.offset_of(done.lines as usize, done.read);
                let detail = "internal error; the line was not judged, please report it";
                let bad = self.line(chunk, done.lines, offset, ErrorCode::Internal, detail);
                self.refuse(scratch, out, observer, &bad);
                let (read, lines) = (done.read + line.bytes().len(), done.lines + 1);
                scratch.done = Done { read, lines, written: out.len() };
            }
        }
    }

    /// Discards partial output and state after a panic.
    fn recover(&self, scratch: &mut ProcessorScratch, out: &mut Vec<u8>) {
        out.truncate(scratch.done.written);
        scratch.batch = Batch::default();
        scratch.scratch = Scratch::default();
    }

    /// Processes a piece of `chunk`, which follows those already done.
    fn process_piece<O: Observer>(
        &self,
        scratch: &mut ProcessorScratch,
        piece: Piece<'_>,
        chunk: &Chunk,
        out: &mut Vec<u8>,
        observer: &mut O,
    ) {
        let Done { read: start, lines: before, .. } = scratch.done;
        let lines = piece.bytes();
        let is_last = start + lines.len() == chunk.bytes().len();
        match piece {
            Piece::Lines(lines) => {
                self.plan.read(lines, chunk.is_unterminated() && is_last, &mut scratch.batch);
            }
            Piece::Record(_) => self.plan.read_record(piece.record(), &mut scratch.batch),
        }
        self.classifier.scan(lines, &scratch.batch, &mut scratch.scratch);
        for index in 0..scratch.batch.len() {
            let span = scratch.batch.line_span(index);
            let offset = chunk.offset_of(before as usize + index, start + span.start);
            let place = self.place(chunk, before + index as u64, offset);
            match chunk.problem_at(offset) {
                None => self.process_record(scratch, lines, index, (offset, place), out, observer),
                Some(problem) => {
                    self.refuse(scratch, out, observer, &in_place(offset, place, problem))
                }
            }
            let next = index + 1;
            let is_last = next == scratch.batch.len();
            let end = if is_last { lines.len() } else { scratch.batch.line_span(next).start };
            let read = start + end;
            scratch.done = Done { read, lines: before + next as u64, written: out.len() };
        }
        debug_assert_eq!(scratch.done.read, start + lines.len(), "every line has its verdict");
    }

    fn process_record<O: Observer>(
        &self,
        scratch: &mut ProcessorScratch,
        lines: &[u8],
        index: usize,
        (offset, place): (u64, Option<LinePlace<'_>>),
        out: &mut Vec<u8>,
        observer: &mut O,
    ) {
        let start = out.len();
        let ProcessorScratch { batch, scratch, summary, .. } = scratch;
        let line = &lines[batch.line_span(index)];
        match batch.record(lines, index) {
            Record::Post(post) => {
                #[cfg(test)]
                self.panic_if_planted(&post);
                let verdict = self.classifier.judge(&post, index, scratch);
                if self.selection.contains(&verdict) {
                    self.encoder.post(out, line, &post, &verdict);
                    summary.written += 1;
                }
                observer.post(&post, &verdict);
                summary.count_post(&verdict);
                summary.repaired += u64::from(post.is_repaired());
            }
            Record::Skipped { id } => {
                if self.selection.skipped {
                    self.encoder.skipped(out, line, id);
                    summary.written += 1;
                }
                observer.skipped();
                summary.skipped += 1;
            }
            Record::Unreadable { id, code, detail } => {
                let is_repaired = batch.is_repaired(index);
                let bad = UnreadableLine { id, offset, place, code, detail, is_repaired };
                if self.selection.unreadable {
                    self.encoder.unreadable(out, &bad);
                    summary.written += 1;
                }
                observer.unreadable(&bad);
                summary.count_unreadable(code.name());
                summary.repaired += u64::from(is_repaired);
            }
        }
        self.enclose(out, start, offset, place);
    }

    /// Puts the verdict that was appended from `start` on into a frame, if there is one.
    fn enclose(&self, out: &mut Vec<u8>, start: usize, offset: u64, place: Option<LinePlace<'_>>) {
        let Some(framing) = self.framing else { return };
        if framing.enclose(out, start).is_ok() {
            return;
        }
        out.truncate(start);
        let (code, detail) = (ErrorCode::TooLong, "its verdict is too long for a frame");
        let bad = UnreadableLine { id: "null", offset, place, code, detail, is_repaired: false };
        self.encoder.unreadable(out, &bad);
        let enclosed = framing.enclose(out, start);
        debug_assert!(enclosed.is_ok(), "a short verdict fits");
    }

    /// The place of the line of a chunk that so many of its lines precede, and that starts at
    /// `offset`: in a member of an archive, or in one of several inputs.
    fn place<'l>(&'l self, chunk: &'l Chunk, before: u64, offset: u64) -> Option<LinePlace<'l>> {
        let line = chunk.line() + before;
        if let Some(member) = chunk.member_at(offset) {
            let before = member.first_line.saturating_sub(1);
            return Some(LinePlace { file: &member.name, line: line.saturating_sub(before) });
        }
        let file = self.inputs.get(chunk.stream())?;
        Some(LinePlace { file, line })
    }

    /// A line that could not be read as a record.
    fn line<'l>(
        &'l self,
        chunk: &'l Chunk,
        before: u64,
        offset: u64,
        code: ErrorCode,
        detail: &'l str,
    ) -> UnreadableLine<'l> {
        let place = self.place(chunk, before, offset);
        UnreadableLine { id: "null", offset, place, code, detail, is_repaired: false }
    }

    fn refuse<O: Observer>(
        &self,
        scratch: &mut ProcessorScratch,
        out: &mut Vec<u8>,
        observer: &mut O,
        line: &UnreadableLine<'_>,
    ) {
        observer.unreadable(line);
        if self.selection.unreadable {
            let start = out.len();
            self.encoder.unreadable(out, line);
            self.enclose(out, start, line.offset, line.place);
            scratch.summary.written += 1;
        }
        scratch.summary.count_unreadable(line.code.name());
    }
}

/// The verdict of a line whose reader found a problem.
fn in_place<'l>(
    offset: u64,
    place: Option<LinePlace<'l>>,
    problem: &'l LineProblem,
) -> UnreadableLine<'l> {
    let code = if problem.is_too_long { ErrorCode::TooLong } else { ErrorCode::Truncated };
    UnreadableLine { id: "null", offset, place, code, detail: &problem.detail, is_repaired: false }
}

#[cfg(test)]
impl LineProcessor<'_> {
    fn panic_if_planted(&self, post: &tidegate_engine::post::Post<'_>) {
        let Some(planted) = self.panics_on else { return };
        assert!(!post.texts().any(|text| text.text.contains(planted)), "planted");
    }
}

#[cfg(test)]
mod framed_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::domain::field::Names;
    use tidegate_engine::lines::{Cut, Cutter, CutterSettings};
    use tidegate_engine::output::{Labels, Style};
    use tidegate_engine::post::Mapping;

    const PACK: &str = "\
tidegate: 1
pack: demo
version: 1.0.0
title: For tests
license: CC0-1.0
rules:
  - id: demo.casino
    title: Names a casino
    category: gambling
    match: { game: [casino] }
    condition: game
    weight: 3
    tests: { hit: [casino], miss: [cinema] }
";

    pub(super) fn classifier() -> Classifier {
        let builder = tidegate_packs::builder().embedded(false);
        builder.rules_text("demo.rules.yaml", PACK).build().unwrap().into_parts().0
    }

    /// The verdicts of `input`, read in chunks of `chunk_bytes`, and the counts.
    fn process(
        input: &str,
        chunk_bytes: usize,
        panics_on: Option<&'static str>,
        selection: Selection,
    ) -> (String, Summary) {
        let classifier = classifier();
        let names = Names::default();
        let plan = Plan::new(&Mapping::default(), &names).unwrap();
        let style = Style { detail: tidegate_engine::output::Detail::Brief, ..Style::default() };
        let encoder = Encoder::new(Labels::of(&classifier), style);
        let line_bytes_max = 100;
        let mut processor =
            LineProcessor::new(&classifier, &plan, &encoder, selection, line_bytes_max);
        processor.panics_on = panics_on;
        let mut cutter = Cutter::new(CutterSettings { chunk_bytes, line_bytes_max });
        let (mut rest, mut chunk) = (input.as_bytes(), Chunk::default());
        let (mut scratch, mut out, mut verdicts) = (processor.scratch(), Vec::new(), Vec::new());
        while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
            out.clear();
            processor.process(&mut scratch, &chunk, &mut out);
            verdicts.extend_from_slice(&out);
        }
        (String::from_utf8(verdicts).unwrap(), scratch.into_summary())
    }

    fn input(texts: &[&str]) -> String {
        let post = |(n, text): (usize, &&str)| format!("{{\"id\":{n},\"text\":\"{text}\"}}\n");
        texts.iter().enumerate().map(post).collect()
    }

    const ALLOW: &str = r#""action":"allow"}"#;

    #[test]
    fn a_panic_affects_only_its_own_line() {
        let input = input(&["one", "TRAP", "casino", "TRAP", "TRAP", "six"]) + "nonsense";
        let starts: Vec<usize> = input.match_indices("{\"id\"").map(|(at, _)| at).collect();
        let internal = |n: usize| {
            let detail = "internal error; the line was not judged, please report it";
            format!(
                r#"{{"id":null,"offset":{},"action":"unreadable","error":"internal","detail":"{detail}"}}"#,
                starts[n]
            )
        };
        for chunk_bytes in [4, 40, 1000] {
            let (verdicts, summary) = process(&input, chunk_bytes, Some("TRAP"), Selection::ALL);
            let lines: Vec<&str> = verdicts.lines().collect();
            assert_eq!(lines[0], format!("{{\"id\":0,{ALLOW}"));
            assert_eq!(lines[1], internal(1));
            assert!(lines[2].starts_with(r#"{"id":2,"action":"flag","categories""#), "{verdicts}");
            assert_eq!(lines[3..5], [internal(3), internal(4)]);
            assert_eq!(lines[5], format!("{{\"id\":5,{ALLOW}"));
            assert!(lines[6].contains("\"error\":\"truncated\""), "{verdicts}");
            assert_eq!(lines.len(), 7);
            assert_eq!((summary.posts, summary.errors_of("internal")), (3, 3));
            assert_eq!((summary.lines(), summary.written), (7, 7));
            assert_eq!(summary.rules, [1]);
        }
    }

    #[test]
    fn verdicts_that_are_not_selected_are_counted_but_not_written() {
        let input = input(&["one", "casino", "three"]) + "nonsense\n" + &"x".repeat(200) + "\n";
        let (all, counted) = process(&input, 1000, None, Selection::ALL);
        assert_eq!((all.lines().count(), counted.written), (5, 5));
        assert_eq!(counted.errors_of("too_long"), 1);
        let mut flagged = Selection::NONE;
        flagged.actions[Action::Flag as usize] = true;
        let (some, summary) = process(&input, 1000, None, flagged);
        assert_eq!(some.lines().collect::<Vec<_>>(), [all.lines().nth(1).unwrap()]);
        assert_eq!(Summary { written: 5, ..summary }, counted);
        let (none, summary) = process(&input, 1000, Some("casino"), Selection::NONE);
        assert_eq!((none.as_str(), summary.lines(), summary.written), ("", 5, 0));
        let (unreadable, _) =
            process(&input, 1000, None, Selection { unreadable: true, ..Selection::NONE });
        assert_eq!(unreadable.lines().collect::<Vec<_>>(), all.lines().skip(3).collect::<Vec<_>>());
    }
}
