//! A frozen mapping: reads lines into a [`Batch`].

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use memchr::{memchr, memrchr};

use super::batch::{Batch, ErrorCode, Kind, Line, MetaAt, Range32, TextAt, range};
use super::bitmaps::Kernel;
use super::bitmaps::shapes::Shape;
use super::bitmaps::walk::Walker;
use super::found::Found;
use super::lossy;
use super::mapping::{Mapping, MappingError, TextSource};
use super::pointer::Pointer;
use super::recipe::{self, Recipe};
use super::reference::{self, Paths};
use super::trie::{NodeIx, Slot, Trie};
use super::unescape::push_unescaped;
use super::value::{Value, elements, inside};
use crate::domain::field::{FieldId, MetaId, Names, STANDARD_METAS};

/// The longest chunk that can be read, in bytes. Its offsets are `u32`.
pub const CHUNK_BYTES_MAX: usize = u32::MAX as usize;

/// The longest id that is echoed, in bytes of its JSON. A longer one is `null`:
/// cut short it would name another post, or none.
pub const ID_BYTES_MAX: usize = 4096;

/// How a plan reads lines. The records are the same either way; for measuring, and
/// for those in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Line by line with serde_json.
    Reference,
    /// By the tokens of the whole chunk; what is odd by the reference.
    Bitmaps(Kernel),
}

impl Way {
    /// Those of this machine, slowest first.
    pub fn available() -> impl Iterator<Item = Way> {
        let kernels = Kernel::available().into_iter().map(Way::Bitmaps);
        std::iter::once(Way::Reference).chain(kernels)
    }
}

/// Which value goes where. Immutable; shared by all workers.
#[derive(Debug)]
pub struct Plan {
    /// Tells plans apart, so that a batch may serve several. From 1.
    number: u64,
    way: Way,
    plain_lines: bool,
    pub(super) paths: Paths,
    id: Vec<Slot>,
    /// In field order.
    fields: Vec<Field>,
    /// In meta order.
    metas: Vec<(MetaId, Vec<Slot>)>,
    skips: Vec<(Slot, Vec<String>)>,
}

#[derive(Debug)]
struct Field {
    field: FieldId,
    name: String,
    sources: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    slot: Slot,
    pointer: Pointer,
    html: bool,
    /// An array of strings is as good as a string.
    takes_array: bool,
}

/// The number of the next plan.
static PLANS: AtomicU64 = AtomicU64::new(1);

impl Plan {
    /// Freezes `mapping`. `names` must be complete: the mapping's fields
    /// ([`Mapping::register`]) and every path that a condition reads.
    ///
    /// # Errors
    ///
    /// A field that was not registered, or a path that is no pointer.
    pub fn new(mapping: &Mapping, names: &Names) -> Result<Plan, MappingError> {
        // No `..`: a new setting that nobody reads is a compile error here.
        let Mapping { preset: _, plain_lines, id, fields, metas, skips } = mapping;
        let mut trie = Trie::new();
        let id: Vec<Slot> = id.iter().map(|pointer| trie.enter(pointer)).collect();
        let fields = compile_fields(fields, names, &mut trie)?;
        let metas = if *plain_lines { Vec::new() } else { compile_metas(metas, names, &mut trie)? };
        let skips =
            skips.iter().map(|skip| (trie.enter(&skip.pointer), skip.posts.clone())).collect();
        let leads_to_id =
            (0..trie.nodes_len()).map(|node| trie.leads_to(node as NodeIx, &id)).collect();
        let has_wildcard = trie.pointers().iter().map(Pointer::has_wildcard).collect();
        let paths = Paths { trie, has_wildcard, leads_to_id };
        let way = Way::available().last().unwrap_or(Way::Reference);
        let number = PLANS.fetch_add(1, Relaxed);
        Ok(Plan { number, way, plain_lines: *plain_lines, paths, id, fields, metas, skips })
    }

