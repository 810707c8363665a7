//! Measures rules on a corpus of harmless posts: how often they fire, and how often they are
//! judged.
//!
//! Input: rules without a policy, and posts assumed to be harmless, chunk by chunk, on any number
//! of threads. Output: warnings, independent of the number of threads. Warnings contain no text of
//! posts: an author reads it in the corpus.

use super::bottom_k_sample::{BottomKSample, hash};
use super::line_numbers::{ChunkLines, LineNumbers, LinePosition};
use super::statistics::{Proportion, Rate};
use std::collections::{BTreeMap, BTreeSet};
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::diagnostic::{Diagnostic, Place};
use tidegate_engine::domain::ids::{MatcherIx, RuleIx, TermIx};
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::lines::Chunk;
use tidegate_engine::message::{Message, message};
use tidegate_engine::post::{Batch, Plan, Post, Record};

/// How often a rule may fire on, and be judged for, harmless posts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowed {
    /// Share of posts on which a rule may fire.
    pub fired: f64,
    /// Share of posts for which a rule may be judged.
    pub judged: f64,
}

impl Default for Allowed {
    /// 10 of 10,000 and 1 of 100.
    fn default() -> Allowed {
        Allowed { fired: 0.001, judged: 0.01 }
    }
}

/// A corpus being analysed.
#[derive(Debug)]
pub struct Corpus<'c> {
    classifier: &'c Classifier,
    plan: &'c Plan,
    counts: Counts,
    files: Vec<(String, LineNumbers)>,
}

/// File number and position of a post.
type Where = (usize, LinePosition);

#[derive(Debug, Default)]
struct Counts {
    posts: u64,
    unreadable: u64,
    rules: BTreeMap<RuleIx, RuleCounts>,
    /// Posts in which a matcher hits.
    matchers: BTreeMap<MatcherIx, u64>,
}

#[derive(Debug, Default)]
struct RuleCounts {
    fired: u64,
    judged: u64,
    /// Posts in which a matcher, with this term, is evidence for the rule.
    evidence: BTreeMap<(MatcherIx, Option<TermIx>), u64>,
    sample: BottomKSample<Where, ()>,
}

/// Most posts named as examples for one rule.
const SAMPLES_MAX: usize = 3;

/// Judges the chunks of one file that one thread receives.
#[derive(Debug)]
pub struct Worker<'c> {
    classifier: &'c Classifier,
    plan: &'c Plan,
    file: usize,
    counts: Counts,
    chunks: ChunkLines,
    batch: Batch,
    scratch: Scratch,
}

impl<'c> Corpus<'c> {
    /// A corpus for these rules; `plan` reads the posts.
    pub fn new(classifier: &'c Classifier, plan: &'c Plan) -> Corpus<'c> {
        Corpus { classifier, plan, counts: Counts::default(), files: Vec::new() }
    }

    /// A worker for the next file.
    pub fn worker(&self) -> Worker<'c> {
        Worker {
            classifier: self.classifier,
            plan: self.plan,
            file: self.files.len(),
            counts: Counts::default(),
            chunks: ChunkLines::default(),
            batch: Batch::default(),
            scratch: Scratch::default(),
        }
    }

    /// Adds the results of all workers for the file `name`.
    pub fn take(&mut self, name: &str, workers: Vec<Worker<'c>>) {
        let mut chunks = ChunkLines::default();
        for worker in workers {
            chunks.merge(worker.chunks);
            self.counts.merge(worker.counts);
        }
        self.files.push((name.to_owned(), chunks.into_lines()));
    }

    /// Posts that were judged.
    pub fn posts(&self) -> u64 {
        self.counts.posts
    }

    /// Lines that are not a usable post.
    pub fn unreadable(&self) -> u64 {
        self.counts.unreadable
    }

    /// Warnings about rules; `places` has the place of each rule, by number.
    pub fn warnings(&self, places: &[Place], allowed: &Allowed) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (rule, counts) in &self.counts.rules {
            let place = places.get(rule.index());
            found.extend(self.fires(*rule, counts, allowed).map(|it| at(it, place)));
            found.extend(self.is_judged(*rule, counts, allowed).map(|it| at(it, place)));
        }
        found
    }

    fn fires(&self, rule: RuleIx, counts: &RuleCounts, allowed: &Allowed) -> Option<Diagnostic> {
        let rate = self.rate(counts.fired, allowed.fired)?;
        let message = message!(
            "`{}` fires on {} of {} ordinary posts: {}",
            self.classifier.rules().rule(rule).id,
            grouped(counts.fired),
            grouped(self.counts.posts),
            of(rate, 1e4, "of 10,000"),
        );
        let help = message!(
            "see {}; {}narrow it: a second part in the condition, `near`, an `except` phrase",
            self.samples(counts),
            self.mostly(counts),
        );
        let label = message!("more than {} of 10,000", short(allowed.fired * 1e4));
        Some(Diagnostic::warning("hits_clean_corpus", message, None).label(label).help(help))
    }

    fn is_judged(
        &self,
        rule: RuleIx,
        counts: &RuleCounts,
        allowed: &Allowed,
    ) -> Option<Diagnostic> {
        let rules = self.classifier.rules();
        let is_meant = !rules.untriggered().iter().any(|it| rules.order()[*it as usize] == rule);
        let rate = self.rate(counts.judged, allowed.judged).filter(|_| is_meant)?;
        let message = message!(
            "`{}` is judged for {} of {} ordinary posts: {}",
            rules.rule(rule).id,
            grouped(counts.judged),
            grouped(self.counts.posts),
            of(rate, 100.0, "%"),
        );
        let help = message!(
            "{}require a rarer part in the condition, so that fewer posts trigger the rule",
            self.most_frequent_trigger(rule),
        );
        let label = message!("more than {} %", short(allowed.judged * 100.0));
        Some(Diagnostic::warning("weak_trigger", message, None).label(label).help(help))
    }

    /// The rate of `posts` in the corpus, if it is above `most`.
    fn rate(&self, posts: u64, most: f64) -> Option<Rate> {
        Proportion::new(posts, self.counts.posts).rate().filter(|rate| rate.value > most)
    }

    fn samples(&self, counts: &RuleCounts) -> String {
        let lines = counts.sample.iter().map(|((file, at), ())| {
            let (name, lines) = &self.files[*file];
            format!("{name}:{}", lines.number(*at))
        });
        lines.collect::<Vec<_>>().join(", ")
    }

    /// The most frequent evidence for the rule.
    fn mostly(&self, counts: &RuleCounts) -> Message {
        let rules = self.classifier.rules();
        let most =
            counts.evidence.iter().max_by_key(|(key, posts)| (**posts, std::cmp::Reverse(**key)));
        let Some(((matcher, term), posts)) = most else { return Message::default() };
        let share = percent(*posts, counts.fired);
        let name = rules.matcher_name(*matcher);
        match term {
            Some(term) => {
                message!("{share} of them by `{}` of `{name}`; ", rules.term_text(*term))
            }
            None => message!("{share} of them by `{name}`; "),
        }
    }

    /// The matcher that most often triggers the rule.
    fn most_frequent_trigger(&self, rule: RuleIx) -> Message {
        let rules = self.classifier.rules();
        let triggers = |matcher: &MatcherIx| {
            let positions = rules.triggered_by(*matcher).iter();
            positions
                .map(|position| rules.order()[*position as usize])
                .any(|triggered| triggered == rule)
        };
        let own = self.counts.matchers.iter().filter(|(matcher, _)| triggers(matcher));
        let most = own.max_by_key(|(matcher, posts)| (**posts, std::cmp::Reverse(**matcher)));
        most.map_or_else(Message::default, |(matcher, posts)| {
            let (name, share) = (rules.matcher_name(*matcher), percent(*posts, self.counts.posts));
            message!("`{name}` hits {share} of all posts; ")
        })
    }
}

