//! Bottom-k sampling: keeps the items with the `k` smallest hashes, so that the sample does not
//! depend on the order of the input or on how it is spread over threads.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use xxhash_rust::xxh3::Xxh3;

/// The items with the smallest hashes. Items with equal hashes count once: the one with the
/// smallest `place` is kept.
#[derive(Clone, Debug)]
pub struct BottomKSample<P, T> {
    kept: BTreeMap<u64, (P, T)>,
}

impl<P, T> Default for BottomKSample<P, T> {
    fn default() -> BottomKSample<P, T> {
        BottomKSample { kept: BTreeMap::new() }
    }
}

impl<P: Ord + Copy, T> BottomKSample<P, T> {
    /// Keeps the item that `make` returns if `hash` is among the `most` smallest.
    pub fn offer(&mut self, hash: u64, place: P, most: usize, make: impl FnOnce() -> T) {
        if let Entry::Occupied(mut known) = self.kept.entry(hash) {
            if place < known.get().0 {
                known.insert((place, make()));
            }
            return;
        }
        let is_full = self.kept.len() >= most;
        if is_full && self.kept.last_key_value().is_none_or(|(last, _)| *last < hash) {
            return;
        }
        self.kept.insert(hash, (place, make()));
        if is_full {
            self.kept.pop_last();
        }
    }

    /// Joins two samples.
    pub fn merge(&mut self, other: BottomKSample<P, T>, most: usize) {
        for (hash, (place, thing)) in other.kept {
            self.offer(hash, place, most, || thing);
        }
    }

    /// Number of items kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether no item is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The items, by hash.
    pub fn iter(&self) -> impl Iterator<Item = (&P, &T)> {
        self.kept.values().map(|(place, thing)| (place, thing))
    }
}

/// Hash of a list of texts; depends on their order and on where one ends.
pub fn hash<'t>(texts: impl Iterator<Item = &'t str>) -> u64 {
    let mut hasher = Xxh3::new();
    for text in texts {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    }
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hash_depends_on_where_texts_end() {
        let of = |texts: &[&str]| hash(texts.iter().copied());
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
    }

    proptest! {
        #[test]
        fn result_is_independent_of_order_and_workers(
            things in prop::collection::vec((0u64..8, 0u32..20), 0..40),
            workers in 1usize..4,
            most in 0usize..6,
        ) {
            let mut joint = BottomKSample::default();
            for worker in 0..workers {
                let mut own = BottomKSample::default();
                for (hash, place) in things.iter().rev().skip(worker).step_by(workers) {
                    own.offer(*hash, *place, most, || *hash);
                }
                joint.merge(own, most);
            }
            let mut first: BTreeMap<u64, u32> = BTreeMap::new();
            for (hash, place) in &things {
                let known = first.entry(*hash).or_insert(*place);
                *known = (*known).min(*place);
            }
            let slow: Vec<(u32, u64)> = first.iter().take(most).map(|(hash, place)| (*place, *hash)).collect();
            let kept: Vec<(u32, u64)> = joint.iter().map(|(place, thing)| (*place, *thing)).collect();
            prop_assert_eq!(kept, slow);
        }
    }
}
