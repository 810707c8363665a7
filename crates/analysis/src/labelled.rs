//! Reads the labelled rows of one set from chunks of lines.
//!
//! Input: chunks, each with its position in its file. Output: each usable row with the meaning of
//! its label, passed to a [`Visitor`]; and [`FileCounts`], which counts all other rows and records
//! the first of each kind. No row is skipped silently.
//!
//! The [`FileCounts`] of several workers are merged; the result does not depend on how the chunks
//! were spread over them.

use super::labels::{CategorySet, SetLabels, Truth};
use super::line_numbers::{ChunkLines, LineNumbers, LinePosition};
use super::unreadable::{EXCERPT_BYTES_MAX, remedy, what};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use tidegate_engine::domain::field::{MetaId, Names};
use tidegate_engine::domain::limits::UNKNOWN_LABELS_MAX;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::lines::Chunk;
use tidegate_engine::message::{Message, message};
use tidegate_engine::post::{
    Batch, ErrorCode, Mapping, MappingError, Plan, Post, Record, Value, elements,
};

/// Name for rows without a label, in sets that define what such rows are.
pub const UNLABELLED: &str = "(unlabelled)";

/// A row whose label has a meaning.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// The post.
    pub post: Post<'a>,
    /// Its index in the batch.
    pub index: usize,
    /// The line as read, without its line end.
    pub line: &'a [u8],
    /// Its position in the file.
    pub at: LinePosition,
    /// Index into [`Reader::labels`]; of several labels the first that is not harmless.
    pub label: usize,
    /// The categories of the label, or of all its labels; harmless if there are none.
    pub truth: CategorySet,
}

/// Receives rows.
pub trait Visitor {
    /// Called for each batch, before its rows.
    fn batch(&mut self, chunk: &[u8], batch: &Batch);
    /// Called for each row of the batch.
    fn row(&mut self, row: &Row<'_>);
}

/// Reads the rows of one set. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Reader {
    plan: Plan,
    label: MetaId,
    labels: Vec<(String, Truth)>,
    unlabelled: Option<usize>,
}

/// Counts of one worker over one file.
#[derive(Debug, Default)]
pub struct FileCounts {
    batch: Batch,
    /// Rows passed to the visitor.
    pub rows: u64,
    /// Rows whose label means `ignore`.
    pub ignored: u64,
    /// Records that are not posts, according to the preset.
    pub skipped: u64,
    /// Lines that are not a usable post, by kind, with the first of each kind.
    pub unreadable: BTreeMap<ErrorCode, RowGroup>,
    /// The first of these lines that is not blank: where, its kind, its first bytes.
    first_unreadable: Option<(LinePosition, ErrorCode, Vec<u8>)>,
    /// Rows without a label, in sets that require one.
    pub unlabelled: Option<RowGroup>,
    /// Rows whose label is not in the label file.
    pub unknown: u64,
    /// The first such labels, by name, each with its first row.
    pub unknown_labels: BTreeMap<String, LinePosition>,
    chunks: ChunkLines,
}

/// The number of rows of a kind, and the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowGroup {
    /// Number of rows.
    pub count: u64,
    /// Position of the first row.
    pub first: LinePosition,
}

impl Reader {
    /// A reader for `set`. Fields are where `mapping` says, unless the set overrides it. `names`
    /// are those of the rules.
    ///
    /// # Errors
    ///
    /// A field that the rules were not compiled with, or a path that is not a pointer.
    pub fn new(set: &SetLabels, mapping: &Mapping, names: &Names) -> Result<Reader, MappingError> {
        let mut names = names.clone();
        let label = names
            .meta(&set.label_path)
            .ok_or_else(|| MappingError::no_room(&message!("the label `{}`", set.label_path)))?;
        let mut labels: Vec<(String, Truth)> =
            set.labels.iter().map(|(label, truth)| (label.clone(), truth.clone())).collect();
        let unlabelled = set.unlabelled.clone().map(|truth| {
            labels.push((UNLABELLED.to_owned(), truth));
            labels.len() - 1
        });
        let plan = Plan::new(&set_mapping(set, mapping)?, &names)?;
        Ok(Reader { plan, label, labels, unlabelled })
    }

    /// How rows are read.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Every label and its meaning.
    pub fn labels(&self) -> &[(String, Truth)] {
        &self.labels
    }

