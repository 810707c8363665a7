//! A compiled mapping: reads lines into a [`Batch`].

use crate::message::message;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use memchr::{memchr, memrchr};

use super::batch::{Batch, ErrorCode, Kind, MetaRange};
use super::error::MappingError;
use super::extraction::{self, Extraction};
use super::json_index::kernels::Kernel;
use super::json_index::shape::Shape;
use super::json_index::walk::Walker;
use super::line_values::LineValues;
use super::lossy;
use super::mapping::Mapping;
use super::paths::Paths;
use super::pointer::Pointer;
use super::range::{Range32, range};
use super::reference;
use super::text_field::{FieldSource, NoText, TextField, compile_fields, push_field};
use super::trie::{NodeIx, Slot, Trie};
use super::unescape::push_unescaped;
use super::value::Value;
use crate::domain::field::{MetaId, Names, STANDARD_METAS};

/// The longest chunk that can be read, in bytes. Its offsets are `u32`.
pub const CHUNK_BYTES_MAX: usize = u32::MAX as usize;

/// The mark that some programs write at the start of a file in UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The parser that a plan uses. The records are the same with each; tests and benchmarks
/// select one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseMode {
    /// Line by line with serde_json.
    Reference,
    /// By a structural index of the whole chunk; irregular lines by the reference.
    Indexed(Kernel),
}

impl ParseMode {
    /// The modes of this machine, slowest first.
    pub fn available() -> impl Iterator<Item = ParseMode> {
        let kernels = Kernel::available().into_iter().map(ParseMode::Indexed);
        std::iter::once(ParseMode::Reference).chain(kernels)
    }
}

/// The compiled mapping. Immutable; shared by all workers.
#[derive(Debug)]
pub struct Plan {
    /// Identifies the plan, so that one batch may serve several plans. From 1.
    number: u64,
    mode: ParseMode,
    plain_lines: bool,
    pub(super) paths: Paths,
    id: Vec<Slot>,
    /// In field order.
    fields: Vec<TextField>,
    /// In meta order.
    metas: Vec<(MetaId, Vec<Slot>)>,
    skips: Vec<(Slot, Vec<String>)>,
}

/// The number of the next plan.
static PLANS: AtomicU64 = AtomicU64::new(1);

impl Plan {
    /// Compiles `mapping`. `names` must be complete: the mapping's fields
    /// ([`Mapping::register`]) and every path that a condition reads.
    ///
    /// # Errors
    ///
    /// A field is not registered, or a path is not a pointer.
    pub fn new(mapping: &Mapping, names: &Names) -> Result<Plan, MappingError> {
        // No `..`: a new setting that is not compiled is a compile error here.
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
        let mode = ParseMode::available().last().unwrap_or(ParseMode::Reference);
        let number = PLANS.fetch_add(1, Relaxed);
        Ok(Plan { number, mode, plain_lines: *plain_lines, paths, id, fields, metas, skips })
    }

    /// Selects the parser; the default is the fastest of the machine.
    pub fn set_parse_mode(&mut self, mode: ParseMode) {
        self.mode = mode;
    }

    /// Reads every line of `chunk`, which ends at a line end or at the end of
    /// the stream, into `batch`. The previous content of the batch is discarded.
    ///
    /// `unterminated`: the stream ended without a newline after the last line.
    /// If that line is not JSON its code is [`ErrorCode::Truncated`].
    ///
    /// # Panics
    ///
    /// If the chunk is longer than [`CHUNK_BYTES_MAX`]: a bug in the caller.
    pub fn read(&self, chunk: &[u8], unterminated: bool, batch: &mut Batch) {
        assert!(chunk.len() <= CHUNK_BYTES_MAX, "a chunk of {} bytes", chunk.len());
        batch.clear();
        let text = simdutf8::basic::from_utf8(chunk).ok();
        let terminated = match self.mode {
            _ if self.plain_lines => 0,
            ParseMode::Reference => 0,
            ParseMode::Indexed(kernel) => self.read_indexed(kernel, chunk, text, batch),
        };
        self.read_plainly(chunk, text, terminated, batch);
        if unterminated && !chunk.ends_with(b"\n") {
            batch.mark_truncated();
        }
    }

