//! What a walk along one line has found: the raw values of the pointers.

use super::batch::Range32;
use super::trie::{NodeIx, Slot};

/// Raw values of one line, and the buffers of the walk. Offsets are of the line.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By slot; empty where the line has nothing. No value is empty.
    single: Vec<Range32>,
    /// Values of pointers with `*`, in line order for each slot.
    many: Vec<(Slot, Range32)>,
    /// A backslash may stand in a string.
    pub may_escape: bool,
    /// A control character may stand in a string.
    pub may_control: bool,
    /// Where the first mapped key stands that was there before.
    pub duplicate: Option<u32>,
    /// One of the keys that lead to the id stands twice.
    pub id_is_doubtful: bool,
    /// Values still to be walked.
    pub open: Vec<(NodeIx, Range32)>,
    /// By node: the last object in which its key was seen.
    pub seen: Vec<u64>,
    /// Objects walked so far.
    pub objects: u64,
    /// The line with control characters made harmless.
    pub shadow: String,
    /// A key without its escapes.
    pub key: String,
}

impl Found {
    /// Forgets the line before.
    #[inline]
    pub fn clear(&mut self, slots: usize, nodes: usize) {
        self.single.clear();
        self.single.resize(slots, 0..0);
        self.many.clear();
        self.may_escape = true;
        self.may_control = false;
        self.duplicate = None;
        self.id_is_doubtful = false;
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

    /// Notes a value.
    #[inline]
    pub fn put(&mut self, slot: Slot, has_wildcard: bool, value: Range32) {
        if has_wildcard {
            self.many.push((slot, value));
        } else {
            self.single[slot as usize] = value;
        }
    }
}
