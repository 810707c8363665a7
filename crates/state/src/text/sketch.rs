//! The lowest hashes of a text's shingles.

use super::classes::weight;
use xxhash_rust::xxh3::xxh3_64;

/// Hashes of a sketch.
pub const SKETCH: usize = 64;

/// Weight of a shingle: 3 Han characters, 8 letters.
pub(super) const SHINGLE_WEIGHT: u32 = 8;

/// Hashes that are collected before the lowest are kept.
const COLLECTED: usize = 4 * SKETCH;

/// A text as units, two bytes each, lowest first: the form in which they are hashed.
#[derive(Debug, Default)]
pub(super) struct Units {
    bytes: Vec<u8>,
}

impl Units {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    #[inline]
    pub(super) fn push(&mut self, unit: u16) {
        self.bytes.extend_from_slice(&unit.to_le_bytes());
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() / 2
    }

    #[inline]
    fn weight(&self, at: usize) -> u32 {
        weight(u16::from_le_bytes([self.bytes[2 * at], self.bytes[2 * at + 1]]))
    }

    /// Sum of the weights.
    pub(super) fn total(&self) -> u32 {
        let weights =
            self.bytes.chunks_exact(2).map(|pair| weight(u16::from_le_bytes([pair[0], pair[1]])));
        weights.fold(0, u32::saturating_add)
    }

    /// Sum of the weights of a run.
    pub(super) fn weight_of(&self, start: usize, end: usize) -> u32 {
        (start..end).map(|at| self.weight(at)).fold(0, u32::saturating_add)
    }

    /// Hash of the whole sequence.
    pub(super) fn whole(&self) -> u64 {
        xxh3_64(&self.bytes)
    }

    /// Calls `visit(hash, start, end)` for each shingle: from each unit the shortest run of weight
    /// [`SHINGLE_WEIGHT`] or more, if the text has one.
    #[inline]
    pub(super) fn shingles(&self, mut visit: impl FnMut(u32, usize, usize)) {
        let (mut end, mut sum) = (0, 0);
        for start in 0..self.len() {
            while sum < SHINGLE_WEIGHT {
                if end == self.len() {
                    return;
                }
                sum += self.weight(end);
                end += 1;
            }
            let hash = xxh3_64(&self.bytes[2 * start..2 * end]);
            visit((hash >> 32) as u32, start, end);
            sum -= self.weight(start);
        }
    }
}

/// Collects hashes and keeps the lowest [`SKETCH`] distinct ones.
#[derive(Debug, Default)]
pub(super) struct Lowest {
    hashes: Vec<u32>,
}

impl Lowest {
    /// The lowest of the hashes of `units`, ascending.
    pub(super) fn of(&mut self, units: &Units) -> &[u32] {
        self.hashes.clear();
        // Hashes from here on are not among the lowest.
        let mut limit = u64::from(u32::MAX) + 1;
        units.shingles(|hash, _, _| {
            if u64::from(hash) < limit {
                self.hashes.push(hash);
                if self.hashes.len() == COLLECTED {
                    self.keep_lowest();
                    if let (SKETCH, Some(last)) = (self.hashes.len(), self.hashes.last()) {
                        limit = u64::from(*last);
                    }
                }
            }
        });
        self.keep_lowest();
        &self.hashes
    }

    fn keep_lowest(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.hashes.truncate(SKETCH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn units(list: &[u16]) -> Units {
        let mut units = Units::default();
        list.iter().for_each(|unit| units.push(*unit));
        units
    }

    fn shingles(list: &[u16]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        units(list).shingles(|_, start, end| all.push((start, end)));
        all
    }

    #[test]
    fn a_shingle_is_the_shortest_run_of_weight_8() {
        assert_eq!(shingles(&[0xE000; 4]), [(0, 3), (1, 4)]);
        assert_eq!(shingles(&[0xE000; 2]), []);
        assert_eq!(shingles(&[0x61; 9]), [(0, 8), (1, 9)]);
        assert_eq!(shingles(&[0x61, 0xE000, 0x61, 0x61, 0xE000, 0xE000]), [(0, 5), (1, 5), (2, 6)]);
        assert_eq!(shingles(&[]), []);
    }

    #[test]
    fn the_hash_is_the_upper_half_of_xxh3() {
        let bytes = [0x00, 0xE0, 0x01, 0xE0, 0x02, 0xE0];
        let mut hashes = Vec::new();
        units(&[0xE000, 0xE001, 0xE002]).shingles(|hash, _, _| hashes.push(hash));
        assert_eq!(hashes, [(xxh3_64(&bytes) >> 32) as u32]);
        assert_eq!(units(&[0xE000, 0xE001, 0xE002]).whole(), xxh3_64(&bytes));
    }

    #[test]
    fn the_lowest_of_a_long_text_are_those_of_all() {
        let list: Vec<u16> = (0..5000u32).map(|at| 0xE000 + (at * at % 389) as u16).collect();
        let mut all = BTreeSet::new();
        units(&list).shingles(|hash, _, _| {
            all.insert(hash);
        });
        let expected: Vec<u32> = all.into_iter().take(SKETCH).collect();
        assert_eq!(Lowest::default().of(&units(&list)), expected);
        assert_eq!(expected.len(), SKETCH);
    }
}
