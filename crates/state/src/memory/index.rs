//! The index of entries: which texts may be alike.
//!
//! Every live entry is in the lists of its lowest 8 hashes, or, if it is compared as a whole, under
//! the hash of its whole sequence. A list has the newest [`LIST`] entries; one that is pushed out
//! loses that key for good ([`Entry::listed`]), so that an index that is rebuilt from the entries
//! gives the same answers. The lists are linked through the entries: an entry has one link for each
//! of its keys.

use crate::model::Entry;
use crate::text::{Fingerprint, KEYS};
use rustc_hash::FxHashMap;

/// Most entries of a list.
pub const LIST: u8 = 32;

/// Most candidates of a text.
const CANDIDATES: usize = 16;

/// No node.
const NONE: u32 = u32::MAX;

/// Position of an entry in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotIx(u32);

/// Who has an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// No campaign: the post is like none yet.
    Single,
    /// The campaign of this number.
    Campaign(u64),
}

#[derive(Clone, Debug)]
struct Slot {
    entry: Entry,
    owner: Owner,
}

#[derive(Clone, Copy, Debug)]
struct List {
    head: u32,
    len: u8,
}

/// Slots in blocks: no block is moved when their number grows, and none has many free places.
#[derive(Clone, Debug, Default)]
struct Slots(Vec<Vec<Option<Slot>>>);

/// Slots of a block.
const BLOCK: usize = 4096;

impl Slots {
    fn get(&self, at: u32) -> Option<&Slot> {
        self.0[at as usize / BLOCK][at as usize % BLOCK].as_ref()
    }

    fn place(&mut self, at: u32) -> &mut Option<Slot> {
        &mut self.0[at as usize / BLOCK][at as usize % BLOCK]
    }

    /// Adds a slot; returns its position.
    fn push(&mut self, slot: Slot) -> u32 {
        if self.0.last().is_none_or(|block| block.len() == BLOCK) {
            self.0.push(Vec::with_capacity(BLOCK));
        }
        let before = (self.0.len() - 1) * BLOCK;
        let block = self.0.last_mut().unwrap_or_else(|| unreachable!("pushed above"));
        block.push(Some(slot));
        (before + block.len() - 1) as u32
    }
}

/// The index. A node is a slot and the number of one of its keys.
#[derive(Clone, Debug, Default)]
pub struct Index {
    slots: Slots,
    /// For each key of each slot the next node of its list. Not in the slots, so that a list is
    /// read from few cache lines.
    next: Vec<[u32; KEYS]>,
    free: Vec<u32>,
    lists: FxHashMap<u32, List>,
    whole: FxHashMap<u64, SlotIx>,
    /// Scratch of [`Index::candidates`].
    found: Vec<u32>,
    /// Entries that lost a key since the last call of [`Index::take_pushed_out`].
    pushed_out: Vec<SlotIx>,
}

/// The keys of an entry.
fn keys(sketch: &[u32]) -> &[u32] {
    &sketch[..sketch.len().min(KEYS)]
}

/// The bits of all keys of an entry.
pub fn all_listed(sketch: &[u32]) -> u8 {
    match keys(sketch).len() {
        0 => 1,
        len => (u16::MAX >> (16 - len)) as u8,
    }
}

impl Index {
    /// The entry of a slot.
    ///
    /// # Panics
    ///
    /// If there is none: a bug of the caller.
    pub fn entry(&self, at: SlotIx) -> &Entry {
        &self.slot(at).entry
    }

    /// Who has the entry of a slot.
    ///
    /// # Panics
    ///
    /// If there is none: a bug of the caller.
    pub fn owner(&self, at: SlotIx) -> Owner {
        self.slot(at).owner
    }

    /// Gives the entry of a slot to another.
    pub fn set_owner(&mut self, at: SlotIx, owner: Owner) {
        self.slot_mut(at).owner = owner;
    }

    fn slot(&self, at: SlotIx) -> &Slot {
        self.slots.get(at.0).unwrap_or_else(|| unreachable!("slots in use are full"))
    }

    fn slot_mut(&mut self, at: SlotIx) -> &mut Slot {
        self.slots.place(at.0).as_mut().unwrap_or_else(|| unreachable!("slots in use are full"))
    }

