//! `compile --sample`: plans rules by how often their matchers hit in a sample of posts.

use crate::corpus::{Analysis, Corpus, Ended, expand};
use crate::exit::Exit;
use crate::flags::{CorpusArgs, MappingArgs};
use crate::term;
use crate::term::counts::{self, counted};
use crate::term::say;
use std::path::PathBuf;
use tidegate_analysis::sample::{POSTS_WANTED, Sample, Worker};
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::post::{Mapping, Plan};
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::measured::MatcherCounts;

/// The posts of `--sample`.
pub struct SampleFiles {
    corpus: Corpus,
    mapping: Mapping,
}

/// What was read.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    pub posts: u64,
    pub unreadable: u64,
}

impl SampleFiles {
    /// The files at `paths`, if there are any.
    ///
    /// # Errors
    ///
    /// A message for the user.
    pub fn new(
        paths: &[PathBuf],
        mapping: &MappingArgs,
        reading: &CorpusArgs,
    ) -> Result<SampleFiles, String> {
        let files = expand(paths, &say!("files of posts with --sample"))?;
        let corpus = Corpus::new(files, reading, mapping);
        let mapping = mapping.to_mapping().map_err(|error| error.to_string())?;
        Ok(SampleFiles { corpus, mapping })
    }

    /// Measures the matchers of `rules` on the sample, and plans the rules by it.
    ///
    /// # Errors
    ///
    /// The sample cannot be read, or is none. The message is printed.
    pub fn plan(&self, rules: &mut RuleSet) -> Result<Measured, Ended> {
        let (counts, unreadable) = self.count(rules)?;
        rules.plan_by_sample(&counts);
        Ok(Measured { posts: counts.posts(), unreadable })
    }

    fn count(&self, rules: &RuleSet) -> Result<(MatcherCounts, u64), Ended> {
        // The names of the mapping are for reading the sample: the rule set stays without them.
        let mut names = rules.names().clone();
        let registered = self.mapping.register(&mut names);
        let plan = registered.and_then(|()| Plan::new(&self.mapping, &names));
        let plan = plan.map_err(|error| fail(&term::say(error.message())))?;
        let mut sample = Sample::new(rules, &plan);
        self.corpus.read(&mut sample, Worker::read)?;
        let unreadable = sample.unreadable();
        let counts = sample.into_counts().map_err(|why| fail(&say!("--sample: {why}")))?;
        Ok((counts, unreadable))
    }
}

impl Measured {
    /// `planned by 2000 posts, 1 unreadable line`.
    pub fn summary(self) -> String {
        let posts = counted(self.posts as usize, &counts::POSTS);
        match self.unreadable {
            0 => say!("planned by {posts}"),
            lines => {
                let lines = counted(lines as usize, &counts::UNREADABLE_LINES);
                say!("planned by {posts}, {lines}")
            }
        }
    }

    /// A warning about a sample that is too small.
    pub fn warning(self) -> Option<String> {
        (self.posts < POSTS_WANTED).then(|| {
            say!(
                "warning: the sample has fewer than {} posts: its figures are coarse, and the \
                 estimates count for more\n",
                grouped(POSTS_WANTED)
            )
        })
    }
}

fn fail(message: &str) -> Ended {
    term::error(message);
    Ended(Exit::CouldNotStart)
}

impl<'r> Analysis for Sample<'r> {
    type Worker = Worker<'r>;

    fn worker(&self, _file: usize) -> Worker<'r> {
        Sample::worker(self)
    }

    fn merge(&mut self, _file: usize, _name: &str, workers: Vec<Worker<'r>>) {
        workers.iter().for_each(|worker| self.take(worker));
    }
}

#[cfg(test)]
mod tests {
    use super::Measured;

    #[test]
    fn the_summary_says_what_was_read() {
        let measured = |posts, unreadable| Measured { posts, unreadable };
        assert_eq!(measured(1, 0).summary(), "planned by 1 post");
        assert_eq!(measured(2_000, 3).summary(), "planned by 2000 posts, 3 unreadable lines");
    }

    #[test]
    fn a_sample_of_a_thousand_posts_is_not_small() {
        let is_small = |posts| Measured { posts, unreadable: 0 }.warning().is_some();
        assert!(is_small(999) && !is_small(1_000) && !is_small(1_001));
    }
}
