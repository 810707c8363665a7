//! Reads verdict lines, plain and annotated, into a [`Tally`].
//!
//! Input: chunks of whole lines as `scan` writes them. A line that only says that a post is allowed
//! is recognised by its shape; every other line is parsed by serde_json. Time, channel, surface and
//! author of annotated posts are read by the mapping. A line that is not a verdict is counted as
//! such; no input causes a panic.

use super::context::TextAround;
use super::counts::{EvidenceText, FiredRule, PostFacts, PostVerdict, main_category};
use super::tally::Tally;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::event_time;
use tidegate_engine::domain::field::{FieldId, MetaId, Names};
use tidegate_engine::domain::limits::REPORT_CATEGORIES_MAX;
use tidegate_engine::lines::Chunk;
use tidegate_engine::post::{Batch, ErrorCode, Plan, Post, Record, Value};

/// Reads verdicts. Shared by all workers.
#[derive(Debug)]
pub struct Reader {
    plan: Plan,
    /// Names of the fields, by number.
    fields: Vec<String>,
}

/// The buffers of one worker.
#[derive(Debug, Default)]
pub struct ReaderScratch {
    batch: Batch,
    /// The counts.
    pub tally: Tally,
}

/// A verdict as written.
#[derive(Debug, Deserialize)]
struct VerdictLine<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(default)]
    offset: u64,
    #[serde(borrow, default)]
    error: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    detail: Option<Cow<'a, str>>,
    #[serde(default)]
    care: bool,
    #[serde(default)]
    capped: bool,
    #[serde(default)]
    repaired: bool,
    #[serde(borrow, default)]
    categories: BTreeMap<Cow<'a, str>, f64>,
    #[serde(borrow, default)]
    rules: Vec<RuleLine<'a>>,
    #[serde(borrow, default)]
    shadow: Vec<RuleLine<'a>>,
    #[serde(borrow, default)]
    ruleset: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct RuleLine<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    category: Cow<'a, str>,
    #[serde(borrow, default)]
    evidence: Vec<PieceLine<'a>>,
}

#[derive(Debug, Deserialize)]
struct PieceLine<'a> {
    #[serde(borrow, default)]
    matcher: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    field: Cow<'a, str>,
    #[serde(default)]
    start: usize,
    #[serde(default)]
    redacted: bool,
}

/// Start of the verdict of an annotated post.
const ANNOTATION: &[u8] = b"\"tidegate\":{\"id\":";

/// End of the verdict of a post on which no rule fired.
const CLEAN_END: &[u8] = b",\"action\":\"allow\"}";

impl Reader {
    /// Reads annotated posts by `plan`, which was made with `names`.
    pub fn new(plan: Plan, names: &Names) -> Reader {
        Reader { plan, fields: names.fields().to_vec() }
    }

    /// Counts the lines of a chunk.
    pub fn count(&self, scratch: &mut ReaderScratch, chunk: &Chunk) {
        let ReaderScratch { batch, tally } = scratch;
        if chunk.is_too_long() {
            tally.stray += 1;
            return;
        }
        let bytes = chunk.bytes();
        let is_annotated = memchr::memmem::find(bytes, ANNOTATION).is_some();
        if is_annotated {
            self.plan.read(bytes, chunk.is_unterminated(), batch);
        }
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii_end();
            if is_clean(line) {
                tally.clean();
            } else if let Some(verdict) = annotation(line).filter(|_| is_annotated) {
                match batch.record(bytes, number) {
                    Record::Post(post) => {
                        let known = Known { post, fields: &self.fields };
                        count(tally, &verdict, Some(&known));
                    }
                    _ => count(tally, &verdict, None),
                }
            } else {
                match serde_json::from_slice(line) {
                    Ok(verdict) => count(tally, &verdict, None),
                    Err(_) => tally.stray += 1,
                }
            }
        }
        tally.bytes += bytes.len() as u64;
    }
}

/// Whether the line is `{"id":…,"action":"allow"}` with an id that needs no decoding. Accepts only
/// lines that serde_json would parse as such.
fn is_clean(line: &[u8]) -> bool {
    let id = line.strip_prefix(b"{\"id\":").and_then(|rest| rest.strip_suffix(CLEAN_END));
    let Some(id) = id else { return false };
    match id {
        b"null" => true,
        [b'"', inside @ .., b'"'] => {
            let is_plain = |byte: &u8| *byte >= b' ' && !matches!(byte, b'"' | b'\\');
            inside.iter().all(is_plain) && simdutf8::basic::from_utf8(inside).is_ok()
        }
        [b'1'..=b'9', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The verdict that is the last member of an annotated post.
fn annotation(line: &[u8]) -> Option<VerdictLine<'_>> {
    let at = memchr::memmem::rfind(line, ANNOTATION)?;
    let verdict = line.strip_suffix(b"}")?.get(at + b"\"tidegate\":".len()..)?;
    serde_json::from_slice(verdict).ok()
}

/// The facts about a post that reports use.
pub fn about<'p>(post: &Post<'p>) -> PostFacts<'p> {
    let text = |path: MetaId| post.meta(path).and_then(text_of);
    PostFacts {
        time: post.meta(MetaId::CREATED_AT).and_then(event_time::parse),
        channel: text(MetaId::CHANNEL),
        surface: text(MetaId::SURFACE),
        author: text(MetaId::AUTHOR_ID),
    }
}

fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    match Value::of(raw) {
        Value::Text(text) => Some(text),
        Value::Number(number) => Some(Cow::Borrowed(number)),
        Value::Bool(_) => Some(Cow::Borrowed(raw)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn count(tally: &mut Tally, line: &VerdictLine<'_>, known: Option<&Known<'_>>) {
    let id = line.id.get();
    let before = tally.stray;
    match &*line.action {
        "skipped" => tally.skipped += 1,
        "unreadable" => {
            let code = line.error.as_deref().and_then(code_of);
            let detail = line.detail.as_deref().unwrap_or_default();
            match code {
                Some(code) => tally.unreadable(id, line.offset, code, detail),
                None => tally.stray += 1,
            }
        }
        action => match Action::from_name(action) {
            Some(action) => count_post(tally, line, action, known),
            None => tally.stray += 1,
        },
    }
    tally.repaired += u64::from(line.repaired && tally.stray == before);
}

fn code_of(name: &str) -> Option<ErrorCode> {
    ErrorCode::ALL.into_iter().find(|code| code.name() == name)
}

/// An annotated post, and the names of its fields.
struct Known<'p> {
    post: Post<'p>,
    fields: &'p [String],
}

fn count_post(
    tally: &mut Tally,
    line: &VerdictLine<'_>,
    action: Action,
    known: Option<&Known<'_>>,
) {
    let scores = || {
        let scores = line.categories.iter();
        scores.filter_map(|(name, score)| Some((category(name)?, *score)))
    };
    let categories: Vec<Category> = scores().map(|(category, _)| category).collect();
    let all = line.rules.iter().flat_map(|rule| &rule.evidence);
    let redacted: Vec<&PieceLine<'_>> = all.filter(|piece| piece.redacted).collect();
    let enforced = line.rules.iter().map(|it| rule(it, false, known, &redacted));
    let shadow = line.shadow.iter().map(|it| rule(it, true, known, &redacted));
    let rules: Vec<FiredRule<'_>> = enforced.chain(shadow).collect();
    let judged = PostVerdict {
        id: line.id.get(),
        action,
        care: line.care,
        capped: line.capped,
        categories: &categories,
        main: main_category(scores()),
        rules: &rules,
        ruleset: line.ruleset.as_deref(),
    };
    tally.judged(&judged, known.map(|known| about(&known.post)).as_ref());
}

/// The category called `name`. The names in a file are unchecked, so that their number is limited.
fn category(name: &str) -> Option<Category> {
    let most = Category::BUILT_IN + REPORT_CATEGORIES_MAX;
    Category::from_name(name).filter(|category| category.index() < most)
}

fn rule<'a>(
    line: &'a RuleLine<'_>,
    shadow: bool,
    known: Option<&'a Known<'_>>,
    redacted: &[&PieceLine<'_>],
) -> FiredRule<'a> {
    let piece = |piece: &'a PieceLine<'_>| EvidenceText {
        matcher: &piece.matcher,
        text: Cow::Borrowed(&*piece.text),
    };
    FiredRule {
        id: &line.id,
        category: category(&line.category),
        shadow,
        evidence: line.evidence.iter().map(piece).collect(),
        around: known.and_then(|known| around(known, &line.evidence, redacted)),
    }
}

/// The text of the field that has the first piece of evidence. All that is redacted in the verdict is
/// masked; a verdict does not list all redacted text, so what may be a contact is masked too.
fn around<'a>(
    known: &Known<'a>,
    evidence: &[PieceLine<'_>],
    redacted: &[&PieceLine<'_>],
) -> Option<TextAround<'a>> {
    let name = &evidence.first()?.field;
    let field = known.fields.iter().position(|field| field == name)?;
    let text = known.post.text(FieldId(field as u8))?;
    let own = evidence.iter().filter(|piece| piece.field == *name);
    let hits: Option<Vec<_>> = own.map(|piece| places(text, piece).into_iter().next()).collect();
    let mut masks = Vec::new();
    for piece in redacted.iter().filter(|piece| piece.field == *name) {
        let places = places(text, piece);
        if places.is_empty() {
            // Redacted text that cannot be found may be anywhere.
            return None;
        }
        masks.extend(places);
    }
    Some(TextAround { text: Cow::Borrowed(text), hits: hits?, masks, hides_contacts: true })
}

/// The byte ranges that a piece of evidence may have: its offset counts bytes, characters or UTF-16
/// units. Of redacted evidence only the length is known, so each of them may be right.
fn places(text: &str, piece: &PieceLine<'_>) -> Vec<std::ops::Range<usize>> {
    let length = piece.text.chars().count();
    let mut units = 0;
    let utf16 = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units - character.len_utf16() == piece.start
    });
    let chars = text.char_indices().nth(piece.start);
    let starts = [Some(piece.start), chars.map(|it| it.0), utf16.map(|it| it.0)];
    let range = |start: usize| {
        let rest = text.get(start..)?;
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        (piece.redacted || rest[..end] == *piece.text).then_some(start..start + end)
    };
    starts.into_iter().flatten().filter_map(range).collect()
}