fn at(found: Diagnostic, place: Option<&Place>) -> Diagnostic {
    Diagnostic { place: place.cloned(), ..found }
}

/// `15.2 of 10,000 (8.7–26.6)`.
fn of(rate: Rate, whole: f64, unit: &str) -> String {
    let Rate { value, low, high } = rate;
    format!("{:.1} {unit} ({:.1}–{:.1})", value * whole, low * whole, high * whole)
}

/// A number without a redundant fraction.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn percent(part: u64, whole: u64) -> String {
    let rate = Proportion::new(part, whole).rate();
    rate.map_or_else(String::new, |rate| format!("{:.1} %", rate.value * 100.0))
}

impl Worker<'_> {
    /// Judges the posts of a chunk.
    pub fn read(&mut self, chunk: &Chunk) {
        if chunk.is_too_long() {
            self.counts.unreadable += 1;
            self.chunks.note(chunk, 1);
            return;
        }
        let Worker { classifier, plan, counts, batch, scratch, .. } = self;
        plan.read(chunk.bytes(), chunk.is_unterminated(), batch);
        classifier.scan(chunk.bytes(), batch, scratch);
        self.chunks.note(chunk, batch.len());
        for index in 0..batch.len() {
            match batch.record(chunk.bytes(), index) {
                Record::Post(post) => {
                    let place = (self.file, LinePosition::new(chunk, index));
                    counts.post(classifier, &post, index, place, scratch);
                }
                Record::Skipped { .. } => {}
                Record::Unreadable { .. } => counts.unreadable += 1,
            }
        }
    }
}

impl Counts {
    fn post(
        &mut self,
        classifier: &Classifier,
        post: &Post<'_>,
        index: usize,
        place: Where,
        scratch: &mut Scratch,
    ) {
        self.posts += 1;
        let seen = classifier.inspect(post, index, scratch);
        // A matcher whose evaluation was deferred is listed twice.
        for matcher in seen.hits().matchers().iter().collect::<BTreeSet<_>>() {
            *self.matchers.entry(*matcher).or_default() += 1;
        }
        for rule in seen.triggered() {
            self.rules.entry(rule).or_default().judged += 1;
        }
        let verdict = seen.verdict();
        let hash = || hash(post.texts().map(|text| text.text));
        for fired in verdict.fired {
            let counts = self.rules.entry(fired.rule).or_default();
            counts.fired += 1;
            counts.sample.offer(hash(), place, SAMPLES_MAX, || ());
            let own = &verdict.evidence[fired.evidence.start as usize..fired.evidence.end as usize];
            let mut keys: Vec<_> = own.iter().map(|hit| (hit.matcher, hit.term)).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                *counts.evidence.entry(key).or_default() += 1;
            }
        }
    }

    fn merge(&mut self, other: Counts) {
        self.posts += other.posts;
        self.unreadable += other.unreadable;
        for (matcher, posts) in other.matchers {
            *self.matchers.entry(matcher).or_default() += posts;
        }
        for (rule, counts) in other.rules {
            let own = self.rules.entry(rule).or_default();
            own.fired += counts.fired;
            own.judged += counts.judged;
            own.sample.merge(counts.sample, SAMPLES_MAX);
            for (key, posts) in counts.evidence {
                *own.evidence.entry(key).or_default() += posts;
            }
        }
    }
}

#[cfg(test)]
mod tests;
