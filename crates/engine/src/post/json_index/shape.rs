//! Shapes: lines with the same structure as an earlier line.
//!
//! The posts of a feed are written by few programs: the same tokens recur in the same order,
//! with the same keys. A [`Shape`] is a line that was walked once: the kinds of its tokens,
//! its keys in mapped objects, and the tokens of its mapped values. A line with equal kinds
//! and equal keys has the same structure, so its values are at the same tokens; only its
//! atoms (numbers and names) remain to be checked.
//!
//! This is exact: a line that fits has the values that a walk would find, and one that does
//! not fit is walked.

use std::ops::Range;

use super::scalars::{atom_length, closing_quote};
use super::structural::ATOM;
use crate::post::range::Range32;
use crate::post::trie::Slot;

/// A line that was walked. Tokens are numbered from its first.
#[derive(Debug, Default)]
pub(in crate::post) struct Shape {
    /// The newline included; empty if there is no shape.
    pub(super) kinds: Vec<u8>,
    keys: Vec<Key>,
    /// Keys longer than sixteen bytes.
    long_keys: Vec<u8>,
    /// The atoms.
    atoms: Vec<u32>,
    values: Vec<Value>,
}

/// A key, its closing quote included, as two overlapping words.
#[derive(Debug)]
struct Key {
    token: u32,
    /// From its opening quote to the colon.
    distance: u32,
    first: u64,
    /// The bytes of `first` that are compared.
    mask: u64,
    /// The last eight bytes, if there are more than eight.
    last: u64,
    /// In `long_keys`.
    long: Range<usize>,
}

/// The value of a pointer.
#[derive(Clone, Copy, Debug)]
pub(in crate::post) struct Value {
    slot: Slot,
    has_wildcard: bool,
    /// The kind of its first token.
    kind: u8,
    first: u32,
    /// The closing bracket of a container; of any other value the token after it.
    last: u32,
}

/// A line to be compared with shapes.
#[derive(Clone, Copy)]
pub(in crate::post) struct Line<'w> {
    pub chunk: &'w [u8],
    /// Positions of its tokens.
    pub positions: &'w [u32],
    /// Position of its first byte.
    pub start: u32,
}

impl Line<'_> {
    /// The text from this token to the next.
    #[inline]
    fn atom(&self, token: u32) -> &[u8] {
        let (from, to) = (self.positions[token as usize], self.positions[token as usize + 1]);
        &self.chunk[from as usize..to as usize]
    }
}

impl Shape {
    #[inline]
    pub(super) fn fits(&self, line: Line<'_>) -> bool {
        self.keys.iter().all(|key| key.is_at(line, &self.long_keys))
            && self.atoms.iter().all(|token| atom_length(line.atom(*token)).is_some())
    }

    /// The mapped values of its lines, in line order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Is there a shape?
    pub fn is_some(&self) -> bool {
        !self.kinds.is_empty()
    }
}

impl Key {
    #[inline]
    fn is_at(&self, line: Line<'_>, long_keys: &[u8]) -> bool {
        let quote = line.positions[self.token as usize];
        let colon = line.positions[self.token as usize + 1];
        let (start, end) = (quote as usize + 1, colon as usize);
        if colon - quote != self.distance {
            return false;
        }
        let Some(first) = line.chunk[start..].first_chunk() else { return false };
        if u64::from_le_bytes(*first) & self.mask != self.first {
            return false;
        }
        if self.distance <= 9 {
            return true;
        }
        let text = &line.chunk[start..end];
        text.last_chunk().is_some_and(|last| u64::from_le_bytes(*last) == self.last)
            && (self.long.is_empty() || *text == long_keys[self.long.clone()])
    }
}

impl Value {
    /// The pointer it belongs to.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// Can its pointer have several values?
    pub fn is_one_of_many(&self) -> bool {
        self.has_wildcard
    }

    /// Is it a string?
    pub fn is_string(&self) -> bool {
        self.kind == b'"'
    }

