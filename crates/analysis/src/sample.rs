//! Counts in a sample of posts how often each matcher may hit, for plans by measured costs.
//!
//! Input: a rule set, and posts, chunk by chunk, on any number of threads. Output: the counts of
//! its matchers, independent of the number of threads. Memory: some numbers a matcher and thread.

use tidegate_engine::domain::summary::grouped;
use tidegate_engine::lines::Chunk;
use tidegate_engine::message::{Message, message};
use tidegate_engine::post::{Batch, Plan, Record};
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::measured::{MatcherCounts, SAMPLE_WEIGHT};
use tidegate_engine::scan::scanner::ScanScratch;

/// Below so many posts, estimates count more than what was measured.
pub const POSTS_WANTED: u64 = SAMPLE_WEIGHT;

/// If more of a hundred lines are unreadable, the sample is rejected: most likely its fields are
/// somewhere else, and what is left is no sample of the posts that will be classified.
pub const UNREADABLE_PERCENT_MAX: u64 = 10;

/// A sample being read.
#[derive(Debug)]
pub struct Sample<'r> {
    rules: &'r RuleSet,
    plan: &'r Plan,
    counts: MatcherCounts,
    unreadable: u64,
}

/// Reads the chunks that one thread receives.
#[derive(Debug)]
pub struct Worker<'r> {
    rules: &'r RuleSet,
    plan: &'r Plan,
    counts: MatcherCounts,
    unreadable: u64,
    batch: Batch,
    scratch: ScanScratch,
}

impl<'r> Sample<'r> {
    /// A sample for these rules; `plan` reads the posts.
    pub fn new(rules: &'r RuleSet, plan: &'r Plan) -> Sample<'r> {
        Sample { rules, plan, counts: MatcherCounts::new(rules), unreadable: 0 }
    }

    /// A worker for one thread.
    pub fn worker(&self) -> Worker<'r> {
        Worker {
            rules: self.rules,
            plan: self.plan,
            counts: MatcherCounts::new(self.rules),
            unreadable: 0,
            batch: Batch::default(),
            scratch: ScanScratch::default(),
        }
    }

    /// Adds what a worker has counted.
    pub fn take(&mut self, worker: &Worker<'_>) {
        self.counts.merge(&worker.counts);
        self.unreadable += worker.unreadable;
    }

    /// Lines that are no usable post.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// The counts.
    ///
    /// # Errors
    ///
    /// There are no posts, or too many unreadable lines.
    pub fn into_counts(self) -> Result<MatcherCounts, Message> {
        let (posts, unreadable) = (self.counts.posts(), self.unreadable);
        if is_mostly_unreadable(posts, unreadable) {
            return Err(message!(
                "{} of {} lines are not readable as posts, more than {UNREADABLE_PERCENT_MAX} %; \
                 check the field mapping (--preset, --text)",
                grouped(unreadable),
                grouped(posts + unreadable),
            ));
        }
        if posts == 0 {
            return Err(message!("there are no posts to measure"));
        }
        Ok(self.counts)
    }
}

fn is_mostly_unreadable(posts: u64, unreadable: u64) -> bool {
    unreadable * 100 > (posts + unreadable) * UNREADABLE_PERCENT_MAX
}

impl Worker<'_> {
    /// Counts the posts of a chunk.
    pub fn read(&mut self, chunk: &Chunk) {
        if chunk.is_too_long() {
            self.unreadable += 1;
            return;
        }
        let scanner = self.rules.scanner();
        self.plan.read(chunk.bytes(), chunk.is_unterminated(), &mut self.batch);
        scanner.scan(chunk.bytes(), &self.batch, &mut self.scratch);
        for at in 0..self.batch.len() {
            match self.batch.record(chunk.bytes(), at) {
                Record::Post(post) => {
                    self.counts.add(&mut scanner.post(&post, at, &mut self.scratch));
                }
                Record::Skipped { .. } => {}
                Record::Unreadable { .. } => self.unreadable += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_mostly_unreadable;

    #[test]
    fn one_line_of_ten_may_be_unreadable() {
        assert!(!is_mostly_unreadable(9, 1) && !is_mostly_unreadable(0, 0));
        assert!(is_mostly_unreadable(8, 1) && is_mostly_unreadable(89, 10));
        assert!(!is_mostly_unreadable(91, 10) && is_mostly_unreadable(0, 1));
    }
}
