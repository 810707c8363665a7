//! serde_json, lower case, and one literal engine: the same program for each engine.

use crate::error::Error;
use crate::hyperscan::{Hyperscan, Scratch};
use crate::post::{Post, answer};
use crate::{terms, workers};
use aho_corasick::AhoCorasick;
use clap::ValueEnum;
use daachorse::{CharwiseDoubleArrayAhoCorasick, DoubleArrayAhoCorasick};
use std::path::Path;

/// A literal engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// `aho-corasick`, which selects the automaton by the number of terms.
    AhoCorasick,
    /// daachorse over bytes.
    DaachorseBytes,
    /// daachorse over characters.
    DaachorseChars,
    /// Hyperscan, from the system's library.
    Hyperscan,
}

enum Engine {
    AhoCorasick(AhoCorasick),
    DaachorseBytes(DoubleArrayAhoCorasick<u32>),
    DaachorseChars(CharwiseDoubleArrayAhoCorasick<u32>),
    Hyperscan(Hyperscan),
}

impl Engine {
    fn new(kind: Kind, terms: &[String]) -> Result<Engine, Error> {
        Ok(match kind {
            Kind::AhoCorasick => Engine::AhoCorasick(AhoCorasick::new(terms)?),
            Kind::DaachorseBytes => {
                let built = DoubleArrayAhoCorasick::new(terms);
                Engine::DaachorseBytes(built.map_err(|error| error.to_string())?)
            }
            Kind::DaachorseChars => {
                let built = CharwiseDoubleArrayAhoCorasick::new(terms);
                Engine::DaachorseChars(built.map_err(|error| error.to_string())?)
            }
            Kind::Hyperscan => Engine::Hyperscan(Hyperscan::new(terms)?),
        })
    }

    /// Number of hits, including overlapping ones.
    fn count(&self, text: &str, scratch: &mut Option<Scratch>) -> u64 {
        match self {
            Engine::AhoCorasick(engine) => engine.find_overlapping_iter(text).count() as u64,
            Engine::DaachorseBytes(engine) => engine.find_overlapping_iter(text).count() as u64,
            Engine::DaachorseChars(engine) => engine.find_overlapping_iter(text).count() as u64,
            Engine::Hyperscan(engine) => {
                engine.count(text, scratch.get_or_insert_with(|| engine.scratch()))
            }
        }
    }
}

/// Answers every post of standard input.
pub fn run(kind: Kind, terms: &Path, threads: usize) -> Result<(), Error> {
    let engine = Engine::new(kind, &terms::read(terms)?)?;
    let tally = workers::run(
        threads,
        || None,
        |scratch, line, answers| {
            let post: Post<'_> = serde_json::from_slice(line).ok()?;
            let text = format!("{}\n{}", post.title, post.text).to_lowercase();
            let hits = engine.count(&text, scratch);
            answer(answers, &post.id, hits);
            Some(hits)
        },
    )?;
    tally.print();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hyperscan;

    /// Reference implementation: tries every term at every position.
    fn count_slowly(terms: &[String], text: &str) -> u64 {
        let places = text.char_indices().map(|(at, _)| &text[at..]);
        places.map(|rest| terms.iter().filter(|term| rest.starts_with(*term)).count() as u64).sum()
    }

    #[test]
    fn every_engine_counts_every_overlapping_hit() {
        let terms: Vec<String> =
            ["彩", "彩金", "金彩", "aa", "aaa", "a彩"].map(str::to_owned).into();
        let mut kinds = vec![Kind::AhoCorasick, Kind::DaachorseBytes, Kind::DaachorseChars];
        kinds.extend(hyperscan::presence().is_ok().then_some(Kind::Hyperscan));
        for kind in kinds {
            let engine = Engine::new(kind, &terms).unwrap();
            for text in ["", "b", "aaaa彩金彩金", "彩aa彩", "金彩金金彩aaa"] {
                let wanted = count_slowly(&terms, text);
                assert_eq!(engine.count(text, &mut None), wanted, "{kind:?} in {text}");
            }
        }
    }
}