    /// Reads by `way` from now on, instead of by the fastest that the machine has.
    pub fn read_by(&mut self, way: Way) {
        self.way = way;
    }

    /// Reads every line of `chunk`, which ends at a line end or at the end of
    /// the stream, into `batch`. What the batch held before is forgotten.
    ///
    /// `unterminated`: the stream ended without a newline after the last line.
    /// If that line is no JSON it is [`ErrorCode::Truncated`].
    ///
    /// # Panics
    ///
    /// If the chunk is longer than [`CHUNK_BYTES_MAX`]: a bug in the caller.
    pub fn read(&self, chunk: &[u8], unterminated: bool, batch: &mut Batch) {
        assert!(chunk.len() <= CHUNK_BYTES_MAX, "a chunk of {} bytes", chunk.len());
        batch.clear();
        let text = simdutf8::basic::from_utf8(chunk).ok();
        let terminated = match self.way {
            _ if self.plain_lines => 0,
            Way::Reference => 0,
            Way::Bitmaps(kernel) => self.read_indexed(kernel, chunk, text, batch),
        };
        self.read_plainly(chunk, text, terminated, batch);
        if unterminated && !chunk.ends_with(b"\n") {
            batch.mark_truncated();
        }
    }

    /// Reads all lines that end in a newline by their tokens. Gives where they end.
    fn read_indexed(
        &self,
        kernel: Kernel,
        chunk: &[u8],
        text: Option<&str>,
        batch: &mut Batch,
    ) -> usize {
        let terminated = memrchr(b'\n', chunk).map_or(0, |at| at + 1);
        let mut index = std::mem::take(&mut batch.index);
        let mut found = std::mem::take(&mut batch.found);
        index.build(kernel, &chunk[..terminated]);
        let mut shapes = std::mem::take(&mut batch.shapes);
        shapes.begin(self.number);
        let recipe_of = |shape: &Shape| self.recipe(shape);
        let chunk_lines = &chunk[..terminated];
        let mut walker = Walker::new(chunk_lines, &self.paths, &index, &mut shapes, &recipe_of);
        let mut start = 0;
        while let Some(walked) = walker.next_line(&mut found) {
            let (span, line) = line_at(chunk, text, start..walked.newline);
            match line.filter(|_| walked.is_settled) {
                Some(line) => {
                    batch.begin(span.clone());
                    let follows = walked.recipe.as_ref().is_some_and(|following| {
                        let recipe = walker.recipe(following);
                        recipe.is_some_and(|(recipe, tokens)| {
                            recipe.follow(tokens, line, walked.may_escape, batch)
                        })
                    });
                    if !follows {
                        if let Some(following) = &walked.recipe {
                            walker.find(following, &mut found);
                        }
                        found.may_escape = walked.may_escape;
                        self.settle(line, Base::Chunk(start), &found, batch);
                    }
                }
                None => {
                    batch.found = found;
                    self.read_line(&chunk[span.clone()], line, start, batch);
                    found = std::mem::take(&mut batch.found);
                }
            }
            start = walked.newline + 1;
        }
        batch.index = index;
        batch.shapes = shapes;
        batch.found = found;
        terminated
    }

    /// How lines of a shape become records, if that is the same for all of them.
    fn recipe(&self, shape: &Shape) -> Option<Recipe> {
        let mut recipe = recipe::Builder::new(shape);
        if self.skips.iter().any(|(slot, _)| recipe.holds(*slot)) {
            return None;
        }
        recipe.id(&self.id)?;
        for field in &self.fields {
            let source = |source: &Source| (source.slot, source.html);
            let sources: Vec<(Slot, bool)> = field.sources.iter().map(source).collect();
            recipe.text(field.field, &sources)?;
        }
        for (path, slots) in &self.metas {
            recipe.meta(*path, slots)?;
        }
        recipe.finish()
    }

