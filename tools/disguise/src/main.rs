//! `disguise WAY [SHARE] < rows.jsonl > disguised.jsonl`: rows with their `text` and `title`
//! disguised, every other key as it was. WAY is one of those `disguise` lists when called
//! without one; SHARE is the percentage of characters to change, the usual one if left out.

use disguise::{WAYS, Way, disguise, way};
use serde_json::{Map, Value};
use std::io::{self, BufRead as _, BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((way, share)) = asked_for(&arguments) else {
        let names: Vec<&str> = WAYS.iter().map(|(name, ..)| *name).collect();
        let usage = format!("usage: disguise WAY [SHARE] < rows.jsonl; ways: {}", names.join(", "));
        let _ = writeln!(io::stderr(), "{usage}");
        return ExitCode::from(2);
    };
    match run(way, share) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(4)
        }
    }
}

fn asked_for(arguments: &[String]) -> Option<(Way, u32)> {
    let (way, usual) = way(arguments.first()?)?;
    let share = match arguments.get(1) {
        Some(share) => share.parse().ok().filter(|share| *share <= 100)?,
        None => usual,
    };
    (arguments.len() <= 2).then_some((way, share))
}

fn run(way: Way, share: u32) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let mut row: Map<String, Value> = serde_json::from_str(&line?)
            .map_err(|error| io::Error::other(format!("line {}: {error}", number + 1)))?;
        let seed = row.get("id").map_or_else(|| number.to_string(), Value::to_string);
        for key in ["title", "text"] {
            if let Some(Value::String(text)) = row.get_mut(key) {
                *text = disguise(text, way, share, &seed);
            }
        }
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
