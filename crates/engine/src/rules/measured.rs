//! Measured costs: in how many posts of a sample each matcher is looked for, and may hit.
//!
//! Input: posts of a sample, scanned by the rule set. Output: the costs that take the place of the
//! [estimates](crate::scan::cost). Memory: two numbers a matcher.
//!
//! The cost of a matcher, out of a million posts, is
//!
//! ```text
//!   1,000,000 · (hits + found / 8)  +  SAMPLE_WEIGHT · estimate
//!   -----------------------------------------------------------
//!                    posts + SAMPLE_WEIGHT
//! ```
//!
//! at least 1. `found` are the posts in which the literals of the matcher or the signs of its
//! entities occur, `hits` those in which it may hit after literals were verified; the weights are
//! those of an estimate. The estimate counts as much as [`SAMPLE_WEIGHT`] posts of the sample. So a
//! matcher that the sample does not contain is not free, and among several of them the one that is
//! expected most rarely is still the rarest.
//!
//! A matcher with a regex that reads every post keeps its estimate: there, the time is not in the
//! posts that it hits.

use crate::domain::ids::MatcherIx;
use crate::rules::compiled::RuleSet;
use crate::rules::plan::MILLION;
use crate::scan::cost::VERIFIED;
use crate::scan::scanner::{FilterStage, PostScan};

/// So many posts of a sample count as much as the estimate. Estimates are off by a factor of a few,
/// and so is the count of a matcher that a sample of this size contains once or twice.
pub const SAMPLE_WEIGHT: u64 = 1_000;

/// In how many posts of a sample each matcher was found and may hit.
#[derive(Debug)]
pub struct MatcherCounts {
    posts: u64,
    /// By matcher.
    found: Vec<u64>,
    hits: Vec<u64>,
    /// The matchers of one post of which literals occur.
    candidates: Vec<MatcherIx>,
    can_hit_without_literal: Vec<MatcherIx>,
}

impl MatcherCounts {
    /// No posts.
    pub fn new(rules: &RuleSet) -> MatcherCounts {
        let scanner = rules.scanner();
        let matchers = scanner.matchers();
        let all = (0..matchers as u32).map(MatcherIx);
        MatcherCounts {
            posts: 0,
            found: vec![0; matchers],
            hits: vec![0; matchers],
            candidates: Vec::new(),
            can_hit_without_literal: all
                .filter(|matcher| scanner.can_hit_without_literal(*matcher))
                .collect(),
        }
    }

    /// Counts a post that was scanned by the rule set.
    pub fn add(&mut self, scan: &mut PostScan<'_>) {
        self.posts += 1;
        self.candidates.clear();
        self.candidates.extend(scan.candidates());
        self.candidates.sort_unstable();
        self.candidates.dedup();
        for matcher in &self.candidates {
            let hits = scan.may_have(*matcher, FilterStage::Verified);
            self.found[matcher.index()] += 1;
            self.hits[matcher.index()] += u64::from(hits);
        }
        for matcher in &self.can_hit_without_literal {
            let is_new = self.candidates.binary_search(matcher).is_err();
            let hits = is_new && scan.may_have(*matcher, FilterStage::Verified);
            self.found[matcher.index()] += u64::from(hits);
            self.hits[matcher.index()] += u64::from(hits);
        }
    }

    /// Adds the counts of another part of the sample.
    pub fn merge(&mut self, other: &MatcherCounts) {
        self.posts += other.posts;
        let add = |own: &mut Vec<u64>, other: &[u64]| {
            own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        };
        add(&mut self.found, &other.found);
        add(&mut self.hits, &other.hits);
    }

    /// Posts counted.
    pub fn posts(&self) -> u64 {
        self.posts
    }

    fn cost(&self, matcher: MatcherIx, estimate: u32) -> u32 {
        let (found, hits) = (self.found[matcher.index()], self.hits[matcher.index()]);
        smoothed(found, hits, self.posts, estimate)
    }
}

/// The formula at the top of this file.
fn smoothed(found: u64, hits: u64, posts: u64, estimate: u32) -> u32 {
    let most = MILLION + MILLION / u64::from(VERIFIED);
    let measured = u128::from(MILLION * hits) + u128::from(MILLION * found / u64::from(VERIFIED));
    let expected = u128::from(SAMPLE_WEIGHT * u64::from(estimate).min(most));
    let cost = (measured + expected) / u128::from(posts + SAMPLE_WEIGHT);
    cost.clamp(1, most.into()) as u32
}

