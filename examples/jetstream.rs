//! Reads a Bluesky Jetstream file and prints the flagged posts with their ids.
//!
//! The preset skips events that are not posts (likes, deletes, identities).
//!
//! ```sh
//! cargo run --example jetstream -- examples/jetstream.jsonl
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs, not the library")]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use tidegate_engine::{Action, Answer, Mapping};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: jetstream FILE")?;
    let engine = tidegate_packs::builder().mapping(Mapping::preset("jetstream")?).build()?;
    let mut worker = engine.worker();
    let (mut posts, mut others, mut unreadable) = (0, 0, 0);
    for line in BufReader::new(File::open(path)?).split(b'\n') {
        let line = line?;
        match worker.answer(&line) {
            Answer::Post(post, verdict) => {
                posts += 1;
                if verdict.action >= Action::Flag || verdict.care {
                    let categories: Vec<&str> =
                        verdict.categories.iter().map(|(category, _)| category.name()).collect();
                    println!("{} {} {}", verdict.action, post.id(), categories.join(" "));
                }
            }
            Answer::Skipped => others += 1,
            Answer::Unreadable { detail, .. } => {
                unreadable += 1;
                eprintln!("unreadable: {detail}");
            }
        }
    }
    println!("{posts} posts, {others} other events, {unreadable} unreadable");
    Ok(())
}
