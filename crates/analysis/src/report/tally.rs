//! The counts of a report, in bounded memory; tallies of parts of a stream can be merged.
//!
//! Input: the facts about each line, by [`Tally::judged`] and similar methods. A tally is
//! independent of JSON and threads. The order of lines is visible only where a table overflows (see
//! [`Frequent`]), and there each count has bounds.

use super::context::Part;
use super::counts::{Counts, EvidenceText, FiredRule, PostFacts, PostVerdict};
use super::frequent::{Detail, Frequent};
use super::samples::Samples;
use super::timeline::Timeline;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::{ByCategory, Category};
use tidegate_engine::domain::limits::{
    REPORT_AUTHORS_MAX, REPORT_PLACES_MAX, REPORT_RULE_SETS_MAX, REPORT_RULES_MAX,
};
use tidegate_engine::post::ErrorCode;
use xxhash_rust::xxh3::xxh3_64;

/// Samples kept for each rule and each kind of unreadable line.
pub const SAMPLES_MAX: usize = 3;

/// Most pieces of evidence kept of a sample.
const PIECES_MAX: usize = 4;

/// Most characters kept of a piece of evidence, an id, or the detail of an error.
const CHARS_MAX: usize = 80;

/// Significant bytes of an author, channel, surface or rule id.
const KEY_BYTES_MAX: usize = 200;

/// Counts of a rule.
#[derive(Clone, Debug, Default)]
pub struct RuleTally {
    /// Its category, once known.
    pub category: Option<Category>,
    /// Posts on which it fired, by their action.
    pub actions: [u64; Action::ALL.len()],
    /// Posts on which it fired in shadow.
    pub shadow: u64,
    /// Samples of its evidence.
    pub samples: Samples<Sample, SAMPLES_MAX>,
}

/// The evidence of a rule in one post.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// Matcher and text of each piece of evidence.
    pub pieces: Vec<(String, String)>,
    /// Number of pieces that are not kept.
    pub more: usize,
    /// The text around the evidence; empty if the post is not known.
    pub excerpt: Vec<Part>,
    /// The id of the post, as JSON.
    pub id: String,
}

impl Detail for RuleTally {
    fn merge(&mut self, other: RuleTally) {
        let RuleTally { category, actions, shadow, samples } = other;
        self.category = self.category.or(category);
        self.actions.iter_mut().zip(actions).for_each(|(sum, more)| *sum += more);
        self.shadow += shadow;
        self.samples.merge(samples);
    }
}

/// Counts of a kind of unreadable line.
#[derive(Clone, Debug, Default)]
pub struct ErrorTally {
    /// Number of lines.
    pub count: u64,
    /// Samples: offset, id and detail.
    pub samples: Samples<(u64, String, String), SAMPLES_MAX>,
}

/// All counts of a report.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Bytes read.
    pub bytes: u64,
    /// All posts.
    pub posts: Counts,
    /// Posts with `care`, with any action.
    pub care: u64,
    /// Posts with too many hits.
    pub capped: u64,
    /// Posts and unreadable lines with bytes that are not UTF-8.
    pub repaired: u64,
    /// Records that the preset skips.
    pub skipped: u64,
    /// By [`ErrorCode::ALL`].
    pub errors: [ErrorTally; ErrorCode::ALL.len()],
    /// Lines that are not verdicts.
    pub stray: u64,
    /// Posts by category and action.
    pub categories: ByCategory<[u64; Action::ALL.len()]>,
    /// Flagged posts whose verdict names no rule.
    pub without_rules: u64,
    /// Rules by how often they fired, enforced or in shadow.
    pub rules: Frequent<RuleTally>,
    /// Flagged posts by author.
    pub authors: Frequent<Counts>,
    /// All posts by author.
    pub author_posts: Frequent<()>,
    /// Posts by channel.
    pub channels: Frequent<Counts>,
    /// Posts by surface.
    pub surfaces: Frequent<Counts>,
    /// Posts by time.
    pub times: Timeline,
    /// Posts with facts.
    pub known: u64,
    /// Of those, the number with a time, a channel, a surface, an author.
    pub with: [u64; 4],
    /// Verdicts by rule set; only verdicts that name one.
    pub rulesets: Frequent<()>,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            bytes: 0,
            posts: Counts::default(),
            care: 0,
            capped: 0,
            repaired: 0,
            skipped: 0,
            errors: Default::default(),
            stray: 0,
            categories: ByCategory::default(),
            without_rules: 0,
            rules: Frequent::new(REPORT_RULES_MAX),
            authors: Frequent::new(REPORT_AUTHORS_MAX),
            author_posts: Frequent::new(REPORT_AUTHORS_MAX),
            channels: Frequent::new(REPORT_PLACES_MAX),
            surfaces: Frequent::new(REPORT_PLACES_MAX),
            times: Timeline::default(),
            known: 0,
            with: [0; 4],
            rulesets: Frequent::new(REPORT_RULE_SETS_MAX),
        }
    }
}

impl Tally {
    /// Counts a post without facts on which no rule fired.
    #[inline]
    pub fn clean(&mut self) {
        self.posts.posts += 1;
        self.posts.actions[Action::Allow as usize] += 1;
    }