impl RuleSet {
    /// Plans the rules again, by the costs that were measured on a sample. Does not change the
    /// hash. Call it once: the estimates are replaced.
    pub fn plan_by_sample(&mut self, counts: &MatcherCounts) {
        let estimates = (0..self.costs.len() as u32).map(MatcherIx).zip(&self.costs);
        let costs =
            estimates.map(|(matcher, estimate)| match self.scanner().reads_every_post(matcher) {
                true => *estimate,
                false => counts.cost(matcher, *estimate),
            });
        self.plan_by(costs.collect(), Some(counts.posts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::{Batch, Mapping, Plan, Record};
    use crate::rules::compile::compile;
    use crate::rules::load::Loader;
    use crate::scan::scanner::ScanScratch;

    #[test]
    fn the_estimate_counts_as_a_thousand_posts() {
        let costs = [
            smoothed(0, 0, 0, 500),
            smoothed(0, 0, 1_000, 500),
            smoothed(0, 0, 99_000, 500),
            smoothed(10, 10, 1_000, 500),
            smoothed(1_600, 0, 99_000, 0),
            smoothed(1_600, 1_600, 99_000, 0),
        ];
        assert_eq!(costs, [500, 250, 5, 250 + 5_000 + 625, 2_000, 18_000]);
    }

    #[test]
    fn a_matcher_is_neither_free_nor_above_every_post() {
        assert_eq!(smoothed(0, 0, u64::from(u32::MAX), 0), 1);
        assert_eq!(smoothed(9, 9, 9, u32::MAX), 1_125_000);
        let posts = 1 << 40;
        assert!((1_124_999..=1_125_000).contains(&smoothed(posts, posts, posts, 0)));
    }

    const PACK: &str = "
tidegate: 1
pack: p
defaults: { category: spam }
define:
  zephyr: [zephyr]
  people: [people]
  wide: { words: ['aaa+'], view: [look] }
  wild: { regex: '[a-z0-9]{30}' }
rules:
  - { id: p.both, condition: people and zephyr, weight: 1 }
  - { id: p.wide, condition: wide and wild, weight: 1 }
  - { id: p.either, condition: (people or wide) and zephyr, weight: 1 }
";

    fn rules() -> RuleSet {
        let loaded = Loader::new().text("p.rules.yaml", PACK).load().expect("it loads");
        compile(loaded.model).expect("it compiles")
    }

    fn count(rules: &RuleSet, lines: &str) -> MatcherCounts {
        let plan = Plan::new(&Mapping::default(), rules.names()).expect("a plan");
        let (mut batch, mut scratch) = (Batch::default(), ScanScratch::default());
        plan.read(lines.as_bytes(), true, &mut batch);
        rules.scanner().scan(lines.as_bytes(), &batch, &mut scratch);
        let mut counts = MatcherCounts::new(rules);
        for at in 0..batch.len() {
            if let Record::Post(post) = batch.record(lines.as_bytes(), at) {
                counts.add(&mut rules.scanner().post(&post, at, &mut scratch));
            }
        }
        counts
    }

    fn key(rules: &RuleSet, id: &str) -> Vec<String> {
        let rule = rules.rules().iter().position(|rule| rule.id == id).expect("the rule");
        let rule = crate::domain::ids::RuleIx(rule as u32);
        let key = rules.trigger(rule);
        assert_eq!(rules.clauses(rule)[0].matchers, key, "what is explained is what is done");
        key.iter().map(|matcher| rules.matcher_name(*matcher).to_owned()).collect()
    }

    #[test]
    fn posts_are_counted_by_what_is_found_and_verified() {
        let rules = rules();
        let matcher = |name: &str| {
            let is_it = |number: &u32| rules.matcher_name(MatcherIx(*number)) == name;
            (0..rules.matchers.len() as u32).find(is_it).expect("the matcher") as usize
        };
        let lines = "{\"text\":\"people and people, AAA+\"}\n{\"text\":\"the zephyr\"}\n\
                     {\"text\":\"an A+ for people\"}\nno post\n";
        let mut counts = count(&rules, lines);
        assert_eq!(counts.posts(), 3);
        let wide = matcher("wide");
        assert_eq!((counts.found[wide], counts.hits[wide]), (2, 1));
        assert_eq!(counts.hits[matcher("people")], 2);
        counts.merge(&count(&rules, lines));
        assert_eq!((counts.posts(), counts.hits[matcher("zephyr")]), (6, 2));
    }

    #[test]
    fn a_sample_chooses_other_keys_and_keeps_the_hash() {
        let (mut rules, estimated) = (rules(), rules());
        assert_eq!((rules.sampled_posts(), key(&rules, "p.both")), (None, vec!["zephyr".into()]));
        let lines = "{\"text\":\"the zephyr in every post\"}\n".repeat(3_000);
        let counts = count(&rules, &lines);
        rules.plan_by_sample(&counts);
        assert_eq!(key(&rules, "p.both"), ["people"]);
        assert_eq!(key(&rules, "p.either"), ["people", "wide"]);
        // A regex that reads every post is never the better key.
        assert_eq!(key(&rules, "p.wide"), ["wide"]);
        assert_eq!(rules.sampled_posts(), Some(3_000));
        assert_eq!(rules.hash_hex(), estimated.hash_hex());
    }

    #[test]
    fn the_same_costs_give_the_same_plan() {
        let (mut rules, estimated) = (rules(), rules());
        rules.plan_by_sample(&count(&rules, ""));
        rules.plan_by(estimated.costs.clone(), None);
        assert_eq!(rules.triggered, estimated.triggered);
        assert_eq!(rules.trigger_starts, estimated.trigger_starts);
        let deferred = |rules: &RuleSet| -> Vec<_> {
            rules.rules().iter().map(|rule| rule.deferred.clone()).collect()
        };
        assert_eq!(deferred(&rules), deferred(&estimated));
    }
}
