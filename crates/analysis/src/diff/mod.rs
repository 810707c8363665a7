//! Compares two rule sets over one corpus: which verdicts change, and because of which rules.
//!
//! Input: two classifiers and posts, chunk by chunk, on any number of threads. Output: a
//! [`Report`], plain data, independent of the number of threads.
//!
//! * A verdict changes if its action, `care`, scores or rules differ; shadow rules count too. A
//!   rule is the same in both sets if its id, or an alias of it, is.
//! * For each change of action a fixed number of posts is kept, those with the smallest hash of
//!   their texts: the order of posts does not change the sample.
//! * Text that a rule of either set redacts is masked.

use super::bottom_k_sample::{BottomKSample, hash};
use super::explain::{Explanation, explain};
use super::line_numbers::{ChunkLines, LineNumbers, LinePosition};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::lines::Chunk;
use tidegate_engine::post::{Batch, Plan, Post, Record};

/// One of the two rule sets.
#[derive(Debug)]
pub struct Side {
    /// Rules and policy.
    pub classifier: Classifier,
    /// Reads posts for them.
    pub plan: Plan,
}

/// A comparison in progress.
#[derive(Debug)]
pub struct Comparison<'s> {
    sides: [&'s Side; 2],
    /// By side and rule number: the index of its name in `names`.
    rules: [Vec<usize>; 2],
    names: Vec<String>,
    samples: usize,
    counts: Counts,
    files: Vec<(String, LineNumbers)>,
}

/// Action and care before and after.
type Change = (Action, bool, Action, bool);

/// File number and position of a post.
type Where = (usize, LinePosition);

#[derive(Debug, Default)]
struct Counts {
    posts: u64,
    unreadable: u64,
    skipped: u64,
    same: u64,
    by_change: BTreeMap<Change, u64>,
    /// By name: posts on which it fires only in the old set, only in the new one, in both.
    by_rule: BTreeMap<usize, [u64; 3]>,
    samples: BTreeMap<Change, BottomKSample<Where, Vec<u8>>>,
}

/// Judges the chunks of one file that one thread receives.
#[derive(Debug)]
pub struct Worker<'s> {
    sides: [&'s Side; 2],
    rules: [Vec<usize>; 2],
    samples: usize,
    file: usize,
    counts: Counts,
    chunks: ChunkLines,
    batches: [Batch; 2],
    scratches: [Scratch; 2],
}

/// The result of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Hash of the old packs, lists and policy: eight hex digits.
    pub old_ruleset: String,
    /// The same for the new ones.
    pub new_ruleset: String,
    /// Posts that were judged.
    pub posts: u64,
    /// Lines that are not a usable post.
    pub unreadable: u64,
    /// Records that are not posts, according to the preset.
    pub skipped: u64,
    /// Posts whose verdict is the same.
    pub same: u64,
    /// Posts whose action or care changes.
    pub actions_changed: u64,
    /// Changes of action and `care`, the most frequent first; where neither changes, rules or
    /// scores do.
    pub changes: Vec<ChangeReport>,
    /// Rules that fire on different posts, those with the most differences first.
    pub rules: Vec<RuleChange>,
}

/// Posts whose verdict changes in one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeReport {
    /// The old action.
    pub from: &'static str,
    /// Whether the old verdict has `care`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_care: bool,
    /// The new action.
    pub to: &'static str,
    /// Whether the new verdict has `care`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub to_care: bool,
    /// Number of posts.
    pub posts: u64,
    /// A sample of them.
    pub samples: Vec<PostReport>,
}

/// A rule that fires on different posts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// Its id, the new one if it changed.
    pub rule: String,
    /// Posts on which it no longer fires.
    pub lost: u64,
    /// Posts on which it fires now.
    pub gained: u64,
    /// Posts on which it fires as before.
    pub kept: u64,
}

/// A post whose verdict changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostReport {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The id, as it is in the line; null if there is none.
    pub id: Value,
    /// Its texts by field, with parts that a rule of either set redacts masked.
    pub texts: Vec<(String, String)>,
    /// The old rules that fired.
    pub old: Vec<RuleReport>,
    /// The new rules that fired.
    pub new: Vec<RuleReport>,
}

/// A rule that fired for a post.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReport {
    /// Its id.
    pub rule: String,
    /// Its category.
    pub category: &'static str,
    /// Its score.
    pub score: f64,
    /// Its hits, masked if a rule of either set redacts them.
    pub evidence: Vec<String>,
}

/// Most different hits of a rule in a sample.
const HITS_MAX: usize = 6;

