//! Chooses the few frequent sequences that are worth an author's time.

use super::mine::{Occurrence, Tree};
use super::units::{Lexicon, Unit, is_han};
use crate::labels::CategorySet;
use crate::statistics::{LogOdds, Proportion, Rate, log_odds};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tidegate_engine::domain::limits::SUGGEST_UNITS_MAX;

/// Smallest lower end of the log-odds of a suggestion: odds of e^1.1 = 3.
const LIFT_LEAST: f64 = 1.1;

/// Smallest lower end of the log-odds of a part of a pair.
const PART_LIFT_LEAST: f64 = 0.2;

/// Most parts that pairs are made of: those with the most rows and lift.
const PARTS_MAX: usize = 200;

/// Most pairs that are measured on harmless rows: those with the most rows.
const PAIRS_MAX: usize = 3000;

/// Distances tried for `near`, in characters.
const DISTANCES: [u32; 5] = [5, 10, 20, 40, 80];

/// Share of the rows with both parts that must have them within the distance.
const NEAR_SHARE: f64 = 0.9;

/// Most digits of a word; more may be a personal number.
const DIGITS_MAX: usize = 4;

/// Smallest length, in characters, at which a word of letters and digits may be a handle.
const HANDLE_CHARS: usize = 6;

/// Limits on suggestions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Fewest rows that a term must find.
    pub rows_least: u32,
    /// Largest share of harmless rows that it may find.
    pub cost_most: f64,
    /// Most terms, and most pairs, of a group.
    pub most: usize,
}

/// Suggestions for one group of categories.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestions {
    /// The group: any of these categories.
    pub categories: Vec<&'static str>,
    /// Number of distinct texts of the group.
    pub rows: usize,
    /// Number of distinct harmless texts.
    pub harmless: usize,
    /// Rows that contain one of the suggestions.
    pub covered: usize,
    /// Terms, in the order they were chosen.
    pub terms: Vec<TermSuggestion>,
    /// Pairs of terms, in the order they were chosen.
    pub pairs: Vec<PairSuggestion>,
}

/// How well a term or pair separates rows of a group from harmless ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// Rows of the group with it.
    pub rows: usize,
    /// Those of them that no earlier suggestion finds.
    pub new: usize,
    /// Harmless rows with it.
    pub harmless: usize,
    /// Share of harmless rows with it; `None` if there are no harmless rows.
    pub cost: Option<Rate>,
    /// The log-odds ratio.
    pub lift: LogOdds,
}

/// A suggested term.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermSuggestion {
    /// The term, folded.
    pub term: String,
    /// How well it separates.
    #[serde(flatten)]
    pub weight: Weight,
}

/// A suggested pair of terms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairSuggestion {
    /// One term.
    pub left: String,
    /// The other term.
    pub right: String,
    /// Most characters between them; `None`: anywhere in the post.
    pub within: Option<u32>,
    /// How well it separates.
    #[serde(flatten)]
    pub weight: Weight,
}

/// Texts of one kind, split into units.
struct Texts {
    units: Vec<Vec<Unit>>,
}

pub(super) fn choose(
    group: &CategorySet,
    rows: &[&str],
    harmless: &[&str],
    wanted: &Wanted,
) -> Suggestions {
    let mut lexicon = Lexicon::default();
    let own: Vec<Vec<Unit>> =
        rows.iter().map(|text| lexicon.learn(text, SUGGEST_UNITS_MAX)).collect();
    let other: Vec<Vec<Unit>> =
        harmless.par_iter().map(|text| lexicon.read(text, SUGGEST_UNITS_MAX)).collect();
    let tree = Tree::grow(&own, wanted.rows_least.max(1), &lexicon);
    let is_whole = tree.whole_terms(&own, &lexicon);
    let costs = count(&tree, &other);
    let chooser = Chooser {
        tree: &tree,
        lexicon: &lexicon,
        own: Texts { units: own },
        other: Texts { units: other },
        wanted,
    };
    let candidates: Vec<u32> = (0..tree.nodes.len() as u32)
        .filter(|node| is_whole[*node as usize] && chooser.is_term(*node))
        .collect();
    let mut covered = vec![false; rows.len()];
    let terms = chooser.terms(&candidates, &costs, &mut covered);
    let pairs = chooser.pairs(&candidates, &costs, &mut covered);
    Suggestions {
        categories: group.names(),
        rows: rows.len(),
        harmless: harmless.len(),
        covered: covered.iter().filter(|covered| **covered).count(),
        terms,
        pairs,
    }
}