    /// Reads `record` as one record, although it may have line ends: between the tokens of an object
    /// they are white space, in a string data. The previous content of the batch is discarded.
    ///
    /// Where it has none, the record is that of the line.
    ///
    /// # Panics
    ///
    /// As [`Plan::read`].
    pub fn read_record(&self, record: &[u8], batch: &mut Batch) {
        assert!(record.len() <= CHUNK_BYTES_MAX, "a record of {} bytes", record.len());
        batch.clear();
        self.read_line(record, simdutf8::basic::from_utf8(record).ok(), 0, batch);
    }

    /// Reads all lines that end in a newline with the structural index. Returns the end of
    /// the last one.
    fn read_indexed(
        &self,
        kernel: Kernel,
        chunk: &[u8],
        text: Option<&str>,
        batch: &mut Batch,
    ) -> usize {
        let terminated = memrchr(b'\n', chunk).map_or(0, |at| at + 1);
        let mut index = std::mem::take(&mut batch.index);
        let mut values = std::mem::take(&mut batch.values);
        kernel.index(&chunk[..terminated], &mut index);
        let mut shapes = std::mem::take(&mut batch.shapes);
        shapes.begin(self.number);
        let extraction_of = |shape: &Shape| self.extraction(shape);
        let chunk_lines = &chunk[..terminated];
        let mut walker = Walker::new(chunk_lines, &self.paths, &index, &mut shapes, &extraction_of);
        let mut start = 0;
        while let Some(walked) = walker.next_line(&mut values) {
            let (span, line) = line_at(chunk, text, start..walked.newline);
            match line.filter(|_| walked.is_complete) {
                Some(line) => {
                    batch.begin(span.clone());
                    let is_extracted = walked.shape.as_ref().is_some_and(|matched| {
                        let extraction = walker.extraction(matched);
                        extraction.is_some_and(|(extraction, tokens)| {
                            batch.apply(extraction, tokens, line, walked.may_have_escapes)
                        })
                    });
                    if !is_extracted {
                        if let Some(matched) = &walked.shape {
                            walker.find(matched, &mut values);
                        }
                        values.may_have_escapes = walked.may_have_escapes;
                        self.build_record(line, Base::Chunk(start), &values, batch);
                    }
                }
                None => {
                    batch.values = values;
                    self.read_line(&chunk[span.clone()], line, start, batch);
                    values = std::mem::take(&mut batch.values);
                }
            }
            start = walked.newline + 1;
        }
        batch.index = index;
        batch.shapes = shapes;
        batch.values = values;
        terminated
    }

    /// How lines of a shape become records, if it is the same for all of them.
    fn extraction(&self, shape: &Shape) -> Option<Extraction> {
        let mut extraction = extraction::Builder::new(shape);
        if self.skips.iter().any(|(slot, _)| extraction.has_value(*slot)) {
            return None;
        }
        extraction.id(&self.id)?;
        for field in &self.fields {
            let source = |source: &FieldSource| (source.slot, source.html);
            let sources: Vec<(Slot, bool)> = field.sources.iter().map(source).collect();
            extraction.text(field.field, &sources)?;
        }
        for (path, slots) in &self.metas {
            extraction.meta(*path, slots)?;
        }
        extraction.finish()
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
        // Joined files have byte order marks in the middle.
        let mark = bytes.starts_with(BYTE_ORDER_MARK.as_bytes());
        let mark = if mark { BYTE_ORDER_MARK.len() } else { 0 };
        let (bytes, offset) = (&bytes[mark..], offset + mark);
        let valid = valid.map(|line| &line[mark..]);
        batch.begin(offset..offset + bytes.len());
        if bytes.iter().all(is_space) {
            return batch.refuse(ErrorCode::Empty, format_args!("blank line"));
        }
        if let Some(line) = valid {
            return self.read_text(bytes, line, Base::Chunk(offset), batch);
        }
        let mut repaired = std::mem::take(&mut batch.repaired);
        let start = repaired.len();
        lossy::push_valid(bytes, &mut repaired);
        batch.set_repaired();
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
        let mut values = std::mem::take(&mut batch.values);
        match self.walk(line, &mut values) {
            Ok(()) => self.build_record(line, base, &values, batch),
            Err(NotJson { message, column }) => {
                let at = lossy::original_position(bytes, column.saturating_sub(1)) + 1;
                batch.refuse(ErrorCode::BadJson, format_args!("{message} at byte {at}"));
            }
        }
        batch.values = values;
    }

