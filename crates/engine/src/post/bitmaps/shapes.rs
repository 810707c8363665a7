//! Lines that look like a line before.
//!
//! The posts of a feed are written by few programs: again and again the same
//! tokens in the same order, with the same keys. A [`Shape`] is a line that was walked
//! once: the kinds of its tokens, its keys where the mapping looked, and which
//! tokens are the values found. A line with equal kinds and equal keys has
//! the same structure, so its values stand at the same tokens; only its numbers
//! and names remain to be checked.
//!
//! Nothing is guessed: a line that fits gives what a walk would give, and one that
//! does not is walked.

use std::ops::Range;

use super::PLAIN;
use super::walk::{closing_quote, plain_length};
use crate::post::batch::Range32;
use crate::post::found::Found;
use crate::post::recipe::Recipe;
use crate::post::trie::Slot;

/// Shapes kept at a time.
const SHAPES: usize = 64;

/// The longest shape, in tokens; longer lines are always walked.
const SHAPE_TOKENS_MAX: usize = 1024;

/// Lines that a shape may turn away before another takes its place.
const MISFITS_MAX: u32 = 16;

/// The shapes of one plan, by a hash of their kinds.
#[derive(Debug, Default)]
pub(in crate::post) struct Shapes {
    plan: u64,
    entries: Vec<Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    shape: Shape,
    /// How its lines become records.
    recipe: Option<Recipe>,
    /// Hash of the last line that found another shape, or none, here.
    missed: u64,
    /// Lines of its kinds whose keys were others.
    misfits: u32,
}

/// A line that was walked. Tokens count from its first.
#[derive(Debug, Default)]
pub(in crate::post) struct Shape {
    /// Newline included; empty if there is no shape.
    kinds: Vec<u8>,
    keys: Vec<Key>,
    /// Keys longer than sixteen bytes.
    long_keys: Vec<u8>,
    /// Numbers and names.
    plains: Vec<u32>,
    values: Vec<Value>,
}

/// A key, its closing quote included, as two overlapping words.
#[derive(Debug)]
struct Key {
    token: u32,
    /// From its opening quote to the colon.
    distance: u32,
    first: u64,
    /// Of `first`, the bytes that count.
    mask: u64,
    /// The last eight bytes, if there are more than eight.
    last: u64,
    /// In `long_keys`.
    long: Range<usize>,
}

/// A value that a pointer asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::post) struct Value {
    slot: Slot,
    has_wildcard: bool,
    /// The kind of its first token.
    kind: u8,
    first: u32,
    /// The closing bracket of a container; of anything else the token after it.
    last: u32,
}

/// What is known of a line's shape.
pub(super) enum Known {
    /// This shape has the same kinds.
    Shape(usize),
    /// The line is of no shape, but the one before it here was the same: worth
    /// noting.
    SeenOnce(usize),
    Unknown,
}

impl Shapes {
    /// Forgets the shapes of other plans.
    pub fn begin(&mut self, plan: u64) {
        if self.plan != plan || self.entries.is_empty() {
            self.plan = plan;
            self.entries.clear();
            self.entries.resize_with(SHAPES, Entry::default);
        }
    }

    /// What is known of a line with these kinds.
    #[inline]
    pub(super) fn know(&mut self, kinds: &[u8]) -> Known {
        let hash = hash(kinds);
        let number = hash as usize % SHAPES;
        let entry = &mut self.entries[number];
        if entry.shape.kinds == kinds {
            return Known::Shape(number);
        }
        if std::mem::replace(&mut entry.missed, hash) == hash && kinds.len() <= SHAPE_TOKENS_MAX {
            return Known::SeenOnce(number);
        }
        Known::Unknown
    }

    /// Is `line`, whose kinds are those of shape `number`, JSON with its keys?
    #[inline]
    pub(super) fn fits(&mut self, number: usize, line: Line<'_>) -> bool {
        let entry = &mut self.entries[number];
        let fits = entry.shape.fits(line);
        if !fits {
            entry.misfits += 1;
            if entry.misfits == MISFITS_MAX {
                // The keys of the feed have changed: make room for others.
                entry.misfits = 0;
                entry.shape.kinds.clear();
            }
        }
        fits
    }

    /// Puts the values of `line`, which fits shape `number`, into `found`.
    #[inline]
    pub(super) fn find(&self, number: usize, line: Line<'_>, found: &mut Found) {
        for value in &self.entries[number].shape.values {
            found.put(value.slot, value.has_wildcard, value.range(line));
        }
    }

