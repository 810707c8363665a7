//! Counts the verdicts on every `.jsonl` file of a folder, one file per task, on all cores.
//!
//! One worker per file is the simplest design where the order across files does not matter.
//!
//! ```sh
//! cargo run --example folder -- examples
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs, not the library")]

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use tidegate_engine::{Answer, Engine};

/// Number of posts by action; also counts `unreadable` lines and `skipped` records.
fn count(engine: &Engine, path: &Path) -> std::io::Result<BTreeMap<String, usize>> {
    let bytes = fs::read(path)?;
    let mut worker = engine.worker();
    let mut counts = BTreeMap::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let kind = match worker.answer(line) {
            Answer::Post(_, verdict) => verdict.action.to_string(),
            Answer::Skipped => "skipped".to_owned(),
            Answer::Unreadable { .. } => "unreadable".to_owned(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    Ok(counts)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: folder FOLDER")?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    let engine = tidegate_packs::builder().build()?;
    let counted: Vec<_> = files.par_iter().map(|path| count(&engine, path)).collect();
    for (path, counts) in files.iter().zip(counted) {
        let fields: Vec<String> =
            counts?.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        println!("{}: {}", path.display(), fields.join(", "));
    }
    Ok(())
}
