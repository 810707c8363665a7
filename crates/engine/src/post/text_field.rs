//! A mapped text field: its sources, and how its text is read from the values of a line.

use super::batch::{Batch, TextRange};
use super::error::MappingError;
use super::line_values::LineValues;
use super::mapping::TextSource;
use super::pointer::Pointer;
use super::range::range;
use super::trie::{Slot, Trie};
use super::unescape::push_unescaped;
use super::value::{elements, inside};
use crate::domain::field::{FieldId, Names};
use crate::html;
use crate::message::message;

#[derive(Debug)]
pub(super) struct TextField {
    pub field: FieldId,
    name: String,
    pub sources: Vec<FieldSource>,
}

#[derive(Debug)]
pub(super) struct FieldSource {
    pub slot: Slot,
    pointer: Pointer,
    pub html: bool,
    /// An array of strings is accepted, too.
    takes_array: bool,
}

pub(super) fn compile_fields(
    fields: &[(String, Vec<TextSource>)],
    names: &Names,
    trie: &mut Trie,
) -> Result<Vec<TextField>, MappingError> {
    let mut compiled = Vec::with_capacity(fields.len());
    for (name, sources) in fields {
        let Some(at) = names.fields().iter().position(|known| known == name) else {
            return Err(MappingError::new(message!("the text field `{name}` is not registered")));
        };
        let field = FieldId(at as u8);
        let source = |source: &TextSource| FieldSource {
            slot: trie.enter(&source.pointer),
            pointer: source.pointer.clone(),
            html: source.html,
            takes_array: !matches!(field, FieldId::TITLE | FieldId::TEXT),
        };
        let sources = sources.iter().map(source).collect();
        compiled.push(TextField { field, name: name.clone(), sources });
    }
    compiled.sort_by_key(|field| field.field);
    Ok(compiled)
}

/// The text of `source` if it is one string that needs no decoding.
#[inline]
fn unescaped<'l>(source: &FieldSource, line: &'l str, values: &LineValues) -> Option<&'l str> {
    let value = values.single(source.slot).filter(|_| !values.may_have_escapes)?;
    line[range(&value)].strip_prefix('"')?.strip_suffix('"')
}

/// Appends the text of `field`, if the line has one: the first that shows something, otherwise
/// the first.
pub(super) fn push_field<'p>(
    field: &'p TextField,
    line: &str,
    values: &LineValues,
    batch: &mut Batch,
) -> Result<(), BadText<'p>> {
    let mut blank = None;
    for source in &field.sources {
        let start = batch.arena.len();
        let mut present = false;
        if let Some(text) = unescaped(source, line, values) {
            batch.arena.push_str(text);
            present = true;
        } else {
            let single = values.single(source.slot).into_iter();
            for value in single.chain(values.many(source.slot)) {
                let raw = &line[range(&value)];
                push_strings(raw, source.takes_array, &mut present, &mut batch.arena)
                    .map_err(|what| BadText { field, source, what })?;
            }
        }
        if !present {
            continue;
        }
        let text = start as u32..batch.arena.len() as u32;
        let text = TextRange { field: field.field, html: source.html, text };
        if field.sources.len() == 1 || shows(&batch.arena[start..], source.html) {
            batch.texts.push(text);
            return Ok(());
        }
        blank.get_or_insert(text);
    }
    batch.texts.extend(blank);
    Ok(())
}

/// Does a reader see something of `text`?
fn shows(text: &str, is_html: bool) -> bool {
    if is_html { html::pieces(text).any(|(c, _)| is_seen(c)) } else { text.chars().any(is_seen) }
}

/// Is it plain from the first character of the raw string that a reader sees something of it?
#[inline]
pub(super) fn plainly_shows(raw: &str, is_html: bool) -> bool {
    let first = raw.chars().next();
    first.is_some_and(|c| is_seen(c) && c != '\\' && !(is_html && matches!(c, '<' | '&')))
}

/// Is the character neither white space nor one of the invisible ones that feeds append to
/// texts?
fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Appends the string `raw`, or the strings of the array `raw`, each after a line break if a
/// string was `present` before. `null` appends nothing.
///
/// # Errors
///
/// The type found, if it is neither a string nor an accepted array.
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

/// A mapped value of the wrong type. Displays as the detail of a verdict.
pub(super) struct BadText<'p> {
    field: &'p TextField,
    source: &'p FieldSource,
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
pub(super) struct NoText<'p>(pub &'p [TextField]);

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
