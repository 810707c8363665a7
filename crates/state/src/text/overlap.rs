//! How much two sketches have in common.

use super::sketch::SKETCH;
use std::cmp::Ordering;

/// Jaccard similarity of two texts, estimated over the lowest hashes of both, as a fraction. Without
/// hashes it is 0. Ordered by value: 1/2 and 2/4 are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overlap {
    /// How many of them are in both sketches.
    pub common: u32,
    /// The lowest 64 of the union, or all if there are fewer.
    pub union: u32,
}

/// Compares two sketches: ascending and distinct.
pub fn overlap(a: &[u32], b: &[u32]) -> Overlap {
    let (mut i, mut j, mut found) = (0, 0, Overlap::default());
    while (found.union as usize) < SKETCH {
        let order = match (a.get(i), b.get(j)) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.cmp(other),
        };
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
        found.common += u32::from(order.is_eq());
        found.union += 1;
    }
    found
}

impl Overlap {
    /// Is it `percent` or more? Never without hashes.
    pub fn at_least(self, percent: u32) -> bool {
        let needed = u64::from(percent) * u64::from(self.union);
        self.union > 0 && u64::from(self.common) * 100 >= needed
    }
}

impl Ord for Overlap {
    fn cmp(&self, other: &Overlap) -> Ordering {
        let scaled =
            |one: &Overlap, by: &Overlap| u64::from(one.common) * u64::from(by.union.max(1));
        scaled(self, other).cmp(&scaled(other, self))
    }
}

impl PartialOrd for Overlap {
    fn partial_cmp(&self, other: &Overlap) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Overlap {
    fn eq(&self, other: &Overlap) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Overlap {}

/// Percent that two texts have in common at least to be one campaign, by the weight of the lighter
/// one: the fewer shingles, the more of them are alike by chance.
pub fn needed_percent(lighter_weight: u32) -> u32 {
    match lighter_weight {
        ..60 => 60,
        60..90 => 50,
        90.. => 40,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn sketch() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::btree_set(0u32..200, 0..=SKETCH).prop_map(|set| set.into_iter().collect())
    }

    #[test]
    fn overlaps() {
        for (a, b, common, union) in [
            (vec![], vec![], 0, 0),
            (vec![1, 2, 3], vec![2, 3, 4], 2, 4),
            (vec![1], vec![], 0, 1),
            ((0..64).collect(), (0..64).collect(), 64, 64),
            ((0..64).collect(), (64..128).collect(), 0, 64),
            ((0..64).collect(), (32..96).collect(), 32, 64),
        ] {
            let found = overlap(&a, &b);
            assert_eq!((found.common, found.union), (common, union), "{a:?} {b:?}");
        }
    }

    #[test]
    fn needed_percents_at_their_edges() {
        for (weight, percent) in [(45, 60), (59, 60), (60, 50), (89, 50), (90, 40), (900, 40)] {
            assert_eq!(needed_percent(weight), percent, "{weight}");
        }
    }

    #[test]
    fn at_least_and_order_are_exact() {
        let of = |common, union| Overlap { common, union };
        assert!(of(2, 5).at_least(40) && !of(2, 5).at_least(41));
        assert!(!of(0, 0).at_least(0) && of(0, 1).at_least(0));
        assert!(of(1, 3) < of(1, 2) && of(0, 0) < of(1, 64));
        assert_eq!(of(1, 2), of(2, 4));
        assert_eq!(of(0, 0), of(0, 64));
    }

    proptest! {
        #[test]
        fn equals_sets_and_is_symmetric(a in sketch(), b in sketch()) {
            let found = overlap(&a, &b);
            let union: BTreeSet<u32> = a.iter().chain(&b).copied().collect();
            let lowest: Vec<u32> = union.into_iter().take(SKETCH).collect();
            let common = lowest.iter().filter(|hash| a.contains(hash) && b.contains(hash)).count();
            prop_assert_eq!((found.common, found.union), (common as u32, lowest.len() as u32));
            let other = overlap(&b, &a);
            prop_assert_eq!((other.common, other.union), (found.common, found.union));
        }
    }
}
