//! Rows in memory that know which of them changed since the last checkpoint.

use crate::model::Change;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::hash::Hash;

/// Rows by key.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    rows: FxHashMap<K, V>,
    changed: BTreeSet<K>,
}

impl<K: Ord + Hash + Clone, V: Clone> Table<K, V> {
    /// A table of unchanged rows.
    pub fn of(rows: impl IntoIterator<Item = (K, V)>) -> Table<K, V> {
        Table { rows: rows.into_iter().collect(), changed: BTreeSet::new() }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    /// The row of `key`, to change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let row = self.rows.get_mut(key);
        if row.is_some() && !self.changed.contains(key) {
            self.changed.insert(key.clone());
        }
        row
    }

    /// The row of `key`, to change; `make` makes a new one.
    pub fn get_or_insert(&mut self, key: &K, make: impl FnOnce() -> V) -> &mut V {
        if !self.changed.contains(key) {
            self.changed.insert(key.clone());
        }
        self.rows.entry(key.clone()).or_insert_with(make)
    }

    /// Adds or replaces a row.
    pub fn insert(&mut self, key: K, row: V) {
        self.changed.insert(key.clone());
        self.rows.insert(key, row);
    }

    /// Removes a row.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let row = self.rows.remove(key);
        if row.is_some() {
            self.changed.insert(key.clone());
        }
        row
    }

    /// All rows, in no order: for results that do not depend on it.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    /// The rows that changed since the last call, in order of their keys.
    pub fn take_changes(&mut self) -> Vec<Change<K, V>> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        changed
            .map(|key| match self.rows.get(&key) {
                Some(row) => Change::Put(row.clone()),
                None => Change::Gone(key),
            })
            .collect()
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table { rows: FxHashMap::default(), changed: BTreeSet::new() }
    }
}
