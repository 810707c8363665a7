//! `disguise TECHNIQUE [SHARE] < rows.jsonl > disguised.jsonl`: rewrites `text` and `title`
//! of each row and leaves every other key unchanged. Without arguments `disguise` lists the
//! techniques. SHARE is the percentage of characters to change; by default the usual one of
//! the technique.

use disguise::{TECHNIQUES, Technique, disguise, technique};
use serde_json::{Map, Value};
use std::io::{self, BufRead as _, BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((technique, share)) = parse_arguments(&arguments) else {
        let names: Vec<&str> = TECHNIQUES.iter().map(|(name, ..)| *name).collect();
        let usage = format!(
            "usage: disguise TECHNIQUE [SHARE] < rows.jsonl; techniques: {}",
            names.join(", ")
        );
        let _ = writeln!(io::stderr(), "{usage}");
        return ExitCode::from(2);
    };
    match run(technique, share) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(4)
        }
    }
}

fn parse_arguments(arguments: &[String]) -> Option<(Technique, u32)> {
    let (technique, usual) = technique(arguments.first()?)?;
    let share = match arguments.get(1) {
        Some(share) => share.parse().ok().filter(|share| *share <= 100)?,
        None => usual,
    };
    (arguments.len() <= 2).then_some((technique, share))
}

fn run(technique: Technique, share: u32) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let mut row: Map<String, Value> = serde_json::from_str(&line?)
            .map_err(|error| io::Error::other(format!("line {}: {error}", number + 1)))?;
        let seed = row.get("id").map_or_else(|| number.to_string(), Value::to_string);
        for key in ["title", "text"] {
            if let Some(Value::String(text)) = row.get_mut(key) {
                *text = disguise(text, technique, share, &seed);
            }
        }
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
