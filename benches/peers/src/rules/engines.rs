//! The peers of the rule workload that are written in Rust.

use super::combined::{Combined, State};
use super::filtered::Filtered;
use super::words::Words;
use super::workload::{self, Rule};
use crate::error::Error;
use crate::{weigh, workers};
use clap::ValueEnum;
use serde::Deserialize;
use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

/// A way to evaluate rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// One Aho-Corasick automaton over all words, then distances.
    Words,
    /// Regexes behind a filter of literals.
    RegexFiltered,
    /// Hyperscan expressions with logical combinations.
    Hyperscan,
    /// The same with distances in bytes.
    HyperscanBytes,
}

/// Compiled rules.
pub enum Engine {
    /// See [`Kind::Words`].
    Words(Words),
    /// See [`Kind::RegexFiltered`].
    Filtered(Filtered),
    /// See [`Kind::Hyperscan`].
    Combined(Combined),
}

impl Engine {
    /// Compiles `rules`.
    pub fn new(kind: Kind, rules: &[Rule]) -> Result<Engine, Error> {
        Ok(match kind {
            Kind::Words => Engine::Words(Words::new(rules)?),
            Kind::RegexFiltered => Engine::Filtered(Filtered::new(rules)?),
            Kind::Hyperscan => Engine::Combined(Combined::new(rules, false)?),
            Kind::HyperscanBytes => Engine::Combined(Combined::new(rules, true)?),
        })
    }

    /// Replaces `hits` by the numbers of the rules that hit `text`, ascending.
    pub fn find(&self, text: &str, state: &mut State, hits: &mut Vec<u32>) {
        hits.clear();
        match self {
            Engine::Words(engine) => engine.find(text, hits),
            Engine::Filtered(engine) => engine.find(text, hits),
            Engine::Combined(engine) => engine.find(text, state, hits),
        }
    }
}

/// The parts of a post that rules read: the text without the title, so that "near" concerns one
/// field in every peer.
#[derive(Deserialize)]
struct Post<'l> {
    #[serde(borrow)]
    id: Cow<'l, str>,
    #[serde(borrow)]
    text: Cow<'l, str>,
}

/// Answers every post of standard input on one thread.
pub fn run(kind: Kind, rules: &Path) -> Result<(), Error> {
    let engine = Engine::new(kind, &workload::read_json(rules)?)?;
    weigh::report_built()?;
    let tally = workers::run(
        1,
        || (State::default(), Vec::new()),
        |(state, hits), line, answers| {
            let post: Post<'_> = serde_json::from_slice(line).ok()?;
            engine.find(&post.text.to_lowercase(), state, hits);
            writeln!(answers, "{{\"id\":\"{}\",\"rules\":{hits:?}}}", post.id).ok()?;
            Some(hits.len() as u64)
        },
    )?;
    tally.print();
    Ok(())
}
