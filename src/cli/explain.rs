//! `explain`: one text, and all that led to its verdict.

mod cells;
mod page;
mod ruled;
mod sections;
mod tree;

use super::args::{ColorArgs, MappingArgs, RuleArgs};
use super::exit::Exit;
use super::plan::mapping_of;
use super::rules::{self, Refusal};
use super::terminal;
use clap::Args;
use page::Page;
use serde_json::Map;
use std::io::{self, IsTerminal, Read};
use tidegate::classifier::Classifier;
use tidegate::ids::RuleIx;
use tidegate::limits::LINE_BYTES_MAX_LIMIT;
use tidegate::output::json::push_value;
use tidegate::post::{Mapping, Plan};
use tidegate::ruleset::suggest;
use tidegate::study::explain::{Explanation, explain};
use tidegate::study::post_line;

/// Flags of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The text; without it (or with `-`), standard input
    #[arg(value_name = "TEXT", conflicts_with = "post")]
    pub content: Option<String>,
    /// The headline that goes with TEXT
    #[arg(long, value_name = "TEXT", conflicts_with = "post")]
    pub headline: Option<String>,
    /// A whole post as a JSON object; `-` reads it from standard input
    ///
    /// The flags that say where things are in a line hold for it.
    #[arg(long, value_name = "JSON")]
    pub post: Option<String>,
    /// Tell of this rule too, whatever came of it: why not? (may be repeated)
    #[arg(long, value_name = "ID")]
    pub rule: Vec<String>,
    /// As one JSON object, for programs
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub color: ColorArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
}

/// What `explain --help` ends with.
pub const AFTER_HELP: &str = "\
Examples:
  tidegate explain '新人大水，加 V.信 abc12345'
  tidegate explain --headline \"You won't believe this\" 'Ten photos.'
  tidegate explain --rule gambling.zh.game-contact '真人娱乐'
  tidegate explain --preset mastodon --post - < status.json";

/// Runs the verb.
pub fn run(args: &ExplainArgs) -> Exit {
    args.color.color.set();
    let told = match told(args) {
        Ok(told) => told,
        Err(refusal) => return terminal::refuse(&refusal),
    };
    if args.json {
        return terminal::print(&json(&told));
    }
    let mut page = Page::new(terminal::columns(), terminal::is_coloured());
    sections::write(&mut page, &told);
    terminal::print(page.text().as_bytes())
}

fn told(args: &ExplainArgs) -> Result<Explanation, Refusal> {
    let mapping = mapping(args)?;
    let line = line(args)?;
    let classifier = rules::build(&args.rules, &mapping)?.classifier;
    let asked: Result<Vec<RuleIx>, String> =
        args.rule.iter().map(|name| rule(&classifier, name)).collect();
    let asked = asked?;
    let plan =
        Plan::new(&mapping, classifier.rules().names()).map_err(|error| error.to_string())?;
    let told = explain(&classifier, &plan, line.as_bytes(), &asked);
    told.map_err(|why| Refusal::Usage(format!("this is no post: {why}")))
}

/// Where things are in a `--post`. A TEXT of our own stands where the default looks.
fn mapping(args: &ExplainArgs) -> Result<Mapping, String> {
    let mapping = mapping_of(&args.mapping).map_err(|error| error.to_string());
    if args.post.is_some() {
        return mapping;
    }
    if mapping.is_ok_and(|mapping| mapping == Mapping::default()) {
        return Ok(Mapping::default());
    }
    Err("the flags that say where things are in a line are for --post JSON; \
         a TEXT may have a --headline TEXT"
        .to_owned())
}

/// The post as a line.
fn line(args: &ExplainArgs) -> Result<String, String> {
    if let Some(post) = &args.post {
        let post = if post == "-" { standard_input("a post as JSON")? } else { post.clone() };
        // A line break in JSON is white space, and would be the end of the post here.
        return Ok(post.trim().replace(['\n', '\r'], " "));
    }
    let text = match args.content.as_deref() {
        None if args.headline.is_some() => String::new(),
        None | Some("-") => standard_input("a text")?,
        Some(text) => text.to_owned(),
    };
    let headline = args.headline.as_deref().map(|headline| ("title", headline));
    Ok(post_line(headline.into_iter().chain([("text", text.as_str())]), &Map::new()))
}

/// All of standard input. Bytes that are no UTF-8 are read as in a stream.
fn standard_input(what: &str) -> Result<String, String> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err(format!("nothing to explain: give {what}, or pipe it in"));
    }
    let mut bytes = Vec::new();
    let limit = LINE_BYTES_MAX_LIMIT as u64;
    let read = input.lock().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot read standard input: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("standard input is longer than {limit} bytes"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// The rule with this id or old name.
fn rule(classifier: &Classifier, name: &str) -> Result<RuleIx, String> {
    let rules = classifier.rules().rules();
    let is_it = |rule: &tidegate::ruleset::compiled::CompiledRule| {
        rule.id == name || rule.aliases.iter().any(|alias| alias == name)
    };
    if let Some(at) = rules.iter().position(is_it) {
        return Ok(RuleIx(at as u32));
    }
    let near = suggest::nearest(name, rules.iter().map(|rule| rule.id.as_str()));
    let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Err(format!("no rule has the id `{name}`{help}"))
}

/// One line, harmless on a terminal.
fn json(told: &Explanation) -> Vec<u8> {
    let text = serde_json::to_string(told).unwrap_or_default();
    let mut out = Vec::with_capacity(text.len() + 1);
    push_value(&mut out, &text);
    out.push(b'\n');
    out
}
