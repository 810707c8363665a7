//! The rule workload: rules "any of 20 words near any of 20 words, not any of 10", drawn from a
//! list of words with a fixed seed, in the forms that peers read.

use crate::error::Error;
use crate::terms;
use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Largest number of characters between the two words of a hit.
pub const NEAR_CHARS: usize = 40;
/// The most bytes that so many characters take: the distance of peers that count bytes.
pub const NEAR_BYTES: usize = 4 * NEAR_CHARS;
/// Words on each side of "near".
const SIDE_WORDS: usize = 20;
/// Words that no post with a hit contains.
const NEVER_WORDS: usize = 10;
/// Rules in one pack: a YAML file has at most 500,000 values, and a rule needs about 70.
const PACK_RULES: usize = 2000;
/// Words drawn in vain before the list counts as too short.
const DRAWS_MAX: usize = 100_000;

/// A rule: a word of `first` and a word of `second` with at most [`NEAR_CHARS`] characters between
/// them, in either order, in a text without a word of `never`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Words on one side.
    pub first: Vec<String>,
    /// Words on the other side.
    pub second: Vec<String>,
    /// Words that prevent a hit.
    pub never: Vec<String>,
}

/// Numbers that depend on the seed only (SplitMix64), so that a workload is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

/// Reads the words of rules: the terms of a file that have at least two characters and no control
/// characters. One character is a poor filter in every peer, and YAML has no control characters.
pub fn read_words(path: &Path) -> Result<Vec<String>, Error> {
    let words = terms::read(path)?.into_iter().map(|term| term.trim().to_owned());
    let is_usable =
        |word: &String| word.chars().nth(1).is_some() && !word.contains(char::is_control);
    Ok(words.filter(is_usable).collect())
}

/// The `count` words that most texts contain, the most frequent first.
pub fn frequent<'t>(
    words: Vec<String>,
    texts: impl Iterator<Item = Cow<'t, str>>,
    count: usize,
) -> Result<Vec<String>, Error> {
    let engine = AhoCorasick::new(&words)?;
    let mut posts = vec![0_u64; words.len()];
    for text in texts {
        let text = text.to_lowercase();
        let found = engine.find_overlapping_iter(&text).map(|hit| hit.pattern().as_usize());
        found.collect::<BTreeSet<usize>>().into_iter().for_each(|word| posts[word] += 1);
    }
    let mut words: Vec<(u64, String)> = posts.into_iter().zip(words).collect();
    words.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    Ok(words.into_iter().take(count).map(|(_, word)| word).collect())
}

/// Draws `count` rules from `words`.
///
/// The words of a rule differ, and no word of `first` can overlap one of `second` in a text: regexes
/// cannot express that overlapping words are near, so that the peers would differ.
pub fn generate(words: &[String], count: usize, seed: u64) -> Result<Vec<Rule>, Error> {
    let mut random = Random(seed);
    (0..count).map(|_| draw_rule(words, &mut random)).collect()
}

fn draw_rule(words: &[String], random: &mut Random) -> Result<Rule, Error> {
    let mut rule = Rule { first: Vec::new(), second: Vec::new(), never: Vec::new() };
    for _ in 0..DRAWS_MAX {
        let Some(word) = words.get(random.below(words.len().max(1))) else { break };
        let used = [&rule.first, &rule.second, &rule.never].into_iter().flatten();
        if used.into_iter().any(|other| other == word) {
            continue;
        }
        if rule.first.len() < SIDE_WORDS {
            rule.first.push(word.clone());
        } else if rule.second.len() < SIDE_WORDS {
            if !rule.first.iter().any(|first| may_overlap(first, word)) {
                rule.second.push(word.clone());
            }
        } else if rule.never.len() < NEVER_WORDS {
            rule.never.push(word.clone());
        } else {
            return Ok(rule);
        }
    }
    Err(format!("{} words are too few for such rules", words.len()).into())
}

/// Whether an occurrence of one word can share characters with one of the other.
fn may_overlap(one: &str, other: &str) -> bool {
    let ends_as = |left: &str, right: &str| {
        let cuts = right.char_indices().map(|(at, _)| at).skip(1).chain([right.len()]);
        cuts.into_iter().any(|cut| left.ends_with(&right[..cut]))
    };
    one.contains(other) || other.contains(one) || ends_as(one, other) || ends_as(other, one)
}

/// Writes the rules for peers that read JSON: a list of rules.
pub fn write_json(rules: &[Rule], folder: &Path) -> Result<PathBuf, Error> {
    let path = folder.join(format!("{}.json", rules.len()));
    fs::write(&path, serde_json::to_vec(rules)?)?;
    Ok(path)
}