    /// Reads a chunk of one file and adds to the counts in `file_counts`.
    pub fn read(&self, chunk: &Chunk, file_counts: &mut FileCounts, visitor: &mut impl Visitor) {
        if chunk.is_too_long() {
            file_counts.chunks.note(chunk, 1);
            let at = LinePosition::new(chunk, 0);
            file_counts.note_unreadable(ErrorCode::TooLong, at, chunk.bytes());
            return;
        }
        let mut batch = std::mem::take(&mut file_counts.batch);
        self.plan.read(chunk.bytes(), chunk.is_unterminated(), &mut batch);
        visitor.batch(chunk.bytes(), &batch);
        for index in 0..batch.len() {
            let at = LinePosition::new(chunk, index);
            match batch.record(chunk.bytes(), index) {
                Record::Post(post) => {
                    if let Some((label, truth)) = self.truth(&post, at, file_counts) {
                        let line = &chunk.bytes()[batch.line_span(index)];
                        file_counts.rows += 1;
                        visitor.row(&Row { post, index, line, at, label, truth });
                    }
                }
                Record::Skipped { .. } => file_counts.skipped += 1,
                Record::Unreadable { code, .. } => {
                    let line = &chunk.bytes()[batch.line_span(index)];
                    file_counts.note_unreadable(code, at, line);
                }
            }
        }
        file_counts.chunks.note(chunk, batch.len());
        file_counts.batch = batch;
    }

    /// The meaning of a post's label; records labels that are missing or unknown.
    fn truth(
        &self,
        post: &Post<'_>,
        at: LinePosition,
        file_counts: &mut FileCounts,
    ) -> Option<(usize, CategorySet)> {
        let labels = labels_of(post.meta(self.label).map_or(Value::Null, Value::of));
        let mut numbers = Vec::with_capacity(labels.len());
        for label in &labels {
            match self.number(label) {
                Some(number) => numbers.push(number),
                None => {
                    file_counts.note_unknown(label, at);
                    return None;
                }
            }
        }
        if labels.is_empty() {
            numbers.extend(self.unlabelled);
        }
        if numbers.is_empty() {
            note(&mut file_counts.unlabelled, at);
            return None;
        }
        let (mut main, mut all) = (numbers[0], CategorySet::EMPTY);
        for number in numbers {
            match &self.labels[number].1 {
                Truth::Is(categories) => {
                    if all.is_empty() && !categories.is_empty() {
                        main = number;
                    }
                    all = categories.iter().fold(all, CategorySet::with);
                }
                Truth::Ignored => {
                    file_counts.ignored += 1;
                    return None;
                }
            }
        }
        Some((main, all))
    }

    fn number(&self, label: &str) -> Option<usize> {
        let named = &self.labels[..self.labels.len() - usize::from(self.unlabelled.is_some())];
        named.binary_search_by(|(known, _)| known.as_str().cmp(label)).ok()
    }
}

