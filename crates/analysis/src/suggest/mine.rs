//! Finds frequent sequences of units: candidates for terms.
//!
//! Level by level: a sequence is counted only if its prefix is frequent, so memory grows with the
//! number of frequent sequences, not with the size of the texts.

use super::units::{Joint, Lexicon, UNKNOWN, Unit};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The most units of a term.
const LENGTH_MAX: usize = 8;

/// The most words of a term.
const WORDS_MAX: usize = 3;

/// If at least this share of the occurrences of a sequence is inside one sequence that is longer by
/// a unit, it is a part of that one, not a term.
const PART_SHARE: f64 = 0.8;

/// Least entropy, in nats, of the neighbours of a Han sequence; below it, the sequence does not end
/// at a word boundary. A whole word has many neighbours; e^0.9 is about two and a half equally
/// frequent ones.
const ENTROPY_MIN: f64 = 0.9;

/// A frequent sequence: a node of a prefix tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    parent: u32,
    unit: u32,
    length: u8,
    words: u8,
    /// Number of texts that contain it.
    pub texts: u32,
}

/// All frequent sequences.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    children: FxHashMap<(u32, u32), u32>,
}

/// The node of the empty sequence.
const ROOT: u32 = u32::MAX;

/// An occurrence in a text: node, index of its first and of its last unit.
pub(super) type Occurrence = (u32, u32, u32);

impl Tree {
    /// The sequences that occur in at least `least` of `texts`.
    pub fn grow(texts: &[Vec<Unit>], least: u32, lexicon: &Lexicon) -> Tree {
        let mut tree = Tree::default();
        let mut active: Vec<Vec<Occurrence>> = texts
            .iter()
            .map(|units| (0..units.len() as u32).map(|at| (ROOT, at, at)).collect())
            .collect();
        for length in 1..=LENGTH_MAX {
            let counts = tree.count_longer(texts, &active, lexicon, length);
            let mut grown = false;
            for ((parent, unit), found) in counts.into_iter().filter(|(_, found)| *found >= least) {
                grown = true;
                tree.enter(parent, unit, found, lexicon);
            }
            if !grown {
                break;
            }
            for (units, active) in texts.iter().zip(&mut active) {
                *active =
                    active.iter().filter_map(|one| tree.longer(units, *one, length)).collect();
            }
        }
        tree
    }

    /// For each sequence that is longer by a unit than an active one, the number of texts that
    /// contain it, in order.
    fn count_longer(
        &self,
        texts: &[Vec<Unit>],
        active: &[Vec<Occurrence>],
        lexicon: &Lexicon,
        length: usize,
    ) -> BTreeMap<(u32, u32), u32> {
        let mut counts: FxHashMap<(u32, u32), (u32, u32)> = FxHashMap::default();
        for (number, (units, active)) in texts.iter().zip(active).enumerate() {
            for (parent, _, last) in active {
                let Some(unit) = next(units, *last, length) else { continue };
                if !self.may_hold(*parent, unit.id, lexicon) {
                    continue;
                }
                let (found, seen_in) = counts.entry((*parent, unit.id)).or_insert((0, u32::MAX));
                if *seen_in != number as u32 {
                    (*found, *seen_in) = (*found + 1, number as u32);
                }
            }
        }
        counts.into_iter().map(|(key, (found, _))| (key, found)).collect()
    }

    fn may_hold(&self, parent: u32, unit: u32, lexicon: &Lexicon) -> bool {
        let words = if parent == ROOT { 0 } else { self.nodes[parent as usize].words };
        usize::from(words) < WORDS_MAX || lexicon.is_han(unit)
    }

    fn enter(&mut self, parent: u32, unit: u32, texts: u32, lexicon: &Lexicon) {
        let (length, words) = match self.nodes.get(parent as usize) {
            Some(node) if parent != ROOT => (node.length, node.words),
            _ => (0, 0),
        };
        let words = words + u8::from(!lexicon.is_han(unit));
        self.children.insert((parent, unit), self.nodes.len() as u32);
        self.nodes.push(Node { parent, unit, length: length + 1, words, texts });
    }

