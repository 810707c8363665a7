//! The counts of a run while it runs: added chunk by chunk, read at any time.
//!
//! A worker adds the counts of a whole chunk under one lock, so that what is read is of one moment.
//! Rules are counted by id, because their numbers differ between rule sets.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::summary::{RuleNames, Summary};

/// Shared by all workers.
#[derive(Debug)]
pub struct RunCounts(Mutex<Counts>);

/// The counts of one moment.
#[derive(Clone, Debug)]
pub struct Counts {
    /// All counters.
    pub summary: Summary,
    /// The ids of rules, by their number in the summary.
    pub ids: Vec<String>,
    /// The hash of the rules in use.
    pub ruleset: String,
    /// How many rules are in use.
    pub rules: usize,
    /// Reloads of rules.
    pub reloads: Reloads,
}

/// Reloads of rules by their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reloads {
    /// The rules were replaced.
    pub ok: u64,
    /// The files had errors; the rules stayed.
    pub failed: u64,
    /// The files had the same rules.
    pub unchanged: u64,
}

impl RunCounts {
    /// Begins with `summary`, which was counted for the rules of `classifier`.
    pub fn new(classifier: &Classifier, summary: Summary) -> RunCounts {
        let rules = classifier.rules().rules();
        RunCounts(Mutex::new(Counts {
            summary,
            ids: rules.iter().map(|rule| rule.id.clone()).collect(),
            ruleset: classifier.hash_hex().to_owned(),
            rules: rules.len(),
            reloads: Reloads::default(),
        }))
    }

    /// Adds the counts of a chunk of `bytes` bytes, which was judged by rules with these numbers.
    pub fn add(&self, summary: &Summary, bytes: usize, numbers: &[usize]) {
        let mut counts = self.lock();
        counts.summary.merge_numbered(summary, numbers);
        counts.summary.bytes += bytes as u64;
    }

    /// The numbers of the rules of `classifier`; new ones for those that were not counted yet.
    pub fn numbers_of(&self, classifier: &Classifier) -> Vec<usize> {
        let mut counts = self.lock();
        let Counts { ids, summary, .. } = &mut *counts;
        let mut known: HashMap<String, usize> =
            ids.iter().enumerate().map(|(at, id)| (id.clone(), at)).collect();
        let rules = classifier.rules().rules();
        let number = |id: &String| {
            let next = ids.len();
            let at = *known.entry(id.clone()).or_insert(next);
            if at == next {
                ids.push(id.clone());
            }
            at
        };
        let numbers = rules.iter().map(|rule| &rule.id).map(number).collect();
        summary.grow(ids.len());
        numbers
    }

    /// Notes that the rules of `classifier` are in use now.
    pub fn replaced(&self, classifier: &Classifier) {
        let mut counts = self.lock();
        counts.ruleset = classifier.hash_hex().to_owned();
        counts.rules = classifier.rules().rules().len();
        counts.reloads.ok += 1;
    }

    /// Notes that rules were loaded which are not used.
    pub fn not_replaced(&self, is_error: bool) {
        let Reloads { failed, unchanged, .. } = &mut self.lock().reloads;
        *(if is_error { failed } else { unchanged }) += 1;
    }

    /// Sets the counts at the end of the run.
    pub fn finish(&self, summary: Option<Summary>, bytes: u64) {
        let mut counts = self.lock();
        if let Some(summary) = summary {
            counts.summary = summary;
        }
        counts.summary.bytes = bytes;
    }

    /// The counts now.
    pub fn get(&self) -> Counts {
        self.lock().clone()
    }

    /// Ignores poisoning: counters are consistent after a panic, which ends the run.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Calls `write` with the names of the rules.
    pub fn named<T>(&self, write: impl FnOnce(&Summary, RuleNames<'_>) -> T) -> T {
        let ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        write(&self.summary, RuleNames { ids: &ids, hash: &self.ruleset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classifier(ids: &[&str]) -> Classifier {
        let mut pack = "tidegate: 1\npack: demo\nrules:\n".to_owned();
        for id in ids {
            pack.push_str(&format!(
                "  - {{ id: {id}, title: T, category: spam, weight: 1, match: {{ w: [word] }}, \
                 condition: w }}\n"
            ));
        }
        let builder = tidegate_packs::builder().embedded(false);
        builder.rules_text("demo.rules.yaml", pack).build().unwrap().into_parts().0
    }

    fn counted(rules: &[u64]) -> Summary {
        let mut summary = Summary::new(rules.len());
        summary.posts = 1;
        summary.rules = rules.to_vec();
        summary
    }

    #[test]
    fn rules_are_counted_by_id_over_several_sets() {
        let first = classifier(&["a.one", "a.two"]);
        let counts = RunCounts::new(&first, Summary::new(2));
        let numbers = counts.numbers_of(&first);
        assert_eq!(numbers, [0, 1]);
        counts.add(&counted(&[1, 2]), 10, &numbers);
        let second = classifier(&["a.new", "a.two"]);
        let numbers = counts.numbers_of(&second);
        counts.replaced(&second);
        counts.add(&counted(&[5, 7]), 10, &numbers);
        counts.not_replaced(true);
        let now = counts.get();
        let by_id: Vec<_> = now.ids.iter().zip(&now.summary.rules).collect();
        let (one, two, new) = ("a.one".to_owned(), "a.two".to_owned(), "a.new".to_owned());
        assert_eq!(by_id, [(&one, &1), (&two, &9), (&new, &5)]);
        assert_eq!((now.summary.posts, now.summary.bytes), (2, 20));
        assert_eq!((now.ruleset.as_str(), now.rules), (second.hash_hex(), 2));
        assert_eq!(now.reloads, Reloads { ok: 1, failed: 1, unchanged: 0 });
    }
}
