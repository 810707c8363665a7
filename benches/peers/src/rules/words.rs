//! Rules by literals: one Aho-Corasick automaton over all words, then a check of distances.
//!
//! What most people would write in Rust, and the reference for the other peers.

use super::workload::{NEAR_CHARS, Rule};
use crate::error::Error;
use aho_corasick::AhoCorasick;
use std::collections::HashMap;

/// The list of a rule that a word belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    First,
    Second,
    Never,
}

/// Rules that are found by their words.
pub struct Words {
    engine: AhoCorasick,
    /// For each word, the rules that use it.
    uses: Vec<Vec<(u32, Side)>>,
}

/// An occurrence of a word of a rule, in characters.
struct Found {
    rule: u32,
    side: Side,
    start: usize,
    end: usize,
}

impl Words {
    /// Builds the automaton.
    pub fn new(rules: &[Rule]) -> Result<Words, Error> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut uses: Vec<Vec<(u32, Side)>> = Vec::new();
        let mut words = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            let lists = [
                (&rule.first, Side::First),
                (&rule.second, Side::Second),
                (&rule.never, Side::Never),
            ];
            for (list, side) in lists {
                for word in list {
                    let place = *numbers.entry(word).or_insert_with(|| {
                        words.push(word);
                        uses.push(Vec::new());
                        words.len() - 1
                    });
                    uses[place].push((number as u32, side));
                }
            }
        }
        Ok(Words { engine: AhoCorasick::new(words)?, uses })
    }

    /// Appends the numbers of the rules that hit `text`, ascending.
    pub fn find(&self, text: &str, hits: &mut Vec<u32>) {
        let mut found = Vec::new();
        // Characters before the byte `at`; occurrences arrive in the order of their ends.
        let (mut at, mut chars) = (0, 0);
        for occurrence in self.engine.find_overlapping_iter(text) {
            chars += text[at..occurrence.end()].chars().count();
            at = occurrence.end();
            let length = text[occurrence.range()].chars().count();
            for (rule, side) in &self.uses[occurrence.pattern().as_usize()] {
                let (rule, side) = (*rule, *side);
                found.push(Found { rule, side, start: chars - length, end: chars });
            }
        }
        found.sort_by_key(|found| found.rule);
        let rules = found.chunk_by(|one, other| one.rule == other.rule);
        hits.extend(rules.filter(|found| is_hit(found)).map(|found| found[0].rule));
    }
}

/// Whether the occurrences of one rule make it hit.
fn is_hit(found: &[Found]) -> bool {
    let of = |side: Side| found.iter().filter(move |found| found.side == side);
    let is_near = |one: &Found, other: &Found| {
        one.start.saturating_sub(other.end).max(other.start.saturating_sub(one.end)) <= NEAR_CHARS
    };
    of(Side::Never).next().is_none()
        && of(Side::First).any(|first| of(Side::Second).any(|second| is_near(first, second)))
}
