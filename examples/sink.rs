//! Sends each flagged post to a custom sink, from all cores, in input order.
//!
//! The pipeline calls a function for each chunk of whole lines on one of its threads. The
//! function appends to a buffer, which the pipeline writes to the sink in input order. Here
//! it appends one row of tab-separated values for each flagged post, and the sink counts the
//! rows. Any `Write` works as a sink: a socket, a queue, the bulk loader of a database.
//!
//! ```sh
//! cargo run --example sink -- examples/posts.jsonl
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs, not the library")]

use std::error::Error;
use std::io::{self, Write};
use std::thread::available_parallelism;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, Chunk, CutterSettings};
use tidegate_engine::{Action, Batch, Engine, Record, Scratch};
use tidegate_pipeline::{Input, Settings, Sources, Stop};

/// A writer that copies rows to standard output and counts them.
#[derive(Default)]
struct Sink {
    rows: usize,
}

impl Write for Sink {
    fn write(&mut self, rows: &[u8]) -> io::Result<usize> {
        io::stdout().write_all(rows)?;
        self.rows += rows.iter().filter(|byte| **byte == b'\n').count();
        Ok(rows.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// Appends one row for each flagged post of the chunk.
fn rows(
    engine: &Engine,
    (batch, scratch): &mut (Batch, Scratch),
    chunk: &Chunk,
    out: &mut Vec<u8>,
) {
    if chunk.is_too_long() {
        return;
    }
    engine.plan().read(chunk.bytes(), chunk.is_unterminated(), batch);
    engine.classifier().scan(chunk.bytes(), batch, scratch);
    for index in 0..batch.len() {
        let Record::Post(post) = batch.record(chunk.bytes(), index) else { continue };
        let verdict = engine.classifier().judge(&post, index, scratch);
        if verdict.action >= Action::Flag {
            let categories: Vec<&str> =
                verdict.categories.iter().map(|(category, _)| category.name()).collect();
            let row = format!("{}\t{}\t{}\n", post.id(), verdict.action, categories.join(","));
            out.extend_from_slice(row.as_bytes());
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let inputs: Vec<Input> =
        std::env::args_os().skip(1).map(|path| Input::File(path.into())).collect();
    let engine = tidegate_packs::builder().build()?;
    let cutting = CutterSettings { chunk_bytes: CHUNK_BYTES_DEFAULT, line_bytes_max: 1 << 20 };
    let stop = Stop::new(None)?;
    let sources = Sources::new(inputs, cutting, false, stop.clone());
    let settings = Settings { threads: available_parallelism()?, ordered: true };
    let mut sink = Sink::default();
    let outcome = tidegate_pipeline::run(
        sources,
        &mut sink,
        &settings,
        &stop,
        <(Batch, Scratch)>::default,
        |worker, chunk, out| rows(&engine, worker, chunk, out),
    );
    // An input that cannot be read must not look like an input without flagged posts.
    if let Some(error) = outcome.reading.refused.iter().chain(&outcome.reading.errors).next() {
        return Err(error.to_string().into());
    }
    outcome.output.map_err(|error| format!("{error:?}"))?;
    eprintln!("{} flagged posts from {} bytes", sink.rows, outcome.reading.bytes);
    Ok(())
}
