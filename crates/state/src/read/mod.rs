//! Reads annotated lines: posts with verdicts, and events. Pure, so that threads share it.

mod event;
mod matching;
mod values;
mod verdict;
mod written;

pub use written::event_line;

use crate::memory::Settings;
use crate::model::Seconds;
use crate::record::{Event, PostRecord, Record, ScanVerdict};
use crate::text::{FieldText, TextScratch};
use event::Parsed;
use matching::Matching;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use tidegate_engine::Engine;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::field::{FieldId, MetaId};
use tidegate_engine::domain::verdict::Verdict as Judged;
use tidegate_engine::lines::Chunk;
use tidegate_engine::message::{Message, message};
use tidegate_engine::output::json::push_members;
use tidegate_engine::output::{Encoder, LinePlace, UnreadableLine};
use tidegate_engine::post::{
    Batch, ErrorCode, Mapping, Plan, Post, Record as Line, Value, timestamp,
};
pub use values::canonical_id;
use values::name_of;

/// The member of an annotated line that has the verdict.
const VERDICT: &str = "tidegate";

/// The member that this stage adds.
pub const STATE: &str = "state";

/// Reads lines. Immutable, shared by threads.
pub struct Reader {
    engine: Arc<Engine>,
    plan: Plan,
    verdict: MetaId,
    event: MetaId,
    matching: Matching,
    settings: Arc<Settings>,
    annotates: bool,
    too_long: String,
    /// Names of the inputs, by the number of the stream, if there are several.
    inputs: Vec<String>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("annotates", &self.annotates).finish_non_exhaustive()
    }
}

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct ReadScratch {
    batch: Batch,
    text: TextScratch,
}

/// A line that was read. Its output begins with bytes that do not depend on the state.
#[derive(Debug)]
pub struct ReadLine {
    /// Bytes of the output that come first.
    pub before: usize,
    /// What the state has to say.
    pub line: LineKind,
}

/// What follows the first bytes of a line's output.
#[derive(Debug)]
pub enum LineKind {
    /// Nothing: the line is complete.
    Passed,
    /// The line is complete; it was not readable.
    Unreadable,
    /// What the state says.
    Record(Record),
    /// A verdict of other rules, with their hash: the run must end.
    OtherRules(String),
}

impl Reader {
    /// A reader of lines that `scan --annotate` wrote with the rules of `engine` and `mapping`.
    ///
    /// # Errors
    ///
    /// A path of the mapping or of a correlation is no pointer.
    pub fn new(
        engine: Arc<Engine>,
        mapping: &Mapping,
        settings: Arc<Settings>,
        annotates: bool,
        line_bytes_max: usize,
    ) -> Result<Reader, Message> {
        let mut names = engine.classifier().rules().names().clone();
        let full = || message!("the rules name too many paths");
        let verdict = names.meta(VERDICT).ok_or_else(full)?;
        let event = names.meta("event").ok_or_else(full)?;
        let plan = Plan::new(mapping, &names).map_err(|error| error.message().clone())?;
        let matching = Matching::of(engine.classifier(), &settings.correlations);
        let too_long = format!("longer than {line_bytes_max} bytes");
        let inputs = Vec::new();
        Ok(Reader { engine, plan, verdict, event, matching, settings, annotates, too_long, inputs })
    }

    /// Names the inputs, so that unreadable lines say in which of them they are.
    #[must_use]
    pub fn naming(mut self, inputs: Vec<String>) -> Reader {
        self.inputs = inputs;
        self
    }

    /// Reads the lines of `chunk`; appends the first bytes of their outputs to `out`.
    pub fn read(
        &self,
        chunk: &Chunk,
        scratch: &mut ReadScratch,
        out: &mut Vec<u8>,
        lines: &mut Vec<ReadLine>,
    ) {
        let encoder = self.engine.encoder();
        if chunk.is_too_long() {
            let place = Place { offset: chunk.offset(), line: chunk.line(), chunk };
            self.refuse(&encoder, &place, "null", ErrorCode::TooLong, &self.too_long, out);
            lines.push(ReadLine { before: out.len(), line: LineKind::Unreadable });
            return;
        }
        let bytes = chunk.bytes();
        let ReadScratch { batch, text } = scratch;
        self.plan.read(bytes, chunk.is_unterminated(), batch);
        for index in 0..batch.len() {
            let span = batch.line_span(index);
            let offset = chunk.offset() + span.start as u64;
            let place = Place { offset, line: chunk.line() + index as u64, chunk };
            let raw = &bytes[span];
            let start = out.len();
            let line = match chunk.problem_at(offset) {
                Some(problem) => {
                    let code = match problem.is_too_long {
                        true => ErrorCode::TooLong,
                        false => ErrorCode::BadJson,
                    };
                    self.refuse(&encoder, &place, "null", code, &problem.detail, out);
                    LineKind::Unreadable
                }
                None => match batch.record(bytes, index) {
                    Line::Post(post) => self.post(&encoder, &place, raw, &post, text, out),
                    Line::Skipped { .. } => self.pass(raw, out),
                    Line::Unreadable { id, code, detail } => {
                        self.other(&encoder, &place, raw, (id, code, detail), out)
                    }
                },
            };
            lines.push(ReadLine { before: out.len() - start, line });
        }
    }

