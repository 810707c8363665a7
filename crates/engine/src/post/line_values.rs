//! What a walk along one line has values: the raw values of the pointers.

use super::range::Range32;
use super::trie::{NodeIx, Slot};

/// Raw values of one line, and the buffers of the walk. Offsets are of the line.
#[derive(Debug, Default)]
pub(super) struct LineValues {
    /// By slot; empty where the line has nothing. No value is empty.
    single: Vec<Range32>,
    /// Values of pointers with `*`, in line order for each slot.
    many: Vec<(Slot, Range32)>,
    /// A backslash may stand in a string.
    pub may_have_escapes: bool,
    /// A control character may stand in a string.
    pub may_have_controls: bool,
    /// Where the first mapped key stands that was there before.
    pub duplicate: Option<u32>,
    /// One of the keys that lead to the id stands twice.
    pub id_key_is_duplicated: bool,
    /// Values still to be walked.
    pub open: Vec<(NodeIx, Range32)>,
    /// By node: the last object in which its key was seen.
    pub seen: Vec<u64>,
    /// Objects walked so far.
    pub objects: u64,
    /// The line with control characters made harmless.
    pub sanitized: String,
    /// A key without its escapes.
    pub key: String,
}

impl LineValues {
    /// Forgets the line before.
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

    /// WalkObserver a value.
    #[inline]
    pub fn put(&mut self, slot: Slot, has_wildcard: bool, value: Range32) {
        if has_wildcard {
            self.many.push((slot, value));
        } else {
            self.single[slot as usize] = value;
        }
    }
}
