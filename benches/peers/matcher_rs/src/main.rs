//! matcher_rs with its own normalisation: `peer-matcher-rs TERMS THREADS < posts > answers`.
//!
//! `&` and `~` join parts of one of its words, so terms that contain them are left out.

use matcher_rs::{ProcessType, SimpleMatcherBuilder, TextMatcherTrait};
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::{self, BufRead, BufWriter, Write};

const BATCH_LINES: usize = 4096;

#[derive(Deserialize)]
struct Post {
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path, threads] = &arguments[..] else { return Err("TERMS THREADS".into()) };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let text = std::fs::read_to_string(path)?.to_lowercase();
    let terms: BTreeSet<&str> =
        text.lines().filter(|term| !term.trim().is_empty() && !term.contains(['&', '~'])).collect();
    let mut builder = SimpleMatcherBuilder::new();
    for (number, term) in terms.iter().enumerate() {
        builder = builder.add_word(ProcessType::FanjianDeleteNormalize, number as u32, *term);
    }
    let matcher = builder.build();
    let judge = |line: &String| -> Option<(String, usize)> {
        let post: Post = serde_json::from_str(line).ok()?;
        let hits = matcher.process(&format!("{}\n{}", post.title, post.text)).len();
        Some((format!("{{\"id\":\"{}\",\"hits\":{hits}}}\n", post.id), hits))
    };
    let (mut posts, mut hit, mut total) = (0, 0, 0);
    let mut lines = io::stdin().lock().lines();
    let mut out = BufWriter::new(io::stdout().lock());
    loop {
        let batch: Vec<String> = lines.by_ref().take(BATCH_LINES).collect::<Result<_, _>>()?;
        if batch.is_empty() {
            break;
        }
        let answers: Vec<_> = batch.par_iter().filter_map(judge).collect();
        for (line, hits) in answers {
            out.write_all(line.as_bytes())?;
            posts += 1;
            hit += usize::from(hits > 0);
            total += hits;
        }
    }
    out.flush()?;
    eprintln!("tally {posts} {hit} {total}");
    Ok(())
}
