//! Counts the most frequent keys of a stream in bounded memory.
//!
//! A table of at most `keys_max` keys. As long as all keys fit, every count is exact. When the
//! table is full, the rarer half is dropped, and from then on each key has an error bound: its true
//! count is between `count` and `count + missed`, and a key that is not in the table occurred at
//! most `floor` times. Tables can be merged; the bounds remain valid for the merged stream.

use std::collections::HashMap;
use std::hash::RandomState;

/// Data kept with a count that can be merged.
pub trait Detail: Default {
    /// Adds the data of the same key from another table.
    fn merge(&mut self, other: Self);
}

impl Detail for () {
    fn merge(&mut self, (): ()) {}
}

/// One key's row.
#[derive(Clone, Debug, Default)]
pub struct Row<T> {
    /// Occurrences of the key since it has a row.
    pub count: u64,
    /// Largest number of occurrences before that.
    pub missed: u64,
    /// The data kept with the count.
    pub detail: T,
}

/// Counts by key, in bounded memory. Keys are untrusted, so the hash is seeded; its order is never
/// visible.
#[derive(Clone, Debug)]
pub struct Frequent<T> {
    rows: HashMap<Box<str>, Row<T>, RandomState>,
    keys_max: usize,
    floor: u64,
}

impl<T: Detail> Frequent<T> {
    /// An empty table for at most `keys_max` keys.
    pub fn new(keys_max: usize) -> Frequent<T> {
        Frequent { rows: HashMap::default(), keys_max: keys_max.max(2), floor: 0 }
    }

    /// Counts `key` once and returns its data.
    pub fn count(&mut self, key: &str) -> &mut T {
        if !self.rows.contains_key(key) {
            if self.rows.len() >= self.keys_max {
                self.purge();
            }
            let row = Row { count: 0, missed: self.floor, detail: T::default() };
            self.rows.insert(key.into(), row);
        }
        let row = self.rows.get_mut(key).expect("it was entered if it was not there");
        row.count += 1;
        &mut row.detail
    }

    /// Drops the rarer half of the keys, including all keys with the count of the rarest kept one.
    fn purge(&mut self) {
        let mut most: Vec<u64> = self.rows.values().map(|row| row.count + row.missed).collect();
        let middle = most.len() / 2;
        let (_, dropped, _) = most.select_nth_unstable(middle);
        let dropped = *dropped;
        self.rows.retain(|_, row| row.count + row.missed > dropped);
        self.floor = self.floor.max(dropped);
    }

    /// Adds the counts of another part of the stream.
    pub fn merge(&mut self, other: Frequent<T>) {
        for row in self.rows.values_mut() {
            row.missed += other.floor;
        }
        for (key, row) in other.rows {
            match self.rows.get_mut(&key) {
                Some(own) => {
                    own.count += row.count;
                    own.missed = own.missed - other.floor + row.missed;
                    own.detail.merge(row.detail);
                }
                None => {
                    let missed = row.missed + self.floor;
                    self.rows.insert(key, Row { missed, ..row });
                }
            }
        }
        self.floor += other.floor;
        while self.rows.len() > self.keys_max {
            self.purge();
        }
    }

    /// Upper bound on the occurrences of a key without a row; 0 if every count is exact.
    pub fn floor(&self) -> u64 {
        self.floor
    }

    /// Number of keys with a row.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of a key.
    pub fn get(&self, key: &str) -> Option<&Row<T>> {
        self.rows.get(key)
    }

    /// All rows, the most frequent first; equal counts by key.
    pub fn ranked(&self) -> Vec<(&str, &Row<T>)> {
        let mut rows: Vec<(&str, &Row<T>)> =
            self.rows.iter().map(|(key, row)| (&**key, row)).collect();
        rows.sort_by(|a, b| b.1.count.cmp(&a.1.count).then_with(|| a.0.cmp(b.0)));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn exact_while_all_keys_fit() {
        for (keys, is_exact) in [(3, true), (4, true), (5, false)] {
            let mut table: Frequent<()> = Frequent::new(4);
            for _ in 0..3 {
                for key in 0..keys {
                    table.count(&format!("key {key}"));
                }
            }
            assert_eq!(table.floor() == 0, is_exact, "{keys} keys");
            assert!(table.len() <= 4);
            assert!(!is_exact || table.ranked().iter().all(|(_, row)| row.count == 3));
        }
    }

    proptest! {
        /// Compared with a map of all counts.
        #[test]
        fn true_counts_are_within_the_bounds(
            parts in prop::collection::vec(prop::collection::vec(0u8..12, 0..60), 1..4),
            keys_max in 2usize..9,
        ) {
            let mut truth: BTreeMap<String, u64> = BTreeMap::new();
            let mut whole: Frequent<()> = Frequent::new(keys_max);
            for part in &parts {
                let mut table = Frequent::new(keys_max);
                for key in part {
                    // Small numbers are more frequent.
                    let key = (key * key / 12).to_string();
                    *truth.entry(key.clone()).or_default() += 1;
                    table.count(&key);
                }
                whole.merge(table);
            }
            prop_assert!(whole.len() <= keys_max);
            for (key, count) in &truth {
                match whole.get(key) {
                    Some(row) => {
                        prop_assert!(row.count <= *count && *count <= row.count + row.missed);
                    }
                    None => prop_assert!(*count <= whole.floor()),
                }
            }
        }
    }
}