/// The labels of a row: one value, or a list of values. Empty if it has none.
fn labels_of(value: Value<'_>) -> Vec<Cow<'_, str>> {
    let one = |value| match value {
        Value::Text(text) => Some(text),
        Value::Number(number) => Some(Cow::Borrowed(number)),
        Value::Bool(truth) => Some(Cow::Borrowed(if truth { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Array(raw) => elements(raw).filter_map(|element| one(Value::of(element))).collect(),
        value => one(value).into_iter().collect(),
    }
}

/// The mapping for a set: `mapping` with the fields that the set overrides.
fn set_mapping(set: &SetLabels, mapping: &Mapping) -> Result<Mapping, MappingError> {
    let mut mapping = mapping.clone();
    let Some(fields) = &set.fields else { return Ok(mapping) };
    let others: Vec<String> = mapping.field_names().map(str::to_owned).collect();
    for other in &others {
        mapping.set_field(other, &[])?;
    }
    for (name, places) in fields {
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        mapping.set_field(name, &places)?;
    }
    Ok(mapping)
}

/// `mapping` plus all fields that `sets` name. Rules must be compiled with these fields.
///
/// # Errors
///
/// More fields than a run may have.
pub fn joint_mapping<'s>(
    mapping: &Mapping,
    sets: impl IntoIterator<Item = &'s SetLabels>,
) -> Result<Mapping, MappingError> {
    let mut joint = mapping.clone();
    for (name, _) in sets.into_iter().filter_map(|set| set.fields.as_ref()).flatten() {
        if !mapping.field_names().any(|known| known == name) {
            joint.set_field(name, &[])?;
        }
    }
    Ok(joint)
}

fn note(kind: &mut Option<RowGroup>, at: LinePosition) {
    let kind = kind.get_or_insert(RowGroup { count: 0, first: at });
    kind.count += 1;
    kind.first = kind.first.min(at);
}

impl FileCounts {
    fn note_unreadable(&mut self, code: ErrorCode, at: LinePosition, line: &[u8]) {
        let is_first = self.first_unreadable.as_ref().is_none_or(|(first, ..)| at < *first);
        if code != ErrorCode::Empty && is_first {
            let excerpt = &line[..line.len().min(EXCERPT_BYTES_MAX)];
            self.first_unreadable = Some((at, code, excerpt.to_vec()));
        }
        let mut kind = self.unreadable.remove(&code);
        note(&mut kind, at);
        self.unreadable.extend(kind.map(|kind| (code, kind)));
    }

    fn note_unknown(&mut self, label: &str, at: LinePosition) {
        self.unknown += 1;
        match self.unknown_labels.get_mut(label) {
            Some(first) => *first = at.min(*first),
            None => drop(self.unknown_labels.insert(label.to_owned(), at)),
        }
        self.forget_late_labels();
    }

    /// Keeps the labels that occur first. A worker reads its chunks in order, so a label among the
    /// first of the whole file is never dropped.
    fn forget_late_labels(&mut self) {
        while self.unknown_labels.len() > UNKNOWN_LABELS_MAX {
            let last = self.unknown_labels.iter().max_by_key(|(_, at)| **at);
            let Some(last) = last.map(|(label, _)| label.clone()) else { return };
            self.unknown_labels.remove(&last);
        }
    }

    /// Adds the counts of another worker over the same file.
    pub fn merge(&mut self, other: FileCounts) {
        self.rows += other.rows;
        self.ignored += other.ignored;
        self.skipped += other.skipped;
        self.unknown += other.unknown;
        self.chunks.merge(other.chunks);
        for (code, kind) in other.unreadable {
            let mut own = self.unreadable.remove(&code);
            merge_kind(&mut own, Some(kind));
            self.unreadable.extend(own.map(|own| (code, own)));
        }
        if let Some(first) = other.first_unreadable
            && self.first_unreadable.as_ref().is_none_or(|own| first.0 < own.0)
        {
            self.first_unreadable = Some(first);
        }
        merge_kind(&mut self.unlabelled, other.unlabelled);
        for (label, at) in other.unknown_labels {
            let first = self.unknown_labels.entry(label).or_insert(at);
            *first = at.min(*first);
        }
        self.forget_late_labels();
    }

    /// The line numbers of the file. All workers must be merged before.
    pub fn into_lines(self) -> LineNumbers {
        self.chunks.into_lines()
    }
}

fn merge_kind(own: &mut Option<RowGroup>, other: Option<RowGroup>) {
    let Some(RowGroup { count, first }) = other else { return };
    match own {
        Some(own) => *own = RowGroup { count: own.count + count, first: own.first.min(first) },
        None => *own = other,
    }
}

/// Why rows cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong, and how to fix it.
    pub message: Message,
}

/// `FILE:LINE: what is wrong`.
impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// Records the errors that prevent counting a file, and returns its line numbers. `file_counts` must be
/// merged over all workers.
pub fn finish_file(errors: &mut Vec<RowError>, file: &str, file_counts: FileCounts) -> LineNumbers {
    let is_empty = file_counts.rows + file_counts.ignored + file_counts.unknown == 0
        && file_counts.unlabelled.is_none();
    let (unlabelled, unknown) = (file_counts.unlabelled, file_counts.unknown);
    let labels = file_counts.unknown_labels.clone();
    let unreadable = file_counts.first_unreadable.clone().map(|first| {
        let lines: u64 = file_counts.unreadable.values().map(|kind| kind.count).sum();
        (first, lines)
    });
    let lines = file_counts.into_lines();
    let mut note = |line, message: Message| {
        errors.push(RowError { file: file.to_owned(), line, message });
    };
    match unreadable {
        Some(((at, code, excerpt), count)) if is_empty => {
            let remedy = remedy(code, &excerpt);
            let remedy = remedy.map_or_else(Message::default, |remedy| message!("; {remedy}"));
            let (kind, count) = (what(code), grouped(count));
            note(
                lines.number(at),
                message!("no line is a post ({count} read); this one is {kind}{remedy}"),
            );
        }
        _ if is_empty => {
            note(0, message!("no labelled rows: the set is empty; leave the file out"));
        }
        _ => {}
    }
    if let Some(kind) = unlabelled {
        let message = message!(
            "{} without a label, this is the first; state where labels are with `label: /POINTER`, \
             or what such rows mean with `unlabelled: none` under `sets`",
            rows(kind.count)
        );
        note(lines.number(kind.first), message);
    }
    let mut first: Vec<_> = labels.into_iter().collect();
    first.sort_unstable_by_key(|(_, at)| *at);
    for (label, at) in first {
        let label = label.escape_debug();
        let message = message!(
            "the label `{label}` has no meaning; give it one under `labels`: a category, \
             `none` or `ignore` ({} of this file have unknown labels)",
            rows(unknown)
        );
        note(lines.number(at), message);
    }
    lines
}

fn rows(count: u64) -> Message {
    if count == 1 { message!("1 row") } else { message!("{count} rows") }
}
