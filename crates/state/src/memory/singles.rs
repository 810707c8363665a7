//! Posts that are like none yet, in order of their times.

use super::index::{Index, Owner, SlotIx};
use crate::model::{Entry, Seconds};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Singles that are gone and may wait in the order by time.
const SLACK: usize = 4096;

/// The singles; their entries are in the index.
#[derive(Clone, Debug, Default)]
pub struct Singles {
    /// By number.
    slots: FxHashMap<u64, SlotIx>,
    /// The oldest first. Has singles that are gone, until they come first.
    by_time: BinaryHeap<Reverse<(Seconds, u64)>>,
    /// Numbers of those that are new since the last checkpoint, in ascending order; some are gone.
    added: Vec<u64>,
    /// Older ones that changed since the last checkpoint, by number.
    changed: BTreeMap<u64, Option<u8>>,
}

impl Singles {
    /// Adds an entry to the index.
    pub fn add(&mut self, entry: Entry, index: &mut Index) {
        self.added.push(entry.number);
        self.restore(entry, index);
    }

    /// As [`Singles::add`], for an entry of the state file.
    pub fn restore(&mut self, entry: Entry, index: &mut Index) {
        let (number, at) = (entry.number, entry.post.at);
        let slot = index.insert(entry, Owner::Single);
        self.slots.insert(number, slot);
        self.by_time.push(Reverse((at, number)));
        // Below one old single any number that are gone could wait.
        if self.by_time.len() > 2 * self.slots.len() + SLACK {
            let Singles { slots, by_time, .. } = self;
            by_time.retain(|Reverse((_, number))| slots.contains_key(number));
        }
    }

    /// Number of singles.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Notes that the entry lost a key.
    pub fn note_listed(&mut self, entry: &Entry) {
        self.change(entry.number, Some(entry.listed));
    }

    /// A new single is written as it is at the checkpoint.
    fn change(&mut self, number: u64, to: Option<u8>) {
        if self.added.first().is_none_or(|first| number < *first) {
            self.changed.insert(number, to);
        }
    }

    /// The entry becomes that of a campaign; it remains in the index.
    pub fn leave(&mut self, number: u64) {
        self.slots.remove(&number);
        self.change(number, None);
    }

    /// Removes the singles that are older than `before`.
    pub fn expire(&mut self, before: Seconds, index: &mut Index) {
        while let Some(Reverse((at, number))) = self.by_time.peek().copied() {
            if at >= before && self.slots.contains_key(&number) {
                break;
            }
            self.by_time.pop();
            self.drop_one(number, index);
        }
    }

    /// Removes the oldest; `false` if there is none.
    pub fn evict(&mut self, index: &mut Index) -> bool {
        while let Some(Reverse((_, number))) = self.by_time.pop() {
            if self.drop_one(number, index) {
                return true;
            }
        }
        false
    }

    /// Removes the single of this number; `false` if it is gone already.
    pub fn drop_one(&mut self, number: u64, index: &mut Index) -> bool {
        let Some(slot) = self.slots.get(&number).copied() else { return false };
        index.remove(slot);
        self.leave(number);
        true
    }

    /// New singles, and those that changed or are gone, since the last call.
    pub fn take_changes(&mut self, index: &Index) -> (Vec<Entry>, Vec<(u64, Option<u8>)>) {
        let added = std::mem::take(&mut self.added).into_iter();
        let added = added.filter_map(|number| self.slots.get(&number));
        let added = added.map(|slot| index.entry(*slot).clone()).collect();
        (added, std::mem::take(&mut self.changed).into_iter().collect())
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.added.clear();
        self.changed.clear();
    }
}