impl<'s> Comparison<'s> {
    /// A comparison of `old` and `new` that keeps `samples` posts of each change.
    pub fn new(old: &'s Side, new: &'s Side, samples: usize) -> Comparison<'s> {
        let (names, rules) = joint_names(&old.classifier, &new.classifier);
        let (counts, files) = (Counts::default(), Vec::new());
        Comparison { sides: [old, new], rules, names, samples, counts, files }
    }

    /// A worker for the next file.
    pub fn worker(&self) -> Worker<'s> {
        Worker {
            sides: self.sides,
            rules: self.rules.clone(),
            samples: self.samples,
            file: self.files.len(),
            counts: Counts::default(),
            chunks: ChunkLines::default(),
            batches: Default::default(),
            scratches: Default::default(),
        }
    }

    /// Adds the results of all workers for the file `name`.
    pub fn take(&mut self, name: &str, workers: Vec<Worker<'s>>) {
        let mut chunks = ChunkLines::default();
        for worker in workers {
            chunks.merge(worker.chunks);
            self.counts.merge(worker.counts, self.samples);
        }
        self.files.push((name.to_owned(), chunks.into_lines()));
    }

    /// The report.
    pub fn finish(self) -> Report {
        let Counts { posts, unreadable, skipped, same, by_change, .. } = &self.counts;
        let moved = by_change
            .iter()
            .filter(|((from, from_care, to, to_care), _)| (from, from_care) != (to, to_care));
        let mut changes: Vec<ChangeReport> =
            by_change.iter().map(|(change, posts)| self.change(*change, *posts)).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.posts));
        let changed = self.counts.by_rule.iter().filter(|(_, [lost, gained, _])| lost + gained > 0);
        let rule = |(name, [lost, gained, kept]): (&usize, &[u64; 3])| RuleChange {
            rule: self.names[*name].clone(),
            lost: *lost,
            gained: *gained,
            kept: *kept,
        };
        let mut rules: Vec<RuleChange> = changed.map(rule).collect();
        rules.sort_by(|a, b| {
            (b.lost + b.gained).cmp(&(a.lost + a.gained)).then_with(|| a.rule.cmp(&b.rule))
        });
        Report {
            old_ruleset: self.sides[0].classifier.hash_hex().to_owned(),
            new_ruleset: self.sides[1].classifier.hash_hex().to_owned(),
            posts: *posts,
            unreadable: *unreadable,
            skipped: *skipped,
            same: *same,
            actions_changed: moved.map(|(_, posts)| posts).sum(),
            changes,
            rules,
        }
    }

    fn change(&self, change: Change, posts: u64) -> ChangeReport {
        let (from, from_care, to, to_care) = change;
        let samples = self.counts.samples.get(&change);
        let samples = samples.into_iter().flat_map(BottomKSample::iter);
        ChangeReport {
            from: from.name(),
            from_care,
            to: to.name(),
            to_care,
            posts,
            samples: samples.filter_map(|(at, line)| self.post_report(*at, line)).collect(),
        }
    }

    fn post_report(&self, (file, at): Where, line: &[u8]) -> Option<PostReport> {
        let [old, new] = self.sides.map(|side| explain(&side.classifier, &side.plan, line, &[]));
        let (old, new) = (old.ok()?, new.ok()?);
        let (name, lines) = &self.files[file];
        Some(PostReport {
            file: name.clone(),
            line: lines.number(at),
            id: id_of(&self.sides[0].plan, line),
            texts: masked_texts(&old, &new),
            old: rule_reports(&old, &new),
            new: rule_reports(&new, &old),
        })
    }
}

/// The id of the post in `line`.
fn id_of(plan: &Plan, line: &[u8]) -> Value {
    let mut batch = Batch::default();
    plan.read(line, false, &mut batch);
    match (!batch.is_empty()).then(|| batch.record(line, 0)) {
        Some(Record::Post(post)) => serde_json::from_str(post.id()).unwrap_or_default(),
        _ => Value::Null,
    }
}

/// The names of all rules of both sets, sorted; and by side and rule number the index of its name.
/// A rule that the new set knows by an alias is listed by its new id.
fn joint_names(old: &Classifier, new: &Classifier) -> (Vec<String>, [Vec<usize>; 2]) {
    let mut renamed: BTreeMap<&str, &str> = BTreeMap::new();
    for rule in new.rules().rules() {
        renamed.extend(rule.aliases.iter().map(|alias| (alias.as_str(), rule.id.as_str())));
    }
    let old_id = |id: &str| renamed.get(id).map_or_else(|| id.to_owned(), |id| (*id).to_owned());
    let old: Vec<String> = old.rules().rules().iter().map(|rule| old_id(&rule.id)).collect();
    let new: Vec<String> = new.rules().rules().iter().map(|rule| rule.id.clone()).collect();
    let mut names: Vec<String> = old.iter().chain(&new).cloned().collect();
    names.sort_unstable();
    names.dedup();
    let number = |id: &String| names.binary_search(id).unwrap_or_default();
    let rules = [old, new].map(|ids| ids.iter().map(number).collect());
    (names, rules)
}

/// The texts; a character is masked if either side masks it.
fn masked_texts(old: &Explanation, new: &Explanation) -> Vec<(String, String)> {
    let joint = |one: &str, other: &str| {
        let pairs = one.chars().zip(other.chars());
        pairs.map(|(one, other)| if one == other { one } else { '*' }).collect()
    };
    let texts = old.fields.iter().map(|field| {
        let other = new.fields.iter().find(|it| it.field == field.field);
        let text = other.map_or_else(|| field.text.clone(), |it| joint(&field.text, &it.text));
        (field.field.clone(), text)
    });
    texts.collect()
}