/// By node: the number of texts that contain it.
fn count(tree: &Tree, texts: &[Vec<Unit>]) -> Vec<u32> {
    const TEXTS_PER_TASK: usize = 1024;
    let none = || vec![0u32; tree.nodes.len()];
    let counted = texts.par_chunks(TEXTS_PER_TASK).map(|texts| {
        let mut counts = none();
        let mut seen_in = vec![usize::MAX; tree.nodes.len()];
        for (number, units) in texts.iter().enumerate() {
            tree.occurrences(units, |(node, ..)| {
                if seen_in[node as usize] != number {
                    seen_in[node as usize] = number;
                    counts[node as usize] += 1;
                }
            });
        }
        counts
    });
    counted.reduce(none, |mut sum, more| {
        sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        sum
    })
}

struct Chooser<'c> {
    tree: &'c Tree,
    lexicon: &'c Lexicon,
    own: Texts,
    other: Texts,
    wanted: &'c Wanted,
}

/// A possible suggestion, with the rows of the group and the number of harmless rows that contain
/// it.
struct Candidate<K> {
    key: K,
    /// Tie-breaker.
    text: String,
    rows: Vec<u32>,
    harmless: u32,
}

impl Chooser<'_> {
    fn text(&self, node: u32) -> String {
        let mut out = String::new();
        let mut after_word = false;
        for unit in self.tree.units(node) {
            let is_word = !self.lexicon.is_han(unit);
            if is_word && after_word {
                out.push(' ');
            }
            out.push_str(self.lexicon.text(unit));
            after_word = is_word;
        }
        out
    }

    /// Whether it is fit for a word list: long enough, and not a personal number or handle.
    fn is_term(&self, node: u32) -> bool {
        let text = self.text(node);
        let letters = text.chars().filter(|it| !it.is_numeric() && *it != ' ').count();
        let least = if text.is_ascii() { 3 } else { 2 };
        let is_private = text.split(' ').any(|word| {
            let word: Vec<char> = word.chars().filter(|it| !is_han(*it)).collect();
            let digits = word.iter().filter(|it| it.is_numeric()).count();
            digits > DIGITS_MAX || digits > 0 && word.len() >= HANDLE_CHARS
        });
        text.chars().count() >= least && letters > 0 && !is_private
    }

    fn weight(&self, rows: u32, new: usize, harmless: u32) -> Weight {
        let (own, other) = (self.own.units.len() as u64, self.other.units.len() as u64);
        Weight {
            rows: rows as usize,
            new,
            harmless: harmless as usize,
            cost: Proportion::new(harmless.into(), other).rate(),
            lift: log_odds((rows.into(), own), (harmless.into(), other)),
        }
    }

    fn is_worth_it(&self, weight: &Weight) -> bool {
        let cost = weight.cost.map_or(0.0, |cost| cost.value);
        cost <= self.wanted.cost_most && weight.lift.low >= LIFT_LEAST
    }

    fn terms(
        &self,
        candidates: &[u32],
        costs: &[u32],
        covered: &mut [bool],
    ) -> Vec<TermSuggestion> {
        let worth = |node: &&u32| {
            let texts = self.tree.nodes[**node as usize].texts;
            self.is_worth_it(&self.weight(texts, 0, costs[**node as usize]))
        };
        let chosen: Vec<u32> = candidates.iter().filter(worth).copied().collect();
        let postings = self.postings(&chosen);
        let candidates = chosen.iter().zip(postings).map(|(node, rows)| Candidate {
            key: *node,
            text: self.text(*node),
            rows,
            harmless: costs[*node as usize],
        });
        let chosen = self.greedily(candidates.collect(), covered);
        let term = |(candidate, weight): (Candidate<u32>, Weight)| TermSuggestion {
            term: candidate.text,
            weight,
        };
        chosen.into_iter().map(term).collect()
    }

    /// For each node, the rows of the group that contain it.
    fn postings(&self, nodes: &[u32]) -> Vec<Vec<u32>> {
        let at: FxHashMap<u32, usize> =
            nodes.iter().enumerate().map(|(at, node)| (*node, at)).collect();
        let mut postings: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
        for (number, units) in self.own.units.iter().enumerate() {
            self.tree.occurrences(units, |(node, ..)| {
                let Some(at) = at.get(&node) else { return };
                if postings[*at].last() != Some(&(number as u32)) {
                    postings[*at].push(number as u32);
                }
            });
        }
        postings
    }

    /// Chooses greedily: the candidate that finds most new rows; of equals the one with more lift,
    /// then by text. Ends when no candidate finds enough rows, or enough are chosen.
    fn greedily<K>(
        &self,
        mut candidates: Vec<Candidate<K>>,
        covered: &mut [bool],
    ) -> Vec<(Candidate<K>, Weight)> {
        let mut chosen = Vec::new();
        while chosen.len() < self.wanted.most {
            let new = |candidate: &Candidate<K>| {
                candidate.rows.iter().filter(|row| !covered[**row as usize]).count()
            };
            let counts: Vec<usize> = candidates.iter().map(new).collect();
            let best = (0..candidates.len()).max_by(|a, b| {
                let lift = |at: usize| {
                    let candidate = &candidates[at];
                    self.weight(candidate.rows.len() as u32, 0, candidate.harmless).lift.low
                };
                let by_lift = || lift(*a).total_cmp(&lift(*b));
                let by_text = || candidates[*b].text.cmp(&candidates[*a].text);
                counts[*a].cmp(&counts[*b]).then_with(by_lift).then_with(by_text)
            });
            let Some(best) = best.filter(|best| counts[*best] >= self.wanted.rows_least as usize)
            else {
                break;
            };
            let new = counts[best];
            let candidate = candidates.swap_remove(best);
            candidate.rows.iter().for_each(|row| covered[*row as usize] = true);
            let weight = self.weight(candidate.rows.len() as u32, new, candidate.harmless);
            chosen.push((candidate, weight));
        }
        chosen
    }

    fn pairs(
        &self,
        candidates: &[u32],
        costs: &[u32],
        covered: &mut [bool],
    ) -> Vec<PairSuggestion> {
        let parts = self.parts(candidates, costs);
        let is_open: Vec<bool> = covered.iter().map(|covered| !covered).collect();
        let found = self.together(&parts, &self.own, |row| is_open[row]);
        let least = self.wanted.rows_least as usize;
        let mut pairs: Vec<(Pair, Vec<Gap>)> =
            found.into_iter().filter(|(_, rows)| rows.len() >= least).collect();
        pairs.sort_by_key(|(pair, rows)| (Reverse(rows.len()), *pair));
        pairs.truncate(PAIRS_MAX);
        let wanted: BTreeSet<Pair> = pairs.iter().map(|(pair, _)| *pair).collect();
        let own = self.together_of(&parts, &self.own, &wanted);
        let other = self.together_of(&parts, &self.other, &wanted);
        let candidates = pairs.into_iter().filter_map(|(pair, open)| {
            let within = distance(&open);
            let near = |rows: &[Gap]| -> Vec<u32> {
                rows.iter()
                    .filter(|(_, gap)| is_within(*gap, within))
                    .map(|(row, _)| *row)
                    .collect()
            };
            let rows = near(own.get(&pair)?);
            let harmless = other.get(&pair).map_or(0, |rows| near(rows).len()) as u32;
            let is_worth = self.is_worth_it(&self.weight(rows.len() as u32, 0, harmless));
            let (left, right) = (self.text(pair.0), self.text(pair.1));
            let text = format!("{left} {right}");
            is_worth.then_some(Candidate { key: (left, right, within), text, rows, harmless })
        });
        let chosen = self.greedily(candidates.collect(), covered);
        let pair = |(candidate, weight): (Candidate<(String, String, Option<u32>)>, Weight)| {
            let (left, right, within) = candidate.key;
            PairSuggestion { left, right, within, weight }
        };
        chosen.into_iter().map(pair).collect()
    }

    /// The parts that pairs are made of: terms with some lift.
    fn parts(&self, candidates: &[u32], costs: &[u32]) -> Vec<u32> {
        let mut parts: Vec<(f64, u32)> = Vec::new();
        for node in candidates {
            let texts = self.tree.nodes[*node as usize].texts;
            let lift = self.weight(texts, 0, costs[*node as usize]).lift;
            if lift.low >= PART_LIFT_LEAST {
                parts.push((lift.value * f64::from(texts).sqrt(), *node));
            }
        }
        parts.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        parts.truncate(PARTS_MAX);
        parts.into_iter().map(|(_, node)| node).collect()
    }

    /// For each pair of `parts`, the texts that contain both, with the gap between them.
    fn together(
        &self,
        parts: &[u32],
        texts: &Texts,
        is_meant: impl Fn(usize) -> bool + Sync,
    ) -> Pairs {
        self.gather(parts, texts, is_meant, |_| true)
    }

    fn together_of(&self, parts: &[u32], texts: &Texts, wanted: &BTreeSet<Pair>) -> Pairs {
        self.gather(parts, texts, |_| true, |pair| wanted.contains(pair))
    }

    fn gather(
        &self,
        parts: &[u32],
        texts: &Texts,
        is_meant: impl Fn(usize) -> bool + Sync,
        is_wanted: impl Fn(&Pair) -> bool + Sync,
    ) -> Pairs {
        let parts: BTreeSet<u32> = parts.iter().copied().collect();
        let of_text = |(row, units): (usize, &Vec<Unit>)| {
            let mut found = Vec::new();
            if !is_meant(row) {
                return found;
            }
            let mut by_part: BTreeMap<u32, Vec<Occurrence>> = BTreeMap::new();
            self.tree.occurrences(units, |one| {
                if parts.contains(&one.0) {
                    by_part.entry(one.0).or_default().push(one);
                }
            });
            for (a, of_a) in &by_part {
                for (b, of_b) in by_part.range(a + 1..) {
                    if is_wanted(&(*a, *b))
                        && let Some(gap) = gap(units, of_a, of_b)
                    {
                        found.push(((*a, *b), (row as u32, gap)));
                    }
                }
            }
            found
        };
        let all: Vec<Vec<_>> = texts.units.par_iter().enumerate().map(of_text).collect();
        let mut pairs = Pairs::new();
        for (pair, row) in all.into_iter().flatten() {
            pairs.entry(pair).or_default().push(row);
        }
        pairs
    }
}

