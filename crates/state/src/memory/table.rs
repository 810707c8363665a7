//! Rows in memory that know which of them changed since the last checkpoint.

use crate::model::Change;
use rustc_hash::FxHashMap;
use std::borrow::Borrow;
use std::hash::Hash;

#[derive(Clone, Debug)]
struct Row<V> {
    value: V,
    /// Its key is in `changed`.
    is_changed: bool,
}

/// Rows by key.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    /// Boxed, since up to half of the places of a map are free, and rows are large.
    rows: FxHashMap<K, Box<Row<V>>>,
    /// Keys of the rows that changed or were removed, in the order in which they did. A key may be
    /// there twice: removed and added again.
    changed: Vec<K>,
}

impl<K: Ord + Hash + Clone, V: Clone> Table<K, V> {
    /// A table of unchanged rows.
    pub fn of(rows: impl IntoIterator<Item = (K, V)>) -> Table<K, V> {
        let row = |(key, value)| (key, Box::new(Row { value, is_changed: false }));
        Table { rows: rows.into_iter().map(row).collect(), changed: Vec::new() }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of `key`.
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.rows.get(key).map(|row| &row.value)
    }

    /// The row of `key`, to change.
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let row = self.rows.get_mut(key)?;
        if !std::mem::replace(&mut row.is_changed, true) {
            self.changed.push(key.to_owned());
        }
        Some(&mut row.value)
    }

    /// The row of `key`, to change; `make` makes a new one.
    pub fn get_or_insert(&mut self, key: &K, make: impl FnOnce() -> V) -> &mut V {
        let new = || Box::new(Row { value: make(), is_changed: false });
        let row = self.rows.entry(key.clone()).or_insert_with(new);
        if !std::mem::replace(&mut row.is_changed, true) {
            self.changed.push(key.clone());
        }
        &mut row.value
    }

    /// Adds or replaces a row.
    pub fn insert(&mut self, key: K, value: V) {
        let row = Box::new(Row { value, is_changed: true });
        let before = self.rows.insert(key.clone(), row);
        if before.is_none_or(|row| !row.is_changed) {
            self.changed.push(key);
        }
    }

    /// Removes a row.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (key, row) = self.rows.remove_entry(key)?;
        if !row.is_changed {
            self.changed.push(key);
        }
        Some(row.value)
    }

    /// All rows, in no order: for results that do not depend on it.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter().map(|(key, row)| (key, &row.value))
    }

    /// The rows that changed since the last call, in order of their keys.
    pub fn take_changes(&mut self) -> Vec<Change<K, V>> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.dedup();
        let change = |key: K| match self.rows.get_mut(&key) {
            Some(row) => {
                row.is_changed = false;
                Change::Put(row.value.clone())
            }
            None => Change::Gone(key),
        };
        changed.into_iter().map(change).collect()
    }
}

impl<K: Eq + Hash, V> Table<K, V> {
    /// Forgets which rows changed, at less cost than taking them.
    pub fn forget_changes(&mut self) {
        for key in std::mem::take(&mut self.changed) {
            self.rows.get_mut(&key).into_iter().for_each(|row| row.is_changed = false);
        }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table { rows: FxHashMap::default(), changed: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(table: &mut Table<u32, char>) -> Vec<Change<u32, char>> {
        table.take_changes()
    }

    #[test]
    fn each_row_that_changed_is_reported_once() {
        let mut table = Table::of([(1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')]);
        assert_eq!(changes(&mut table), []);
        table.get_mut(&3).into_iter().for_each(|row| *row = 'x');
        table.get_mut(&3).into_iter().for_each(|row| *row = 'y');
        table.remove(&2);
        table.insert(2, 'z');
        *table.get_or_insert(&5, || 'e') = 'f';
        table.remove(&1);
        table.insert(6, 'g');
        table.remove(&6);
        assert_eq!(table.get_mut(&9), None);
        let expected = [
            Change::Gone(1),
            Change::Put('z'),
            Change::Put('y'),
            Change::Put('f'),
            Change::Gone(6),
        ];
        assert_eq!(changes(&mut table), expected);
        table.get_mut(&3);
        table.remove(&5);
        table.forget_changes();
        assert_eq!(changes(&mut table), []);
        table.get_mut(&3);
        assert_eq!(changes(&mut table), [Change::Put('y')]);
        assert_eq!(table.len(), 3);
    }
}