fn rule_reports(own: &Explanation, other: &Explanation) -> Vec<RuleReport> {
    let hidden = masked_texts(own, other);
    let shown = |hit: &super::explain::HitReport| {
        let (from, to) = hit.characters;
        let text = hidden.iter().find(|(field, _)| *field == hit.field);
        let own = text.map(|(_, text)| text.chars().skip(from).take(to - from).collect::<String>());
        // A hit of which the other side masks any part is masked as a whole.
        let is_masked = own.is_some_and(|own| own != hit.text);
        let text =
            if is_masked { hit.text.chars().map(|_| '*').collect() } else { hit.text.clone() };
        format!("{} “{text}”", hit.matcher)
    };
    let rule = |rule: &super::explain::RuleReport| RuleReport {
        rule: rule.id.clone(),
        category: rule.category,
        score: rule.score.total.points(),
        evidence: counted(rule.evidence.iter().map(shown)),
    };
    own.fired.iter().map(rule).collect()
}

/// The first different hits; one that occurs several times has its number: `a.b “x” ×4`.
fn counted(hits: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<(String, usize)> = Vec::new();
    for hit in hits {
        match all.iter_mut().find(|(known, _)| *known == hit) {
            Some((_, count)) => *count += 1,
            None => all.push((hit, 1)),
        }
    }
    let shown = |(hit, count): (String, usize)| match count {
        1 => hit,
        count => format!("{hit} ×{count}"),
    };
    all.into_iter().take(HITS_MAX).map(shown).collect()
}

impl Worker<'_> {
    /// Judges the posts of a chunk with both sides.
    pub fn read(&mut self, chunk: &Chunk) {
        if chunk.is_too_long() {
            self.counts.unreadable += 1;
            self.chunks.note(chunk, 1);
            return;
        }
        let bytes = chunk.bytes();
        for (at, side) in self.sides.iter().enumerate() {
            side.plan.read(bytes, chunk.is_unterminated(), &mut self.batches[at]);
            side.classifier.scan(bytes, &self.batches[at], &mut self.scratches[at]);
        }
        let lines = self.batches[0].len();
        self.chunks.note(chunk, lines);
        for index in 0..lines {
            self.line(chunk, index);
        }
    }

    fn line(&mut self, chunk: &Chunk, index: usize) {
        let bytes = chunk.bytes();
        let Worker { sides, rules, counts, batches: [old, new], scratches, .. } = self;
        let posts = match (old.record(bytes, index), new.record(bytes, index)) {
            (Record::Post(old), Record::Post(new)) => [old, new],
            (Record::Skipped { .. }, _) => {
                counts.skipped += 1;
                return;
            }
            _ => {
                counts.unreadable += 1;
                return;
            }
        };
        counts.posts += 1;
        let [old_scratch, new_scratch] = scratches;
        let before = sides[0].classifier.judge(&posts[0], index, old_scratch);
        let after = sides[1].classifier.judge(&posts[1], index, new_scratch);
        let change = (before.action, before.care, after.action, after.care);
        let is_same = !counts.count_rules(rules, [&before, &after])
            && (before.action, before.care) == (after.action, after.care)
            && before.categories == after.categories;
        if is_same {
            counts.same += 1;
            return;
        }
        *counts.by_change.entry(change).or_default() += 1;
        let line = &bytes[old.line_span(index)];
        let place = (self.file, LinePosition::new(chunk, index));
        let sample = counts.samples.entry(change).or_default();
        sample.offer(hash_of(&posts[0]), place, self.samples, || line.to_vec());
    }
}

fn hash_of(post: &Post<'_>) -> u64 {
    hash(post.texts().map(|text| text.text))
}

impl Counts {
    /// Counts the rules that fired. Returns whether the rules or their scores differ.
    fn count_rules(&mut self, names: &[Vec<usize>; 2], verdicts: [&Verdict<'_>; 2]) -> bool {
        let mut fired: BTreeMap<usize, [Option<(i64, bool)>; 2]> = BTreeMap::new();
        for (side, verdict) in verdicts.into_iter().enumerate() {
            for one in verdict.fired {
                let entry = fired.entry(names[side][one.rule.index()]).or_default();
                entry[side] = Some((one.score.millis(), one.shadow));
            }
        }
        let mut differ = false;
        for (name, sides) in fired {
            differ |= sides[0] != sides[1];
            let at = match sides {
                [_, None] => 0,
                [None, _] => 1,
                _ => 2,
            };
            self.by_rule.entry(name).or_default()[at] += 1;
        }
        differ
    }

    fn merge(&mut self, other: Counts, samples: usize) {
        self.posts += other.posts;
        self.unreadable += other.unreadable;
        self.skipped += other.skipped;
        self.same += other.same;
        for (change, posts) in other.by_change {
            *self.by_change.entry(change).or_default() += posts;
        }
        for (rule, counts) in other.by_rule {
            let own = self.by_rule.entry(rule).or_default();
            own.iter_mut().zip(counts).for_each(|(own, other)| *own += other);
        }
        for (change, sample) in other.samples {
            self.samples.entry(change).or_default().merge(sample, samples);
        }
    }
}

#[cfg(test)]
mod tests;