    /// How lines that fit shape `number` become records, if that is known.
    #[inline]
    pub(super) fn recipe(&self, number: usize) -> Option<&Recipe> {
        self.entries[number].recipe.as_ref()
    }

    /// Takes the shape out to be noted anew.
    pub(super) fn take(&mut self, number: usize) -> Shape {
        std::mem::take(&mut self.entries[number].shape)
    }

    /// Puts a shape in, and how its lines become records.
    pub(super) fn put(&mut self, number: usize, shape: Shape, recipe: Option<Recipe>) {
        let entry = &mut self.entries[number];
        (entry.shape, entry.recipe) = (shape, recipe);
    }
}

/// Four words of the kinds and their number.
#[inline]
fn hash(kinds: &[u8]) -> u64 {
    let Some(last) = kinds.len().checked_sub(8) else { return kinds.len() as u64 };
    let word = |at: usize| kinds[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    let mix =
        |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    [0, last / 3, last / 3 * 2, last].into_iter().fold(kinds.len() as u64, |h, at| mix(h, word(at)))
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
    /// The text from one token to the next.
    #[inline]
    fn plain(&self, token: u32) -> &[u8] {
        let (from, to) = (self.positions[token as usize], self.positions[token as usize + 1]);
        &self.chunk[from as usize..to as usize]
    }
}

impl Shape {
    #[inline]
    fn fits(&self, line: Line<'_>) -> bool {
        self.keys.iter().all(|key| key.is_at(line, &self.long_keys))
            && self.plains.iter().all(|token| plain_length(line.plain(*token)).is_some())
    }

    /// What is found in its lines, in line order.
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
    /// Of which pointer.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// Are there others of its pointer?
    pub fn is_one_of_many(&self) -> bool {
        self.has_wildcard
    }

    /// Is it a string?
    pub fn is_string(&self) -> bool {
        self.kind == b'"'
    }

    /// Is it a number or a name?
    pub fn may_be_null(&self) -> bool {
        self.kind == PLAIN
    }

    /// Its bytes in the line.
    #[inline]
    pub fn range(&self, line: Line<'_>) -> Range32 {
        let start = line.positions[self.first as usize];
        let last = line.positions[self.last as usize];
        let end = match self.kind {
            b'"' => closing_quote(line.chunk, start, last) + 1,
            PLAIN => start + plain_length(line.plain(self.first)).unwrap_or(0),
            _ => last + 1,
        };
        start - line.start..end - line.start
    }
}

/// What a walk tells of the line it walks.
pub(super) trait Notes {
    /// The mapping looked at the key `key`, which ends where its quote does; `colon` stands at
    /// its end if nothing is between.
    fn key(&mut self, token: usize, key: &[u8], colon_follows: bool);
    /// A value was found.
    fn value(&mut self, slot: Slot, has_wildcard: bool, first: usize, last: usize);
}

/// A walk that is not noted.
pub(super) struct Unnoted;

impl Notes for Unnoted {
    #[inline(always)]
    fn key(&mut self, _: usize, _: &[u8], _: bool) {}
    #[inline(always)]
    fn value(&mut self, _: Slot, _: bool, _: usize, _: usize) {}
}

/// A walk that becomes a shape.
pub(super) struct Noted {
    shape: Shape,
    /// Number of the line's first token.
    first: usize,
    /// All keys stand right before their colons.
    is_plain: bool,
}

impl Noted {
    /// Reuses the buffers of `shape`.
    pub fn begin(mut shape: Shape, first: usize) -> Noted {
        let Shape { kinds, keys, long_keys, plains, values } = &mut shape;
        kinds.clear();
        keys.clear();
        long_keys.clear();
        plains.clear();
        values.clear();
        Noted { shape, first, is_plain: true }
    }

    /// The shape of a line that is JSON; no shape if its keys are written oddly.
    pub fn end(mut self, kinds: &[u8], is_json: bool) -> Shape {
        if is_json && self.is_plain {
            self.shape.kinds.extend_from_slice(kinds);
            let plains = (0u32..).zip(kinds).filter(|(_, kind)| **kind == PLAIN);
            self.shape.plains.extend(plains.map(|(token, _)| token));
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

impl Notes for Noted {
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
        // Its kind is filled in once the line is known to be JSON.
        self.shape.values.push(Value { slot, has_wildcard, kind: 0, first, last });
    }
}