    /// Reads the lines from `start` on by the reference.
    fn read_plainly(&self, chunk: &[u8], text: Option<&str>, start: usize, batch: &mut Batch) {
        let mut start = start;
        while start < chunk.len() {
            let newline = memchr(b'\n', &chunk[start..]).map(|at| start + at);
            let end = newline.unwrap_or(chunk.len());
            let (span, line) = line_at(chunk, text, start..end);
            self.read_line(&chunk[span], line, start, batch);
            start = end + 1;
        }
    }

    /// Reads one line; `valid` is its text if its bytes are UTF-8.
    fn read_line(&self, bytes: &[u8], valid: Option<&str>, offset: usize, batch: &mut Batch) {
        batch.begin(offset..offset + bytes.len());
        if bytes.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
            return batch.refuse(ErrorCode::Empty, format_args!("blank line"));
        }
        if let Some(line) = valid {
            return self.read_text(bytes, line, Base::Chunk(offset), batch);
        }
        let mut repaired = std::mem::take(&mut batch.repaired);
        let start = repaired.len();
        lossy::push_valid(bytes, &mut repaired);
        if repaired.len() > u32::MAX as usize {
            batch.refuse(ErrorCode::TooLong, format_args!("too long once bad bytes are replaced"));
        } else {
            self.read_text(bytes, &repaired[start..], Base::Repaired(start), batch);
        }
        batch.repaired = repaired;
    }

    fn read_text(&self, bytes: &[u8], line: &str, base: Base, batch: &mut Batch) {
        if self.plain_lines {
            return batch.plain_line(line);
        }
        let mut found = std::mem::take(&mut batch.found);
        match self.walk(line, &mut found) {
            Ok(()) => self.settle(line, base, &found, batch),
            Err(NotJson { message, column }) => {
                let at = lossy::original_position(bytes, column.saturating_sub(1)) + 1;
                batch.refuse(ErrorCode::BadJson, format_args!("{message} at byte {at}"));
            }
        }
        batch.found = found;
    }

    fn walk(&self, line: &str, found: &mut Found) -> Result<(), NotJson> {
        self.clear(found);
        let first = line.bytes().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        if let Some(at) = first.filter(|at| line.as_bytes()[*at] != b'{') {
            return Err(NotJson { message: "expected an object".into(), column: at + 1 });
        }
        let mut shadow = std::mem::take(&mut found.shadow);
        found.may_control = lossy::has_controls(line.as_bytes());
        let walked = if found.may_control {
            lossy::shadow_controls(line, &mut shadow);
            reference::walk(&self.paths, line, &shadow, found)
        } else {
            reference::walk(&self.paths, line, line, found)
        };
        found.shadow = shadow;
        walked.map_err(NotJson::of)
    }

    /// Makes `found` ready for a line.
    #[inline]
    pub(super) fn clear(&self, found: &mut Found) {
        found.clear(self.paths.trie.slots_len(), self.paths.trie.nodes_len());
    }

    /// Turns the values found into a record.
    fn settle(&self, line: &str, base: Base, found: &Found, batch: &mut Batch) {
        let id = self.first(&self.id, line, found).filter(|_| !found.id_is_doubtful);
        batch.set_id(id.map_or("", |id| &line[range(&id)]), found.may_control);
        if let Some(at) = found.duplicate {
            let key = key_at(&line[at as usize..]);
            return batch.refuse(
                ErrorCode::DuplicateKey,
                format_args!("the key {key} stands twice, again at byte {}", at + 1),
            );
        }
        if self.skips.iter().any(|(slot, posts)| tells_no_post(*slot, posts, line, found)) {
            return batch.end(Kind::Skipped);
        }
        for field in &self.fields {
            if let Err(bad) = push_field(field, line, found, batch) {
                return batch.refuse(ErrorCode::BadText, format_args!("{bad}"));
            }
        }
        if !batch.has_text() {
            return batch.refuse(ErrorCode::NoText, format_args!("{}", NoText(&self.fields)));
        }
        for (path, slots) in &self.metas {
            if let Some(value) = self.first(slots, line, found) {
                batch.metas.push(base.meta(*path, value));
            }
        }
        batch.end(Kind::Post);
    }

    /// The first of `slots` that holds anything but `null`.
    #[inline]
    fn first(&self, slots: &[Slot], line: &str, found: &Found) -> Option<Range32> {
        let present = |value: &Range32| line.as_bytes()[value.start as usize] != b'n';
        slots.iter().filter_map(|slot| found.single(*slot)).find(present)
    }
}