    fn longer(&self, units: &[Unit], one: Occurrence, length: usize) -> Option<Occurrence> {
        let (parent, first, last) = one;
        let unit = next(units, last, length)?;
        let node = self.children.get(&(parent, unit.id))?;
        Some((*node, first, first + length as u32 - 1))
    }

    /// The units of a sequence.
    pub fn units(&self, node: u32) -> Vec<u32> {
        let mut units = Vec::new();
        let mut at = node;
        while at != ROOT {
            let Node { parent, unit, .. } = self.nodes[at as usize];
            units.push(unit);
            at = parent;
        }
        units.reverse();
        units
    }

    fn find(&self, units: &[u32]) -> Option<u32> {
        units.iter().try_fold(ROOT, |at, unit| self.children.get(&(at, *unit)).copied())
    }

    /// Every occurrence of a frequent sequence in a text.
    pub fn occurrences(&self, units: &[Unit], mut with: impl FnMut(Occurrence)) {
        for first in 0..units.len() {
            let mut node = ROOT;
            let following = units[first..].iter().take(LENGTH_MAX);
            for (last, unit) in (first..).zip(following) {
                if unit.id == UNKNOWN || last > first && unit.joint == Joint::Separate {
                    break;
                }
                let Some(child) = self.children.get(&(node, unit.id)) else { break };
                node = *child;
                with((node, first as u32, last as u32));
            }
        }
    }

    /// By node: whether it is a whole word or phrase, judged by its neighbours in `texts`.
    pub fn whole_terms(&self, texts: &[Vec<Unit>], lexicon: &Lexicon) -> Vec<bool> {
        let mut whole: Vec<bool> = vec![true; self.nodes.len()];
        for (number, node) in self.nodes.iter().enumerate() {
            let units = self.units(number as u32);
            let is_part_of = |longer: &Node, part: u32| {
                f64::from(longer.texts) >= PART_SHARE * f64::from(self.nodes[part as usize].texts)
            };
            for part in [self.find(&units[1..]), (node.parent != ROOT).then_some(node.parent)] {
                if let Some(part) = part.filter(|part| *part != ROOT && is_part_of(node, *part)) {
                    whole[part as usize] = false;
                }
            }
        }
        let neighbours = self.neighbours(texts);
        for (number, whole) in whole.iter_mut().enumerate() {
            let units = self.units(number as u32);
            let ends = [units[0], units[units.len() - 1]];
            for (side, end) in ends.into_iter().enumerate() {
                let is_open =
                    lexicon.is_han(end) && neighbours[number][side].entropy() < ENTROPY_MIN;
                *whole &= !is_open;
            }
        }
        whole
    }

    /// The neighbours before and after each sequence.
    fn neighbours(&self, texts: &[Vec<Unit>]) -> Vec<[Neighbours; 2]> {
        let mut neighbours: Vec<[Neighbours; 2]> = Vec::new();
        neighbours.resize_with(self.nodes.len(), Default::default);
        for units in texts {
            self.occurrences(units, |(node, first, last)| {
                let touches = |unit: &Unit| unit.joint == Joint::Touching;
                let before = units.get(first as usize).filter(|unit| touches(unit));
                let before = before.and_then(|_| units.get((first as usize).wrapping_sub(1)));
                let after = units.get(last as usize + 1).filter(|unit| touches(unit));
                let [left, right] = &mut neighbours[node as usize];
                left.note(before.map(|unit| unit.id));
                right.note(after.map(|unit| unit.id));
            });
        }
        neighbours
    }
}

fn next(units: &[Unit], last: u32, length: usize) -> Option<&Unit> {
    let at = if length == 1 { last as usize } else { last as usize + 1 };
    let unit = units.get(at)?;
    (length == 1 || unit.joint != Joint::Separate).then_some(unit)
}

/// The neighbours on one side of a sequence.
#[derive(Debug, Default)]
struct Neighbours {
    /// Ordered, so that floating-point sums do not depend on hashing.
    units: BTreeMap<u32, u32>,
    /// Occurrences without a neighbour; each counts as a distinct one.
    edges: u32,
}

