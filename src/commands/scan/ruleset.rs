//! The rule sets of a run: one, or with `--watch` one after the other.
//!
//! The reader gives each chunk the number of the set that is in use when the chunk was read. A set
//! is kept until the last chunk with its number was judged: verdicts in input order change from one
//! set to the next once.

use self_cell::self_cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::output::{Encoder, Labels, Style};
use tidegate_engine::post;

/// Rules, and how posts are read for them.
#[derive(Debug)]
pub struct Rules {
    /// Rules and policy.
    pub classifier: Classifier,
    /// How posts are read from lines.
    pub posts: post::Plan,
}

self_cell!(
    struct WithEncoder {
        owner: Rules,
        #[covariant]
        dependent: Encoder,
    }
);

/// What a chunk is judged by.
pub struct RuleSet {
    rules: WithEncoder,
    /// The number of each rule in the counts of the run.
    pub numbers: Vec<usize>,
    /// Where the rules come from, for people.
    pub origin: String,
}

impl RuleSet {
    /// A set whose verdicts have the form `style`.
    pub fn new(rules: Rules, style: Style, numbers: Vec<usize>, origin: String) -> RuleSet {
        let rules = WithEncoder::new(rules, |own| Encoder::new(Labels::of(&own.classifier), style));
        RuleSet { rules, numbers, origin }
    }

    /// Rules and policy.
    pub fn classifier(&self) -> &Classifier {
        &self.rules.borrow_owner().classifier
    }

    /// How posts are read.
    pub fn posts(&self) -> &post::Plan {
        &self.rules.borrow_owner().posts
    }

    /// Writes verdicts.
    pub fn encoder(&self) -> &Encoder<'_> {
        self.rules.borrow_dependent()
    }
}

/// The sets of a run that are needed.
pub struct RuleSets(Mutex<Vec<Numbered>>);

/// A set with its number.
struct Numbered {
    number: u64,
    set: Arc<RuleSet>,
    /// Chunks that were read and are not judged yet.
    chunks: usize,
}

impl RuleSets {
    /// Begins with `set`, which has the number 0.
    pub fn new(set: Arc<RuleSet>) -> RuleSets {
        RuleSets(Mutex::new(vec![Numbered { number: 0, set, chunks: 0 }]))
    }

    /// The set in use.
    pub fn current(&self) -> Arc<RuleSet> {
        let sets = self.lock();
        sets[sets.len() - 1].set.clone()
    }

    /// Uses `set` for the chunks that are read from now on.
    pub fn replace(&self, set: Arc<RuleSet>) {
        let mut sets = self.lock();
        let last = sets.len() - 1;
        let number = sets[last].number + 1;
        let unused = (sets[last].chunks == 0).then(|| sets.pop());
        sets.push(Numbered { number, set, chunks: 0 });
        drop(sets);
        // Freed without the lock.
        drop(unused);
    }

    /// Notes that a chunk was read; returns the number of its set.
    pub fn begin(&self) -> u64 {
        let mut sets = self.lock();
        let last = sets.len() - 1;
        sets[last].chunks += 1;
        sets[last].number
    }

    /// The set with this number, for a chunk that is judged.
    pub fn get(&self, number: u64) -> Arc<RuleSet> {
        let sets = self.lock();
        let found = sets.iter().find(|own| own.number == number);
        found.map(|own| own.set.clone()).expect("a set is kept while one of its chunks is judged")
    }

    /// Notes that a chunk was judged by the set with this number.
    pub fn end(&self, number: u64) {
        let mut sets = self.lock();
        let Some(at) = sets.iter().position(|own| own.number == number) else { return };
        sets[at].chunks -= 1;
        let is_old = at + 1 < sets.len() && sets[at].chunks == 0;
        let unused = is_old.then(|| sets.remove(at));
        drop(sets);
        drop(unused);
    }

    /// Ignores poisoning: no code that could panic changes the list.
    fn lock(&self) -> MutexGuard<'_, Vec<Numbered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::domain::field::Names;
    use tidegate_engine::post::Mapping;

    fn set(id: &str) -> Arc<RuleSet> {
        let pack = format!(
            "tidegate: 1\npack: demo\nrules:\n  - {{ id: {id}, title: T, category: spam, weight: 1, \
             match: {{ w: [word] }}, condition: w }}\n"
        );
        let builder = tidegate_packs::builder().embedded(false);
        let engine = builder.rules_text("demo.rules.yaml", pack).build().unwrap();
        let posts = post::Plan::new(&Mapping::default(), &Names::default()).unwrap();
        let rules = Rules { classifier: engine.into_parts().0, posts };
        Arc::new(RuleSet::new(rules, Style::default(), vec![0], String::new()))
    }

    #[test]
    fn a_chunk_keeps_the_set_with_which_it_was_read() {
        let (first, second, third) = (set("a.one"), set("a.two"), set("a.three"));
        let sets = RuleSets::new(first.clone());
        let (one, two) = (sets.begin(), sets.begin());
        sets.replace(second.clone());
        let after = sets.begin();
        assert!(Arc::ptr_eq(&sets.get(one), &first) && Arc::ptr_eq(&sets.get(after), &second));
        assert!(Arc::ptr_eq(&sets.current(), &second));
        // Kept until its last chunk was judged.
        sets.end(one);
        assert_eq!(Arc::strong_count(&first), 2);
        sets.end(two);
        assert_eq!(Arc::strong_count(&first), 1);
        // The set in use stays without chunks, and is dropped at once when it is replaced then.
        sets.end(after);
        assert_eq!(Arc::strong_count(&second), 2);
        sets.replace(third.clone());
        assert_eq!(Arc::strong_count(&second), 1);
        assert!(sets.begin() > after && Arc::ptr_eq(&sets.get(2), &third));
    }
}