/// A line without its carriage return, and as text if its bytes are UTF-8. `text`
/// is the whole chunk, if that is.
#[inline]
fn line_at<'c>(
    chunk: &'c [u8],
    text: Option<&'c str>,
    line: Range<usize>,
) -> (Range<usize>, Option<&'c str>) {
    let bytes = &chunk[line.clone()];
    let span = line.start..line.end - usize::from(bytes.ends_with(b"\r"));
    let valid = match text {
        Some(text) => text.get(span.clone()),
        None => std::str::from_utf8(&chunk[span.clone()]).ok(),
    };
    (span, valid)
}

/// Where a line's text lies.
#[derive(Clone, Copy, Debug)]
enum Base {
    /// In the chunk, at this byte.
    Chunk(usize),
    /// In the batch's repaired lines, at this byte.
    Repaired(usize),
}

impl Base {
    #[inline]
    fn meta(self, path: MetaId, value: Range32) -> MetaAt {
        let (base, in_repaired) = match self {
            Base::Chunk(base) => (base as u32, false),
            Base::Repaired(base) => (base as u32, true),
        };
        MetaAt { path, in_repaired, value: base + value.start..base + value.end }
    }
}

/// Why a line is not one JSON object.
struct NotJson {
    message: String,
    /// Bytes from 1.
    column: usize,
}

impl NotJson {
    #[cold]
    fn of(error: serde_json::Error) -> NotJson {
        let column = error.column();
        let mut message = error.to_string();
        if let Some(place) = message.rfind(" at line ") {
            message.truncate(place);
        }
        NotJson { message, column }
    }
}

/// A mapped value of the wrong kind. Displays as the detail of a verdict.
struct BadText<'p> {
    field: &'p Field,
    source: &'p Source,
    what: &'static str,
}

impl std::fmt::Display for BadText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let expected = if self.source.takes_array { "a string or strings" } else { "a string" };
        let pointer = self.source.pointer.to_string();
        let (name, what) = (&self.field.name, self.what);
        write!(f, "{name} at {} is {what}, expected {expected}", pointer.escape_debug())
    }
}

/// Displays as the detail of a line without text.
struct NoText<'p>(&'p [Field]);

impl std::fmt::Display for NoText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no text field: looked for")?;
        let pointers = self.0.iter().flat_map(|field| &field.sources).map(|source| &source.pointer);
        for (n, pointer) in pointers.enumerate() {
            f.write_str(if n == 0 { " " } else { ", " })?;
            write!(f, "{}", pointer.to_string().escape_debug())?;
        }
        Ok(())
    }
}

fn compile_fields(
    fields: &[(String, Vec<TextSource>)],
    names: &Names,
    trie: &mut Trie,
) -> Result<Vec<Field>, MappingError> {
    let mut compiled = Vec::with_capacity(fields.len());
    for (name, sources) in fields {
        let Some(at) = names.fields().iter().position(|known| known == name) else {
            return Err(MappingError::new(format!("the text field `{name}` is not registered")));
        };
        let field = FieldId(at as u8);
        let source = |source: &TextSource| Source {
            slot: trie.enter(&source.pointer),
            pointer: source.pointer.clone(),
            html: source.html,
            takes_array: !matches!(field, FieldId::TITLE | FieldId::TEXT),
        };
        let sources = sources.iter().map(source).collect();
        compiled.push(Field { field, name: name.clone(), sources });
    }
    compiled.sort_by_key(|field| field.field);
    Ok(compiled)
}

