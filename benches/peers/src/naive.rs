//! The straightforward program: batches of lines, rayon, serde_json into owned strings,
//! `to_lowercase`, Aho-Corasick.

use crate::error::Error;
use crate::post::{Tally, answer};
use crate::terms;
use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use serde::Deserialize;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

/// Lines passed to rayon at a time.
const BATCH_LINES: usize = 4096;

#[derive(Deserialize)]
struct Owned {
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

/// Answers every post of standard input.
pub fn run(terms: &Path, threads: usize) -> Result<(), Error> {
    let engine = AhoCorasick::new(terms::read(terms)?)?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let judge = |line: &String| -> Option<(Vec<u8>, u64)> {
        let post: Owned = serde_json::from_str(line).ok()?;
        let text = format!("{}\n{}", post.title, post.text).to_lowercase();
        let hits = engine.find_overlapping_iter(&text).count() as u64;
        let mut line = Vec::new();
        answer(&mut line, &post.id, hits);
        Some((line, hits))
    };
    let mut lines = io::stdin().lock().lines();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut tally = Tally::default();
    loop {
        let batch: Vec<String> = lines.by_ref().take(BATCH_LINES).collect::<Result<_, _>>()?;
        if batch.is_empty() {
            break;
        }
        let answers: Vec<_> = batch.par_iter().filter_map(judge).collect();
        for (line, hits) in answers {
            out.write_all(&line)?;
            tally.count(hits);
        }
    }
    out.flush()?;
    tally.print();
    Ok(())
}