/// Two nodes, the smaller first.
type Pair = (u32, u32);

/// A text, and the characters between two terms in it.
type Gap = (u32, u32);

/// For each pair, the texts that contain both, and the gap between them.
type Pairs = BTreeMap<Pair, Vec<Gap>>;

/// The smallest gap, in characters, between occurrences of two terms that do not overlap; `None` if
/// all overlap.
fn gap(units: &[Unit], a: &[Occurrence], b: &[Occurrence]) -> Option<u32> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    let gaps = pairs.filter_map(|(a, b)| {
        let (first, second) = if a.1 < b.1 { (a, b) } else { (b, a) };
        let (end, start) = (units[first.2 as usize].end, units[second.1 as usize].start);
        (second.1 > first.2).then(|| start - end)
    });
    gaps.min()
}

/// The smallest of [`DISTANCES`] that keeps enough of the rows; `None` if none does.
fn distance(rows: &[Gap]) -> Option<u32> {
    let keeps = |within: &u32| {
        let kept = rows.iter().filter(|(_, gap)| is_within(*gap, Some(*within))).count();
        kept as f64 >= NEAR_SHARE * rows.len() as f64
    };
    DISTANCES.into_iter().find(keeps)
}

fn is_within(gap: u32, within: Option<u32>) -> bool {
    within.is_none_or(|within| gap <= within)
}