    /// Counts a post; `about` are the facts about it, if known.
    pub fn judged(&mut self, judged: &PostVerdict<'_>, about: Option<&PostFacts<'_>>) {
        self.posts.count(judged);
        self.care += u64::from(judged.care);
        self.capped += u64::from(judged.capped);
        for category in judged.categories {
            self.categories.get_mut(*category)[judged.action as usize] += 1;
        }
        let is_flagged = judged.is_flagged();
        self.without_rules += u64::from(is_flagged && judged.rules.is_empty());
        judged.rules.iter().for_each(|rule| self.rule(judged, rule));
        if let Some(ruleset) = judged.ruleset {
            self.rulesets.count(key(ruleset));
        }
        if let Some(about) = about {
            self.about(judged, about, is_flagged);
        }
    }

    fn rule(&mut self, judged: &PostVerdict<'_>, fired: &FiredRule<'_>) {
        let tally = self.rules.count(key(fired.id));
        tally.category = tally.category.or(fired.category);
        if fired.shadow {
            tally.shadow += 1;
        } else {
            tally.actions[judged.action as usize] += 1;
        }
        if !fired.evidence.is_empty() {
            let hash = evidence_hash(&fired.evidence);
            tally.samples.offer(hash, || sample(judged.id, fired));
        }
    }

    fn about(&mut self, judged: &PostVerdict<'_>, about: &PostFacts<'_>, is_flagged: bool) {
        self.known += 1;
        if let Some(time) = about.time {
            self.with[0] += 1;
            self.times.at(time).count(judged);
        }
        if let Some(channel) = said(&about.channel) {
            self.with[1] += 1;
            self.channels.count(key(channel)).count(judged);
        }
        if let Some(surface) = said(&about.surface) {
            self.with[2] += 1;
            self.surfaces.count(key(surface)).count(judged);
        }
        if let Some(author) = said(&about.author) {
            self.with[3] += 1;
            self.author_posts.count(key(author));
            if is_flagged {
                self.authors.count(key(author)).count(judged);
            }
        }
    }

    /// Counts a line that is not a usable post.
    pub fn unreadable(&mut self, id: &str, offset: u64, code: ErrorCode, detail: &str) {
        let tally = &mut self.errors[code as usize];
        tally.count += 1;
        // The offset is the hash, so the first lines of a stream are kept.
        tally.samples.offer(offset, || (offset, cut(id), cut(detail)));
    }

    /// Lines that are not a usable post.
    pub fn unreadable_lines(&self) -> u64 {
        self.errors.iter().map(|tally| tally.count).sum()
    }

    /// Number of verdicts.
    pub fn verdicts(&self) -> u64 {
        self.posts.posts + self.skipped + self.unreadable_lines()
    }

    /// Adds the counts of another worker.
    pub fn merge(&mut self, other: Tally) {
        // Destructured in full: forgetting to add a new counter is a compile error.
        let Tally {
            bytes,
            posts,
            care,
            capped,
            repaired,
            skipped,
            errors,
            stray,
            categories,
            without_rules,
            rules,
            authors,
            author_posts,
            channels,
            surfaces,
            times,
            known,
            with,
            rulesets,
        } = other;
        self.bytes += bytes;
        self.posts.add(&posts);
        self.care += care;
        self.capped += capped;
        self.repaired += repaired;
        self.skipped += skipped;
        for (own, error) in self.errors.iter_mut().zip(errors) {
            own.count += error.count;
            own.samples.merge(error.samples);
        }
        self.stray += stray;
        for (category, actions) in categories.iter() {
            let sums = self.categories.get_mut(category);
            sums.iter_mut().zip(actions).for_each(|(sum, more)| *sum += more);
        }
        self.without_rules += without_rules;
        self.rules.merge(rules);
        self.authors.merge(authors);
        self.author_posts.merge(author_posts);
        self.channels.merge(channels);
        self.surfaces.merge(surfaces);
        self.times.merge(times);
        self.known += known;
        self.with.iter_mut().zip(with).for_each(|(sum, more)| *sum += more);
        self.rulesets.merge(rulesets);
    }
}

fn said<'a>(value: &'a Option<std::borrow::Cow<'_, str>>) -> Option<&'a str> {
    value.as_deref().filter(|text| !text.is_empty())
}

/// The significant part of a name. Longer names with the same beginning share a row.
fn key(name: &str) -> &str {
    &name[..name.floor_char_boundary(KEY_BYTES_MAX)]
}

fn evidence_hash(evidence: &[EvidenceText<'_>]) -> u64 {
    let hash = |sum: u64, text: &str| xxh3_64(text.as_bytes()) ^ sum.rotate_left(5);
    evidence.iter().fold(0, |sum, piece| hash(hash(sum, piece.matcher), &piece.text))
}

fn sample(id: &str, fired: &FiredRule<'_>) -> Sample {
    let shown = fired.evidence.iter().take(PIECES_MAX);
    let pieces = shown.map(|piece| (cut(piece.matcher), cut(&piece.text))).collect();
    Sample {
        pieces,
        more: fired.evidence.len().saturating_sub(PIECES_MAX),
        excerpt: fired.around.as_ref().map(|around| around.excerpt()).unwrap_or_default(),
        id: cut(id),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