fn compile_metas(
    standard: &[Vec<Pointer>],
    names: &Names,
    trie: &mut Trie,
) -> Result<Vec<(MetaId, Vec<Slot>)>, MappingError> {
    let mut compiled = Vec::with_capacity(names.metas().len());
    for (at, name) in names.metas().iter().enumerate() {
        let slots = match STANDARD_METAS.iter().position(|known| known == name) {
            Some(standard_at) => standard[standard_at].iter().map(|p| trie.enter(p)).collect(),
            None => {
                let pointer = Pointer::of_path(name)?;
                if pointer.has_wildcard() {
                    return Err(MappingError::new(format!(
                        "`post.{}` is no path: expected names with dots between them",
                        name.escape_debug()
                    )));
                }
                vec![trie.enter(&pointer)]
            }
        };
        compiled.push((MetaId(at as u16), slots));
    }
    Ok(compiled)
}

/// Does the value at `slot` say that the record holds no post?
fn tells_no_post(slot: Slot, posts: &[String], line: &str, found: &Found) -> bool {
    let Some(value) = found.single(slot) else { return false };
    match Value::of(&line[range(&value)]) {
        Value::Text(text) => !posts.iter().any(|post| *post == *text),
        _ => false,
    }
}

/// The text of `source` where it is one string that needs no decoding.
#[inline]
fn unescaped<'l>(source: &Source, line: &'l str, found: &Found) -> Option<&'l str> {
    let value = found.single(source.slot).filter(|_| !found.may_escape)?;
    line[range(&value)].strip_prefix('"')?.strip_suffix('"')
}

/// Appends the text of `field`, if the line has one.
fn push_field<'p>(
    field: &'p Field,
    line: &str,
    found: &Found,
    batch: &mut Batch,
) -> Result<(), BadText<'p>> {
    for source in &field.sources {
        let start = batch.arena.len();
        let mut present = false;
        if let Some(text) = unescaped(source, line, found) {
            batch.arena.push_str(text);
            let text = start as u32..batch.arena.len() as u32;
            batch.texts.push(TextAt { field: field.field, html: source.html, text });
            return Ok(());
        }
        let values = found.single(source.slot).into_iter().chain(found.many(source.slot));
        for value in values {
            push_strings(&line[range(&value)], source.takes_array, &mut present, &mut batch.arena)
                .map_err(|what| BadText { field, source, what })?;
        }
        if present {
            let text = start as u32..batch.arena.len() as u32;
            batch.texts.push(TextAt { field: field.field, html: source.html, text });
            return Ok(());
        }
    }
    Ok(())
}

/// Appends the string `raw`, or the strings in it, each after a line break if
/// something was `present` before. `null` is nothing.
///
/// # Errors
///
/// It is something else: what.
fn push_strings(
    raw: &str,
    takes_array: bool,
    present: &mut bool,
    text: &mut String,
) -> Result<(), &'static str> {
    match raw.as_bytes().first() {
        Some(b'"') => {
            if std::mem::replace(present, true) {
                text.push('\n');
            }
            push_unescaped(inside(raw), text);
            Ok(())
        }
        Some(b'n') => Ok(()),
        Some(b'[') if takes_array => elements(raw).try_for_each(|element| {
            match push_strings(element, false, present, text) {
                Err("an array") => Err("an array in an array"),
                Err(what) => Err(what),
                Ok(()) => Ok(()),
            }
        }),
        Some(b'[') => Err("an array"),
        Some(b'{') => Err("an object"),
        Some(b't' | b'f') => Err("true or false"),
        _ => Err("a number"),
    }
}