    /// The record of a post that was judged just now, by the rules of this reader. The post may be
    /// read with another mapping than that of the reader.
    pub fn judged(
        &self,
        post: &Post<'_>,
        judged: &Judged<'_>,
        scratch: &mut TextScratch,
    ) -> PostRecord {
        let rules = self.engine.classifier().rules();
        let categories = judged.categories.iter();
        let enforced = judged.fired.iter().filter(|fired| !fired.shadow);
        let verdict = verdict::Verdict {
            action: Cow::Borrowed(judged.action.name()),
            care: judged.care,
            categories: categories
                .map(|(category, score)| (Cow::Borrowed(category.name()), *score))
                .collect(),
            rules: enforced
                .map(|fired| rules.rule(fired.rule))
                .map(|rule| verdict::Rule {
                    id: Cow::Borrowed(&rule.id),
                    category: Cow::Borrowed(rule.category.name()),
                })
                .collect(),
            ruleset: None,
        };
        self.record(post, judged.action, &verdict, scratch)
    }

    /// A line with a text: a post, if it has a verdict.
    fn post(
        &self,
        encoder: &Encoder<'_>,
        place: &Place<'_>,
        raw: &[u8],
        post: &Post<'_>,
        scratch: &mut TextScratch,
        out: &mut Vec<u8>,
    ) -> LineKind {
        let Some(found) = post.meta(self.verdict) else {
            if post.meta(self.event).is_some() {
                return self.other(encoder, place, raw, (post.id(), ErrorCode::NoText, ""), out);
            }
            let detail = "no verdict: the line is not of `scan --annotate`";
            self.refuse_as(place, post.id(), "no_verdict", detail, out);
            return LineKind::Unreadable;
        };
        let verdict = match verdict::parse(found) {
            Ok(verdict) => verdict,
            Err(error) => {
                let detail = format!("the verdict cannot be read: {error}");
                self.refuse_as(place, post.id(), "no_verdict", &detail, out);
                return LineKind::Unreadable;
            }
        };
        let Some(action) = Action::from_name(&verdict.action) else {
            return self.pass(raw, out);
        };
        let own = self.engine.classifier().hash_hex();
        if let Some(other) = verdict.ruleset.as_deref().filter(|other| *other != own) {
            return LineKind::OtherRules(other.to_owned());
        }
        if self.annotates {
            out.push(b'{');
            if push_members(out, raw, STATE) {
                out.push(b',');
            }
            out.extend_from_slice(b"\"state\":");
        }
        let record = self.record(post, action, &verdict, scratch);
        LineKind::Record(Record::Post(Box::new(record)))
    }

    fn record(
        &self,
        post: &Post<'_>,
        action: Action,
        verdict: &verdict::Verdict<'_>,
        scratch: &mut TextScratch,
    ) -> PostRecord {
        let classifier = self.engine.classifier();
        let tier = self.matching.tier(classifier, post);
        let offence = self.matching.offence(classifier, tier, action, &verdict.categories);
        let rules = verdict.rules.iter().map(|rule| rule.id.as_ref());
        let matches = self.matching.matches(classifier, post, rules);
        let text = |field| {
            let text = post.texts().find(|text| text.field == field);
            text.map(|text| FieldText { text: text.text, html: text.html })
        };
        let fields: Vec<FieldText<'_>> =
            [FieldId::TITLE, FieldId::TEXT].into_iter().filter_map(text).collect();
        let campaigns = &self.settings.campaigns;
        let compares = self.settings.has_campaigns;
        let fingerprint = match compares {
            true => campaigns.fingerprinter.fingerprint(&fields, scratch),
            false => Default::default(),
        };
        let text = match compares && fingerprint.weight >= crate::text::WHOLE_WEIGHT {
            true => scratch.sample().to_owned(),
            false => String::new(),
        };
        let reach = post.meta(MetaId::REACH).and_then(number).unwrap_or(0);
        PostRecord {
            id: canonical_id(post.id()).into_owned(),
            author: post.meta(MetaId::AUTHOR_ID).and_then(name_of),
            channel: post.meta(MetaId::CHANNEL).and_then(name_of),
            at: post.meta(MetaId::CREATED_AT).and_then(time_of),
            reach,
            tier,
            matches,
            scan: scan_verdict(action, offence, verdict),
            fingerprint,
            text,
        }
    }

