//! Keeps a few samples of many: those with the smallest hashes, so that the selection does not
//! depend on the order of the input or on the number of threads. Every distinct sample is equally
//! likely.

/// At most `N` samples.
#[derive(Clone, Debug)]
pub struct Samples<T, const N: usize> {
    /// Sorted by hash; hashes are distinct.
    kept: Vec<(u64, T)>,
}

impl<T, const N: usize> Default for Samples<T, N> {
    fn default() -> Samples<T, N> {
        Samples { kept: Vec::new() }
    }
}

impl<T: Ord, const N: usize> Samples<T, N> {
    /// Offers a sample; `make` is called only if it may be kept. Of several samples with one hash
    /// the smallest is kept.
    pub fn offer(&mut self, hash: u64, make: impl FnOnce() -> T) {
        match self.kept.binary_search_by_key(&hash, |(hash, _)| *hash) {
            Ok(at) => {
                let sample = make();
                if sample < self.kept[at].1 {
                    self.kept[at].1 = sample;
                }
            }
            Err(at) if at < N => {
                self.kept.truncate(N - 1);
                self.kept.insert(at, (hash, make()));
            }
            Err(_) => {}
        }
    }

    /// Adds the samples of another worker.
    pub fn merge(&mut self, other: Samples<T, N>) {
        for (hash, sample) in other.kept {
            self.offer(hash, || sample);
        }
    }

    /// The samples.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().map(|(_, sample)| sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_smallest_hashes_in_any_order() {
        let offers = [(5, "e"), (1, "a"), (9, "i"), (1, "A"), (3, "c"), (2, "b")];
        for start in 0..offers.len() {
            let (mut left, mut right) = (Samples::<&str, 3>::default(), Samples::default());
            for (at, (hash, text)) in offers.iter().cycle().skip(start).take(6).enumerate() {
                let samples = if at % 2 == 0 { &mut left } else { &mut right };
                samples.offer(*hash, || *text);
            }
            left.merge(right);
            assert_eq!(left.iter().copied().collect::<Vec<_>>(), ["A", "b", "c"]);
        }
    }
}
