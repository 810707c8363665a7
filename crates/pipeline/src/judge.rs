//! What a worker does with a chunk: read the lines, judge the posts, write the verdicts.
//!
//! Every line gets its answer, in order. Should answering one panic, that line is
//! answered `internal`, and the lines before and after it as if nothing had happened.

use std::panic::{AssertUnwindSafe, catch_unwind};
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::lines::Chunk;
use tidegate_engine::output::Encoder;
use tidegate_engine::post::{Batch, ErrorCode, Plan, Post, Record};

/// Which verdicts are written. All are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Posts by action, see [`Action::ALL`].
    pub actions: [bool; Action::ALL.len()],
    /// Posts whose author may need help, whatever the action.
    pub care: bool,
    /// Records known to be no posts.
    pub skipped: bool,
    /// Lines that are no usable post.
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

    /// Nothing, to begin with.
    pub const NONE: Selection = Selection {
        actions: [false; Action::ALL.len()],
        care: false,
        skipped: false,
        unreadable: false,
    };

    #[inline]
    fn has(&self, verdict: &Verdict<'_>) -> bool {
        self.actions[verdict.action as usize] || self.care && verdict.care
    }
}

/// Looks on while a worker answers: each line once, after its answer is written.
pub trait Watch {
    /// A post and its verdict.
    fn post(&mut self, post: &Post<'_>, verdict: &Verdict<'_>);
    /// A record that is known to hold no post.
    fn skipped(&mut self);
    /// A line that is no usable post, with its id and where it starts.
    fn unreadable(&mut self, id: &str, offset: u64, code: ErrorCode, detail: &str);
}

/// Nobody looks on.
impl Watch for () {
    #[inline]
    fn post(&mut self, _: &Post<'_>, _: &Verdict<'_>) {}
    #[inline]
    fn skipped(&mut self) {}
    #[inline]
    fn unreadable(&mut self, _: &str, _: u64, _: ErrorCode, _: &str) {}
}

/// Everything that answering needs and that does not change. Shared by all workers.
#[derive(Debug)]
pub struct Judge<'c> {
    classifier: &'c Classifier,
    plan: &'c Plan,
    encoder: &'c Encoder<'c>,
    selection: Selection,
    too_long: String,
    /// A text whose post makes the judge panic: how tests plant a fault.
    #[cfg(test)]
    trap: Option<&'static str>,
}

/// What one worker needs for itself.
#[derive(Debug)]
pub struct JudgeScratch {
    batch: Batch,
    scratch: Scratch,
    summary: Summary,
    done: Done,
}

/// How far a chunk is answered.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    /// Bytes of the chunk.
    read: usize,
    /// Bytes of the answer.
    written: usize,
}

impl JudgeScratch {
    /// What was counted.
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    /// What was counted since it was last taken.
    pub fn take_summary(&mut self) -> Summary {
        let fresh = Summary::new(self.summary.rules.len());
        std::mem::replace(&mut self.summary, fresh)
    }

    /// What was counted since it was last taken.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

impl<'c> Judge<'c> {
    /// Joins what was built. `line_bytes_max` is quoted where a line was too long.
    pub fn new(
        classifier: &'c Classifier,
        plan: &'c Plan,
        encoder: &'c Encoder<'c>,
        selection: Selection,
        line_bytes_max: usize,
    ) -> Judge<'c> {
        Judge {
            classifier,
            plan,
            encoder,
            selection,
            too_long: format!("longer than {line_bytes_max} bytes"),
            #[cfg(test)]
            trap: None,
        }
    }

    /// What a new worker starts with.
    pub fn scratch(&self) -> JudgeScratch {
        JudgeScratch {
            batch: Batch::default(),
            scratch: Scratch::default(),
            summary: Summary::new(self.classifier.rules().rules().len()),
            done: Done::default(),
        }
    }

    /// Appends the answers of `chunk` to `out`, which is empty.
    pub fn answer(&self, scratch: &mut JudgeScratch, chunk: &Chunk, out: &mut Vec<u8>) {
        self.answer_watched(scratch, chunk, out, &mut ());
    }

    /// As [`Judge::answer`], while somebody looks on.
    pub fn answer_watched<W: Watch>(
        &self,
        scratch: &mut JudgeScratch,
        chunk: &Chunk,
        out: &mut Vec<u8>,
        watch: &mut W,
    ) {
        if chunk.is_too_long() {
            watch.unreadable("null", chunk.offset(), ErrorCode::TooLong, &self.too_long);
            self.refuse(scratch, out, chunk.offset(), ErrorCode::TooLong, &self.too_long);
            return;
        }
        let bytes = chunk.bytes();
        scratch.done = Done::default();
        let whole = || self.answer_lines(scratch, bytes, chunk, out, watch);
        // What a panic leaves half done is put right by `recover`.
        if catch_unwind(AssertUnwindSafe(whole)).is_err() {
            self.answer_one_by_one(scratch, chunk, out, watch);
        }
    }

