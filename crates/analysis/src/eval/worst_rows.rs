//! The worst rows of each kind and group of categories.

use crate::labels::CategorySet;
use crate::line_numbers::LinePosition;
use serde::Serialize;
use std::collections::BTreeMap;

/// The kind of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExampleKind {
    /// A harmful row whose category was not found.
    Miss,
    /// A row in which a category was found that its label does not mean.
    FalseAlarm,
}

/// Sort key of examples: badness (smallest is worst), hash, file, position.
pub(super) type Key = (i64, u64, usize, LinePosition);

/// A row that may become an example.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub key: Key,
    pub label: usize,
    pub line: Vec<u8>,
}

/// The worst rows of each kind and group of categories, worst first.
#[derive(Debug, Default)]
pub(super) struct WorstRows {
    kept: BTreeMap<(ExampleKind, CategorySet), Vec<Candidate>>,
}

impl WorstRows {
    /// Keeps the candidate that `make` returns if it is among the `most` worst of its kind.
    pub(super) fn offer(
        &mut self,
        kind: (ExampleKind, CategorySet),
        key: Key,
        most: usize,
        make: impl FnOnce() -> Candidate,
    ) {
        let kept = self.kept.entry(kind).or_default();
        let at = kept.partition_point(|known| known.key < key);
        if at >= most {
            return;
        }
        // Equal texts have equal scores, so they are adjacent.
        let is_same = |known: &Candidate| (known.key.0, known.key.1) == (key.0, key.1);
        if at > 0 && is_same(&kept[at - 1]) {
            return;
        }
        kept.insert(at, make());
        if kept.get(at + 1).is_some_and(is_same) {
            kept.remove(at + 1);
        }
        kept.truncate(most);
    }

    /// Adds the candidates of another worker.
    pub(super) fn merge(&mut self, other: WorstRows, most: usize) {
        for (kind, candidates) in other.kept {
            for candidate in candidates {
                self.offer(kind.clone(), candidate.key, most, || candidate);
            }
        }
    }

    pub(super) fn into_kept(self) -> BTreeMap<(ExampleKind, CategorySet), Vec<Candidate>> {
        self.kept
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ((ExampleKind, CategorySet), &Candidate)> {
        self.kept.iter().flat_map(|(kind, all)| all.iter().map(|one| (kind.clone(), one)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(key: Key) -> Candidate {
        Candidate { key, label: 0, line: Vec::new() }
    }

    fn keys(examples: &WorstRows) -> Vec<Key> {
        examples.iter().map(|(_, one)| one.key).collect()
    }

    proptest! {
        /// Small numbers, so that equal values occur in every part of the key.
        #[test]
        fn keeps_the_worst_for_any_number_of_workers(
            rows in prop::collection::vec((0i64..3, 0u64..6, 0usize..3), 0..40),
            workers in 1usize..4,
            most in 0usize..4,
        ) {
            let kind = (ExampleKind::Miss, CategorySet::EMPTY);
            let at = LinePosition::default();
            // The same text has the same score.
            let keys_of = rows.iter().map(|(_, hash, file)| ((*hash % 3) as i64, *hash, *file, at));
            let all: Vec<Key> = keys_of.collect();
            let mut joint = WorstRows::default();
            for worker in 0..workers {
                let mut own = WorstRows::default();
                for key in all.iter().skip(worker).step_by(workers) {
                    own.offer(kind.clone(), *key, most, || candidate(*key));
                }
                joint.merge(own, most);
            }
            let mut slow = all.clone();
            slow.sort_unstable();
            slow.dedup_by_key(|key| (key.0, key.1));
            slow.truncate(most);
            prop_assert_eq!(keys(&joint), slow);
        }
    }
}