    /// Is it an atom, which may be `null`?
    pub fn may_be_null(&self) -> bool {
        self.kind == ATOM
    }

    /// Its bytes in the line.
    #[inline]
    pub fn range(&self, line: Line<'_>) -> Range32 {
        let start = line.positions[self.first as usize];
        let last = line.positions[self.last as usize];
        let end = match self.kind {
            b'"' => closing_quote(line.chunk, start, last) + 1,
            ATOM => start + atom_length(line.atom(self.first)).unwrap_or(0),
            _ => last + 1,
        };
        start - line.start..end - line.start
    }
}

/// Receives what a walk finds in a line.
pub(super) trait WalkObserver {
    /// A key of a mapped object, without quotes; `colon_follows` if its closing quote is
    /// directly before the colon.
    fn key(&mut self, token: usize, key: &[u8], colon_follows: bool);
    /// The value of a pointer.
    fn value(&mut self, slot: Slot, has_wildcard: bool, first: usize, last: usize);
}

/// Records nothing.
pub(super) struct NoRecorder;

impl WalkObserver for NoRecorder {
    #[inline(always)]
    fn key(&mut self, _: usize, _: &[u8], _: bool) {}
    #[inline(always)]
    fn value(&mut self, _: Slot, _: bool, _: usize, _: usize) {}
}

/// Records the walk of a line as a shape.
pub(super) struct ShapeRecorder {
    shape: Shape,
    /// Number of the line's first token.
    first: usize,
    /// All keys are directly before their colons.
    is_plain: bool,
}

impl ShapeRecorder {
    /// Reuses the buffers of `shape`.
    pub fn begin(mut shape: Shape, first: usize) -> ShapeRecorder {
        let Shape { kinds, keys, long_keys, atoms, values } = &mut shape;
        kinds.clear();
        keys.clear();
        long_keys.clear();
        atoms.clear();
        values.clear();
        ShapeRecorder { shape, first, is_plain: true }
    }

    /// The shape of a line that is JSON; no shape if white space separates a key from its
    /// colon.
    pub fn end(mut self, kinds: &[u8], is_json: bool) -> Shape {
        if is_json && self.is_plain {
            self.shape.kinds.extend_from_slice(kinds);
            let atoms = (0u32..).zip(kinds).filter(|(_, kind)| **kind == ATOM);
            self.shape.atoms.extend(atoms.map(|(token, _)| token));
            for value in &mut self.shape.values {
                value.kind = kinds[value.first as usize];
            }
        }
        self.shape
    }

    fn token(&self, number: usize) -> u32 {
        (number - self.first) as u32
    }
}

impl WalkObserver for ShapeRecorder {
    fn key(&mut self, token: usize, key: &[u8], colon_follows: bool) {
        self.is_plain &= colon_follows;
        let mut first = [0; 8];
        let mut mask = [0; 8];
        let quoted = || key.iter().copied().chain([b'"']);
        for ((first, mask), byte) in first.iter_mut().zip(&mut mask).zip(quoted()) {
            (*first, *mask) = (byte, u8::MAX);
        }
        let mut last = [0; 8];
        for (last, byte) in last.iter_mut().rev().zip([b'"'].iter().chain(key.iter().rev())) {
            *last = *byte;
        }
        let long = self.shape.long_keys.len();
        if key.len() >= 16 {
            self.shape.long_keys.extend(quoted());
        }
        self.shape.keys.push(Key {
            token: self.token(token),
            distance: key.len() as u32 + 2,
            first: u64::from_le_bytes(first),
            mask: u64::from_le_bytes(mask),
            last: u64::from_le_bytes(last),
            long: long..self.shape.long_keys.len(),
        });
    }

    fn value(&mut self, slot: Slot, has_wildcard: bool, first: usize, last: usize) {
        let (first, last) = (self.token(first), self.token(last));
        // Its kind is set when the line is known to be JSON.
        self.shape.values.push(Value { slot, has_wildcard, kind: 0, first, last });
    }
}