    /// Answers what is left of a chunk, each line apart from the others.
    #[cold]
    fn answer_one_by_one<W: Watch>(
        &self,
        scratch: &mut JudgeScratch,
        chunk: &Chunk,
        out: &mut Vec<u8>,
        watch: &mut W,
    ) {
        self.recover(scratch, out);
        let rest = &chunk.bytes()[scratch.done.read..];
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            let done = scratch.done;
            let one = || self.answer_lines(scratch, line, chunk, out, watch);
            if catch_unwind(AssertUnwindSafe(one)).is_err() {
                scratch.done = done;
                self.recover(scratch, out);
                let offset = chunk.offset() + done.read as u64;
                let detail = "internal error; the line was not judged, please report it";
                watch.unreadable("null", offset, ErrorCode::Internal, detail);
                self.refuse(scratch, out, offset, ErrorCode::Internal, detail);
                scratch.done = Done { read: done.read + line.len(), written: out.len() };
            }
        }
    }

    /// Forgets what was being done when a panic came.
    fn recover(&self, scratch: &mut JudgeScratch, out: &mut Vec<u8>) {
        out.truncate(scratch.done.written);
        scratch.batch = Batch::default();
        scratch.scratch = Scratch::default();
    }

    /// Answers whole `lines` of `chunk`, which follow what is done.
    fn answer_lines<W: Watch>(
        &self,
        scratch: &mut JudgeScratch,
        lines: &[u8],
        chunk: &Chunk,
        out: &mut Vec<u8>,
        watch: &mut W,
    ) {
        let start = scratch.done.read;
        let is_last = start + lines.len() == chunk.bytes().len();
        self.plan.read(lines, chunk.is_unterminated() && is_last, &mut scratch.batch);
        self.classifier.scan(lines, &scratch.batch, &mut scratch.scratch);
        for index in 0..scratch.batch.len() {
            let span = scratch.batch.line_span(index);
            let offset = chunk.offset() + (start + span.start) as u64;
            self.answer_record(scratch, lines, index, offset, out, watch);
            let next = index + 1;
            let is_last = next == scratch.batch.len();
            let end = if is_last { lines.len() } else { scratch.batch.line_span(next).start };
            let read = start + end;
            scratch.done = Done { read, written: out.len() };
        }
        debug_assert_eq!(scratch.done.read, start + lines.len(), "every line has its answer");
    }

    fn answer_record<W: Watch>(
        &self,
        scratch: &mut JudgeScratch,
        lines: &[u8],
        index: usize,
        offset: u64,
        out: &mut Vec<u8>,
        watch: &mut W,
    ) {
        let JudgeScratch { batch, scratch, summary, .. } = scratch;
        let line = &lines[batch.line_span(index)];
        match batch.record(lines, index) {
            Record::Post(post) => {
                #[cfg(test)]
                self.spring(&post);
                let verdict = self.classifier.judge(&post, index, scratch);
                if self.selection.has(&verdict) {
                    self.encoder.post(out, line, &post, &verdict);
                    summary.written += 1;
                }
                watch.post(&post, &verdict);
                summary.count_post(&verdict);
            }
            Record::Skipped { id } => {
                if self.selection.skipped {
                    self.encoder.skipped(out, line, id);
                    summary.written += 1;
                }
                watch.skipped();
                summary.skipped += 1;
            }
            Record::Unreadable { id, code, detail } => {
                if self.selection.unreadable {
                    self.encoder.unreadable(out, id, offset, code, detail);
                    summary.written += 1;
                }
                watch.unreadable(id, offset, code, detail);
                summary.count_unreadable(code.name());
            }
        }
    }

    fn refuse(
        &self,
        scratch: &mut JudgeScratch,
        out: &mut Vec<u8>,
        offset: u64,
        code: ErrorCode,
        detail: &str,
    ) {
        if self.selection.unreadable {
            self.encoder.unreadable(out, "null", offset, code, detail);
            scratch.summary.written += 1;
        }
        scratch.summary.count_unreadable(code.name());
    }
}

