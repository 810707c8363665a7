//! `disguise WAY [AMOUNT] < rows.jsonl > disguised.jsonl`: rewrites `text` and `title` of each
//! row and leaves every other key unchanged. Without arguments `disguise` lists the ways with
//! their usual amounts: the percentage of characters or words to change, or the number of
//! characters to add.

use serde_json::{Map, Value};
use std::io::{self, BufRead as _, BufWriter, Write};
use std::process::ExitCode;
use tidegate_analysis::disguise::Way;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let way = match parse_arguments(&arguments) {
        Ok(way) => way,
        Err(problem) => {
            let usage = "usage: disguise WAY [AMOUNT] < rows.jsonl";
            let _ = writeln!(io::stderr(), "{problem}{usage}\n\n{}", Way::table());
            return ExitCode::from(2);
        }
    };
    match run(way) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(4)
        }
    }
}

fn parse_arguments(arguments: &[String]) -> Result<Way, String> {
    let way = match arguments {
        [way] => Way::parse(way),
        [way, amount] => Way::parse(&format!("{way}:{amount}")),
        _ => return Err(String::new()),
    };
    way.map_err(|problem| format!("error: {problem}\n"))
}

fn run(way: Way) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let mut row: Map<String, Value> = serde_json::from_str(&line?)
            .map_err(|error| io::Error::other(format!("line {}: {error}", number + 1)))?;
        let seed = row.get("id").map_or_else(|| number.to_string(), Value::to_string);
        for key in ["title", "text"] {
            if let Some(Value::String(text)) = row.get_mut(key) {
                *text = way.disguise(text, &seed);
            }
        }
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