/// Reads what [`write_json`] wrote.
pub fn read_json(path: &Path) -> Result<Vec<Rule>, Error> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Writes the rules as packs of tidegate to a folder of their own, and returns it.
pub fn write_packs(rules: &[Rule], folder: &Path) -> Result<PathBuf, Error> {
    let folder = folder.join(format!("packs-{}", rules.len()));
    fs::create_dir_all(&folder)?;
    for (pack, rules) in rules.chunks(PACK_RULES).enumerate() {
        let text = pack_text(pack, rules)?;
        fs::write(folder.join(format!("p{pack}.rules.yaml")), text)?;
    }
    Ok(folder)
}

fn pack_text(pack: usize, rules: &[Rule]) -> Result<String, Error> {
    let mut text = format!(
        "tidegate: 1\npack: p{pack}\nversion: 2026.1.0\ntitle: Rules\nlicense: CC0-1.0\n\
         defaults: {{ category: spam, level: low, fields: [text] }}\nrules:\n"
    );
    for (place, rule) in rules.iter().enumerate() {
        let number = pack * PACK_RULES + place;
        text.push_str(&format!("  - id: p{pack}.r{number}\n    title: Rule {number}\n"));
        text.push_str("    match:\n");
        let lists = [("first", &rule.first), ("second", &rule.second), ("never", &rule.never)];
        for (name, words) in lists {
            // A list of JSON strings is a list of YAML strings.
            let words = serde_json::to_string(words)?;
            text.push_str(&format!("      {name}: {{ words: {words}, edge: none }}\n"));
        }
        let condition = format!("first near/{NEAR_CHARS} second and not never");
        text.push_str(&format!("    condition: {condition}\n    weight: 3\n"));
    }
    Ok(text)
}

/// The number of a rule in the id that [`write_packs`] gave it.
pub fn number_of(id: &str) -> Option<u32> {
    id.rsplit_once(".r")?.1.parse().ok()
}

/// The part of a rule before "not", as a regex in the syntax that all regex peers share; `most` is
/// the largest distance.
pub fn near_regex(rule: &Rule, most: usize) -> String {
    let (first, second) = (any_of(&rule.first), any_of(&rule.second));
    format!("{first}.{{0,{most}}}{second}|{second}.{{0,{most}}}{first}")
}

/// A regex for any of the words.
pub fn any_of(words: &[String]) -> String {
    let escaped: Vec<String> = words.iter().map(|word| escape(word)).collect();
    format!("(?:{})", escaped.join("|"))
}

fn escape(word: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation();
    word.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<String> {
        (0..300)
            .map(|number| format!("{}w{}", (b'a' + (number % 26) as u8) as char, number))
            .collect()
    }

    #[test]
    fn a_workload_depends_on_its_seed_only() {
        let one = generate(&words(), 5, 1).unwrap();
        assert_eq!(one, generate(&words(), 5, 1).unwrap());
        assert_ne!(one, generate(&words(), 5, 2).unwrap());
        assert!(generate(&words()[..30], 1, 1).is_err());
        assert!(generate(&[], 1, 1).is_err());
    }

    #[test]
    fn the_words_of_a_rule_differ_and_sides_do_not_overlap() {
        for rule in generate(&words(), 20, 7).unwrap() {
            assert_eq!((rule.first.len(), rule.second.len(), rule.never.len()), (20, 20, 10));
            let mut all = [rule.first.clone(), rule.second.clone(), rule.never].concat();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 50);
            for first in &rule.first {
                assert!(!rule.second.iter().any(|second| may_overlap(first, second)));
            }
        }
        for (one, other) in [("ab", "bc"), ("赌博", "博彩"), ("abc", "b"), ("abc", "abc")] {
            assert!(may_overlap(one, other) && may_overlap(other, one), "{one} {other}");
        }
        assert!(!may_overlap("ab", "cd") && !may_overlap("aba", "cac"));
    }

    #[test]
    fn frequent_words_are_counted_once_for_each_text() {
        let words = ["aa", "bb", "cc"].map(str::to_owned).to_vec();
        let texts = ["BB aa aa aa", "bb", ""].map(Cow::Borrowed).into_iter();
        assert_eq!(frequent(words, texts, 2).unwrap(), ["bb", "aa"]);
    }

    #[test]
    fn regexes_escape_their_words() {
        assert_eq!(any_of(&["a.b".to_owned(), "赌博".to_owned()]), r"(?:a\.b|赌博)");
    }

    #[test]
    fn ids_of_packs_carry_the_number() {
        assert_eq!(number_of("p1.r2017"), Some(2017));
        assert_eq!(number_of("p1.x"), None);
    }
}
