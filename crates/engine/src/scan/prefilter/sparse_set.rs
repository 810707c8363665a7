//! Sets, maps and lists over small numbers that are emptied in constant time.
//!
//! Each slot carries the generation that wrote it. A reset increments the generation, so all
//! slots become stale at once.

use crate::domain::ids::MatcherIx;

/// A set of matchers.
#[derive(Debug, Default)]
pub struct SparseSet {
    stamps: Vec<u32>,
    generation: u32,
    members: Vec<MatcherIx>,
}

impl SparseSet {
    /// Empties the set; members must be below `matchers`.
    pub fn reset(&mut self, matchers: usize) {
        reset(&mut self.stamps, &mut self.generation, matchers, |stamp| *stamp = 0);
        self.members.clear();
    }

    #[inline]
    pub fn insert(&mut self, matcher: MatcherIx) {
        let stamp = &mut self.stamps[matcher.index()];
        if *stamp != self.generation {
            *stamp = self.generation;
            self.members.push(matcher);
        }
    }

    #[inline]
    pub fn contains(&self, matcher: MatcherIx) -> bool {
        self.stamps[matcher.index()] == self.generation
    }

    /// The members, in the order of insertion.
    pub fn members(&self) -> &[MatcherIx] {
        &self.members
    }
}

/// A map from numbers to `bool`.
#[derive(Debug, Default)]
pub struct StampedMap {
    stamps: Vec<(u32, bool)>,
    generation: u32,
}

impl StampedMap {
    /// Empties the map; keys must be below `keys`.
    pub fn reset(&mut self, keys: usize) {
        reset(&mut self.stamps, &mut self.generation, keys, |stamp| *stamp = (0, false));
    }

    #[inline]
    pub fn get(&self, key: usize) -> Option<bool> {
        let (generation, value) = self.stamps[key];
        (generation == self.generation).then_some(value)
    }

    #[inline]
    pub fn insert(&mut self, key: usize, value: bool) {
        self.stamps[key] = (self.generation, value);
    }
}

/// Numbered lists that share one vector.
#[derive(Debug)]
pub struct StampedLists<T> {
    /// For each list: the generation that began it, and the indices of its first and last
    /// element.
    ends: Vec<(u32, u32, u32)>,
    generation: u32,
    /// Intrusive linked lists: value and index of the next element (own index = last).
    elements: Vec<(T, u32)>,
}

impl<T> Default for StampedLists<T> {
    fn default() -> StampedLists<T> {
        StampedLists { ends: Vec::new(), generation: 0, elements: Vec::new() }
    }
}

impl<T> StampedLists<T> {
    /// Empties all lists; list numbers must be below `lists`.
    pub fn reset(&mut self, lists: usize) {
        reset(&mut self.ends, &mut self.generation, lists, |end| *end = (0, 0, 0));
        self.elements.clear();
    }

    /// Appends a value to a list.
    #[inline]
    pub fn push(&mut self, list: usize, value: T) {
        let index = self.elements.len() as u32;
        self.elements.push((value, index));
        let (generation, _, last) = &mut self.ends[list];
        if *generation == self.generation {
            self.elements[*last as usize].1 = index;
            *last = index;
        } else {
            self.ends[list] = (self.generation, index, index);
        }
    }

    /// The values of a list, in the order of insertion.
    pub fn list(&self, list: usize) -> impl Iterator<Item = &T> {
        let (generation, first, _) = self.ends[list];
        let mut next = (generation == self.generation).then_some(first);
        std::iter::from_fn(move || {
            let index = next?;
            let (value, after) = &self.elements[index as usize];
            next = (*after != index).then_some(*after);
            Some(value)
        })
    }
}

/// Numbered sets of small numbers.
#[derive(Debug, Default)]
pub struct StampedMasks {
    /// For each set: the generation that wrote it, and its members as bits.
    masks: Vec<(u32, u64)>,
    generation: u32,
}

impl StampedMasks {
    /// Larger numbers count as members of every set.
    const MEMBERS: u16 = 64;

    /// Empties all sets; set numbers must be below `sets`.
    pub fn reset(&mut self, sets: usize) {
        reset(&mut self.masks, &mut self.generation, sets, |mask| *mask = (0, 0));
    }

    /// Adds a number to a set.
    #[inline]
    pub fn add(&mut self, set: usize, number: u16) {
        let (generation, members) = &mut self.masks[set];
        if *generation != self.generation {
            (*generation, *members) = (self.generation, 0);
        }
        if number < StampedMasks::MEMBERS {
            *members |= 1 << number;
        }
    }

    /// Are all numbers below `count` in the set?
    pub fn has_first(&self, set: usize, count: u16) -> bool {
        let (generation, members) = self.masks[set];
        let known = if generation == self.generation { members } else { 0 };
        let wanted = u64::MAX.checked_shr(64 - u32::from(count.min(StampedMasks::MEMBERS)));
        known | !wanted.unwrap_or(0) == u64::MAX
    }
}

/// Makes every stamp older than the generation.
fn reset<T: Clone + Default>(
    stamps: &mut Vec<T>,
    generation: &mut u32,
    count: usize,
    clear: impl Fn(&mut T),
) {
    stamps.resize(count, T::default());
    *generation = generation.wrapping_add(1);
    if *generation == 0 {
        stamps.iter_mut().for_each(clear);
        *generation = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_have_the_first_numbers() {
        let mut masks = StampedMasks::default();
        masks.reset(2);
        assert!(masks.has_first(0, 0) && !masks.has_first(0, 1));
        for number in [0, 2, 70] {
            masks.add(0, number);
        }
        assert!(masks.has_first(0, 1) && !masks.has_first(0, 2) && !masks.has_first(1, 1));
        (0..64).for_each(|number| masks.add(1, number));
        assert!(masks.has_first(1, 64) && masks.has_first(1, 200));
        masks.reset(2);
        assert!(!masks.has_first(0, 1) && !masks.has_first(1, 64));
    }

    #[test]
    fn a_reset_empties_even_when_the_generation_wraps() {
        let (mut set, mut map) = (SparseSet::default(), StampedMap::default());
        let mut lists = StampedLists::default();
        for generation in [0, 7, u32::MAX - 1, u32::MAX] {
            (set.generation, map.generation) = (generation, generation);
            lists.generation = generation;
            for _ in 0..2 {
                set.reset(3);
                map.reset(3);
                lists.reset(3);
                assert!((0..3).all(|list| lists.list(list).next().is_none()));
                for (list, value) in [(2, 'a'), (0, 'b'), (2, 'c'), (2, 'd'), (0, 'e')] {
                    lists.push(list, value);
                }
                let of = |list: usize| lists.list(list).collect::<String>();
                assert_eq!([of(0), of(1), of(2)], ["be", "", "acd"]);
                assert!(set.members().is_empty());
                let is_empty =
                    |n: u32| !set.contains(MatcherIx(n)) && map.get(n as usize).is_none();
                assert!((0..3).all(is_empty));
                set.insert(MatcherIx(1));
                set.insert(MatcherIx(1));
                map.insert(2, true);
                assert_eq!((set.members(), map.get(2)), (&[MatcherIx(1)][..], Some(true)));
            }
        }
    }
}
