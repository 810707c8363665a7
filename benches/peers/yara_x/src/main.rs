//! yara-x with rules over offsets: `peer-yara-x RULES.json < posts > answers`.
//!
//! yara-x counts bytes. The distance is therefore the largest one that 40 characters can have, and
//! the rules hit everything that rules over characters hit, and more.

use serde::Deserialize;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufWriter, Write};

/// 40 characters of at most four bytes.
const NEAR_BYTES: usize = 160;

#[derive(Deserialize)]
struct Rule {
    first: Vec<String>,
    second: Vec<String>,
    never: Vec<String>,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    text: String,
}

/// The rule in the language of yara-x. The cheap parts of the condition come first.
fn source(number: usize, rule: &Rule) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = format!("rule r{number} {{\n  strings:\n");
    for (name, words) in [("a", &rule.first), ("b", &rule.second), ("c", &rule.never)] {
        for (place, word) in words.iter().enumerate() {
            // Words have no control characters, so a JSON string is a string of yara-x.
            writeln!(text, "    ${name}{place} = {}", serde_json::to_string(word)?)?;
        }
    }
    let follows = |one: &str, other: &str| {
        format!(
            "for any of (${one}*) : (for any i in (1..#) : \
             (any of (${other}*) in (@[i] + ![i] .. @[i] + ![i] + {NEAR_BYTES})))"
        )
    };
    write!(
        text,
        "  condition:\n    any of ($a*) and any of ($b*) and none of ($c*) and\n    \
         ({} or\n     {})\n}}\n",
        follows("a", "b"),
        follows("b", "a"),
    )?;
    Ok(text)
}

/// Processor time of this thread, from Linux.
fn processor_nanos() -> io::Result<String> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or("0").to_owned())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path] = &arguments[..] else { return Err("RULES.json".into()) };
    let rules: Vec<Rule> = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut compiler = yara_x::Compiler::new();
    for (number, rule) in rules.iter().enumerate() {
        compiler.add_source(source(number, rule)?.as_str())?;
    }
    let rules = compiler.build();
    eprintln!("built {}", processor_nanos()?);
    let mut scanner = yara_x::Scanner::new(&rules);
    let (mut posts, mut hit, mut total) = (0, 0, 0);
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        let Ok(post) = serde_json::from_slice::<Post>(&line?) else { continue };
        let text = post.text.to_lowercase();
        let found = scanner.scan(text.as_bytes())?;
        let numbers = found.matching_rules().map(|rule| rule.identifier()[1..].to_owned());
        let mut numbers: Vec<u32> =
            numbers.map(|number| number.parse()).collect::<Result<_, _>>()?;
        numbers.sort_unstable();
        writeln!(out, "{{\"id\":{},\"rules\":{numbers:?}}}", serde_json::to_string(&post.id)?)?;
        posts += 1;
        hit += usize::from(!numbers.is_empty());
        total += numbers.len();
    }
    out.flush()?;
    eprintln!("tally {posts} {hit} {total}");
    Ok(())
}