/// The key whose raw string `raw` begins with, for people.
#[cold]
fn key_at(raw: &str) -> String {
    const CHARS_MAX: usize = 64;
    let mut end = 1;
    while let Some(byte) = raw.as_bytes().get(end).filter(|byte| **byte != b'"') {
        end += 1 + usize::from(*byte == b'\\');
    }
    let mut key = String::new();
    push_unescaped(raw.get(1..end).unwrap_or(""), &mut key);
    let cut = key.char_indices().nth(CHARS_MAX).map_or(key.len(), |(at, _)| at);
    format!("\"{}\"", key[..cut].escape_debug())
}

/// Filling the batch line by line.
impl Batch {
    fn begin(&mut self, span: Range<usize>) {
        let (texts, metas) = (self.texts.len() as u32, self.metas.len() as u32);
        self.lines.push(Line {
            span: span.start as u32..span.end as u32,
            kind: Kind::Post,
            id: 0..0,
            detail: 0..0,
            texts: texts..texts,
            metas: metas..metas,
        });
    }

    #[inline]
    fn line(&mut self) -> &mut Line {
        self.lines.last_mut().expect("every line begins with `begin`")
    }

    fn has_text(&mut self) -> bool {
        self.texts.len() > self.line().texts.start as usize
    }

    /// Sets the id to the JSON value `raw`; empty for none.
    #[inline]
    pub(super) fn set_id(&mut self, raw: &str, may_control: bool) {
        let start = self.arena.len();
        if raw.len() > ID_BYTES_MAX || matches!(raw.as_bytes().first(), Some(b'{' | b'[')) {
            return;
        }
        if may_control {
            for c in raw.chars() {
                let written = match c {
                    '\0'..'\x20' => write!(self.arena, "\\u{:04x}", c as u32),
                    c => write!(self.arena, "{c}"),
                };
                debug_assert!(written.is_ok(), "writing to a string");
            }
        } else {
            self.arena.push_str(raw);
        }
        self.line().id = start as u32..self.arena.len() as u32;
    }

    fn plain_line(&mut self, line: &str) {
        let start = self.arena.len() as u32;
        self.arena.push_str(line);
        let text = start..self.arena.len() as u32;
        self.texts.push(TextAt { field: FieldId::TEXT, html: false, text });
        self.end(Kind::Post);
    }

    /// Ends the line.
    #[inline]
    pub(super) fn end(&mut self, kind: Kind) {
        if self.arena.len() > u32::MAX as usize {
            return self.refuse_arena();
        }
        let (texts, metas) = (self.texts.len() as u32, self.metas.len() as u32);
        let line = self.line();
        line.kind = kind;
        line.texts.end = texts;
        line.metas.end = metas;
    }

    /// Offsets are `u32`: what one chunk's texts come to must fit.
    #[cold]
    fn refuse_arena(&mut self) {
        let texts = self.line().texts.start as usize;
        let start = self.texts.get(texts).map_or(0, |text| text.text.start as usize);
        self.arena.truncate(start.min(self.arena.len()));
        self.line().id = 0..0;
        self.refuse(
            ErrorCode::TooLong,
            format_args!("the texts of this chunk do not fit in 4 GiB"),
        );
    }

    /// Ends the line as unreadable.
    #[cold]
    fn refuse(&mut self, code: ErrorCode, detail: std::fmt::Arguments<'_>) {
        let (texts, metas) = (self.line().texts.start, self.line().metas.start);
        self.texts.truncate(texts as usize);
        self.metas.truncate(metas as usize);
        let start = self.arena.len() as u32;
        let written = self.arena.write_fmt(detail);
        debug_assert!(written.is_ok(), "writing to a string");
        let end = self.arena.len() as u32;
        let line = self.line();
        line.kind = Kind::Unreadable(code);
        line.detail = start..end;
        line.texts.end = texts;
        line.metas.end = metas;
    }

    /// The last line has no newline: if it is no JSON, it was cut short.
    fn mark_truncated(&mut self) {
        if let Some(line) = self.lines.last_mut()
            && line.kind == Kind::Unreadable(ErrorCode::BadJson)
        {
            line.kind = Kind::Unreadable(ErrorCode::Truncated);
        }
    }
}
