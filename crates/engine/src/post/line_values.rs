//! The raw values of one line, as found by a parser.

use super::range::Range32;
use super::trie::{NodeIx, Slot};

/// Raw values of one line, by pointer, and the buffers of the parsers. Offsets count from the
/// start of the line.
#[derive(Debug, Default)]
pub(super) struct LineValues {
    /// By slot; an empty range if the line has no value. No value is empty.
    single: Vec<Range32>,
    /// Values of pointers with `*`, in line order for each slot.
    many: Vec<(Slot, Range32)>,
    /// A string may contain a backslash.
    pub may_have_escapes: bool,
    /// A string may contain a control character.
    pub may_have_controls: bool,
    /// Position of the first mapped key that repeats one in its object.
    pub duplicate: Option<u32>,
    /// A key on the path to the id occurs twice.
    pub id_key_is_duplicated: bool,
    /// Values still to be walked.
    pub open: Vec<(NodeIx, Range32)>,
    /// By node: the last object in which its key was seen.
    pub seen: Vec<u64>,
    /// Objects walked so far.
    pub objects: u64,
    /// The line with control characters in strings replaced.
    pub sanitized: String,
    /// A key without its escapes.
    pub key: String,
}

impl LineValues {
    /// Prepares for the next line.
    #[inline]
    pub fn clear(&mut self, slots: usize, nodes: usize) {
        self.single.clear();
        self.single.resize(slots, 0..0);
        self.many.clear();
        self.may_have_escapes = true;
        self.may_have_controls = false;
        self.duplicate = None;
        self.id_key_is_duplicated = false;
        self.open.clear();
        if self.seen.len() != nodes {
            self.seen.clear();
            self.seen.resize(nodes, 0);
        }
    }

    /// The one value of a pointer without `*`.
    #[inline]
    pub fn single(&self, slot: Slot) -> Option<Range32> {
        let range = &self.single[slot as usize];
        if range.is_empty() { None } else { Some(range.clone()) }
    }

    /// The values of a pointer with `*`.
    pub fn many(&self, slot: Slot) -> impl Iterator<Item = Range32> {
        self.many.iter().filter(move |(of, _)| *of == slot).map(|(_, range)| range.clone())
    }

    /// Records a value.
    #[inline]
    pub fn put(&mut self, slot: Slot, has_wildcard: bool, value: Range32) {
        if has_wildcard {
            self.many.push((slot, value));
        } else {
            self.single[slot as usize] = value;
        }
    }
}