impl Neighbours {
    fn note(&mut self, unit: Option<u32>) {
        match unit {
            Some(unit) => *self.units.entry(unit).or_default() += 1,
            None => self.edges += 1,
        }
    }

    fn entropy(&self) -> f64 {
        let all = f64::from(self.units.values().sum::<u32>() + self.edges);
        let of = |count: f64| -(count / all) * (count / all).ln();
        let edges = f64::from(self.edges) * if self.edges > 0 { of(1.0) } else { 0.0 };
        edges + self.units.values().map(|count| of(f64::from(*count))).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn learn(texts: &[String]) -> (Lexicon, Vec<Vec<Unit>>) {
        let mut lexicon = Lexicon::default();
        let units = texts.iter().map(|text| lexicon.learn(text, 1000)).collect();
        (lexicon, units)
    }

    fn text_of(tree: &Tree, lexicon: &Lexicon, node: u32) -> String {
        tree.units(node).iter().map(|unit| lexicon.text(*unit)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn parts_of_a_term_are_not_terms() {
        let texts: Vec<String> = ["玩时时彩吗", "看时时彩呢", "买时时彩的", "时时彩", "我时时彩她"]
            .map(str::to_owned)
            .into();
        let (lexicon, units) = learn(&texts);
        let tree = Tree::grow(&units, 3, &lexicon);
        let whole = tree.whole_terms(&units, &lexicon);
        let whole_terms: Vec<String> = (0..tree.nodes.len() as u32)
            .filter(|node| whole[*node as usize])
            .map(|node| text_of(&tree, &lexicon, node))
            .collect();
        assert_eq!(whole_terms, ["时 时 彩"]);
    }

    #[test]
    fn words_are_whole_by_themselves_and_phrases_are_short() {
        let texts: Vec<String> = vec!["win a big prize now".to_owned(); 3];
        let (lexicon, units) = learn(&texts);
        let tree = Tree::grow(&units, 2, &lexicon);
        let all: Vec<String> =
            (0..tree.nodes.len() as u32).map(|node| text_of(&tree, &lexicon, node)).collect();
        assert!(all.contains(&"win a big".to_owned()));
        assert!(!all.contains(&"win a big prize".to_owned()), "{all:?}");
    }

    #[test]
    fn entropy_is_computed_from_shares() {
        let mut side = Neighbours::default();
        for unit in [1, 1, 2, 2] {
            side.note(Some(unit));
        }
        assert!((side.entropy() - 2.0f64.ln()).abs() < 1e-12);
        side.note(None);
        side.note(None);
        let expected = 2.0 * (1.0 / 3.0) * 3.0f64.ln() + 2.0 * (1.0 / 6.0) * 6.0f64.ln();
        assert!((side.entropy() - expected).abs() < 1e-12);
    }

    proptest! {
        /// A small alphabet, so that sequences repeat.
        #[test]
        fn texts_are_counted_as_by_searching_each(
            texts in prop::collection::vec("[时彩加 ]{0,12}", 0..8),
            least in 1u32..4,
        ) {
            let (lexicon, units) = learn(&texts);
            let tree = Tree::grow(&units, least, &lexicon);
            let mut slow: BTreeMap<String, u32> = BTreeMap::new();
            for text in &texts {
                let mut own = std::collections::BTreeSet::new();
                for run in text.split(' ') {
                    let run: Vec<char> = run.chars().collect();
                    for length in 1..=LENGTH_MAX {
                        own.extend(run.windows(length).map(|part| part.iter().map(char::to_string).collect::<Vec<_>>().join(" ")));
                    }
                }
                for one in own {
                    *slow.entry(one).or_default() += 1;
                }
            }
            slow.retain(|_, found| *found >= least);
            let fast: BTreeMap<String, u32> = (0..tree.nodes.len() as u32)
                .map(|node| (text_of(&tree, &lexicon, node), tree.nodes[node as usize].texts))
                .collect();
            prop_assert_eq!(fast, slow);
        }
    }
}
