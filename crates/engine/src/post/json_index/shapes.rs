//! The cache of shapes: which shape a line may have, and how its lines become records.

use super::shape::{Line, Shape};
use crate::post::extraction::Extraction;
use crate::post::line_values::LineValues;

/// Shapes kept at a time. `benches/post` measures reading with them; the number itself was
/// chosen as a few times the shapes of one feed, and no plateau was measured.
const SHAPES: usize = 64;

/// The longest shape, in tokens; longer lines are always walked. Bounds the memory of the
/// cache; not tuned by measurement.
const SHAPE_TOKENS_MAX: usize = 1024;

/// Lines with other keys after which a shape is replaced. Not tuned by measurement.
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
    /// How its lines become records, if an extraction exists.
    extraction: Option<Extraction>,
    /// Hash of the last line that did not match the shape of this entry.
    missed: u64,
    /// Lines with the same kinds whose keys differ.
    misfits: u32,
}

/// The result of a lookup.
pub(super) enum Lookup {
    /// This shape has the same kinds.
    Shape(usize),
    /// No shape has these kinds, but the last miss of this entry was the same: worth recording.
    SeenOnce(usize),
    Unknown,
}

impl Shapes {
    /// Discards the shapes of other plans.
    pub fn begin(&mut self, plan: u64) {
        if self.plan != plan || self.entries.is_empty() {
            self.plan = plan;
            self.entries.clear();
            self.entries.resize_with(SHAPES, Entry::default);
        }
    }

    /// Looks up the shape of a line with these kinds.
    #[inline]
    pub(super) fn look_up(&mut self, kinds: &[u8]) -> Lookup {
        let hash = hash(kinds);
        let number = hash as usize % SHAPES;
        let entry = &mut self.entries[number];
        if entry.shape.kinds == kinds {
            return Lookup::Shape(number);
        }
        if std::mem::replace(&mut entry.missed, hash) == hash && kinds.len() <= SHAPE_TOKENS_MAX {
            return Lookup::SeenOnce(number);
        }
        Lookup::Unknown
    }

    /// Is `line`, whose kinds equal those of shape `number`, JSON with the same keys?
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

    /// Puts the values of `line`, which fits shape `number`, into `values`.
    #[inline]
    pub(super) fn find(&self, number: usize, line: Line<'_>, values: &mut LineValues) {
        for value in self.entries[number].shape.values() {
            values.put(value.slot(), value.is_one_of_many(), value.range(line));
        }
    }

    /// How lines that fit shape `number` become records, if an extraction exists.
    #[inline]
    pub(super) fn extraction(&self, number: usize) -> Option<&Extraction> {
        self.entries[number].extraction.as_ref()
    }

    /// Removes the shape so that its buffers can be reused.
    pub(super) fn take(&mut self, number: usize) -> Shape {
        std::mem::take(&mut self.entries[number].shape)
    }

    /// Stores a shape, and how its lines become records.
    pub(super) fn put(&mut self, number: usize, shape: Shape, extraction: Option<Extraction>) {
        let entry = &mut self.entries[number];
        (entry.shape, entry.extraction) = (shape, extraction);
    }
}

/// Hash of four words of the kinds and of their number.
#[inline]
fn hash(kinds: &[u8]) -> u64 {
    let Some(last) = kinds.len().checked_sub(8) else { return kinds.len() as u64 };
    let word = |at: usize| kinds[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    let mix =
        |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    [0, last / 3, last / 3 * 2, last].into_iter().fold(kinds.len() as u64, |h, at| mix(h, word(at)))
}