    fn walk(&self, line: &str, values: &mut LineValues) -> Result<(), NotJson> {
        self.clear(values);
        let first = line.bytes().position(|byte| !is_space(&byte));
        if let Some(at) = first.filter(|at| line.as_bytes()[*at] != b'{') {
            return Err(NotJson { message: "expected an object".into(), column: at + 1 });
        }
        let mut sanitized = std::mem::take(&mut values.sanitized);
        values.may_have_controls = lossy::has_controls(line.as_bytes());
        let walked = if values.may_have_controls {
            lossy::sanitize_controls(line, &mut sanitized);
            reference::walk(&self.paths, line, &sanitized, values)
        } else {
            reference::walk(&self.paths, line, line, values)
        };
        values.sanitized = sanitized;
        walked.map_err(NotJson::of)
    }

    /// Prepares `values` for the next line.
    #[inline]
    pub(super) fn clear(&self, values: &mut LineValues) {
        values.clear(self.paths.trie.slots_len(), self.paths.trie.nodes_len());
    }

    /// Builds the record of a line from its values.
    fn build_record(&self, line: &str, base: Base, values: &LineValues, batch: &mut Batch) {
        let id = self.first(&self.id, line, values).filter(|_| !values.id_key_is_duplicated);
        batch.set_id(id.map_or("", |id| &line[range(&id)]), values.may_have_controls);
        if let Some(at) = values.duplicate {
            let key = key_at(&line[at as usize..]);
            return batch.refuse(
                ErrorCode::DuplicateKey,
                format_args!("the key {key} stands twice, again at byte {}", at + 1),
            );
        }
        if self.skips.iter().any(|(slot, posts)| is_skipped(*slot, posts, line, values)) {
            return batch.end(Kind::Skipped);
        }
        for field in &self.fields {
            if let Err(bad) = push_field(field, line, values, batch) {
                return batch.refuse(ErrorCode::BadText, format_args!("{bad}"));
            }
        }
        if !batch.has_text() {
            return batch.refuse(ErrorCode::NoText, format_args!("{}", NoText(&self.fields)));
        }
        for (path, slots) in &self.metas {
            if let Some(value) = self.first(slots, line, values) {
                batch.metas.push(base.meta(*path, value));
            }
        }
        batch.end(Kind::Post);
    }

    /// The value of the first of `slots` that is present and not `null`.
    #[inline]
    fn first(&self, slots: &[Slot], line: &str, values: &LineValues) -> Option<Range32> {
        let present = |value: &Range32| line.as_bytes()[value.start as usize] != b'n';
        slots.iter().filter_map(|slot| values.single(*slot)).find(present)
    }
}

/// Is it white space of JSON? A line has no line ends; a record in a frame may have some.
fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// A line without its carriage return, and as text if its bytes are UTF-8. `text` is the
/// whole chunk, if it is UTF-8.
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

/// The buffer that holds a line's text.
#[derive(Clone, Copy, Debug)]
enum Base {
    /// In the chunk, at this byte.
    Chunk(usize),
    /// In the batch's repaired lines, at this byte.
    Repaired(usize),
}

impl Base {
    #[inline]
    fn meta(self, path: MetaId, value: Range32) -> MetaRange {
        let (base, in_repaired) = match self {
            Base::Chunk(base) => (base as u32, false),
            Base::Repaired(base) => (base as u32, true),
        };
        MetaRange { path, in_repaired, value: base + value.start..base + value.end }
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
                    return Err(MappingError::new(message!(
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

/// Does the value at `slot` mark the record as something other than a post?
fn is_skipped(slot: Slot, posts: &[String], line: &str, values: &LineValues) -> bool {
    let Some(value) = values.single(slot) else { return false };
    match Value::of(&line[range(&value)]) {
        Value::Text(text) => !posts.iter().any(|post| *post == *text),
        _ => false,
    }
}

/// The key at the start of `raw`, decoded and shortened for a message.
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