    /// Adds an entry to the lists of the keys that [`Entry::listed`] names, as their newest.
    pub fn insert(&mut self, entry: Entry, owner: Owner) -> SlotIx {
        let (listed, whole) = (entry.listed, entry.whole);
        let own: Vec<u32> = keys(&entry.sketch).to_vec();
        let slot = Slot { entry, owner };
        let at = match self.free.pop() {
            Some(at) => {
                *self.slots.place(at) = Some(slot);
                self.next[at as usize] = [NONE; KEYS];
                SlotIx(at)
            }
            None => {
                self.next.push([NONE; KEYS]);
                SlotIx(self.slots.push(slot))
            }
        };
        if own.is_empty() {
            self.whole.insert(whole, at);
        }
        for (bit, key) in own.into_iter().enumerate() {
            if listed >> bit & 1 != 0 {
                self.push(at, bit, key);
            }
        }
        at
    }

    fn push(&mut self, at: SlotIx, bit: usize, key: u32) {
        let list = self.lists.get(&key).copied().unwrap_or(List { head: NONE, len: 0 });
        let mut len = list.len;
        if len == LIST {
            self.drop_last(list.head);
            len -= 1;
        }
        let node = at.0 * KEYS as u32 + bit as u32;
        self.next[at.0 as usize][bit] = list.head;
        self.lists.insert(key, List { head: node, len: len + 1 });
    }

    /// Drops the last node of a full list; its entry loses the key.
    fn drop_last(&mut self, head: u32) {
        let (mut before, mut node) = (head, self.next(head));
        while self.next(node) != NONE {
            (before, node) = (node, self.next(node));
        }
        self.set_next(before, NONE);
        let (at, bit) = split(node);
        self.slot_mut(at).entry.listed &= !(1 << bit);
        self.pushed_out.push(at);
    }

    fn next(&self, node: u32) -> u32 {
        let (at, bit) = split(node);
        self.next[at.0 as usize][bit]
    }

    fn set_next(&mut self, node: u32, next: u32) {
        let (at, bit) = split(node);
        self.next[at.0 as usize][bit] = next;
    }

    /// Removes an entry from all lists.
    pub fn remove(&mut self, at: SlotIx) -> Entry {
        let own: Vec<u32> = keys(&self.entry(at).sketch).to_vec();
        let (listed, whole) = (self.entry(at).listed, self.entry(at).whole);
        if own.is_empty() && self.whole.get(&whole) == Some(&at) {
            self.whole.remove(&whole);
        }
        for (bit, key) in own.into_iter().enumerate() {
            if listed >> bit & 1 != 0 {
                self.unlink(at, bit, key);
            }
        }
        self.free.push(at.0);
        let slot = self.slots.place(at.0).take();
        slot.unwrap_or_else(|| unreachable!("slots in use are full")).entry
    }

    fn unlink(&mut self, at: SlotIx, bit: usize, key: u32) {
        let Some(list) = self.lists.get(&key).copied() else { return };
        let (node, after) = (at.0 * KEYS as u32 + bit as u32, self.next[at.0 as usize][bit]);
        let mut head = list.head;
        if head == node {
            head = after;
        } else {
            let mut before = head;
            while self.next(before) != node {
                before = self.next(before);
            }
            self.set_next(before, after);
        }
        match list.len {
            1 => self.lists.remove(&key),
            len => self.lists.insert(key, List { head, len: len - 1 }),
        };
    }

    /// The entry that is equal as a whole.
    pub fn equal(&self, whole: u64) -> Option<SlotIx> {
        self.whole.get(&whole).copied()
    }

    /// Entries with at least two keys in common (one, if the text has one key only): the best 16 by
    /// keys in common, then the newest.
    pub fn candidates(&mut self, text: &Fingerprint) -> Vec<SlotIx> {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        for key in text.keys() {
            let mut node = self.lists.get(key).map_or(NONE, |list| list.head);
            while node != NONE {
                found.push(split(node).0.0);
                node = self.next(node);
            }
        }
        found.sort_unstable();
        let least = text.keys().len().min(2);
        let mut best: Vec<(usize, u64, SlotIx)> = found
            .chunk_by(|left, right| left == right)
            .filter(|same| same.len() >= least)
            .map(|same| (same.len(), self.entry(SlotIx(same[0])).number, SlotIx(same[0])))
            .collect();
        self.found = found;
        best.sort_unstable_by(|left, right| right.cmp(left));
        best.truncate(CANDIDATES);
        best.into_iter().map(|(.., at)| at).collect()
    }

    /// Entries that lost a key since the last call.
    pub fn take_pushed_out(&mut self) -> Vec<SlotIx> {
        std::mem::take(&mut self.pushed_out)
    }
}

fn split(node: u32) -> (SlotIx, usize) {
    (SlotIx(node / KEYS as u32), (node % KEYS as u32) as usize)
}
