//! Compares the rules that peers hit, post by post.

use super::workload;
use crate::corpus::{Corpus, command};
use crate::error::Error;
use crate::peers::{Answers, Peer};
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// The rules that hit each post, in the order of the posts.
pub type Hits = Vec<Vec<u32>>;

/// An answer of a peer or a verdict of tidegate.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    rules: Vec<Fired>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Fired {
    Number(u32),
    Rule { id: String },
}

/// Runs a peer, not timed, and reads its answers.
pub fn hits(peer: &Peer, corpus: &Corpus) -> Result<Hits, Error> {
    let mut child = command(&peer.command, peer.reads, corpus)?
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = child.stdout.take().ok_or("no output to read")?;
    let hits: Result<Hits, Error> = BufReader::new(out).lines().map(|line| read(&line?)).collect();
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("{}: {status}", peer.name).into());
    }
    hits
}

/// Reads one answer.
pub fn read(line: &str) -> Result<Vec<u32>, Error> {
    let answer: Answer = serde_json::from_str(line)?;
    let number = |fired: Fired| match fired {
        Fired::Number(number) => Some(number),
        Fired::Rule { id } => workload::number_of(&id),
    };
    let numbers: Option<Vec<u32>> = answer.rules.into_iter().map(number).collect();
    let mut numbers = numbers.ok_or_else(|| format!("unknown rule in {line}"))?;
    numbers.sort_unstable();
    Ok(numbers)
}

/// Hits of a peer that the reference does not have, and the reverse, as pairs of post and rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Only of the peer.
    pub more: u64,
    /// Only of the reference.
    pub fewer: u64,
    /// The first post that differs, from 0.
    pub first: Option<usize>,
}

impl Difference {
    /// Compares the posts that both answered. One may have read a part of the corpus, and only
    /// tidegate answers a line that is cut.
    pub fn new(found: &Hits, reference: &Hits) -> Difference {
        let mut difference = Difference::default();
        for (post, (found, wanted)) in found.iter().zip(reference).enumerate() {
            let missing = |from: &[u32], of: &[u32]| {
                of.iter().filter(|rule| from.binary_search(rule).is_err()).count() as u64
            };
            difference.more += missing(wanted, found);
            difference.fewer += missing(found, wanted);
            if found != wanted {
                difference.first.get_or_insert(post);
            }
        }
        difference
    }

    /// Whether a peer that promises `answers` may differ like this.
    pub fn is_allowed(&self, answers: Answers) -> bool {
        match answers {
            Answers::Same => self.more == 0 && self.fewer == 0,
            Answers::AtLeast => self.fewer == 0,
            Answers::Folded | Answers::Other | Answers::None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_answers_and_verdicts() {
        assert_eq!(read(r#"{"id":"a","rules":[3, 1]}"#).unwrap(), [1, 3]);
        let verdict = r#"{"id":"a","action":"flag","rules":[{"id":"p1.r2001","score":3}]}"#;
        assert_eq!(read(verdict).unwrap(), [2001]);
        assert!(read(r#"{"id":"a","action":"allow"}"#).unwrap().is_empty());
        assert!(read(r#"{"rules":[{"id":"other"}]}"#).is_err());
    }

    #[test]
    fn counts_what_differs() {
        let reference = vec![vec![1, 2], vec![], vec![3]];
        let found = vec![vec![1], vec![4, 5], vec![3]];
        let difference = Difference::new(&found, &reference);
        assert_eq!(difference, Difference { more: 2, fewer: 1, first: Some(0) });
        assert!(!difference.is_allowed(Answers::Same) && !difference.is_allowed(Answers::AtLeast));
        assert!(difference.is_allowed(Answers::Folded));
        let more = Difference { fewer: 0, ..difference };
        assert!(more.is_allowed(Answers::AtLeast) && !more.is_allowed(Answers::Same));
        let same = Difference::new(&reference, &reference[..2].to_vec());
        assert!(same.is_allowed(Answers::Same) && same.first.is_none());
    }
}
