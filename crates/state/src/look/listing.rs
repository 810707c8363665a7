//! Lists with a limit.

/// Rows, and whether there are more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// In order, at most as many as the limit.
    pub rows: Vec<T>,
    /// How many rows there are without the limit.
    pub all: u64,
}

impl<T> Listing<T> {
    /// The first `limit` of `rows`, which are all and in order.
    pub(super) fn first(mut rows: Vec<T>, limit: Option<usize>) -> Listing<T> {
        let all = rows.len() as u64;
        rows.truncate(limit.unwrap_or(usize::MAX));
        Listing { rows, all }
    }
}

/// Collects the rows with the smallest keys, without keeping the others.
pub(super) struct Best<K, T> {
    rows: Vec<(K, T)>,
    limit: Option<usize>,
    all: u64,
}

impl<K: Ord, T> Best<K, T> {
    pub(super) fn new(limit: Option<usize>) -> Best<K, T> {
        Best { rows: Vec::new(), limit, all: 0 }
    }

    pub(super) fn add(&mut self, key: K, row: T) {
        self.all += 1;
        self.rows.push((key, row));
        // Twice the limit: sorted after every row, a long list would take too long.
        if self.limit.is_some_and(|limit| self.rows.len() > limit.saturating_mul(2) + 100) {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.rows.sort_by(|left, right| left.0.cmp(&right.0));
        self.rows.truncate(self.limit.unwrap_or(usize::MAX));
    }

    pub(super) fn listing(mut self) -> Listing<T> {
        self.trim();
        Listing { rows: self.rows.into_iter().map(|(_, row)| row).collect(), all: self.all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_keys_are_kept_in_order() {
        for limit in [None, Some(0), Some(1), Some(7), Some(5000)] {
            let mut best = Best::new(limit);
            for number in 0..1000u64 {
                let key = number * 7919 % 1000;
                best.add(key, key);
            }
            let listing = best.listing();
            let wanted: Vec<u64> = (0..1000).take(limit.unwrap_or(usize::MAX)).collect();
            assert_eq!((listing.rows, listing.all), (wanted, 1000));
        }
        let listing = Listing::first(vec![1, 2, 3], Some(2));
        assert_eq!((listing.rows, listing.all), (vec![1, 2], 3));
    }
}