    /// A line without a text: an event, a line that passes, or one that is not readable.
    fn other(
        &self,
        encoder: &Encoder<'_>,
        place: &Place<'_>,
        raw: &[u8],
        (id, code, detail): (&str, ErrorCode, &str),
        out: &mut Vec<u8>,
    ) -> LineKind {
        match event::parse(raw) {
            Parsed::Event(event) => {
                if self.annotates {
                    out.push(b'{');
                    if push_members(out, raw, STATE) {
                        out.push(b',');
                    }
                    out.extend_from_slice(b"\"state\":");
                }
                LineKind::Record(Record::Event(event))
            }
            Parsed::Bad(detail) => {
                self.refuse_as(place, id, "bad_event", &detail, out);
                LineKind::Unreadable
            }
            Parsed::Passed => self.pass(raw, out),
            Parsed::VerdictAlone => {
                let detail = "a verdict without its post: use `scan --annotate`";
                self.refuse_as(place, id, "no_text", detail, out);
                LineKind::Unreadable
            }
            Parsed::Other => {
                self.refuse(encoder, place, id, code, detail, out);
                LineKind::Unreadable
            }
        }
    }

    /// The line as it is.
    fn pass(&self, raw: &[u8], out: &mut Vec<u8>) -> LineKind {
        out.push(b'{');
        push_members(out, raw, STATE);
        out.extend_from_slice(b"}\n");
        LineKind::Passed
    }

    fn refuse(
        &self,
        encoder: &Encoder<'_>,
        place: &Place<'_>,
        id: &str,
        code: ErrorCode,
        detail: &str,
        out: &mut Vec<u8>,
    ) {
        let name = self.inputs.get(place.chunk.stream());
        let named = name.map(|file| LinePlace { file, line: place.line });
        let line = UnreadableLine {
            id,
            offset: place.offset,
            place: named,
            code,
            detail,
            is_repaired: false,
        };
        encoder.unreadable(out, &line);
    }

    /// As an unreadable line of `scan`, with a code of this stage.
    fn refuse_as(&self, place: &Place<'_>, id: &str, code: &str, detail: &str, out: &mut Vec<u8>) {
        use tidegate_engine::output::json::{push_number, push_string, push_value};
        out.extend_from_slice(b"{\"id\":");
        push_value(out, id);
        if let Some(file) = self.inputs.get(place.chunk.stream()) {
            out.extend_from_slice(b",\"file\":");
            push_string(out, file);
            out.extend_from_slice(b",\"line\":");
            push_number(out, place.line);
        }
        out.extend_from_slice(b",\"offset\":");
        push_number(out, place.offset);
        out.extend_from_slice(b",\"action\":\"unreadable\",\"error\":");
        push_string(out, code);
        out.extend_from_slice(b",\"detail\":");
        push_string(out, detail);
        out.extend_from_slice(b"}\n");
    }
}

/// Reads an event: one JSON object.
///
/// # Errors
///
/// Why it is none, for people; without a place.
pub fn event(raw: &[u8]) -> Result<Event, String> {
    match event::parse(raw) {
        Parsed::Event(event) => Ok(event),
        Parsed::Bad(why) => Err(why),
        Parsed::Passed | Parsed::VerdictAlone | Parsed::Other => {
            Err("no event: expected an object with the key `event`".to_owned())
        }
    }
}

fn scan_verdict(action: Action, offence: Action, verdict: &verdict::Verdict<'_>) -> ScanVerdict {
    let categories = verdict.categories.iter();
    let categories =
        categories.filter_map(|(name, score)| Some((Category::from_name(name)?, *score)));
    let rules = verdict
        .rules
        .iter()
        .filter_map(|rule| Some((rule.id.to_string(), Category::from_name(&rule.category)?)));
    ScanVerdict {
        action,
        offence,
        care: verdict.care,
        categories: categories.collect(),
        rules: rules.collect(),
    }
}

/// Where a line is.
struct Place<'c> {
    offset: u64,
    line: u64,
    chunk: &'c Chunk,
}

fn number(raw: &str) -> Option<u64> {
    match Value::of(raw) {
        Value::Number(number) => number.parse::<u64>().ok().or_else(|| whole(number)),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number with decimals or an exponent, rounded down.
fn whole(number: &str) -> Option<u64> {
    let number: f64 = number.parse().ok()?;
    (0.0..9e15).contains(&number).then_some(number as u64)
}

fn time_of(raw: &str) -> Option<Seconds> {
    timestamp(raw).map(|time| time.as_second())
}
