//! Compares the answers of peers that do the same work.

use crate::corpus::{Corpus, command};
use crate::error::Error;
use crate::peers::{Answers, Peer};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// The ids of the posts with hits, according to a peer, in order.
pub fn ids(peer: &Peer, corpus: &Corpus) -> Result<Vec<String>, Error> {
    let mut child = command(&peer.command, peer.reads, corpus)?
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = child.stdout.take().ok_or("no output to read")?;
    let mut ids = Vec::new();
    for line in BufReader::new(out).lines() {
        let line = line?;
        if is_hit(&line) {
            ids.push(id(&line).ok_or_else(|| format!("no id in {line}"))?.to_owned());
        }
    }
    let status = child.wait()?;
    if status.success() { Ok(ids) } else { Err(format!("{}: {status}", peer.name).into()) }
}

/// Whether a line reports a hit: a verdict lists rules, the answer of a peer has a count other than
/// 0.
fn is_hit(line: &str) -> bool {
    line.contains("\"rules\":") || (line.contains("\"hits\":") && !line.contains("\"hits\":0}"))
}

fn id(line: &str) -> Option<&str> {
    line.strip_prefix("{\"id\":\"")?.split('"').next()
}

/// The difference between the answers of `peer` and those of the naive program, if it is an error.
pub fn compare(peer: &Peer, found: &[String], naive: &[String]) -> Option<String> {
    match peer.answers {
        Answers::Same if found != naive => {
            Some(format!("{} hits other posts than naive: {}", peer.name, differ(found, naive)))
        }
        Answers::AtLeast => {
            let missed = missing(naive, found);
            (!missed.is_empty()).then(|| {
                format!("{} misses {} posts, first {}", peer.name, missed.len(), missed[0])
            })
        }
        _ => None,
    }
}

fn differ(found: &[String], naive: &[String]) -> String {
    let (more, less) = (missing(found, naive), missing(naive, found));
    let first = |ids: &[&String]| ids.first().map_or(String::new(), |id| format!(" (first {id})"));
    format!("{} more{}, {} fewer{}", more.len(), first(&more), less.len(), first(&less))
}

/// Ids in `wanted` that are not in `found`. Both are in the order of the posts.
fn missing<'w>(wanted: &'w [String], found: &[String]) -> Vec<&'w String> {
    let found: std::collections::HashSet<&String> = found.iter().collect();
    wanted.iter().filter(|id| !found.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::Reads;

    fn peer(answers: Answers) -> Peer {
        let (name, command) = ("x".to_owned(), Vec::new());
        Peer { name, threads: 1, command, reads: Reads::Stdin, answers }
    }

    #[test]
    fn distinguishes_hits_from_clean_posts() {
        assert!(is_hit(r#"{"id":"a","hits":10}"#) && !is_hit(r#"{"id":"a","hits":0}"#));
        assert!(is_hit(r#"{"id":"a","action":"flag","rules":[]}"#));
        assert!(!is_hit(r#"{"id":"a","action":"allow"}"#));
        assert_eq!(id(r#"{"id":"a1","hits":10}"#), Some("a1"));
    }

    #[test]
    fn answers_are_compared_as_the_peer_allows() {
        let ids = |ids: &[&str]| -> Vec<String> { ids.iter().map(|id| (*id).to_owned()).collect() };
        let (naive, more, less) = (ids(&["a", "b"]), ids(&["a", "b", "c"]), ids(&["a"]));
        for (answers, found, is_wrong) in [
            (Answers::Same, &naive, false),
            (Answers::Same, &more, true),
            (Answers::Same, &less, true),
            (Answers::AtLeast, &more, false),
            (Answers::AtLeast, &less, true),
            (Answers::Other, &less, false),
        ] {
            let error = compare(&peer(answers), found, &naive);
            assert_eq!(error.is_some(), is_wrong, "{answers:?} {found:?}: {error:?}");
        }
    }
}