#[cfg(test)]
impl Judge<'_> {
    fn spring(&self, post: &tidegate_engine::post::Post<'_>) {
        let Some(trap) = self.trap else { return };
        assert!(!post.texts().any(|text| text.text.contains(trap)), "planted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::domain::field::Names;
    use tidegate_engine::lines::{Cut, Cutter, CutterSettings};
    use tidegate_engine::output::{Labels, Style};
    use tidegate_engine::policy::{Policy, RuleFacts};
    use tidegate_engine::post::Mapping;
    use tidegate_engine::rules::compile::compile;
    use tidegate_engine::rules::load::Loader;

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

    fn classifier() -> Classifier {
        let loader = Loader::new().text("demo.rules.yaml", PACK);
        let mut model = loader.load().unwrap().model;
        let source = tidegate_packs::BUNDLE.policy(tidegate_engine::policy::DEFAULT).unwrap();
        let policy = Policy::parse(&source, &mut model.names).unwrap();
        let rules = compile(model).unwrap();
        let facts: Vec<_> = rules
            .rules()
            .iter()
            .map(|rule| RuleFacts {
                id: &rule.id,
                aliases: &rule.aliases,
                status: rule.status,
                weight: rule.weight,
            })
            .collect();
        let policy = policy.resolve(&facts).unwrap().policy;
        Classifier::new(rules, policy)
    }

    /// The answers to `input`, cut in chunks of `chunk_bytes`; what was counted.
    fn judge(
        input: &str,
        chunk_bytes: usize,
        trap: Option<&'static str>,
        selection: Selection,
    ) -> (String, Summary) {
        let classifier = classifier();
        let names = Names::default();
        let plan = Plan::new(&Mapping::default(), &names).unwrap();
        let style = Style { detail: tidegate_engine::output::Detail::Brief, ..Style::default() };
        let encoder = Encoder::new(Labels::of(&classifier), style);
        let line_bytes_max = 100;
        let mut judge = Judge::new(&classifier, &plan, &encoder, selection, line_bytes_max);
        judge.trap = trap;
        let mut cutter = Cutter::new(CutterSettings { chunk_bytes, line_bytes_max });
        let (mut rest, mut chunk) = (input.as_bytes(), Chunk::default());
        let (mut scratch, mut out, mut answers) = (judge.scratch(), Vec::new(), Vec::new());
        while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
            out.clear();
            judge.answer(&mut scratch, &chunk, &mut out);
            answers.extend_from_slice(&out);
        }
        (String::from_utf8(answers).unwrap(), scratch.into_summary())
    }

    fn input(texts: &[&str]) -> String {
        let post = |(n, text): (usize, &&str)| format!("{{\"id\":{n},\"text\":\"{text}\"}}\n");
        texts.iter().enumerate().map(post).collect()
    }

    const ALLOW: &str = r#""action":"allow"}"#;

    #[test]
    fn a_panic_costs_its_own_line_alone() {
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
            let (answers, summary) = judge(&input, chunk_bytes, Some("TRAP"), Selection::ALL);
            let lines: Vec<&str> = answers.lines().collect();
            assert_eq!(lines[0], format!("{{\"id\":0,{ALLOW}"));
            assert_eq!(lines[1], internal(1));
            assert!(lines[2].starts_with(r#"{"id":2,"action":"flag","categories""#), "{answers}");
            assert_eq!(lines[3..5], [internal(3), internal(4)]);
            assert_eq!(lines[5], format!("{{\"id\":5,{ALLOW}"));
            assert!(lines[6].contains("\"error\":\"truncated\""), "{answers}");
            assert_eq!(lines.len(), 7);
            assert_eq!((summary.posts, summary.errors_of("internal")), (3, 3));
            assert_eq!((summary.lines(), summary.written), (7, 7));
            assert_eq!(summary.rules, [1]);
        }
    }

    #[test]
    fn what_is_not_selected_is_counted_and_not_written() {
        let input = input(&["one", "casino", "three"]) + "nonsense\n" + &"x".repeat(200) + "\n";
        let (all, counted) = judge(&input, 1000, None, Selection::ALL);
        assert_eq!((all.lines().count(), counted.written), (5, 5));
        assert_eq!(counted.errors_of("too_long"), 1);
        let mut flagged = Selection::NONE;
        flagged.actions[Action::Flag as usize] = true;
        let (some, summary) = judge(&input, 1000, None, flagged);
        assert_eq!(some.lines().collect::<Vec<_>>(), [all.lines().nth(1).unwrap()]);
        assert_eq!(Summary { written: 5, ..summary }, counted);
        let (none, summary) = judge(&input, 1000, Some("casino"), Selection::NONE);
        assert_eq!((none.as_str(), summary.lines(), summary.written), ("", 5, 0));
        let (unreadable, _) =
            judge(&input, 1000, None, Selection { unreadable: true, ..Selection::NONE });
        assert_eq!(unreadable.lines().collect::<Vec<_>>(), all.lines().skip(3).collect::<Vec<_>>());
    }
}
