//! `bench`: the throughput of a rule set, and the cost of its rules.

use crate::exit::Exit;
use crate::files::own_command;
use crate::flags::{ColorArgs, HtmlPageArgs, InputArgs, MappingArgs, RuleArgs};
use crate::load;
use crate::outputs::{OutputCheck, replace};
use crate::start_error::StartError;
use crate::term::progress::Progress;
use crate::term::say;
use crate::term::wrap;
use crate::{inputs, term};
use clap::Args;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use tidegate_analysis::bench::{
    Bench, Corpus, Effort, RuleCost, SetResult, Subject, bench, render_page,
};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::summary::{grouped, human_bytes};
use tidegate_engine::lines::{Chunk, CutterSettings};
use tidegate_engine::post::{Mapping, Plan};
use tidegate_messages::Language;
use tidegate_pipeline::{Sources, Stop};

/// Arguments of `bench`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct BenchArgs {
    /// Rules: a pack, a folder of packs, or `embedded` for the embedded rules alone
    ///
    /// They are measured together with the embedded rules, unless --no-default-rules is given.
    #[arg(value_name = "RULES")]
    pub rules: PathBuf,
    /// Measure the named rules without the embedded ones
    #[arg(long)]
    pub no_default_rules: bool,
    /// Posts to judge: files, folders or glob patterns
    #[arg(value_name = "CORPUS", required = true)]
    pub corpus: Vec<PathBuf>,
    /// Also measure these rules, alternating with the first
    #[arg(long, value_name = "RULES")]
    pub against: Option<PathBuf>,
    /// Policy that maps scores to actions: a file, or the name of an embedded policy
    #[arg(long, value_name = "FILE|NAME")]
    pub policy: Option<PathBuf>,
    /// Number of passes of each rule set over the corpus
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Number of posts on which the cost of each rule is measured
    #[arg(long, value_name = "N", default_value = "20000")]
    pub sample: u64,
    /// Number of worker threads
    #[arg(long, short = 'j', value_name = "N", default_value = "1")]
    pub threads: NonZeroUsize,
    /// Megabytes of the corpus to read at most; it is kept in memory
    #[arg(long, value_name = "MB", default_value = "256", value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub megabytes: u64,
    /// Number of rules to list, by cost and by number of hits
    #[arg(long, value_name = "N", default_value = "10")]
    pub top: usize,
    /// Print one JSON object, with all rules
    #[arg(long)]
    pub json: bool,
    /// Also write an HTML page
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub page: HtmlPageArgs,
    #[command(flatten)]
    pub color: ColorArgs,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate bench my-rules/ posts.jsonl.gz
  tidegate bench my-rules/ posts.jsonl.gz --against my-rules-before/ --html bench.html
  tidegate bench embedded posts.jsonl.gz --json | jq '.sets[0].rules[:5]'";

/// Runs the command.
pub fn run(args: &BenchArgs) -> Exit {
    args.color.apply();
    match prepare(args) {
        Ok(Prepared { subjects, corpus }) => measure(args, &subjects, &corpus),
        Err(error) => term::refuse(&error),
    }
}

struct Prepared {
    subjects: Vec<(String, Classifier, Plan)>,
    corpus: Corpus,
}

fn prepare(args: &BenchArgs) -> Result<Prepared, StartError> {
    check_output(args)?;
    let mapping = args.mapping.to_mapping().map_err(|error| term::say(error.message()))?;
    let paths = std::iter::once(&args.rules).chain(&args.against);
    let subjects: Result<Vec<_>, StartError> =
        paths.map(|path| subject(path, args, &mapping)).collect();
    Ok(Prepared { subjects: subjects?, corpus: corpus(args)? })
}

/// Rejects a page that would replace what is read.
fn check_output(args: &BenchArgs) -> Result<(), String> {
    let Some(page) = &args.html else { return Ok(()) };
    let mut check = OutputCheck::default();
    check.reads_arguments(&args.corpus, &say!("an input"));
    check.reads_rules(std::slice::from_ref(&args.rules));
    check.reads_rules(args.against.as_slice());
    check.reads_policy(args.policy.as_deref());
    check.writes(page, "--html")
}

fn subject(
    path: &Path,
    args: &BenchArgs,
    mapping: &Mapping,
) -> Result<(String, Classifier, Plan), StartError> {
    let rules = RuleArgs::new(vec![path.to_owned()], args.no_default_rules, args.policy.clone());
    let (classifier, plan) = load::build(&rules, mapping)?.into_parts();
    load::note_composition(&path.display().to_string(), classifier.rules());
    Ok((path.display().to_string(), classifier, plan))
}

/// Reads the posts into memory.
fn corpus(args: &BenchArgs) -> Result<Corpus, String> {
    let stop = Stop::new(None).map_err(|error| error.to_string())?;
    let inputs = inputs::expand(&args.corpus)?;
    let sources = Sources::new(inputs, CutterSettings::default(), false, stop);
    let mut sources = sources.in_format(args.input.format(&args.mapping));
    let (mut corpus, mut chunk) = (Corpus::default(), Chunk::default());
    let bytes_max = args.megabytes * 1_000_000;
    while corpus.bytes() < bytes_max && sources.next(&mut chunk, &|| true) {
        corpus.push(chunk.bytes());
    }
    let report = sources.into_report();
    if let Some(error) = report.refused.iter().chain(&report.errors).next() {
        return Err(error.to_string());
    }
    if corpus.bytes() == 0 {
        return Err(say!("the corpus is empty: there is nothing to measure"));
    }
    Ok(corpus)
}

fn measure(args: &BenchArgs, prepared: &[(String, Classifier, Plan)], corpus: &Corpus) -> Exit {
    let subjects: Vec<Subject<'_>> = prepared
        .iter()
        .map(|(name, classifier, plan)| Subject { name, classifier, plan })
        .collect();
    let effort =
        Effort { rounds: args.rounds as usize, threads: args.threads, sampled_posts: args.sample };
    let turns = (u64::from(args.rounds) + 1) * subjects.len() as u64;
    let is_interactive = term::is_interactive();
    let total = corpus.bytes() * turns;
    let progress = Progress::start(Some(total).filter(|_| is_interactive));
    let bytes = progress.bytes();
    let result = bench(&subjects, corpus, effort, &|done| {
        bytes.fetch_add(done, std::sync::atomic::Ordering::Relaxed);
    });
    drop(progress);
    if let Some(message) = no_posts(&result) {
        term::error(&message);
        return Exit::CouldNotStart;
    }
    if let Some(path) = &args.html
        && let Err(error) = write_page(&result, path, args.page.language())
    {
        term::error(&say!("cannot write to {}: {error}", path.display()));
        return Exit::Io;
    }
    let text = if args.json {
        serde_json::to_string(&result).unwrap_or_default() + "\n"
    } else {
        text(&result, args.top, io::stdout().is_terminal())
    };
    term::print(text.as_bytes())
}

/// The error message of a corpus without posts.
fn no_posts(result: &Bench) -> Option<String> {
    let set = result.sets.iter().find(|set| set.posts == 0)?;
    Some(say!(
        "none of the {} lines is a usable post for {}; set the field mapping with --preset or --text",
        grouped(result.lines),
        set.name
    ))
}

fn write_page(result: &Bench, path: &Path, language: Language) -> io::Result<()> {
    let text = render_page(result, &own_command(), language).map_err(io::Error::other)?;
    replace(path, text.as_bytes())
}

/// The tables.
fn text(result: &Bench, top: usize, is_interactive: bool) -> String {
    let mut out = String::new();
    // Writing to a string never fails.
    let _ = write_text(&mut out, result, top);
    if is_interactive { term::printable(&out).into_owned() } else { out }
}

fn write_text(out: &mut String, result: &Bench, top: usize) -> std::fmt::Result {
    let threads = match result.threads {
        1 => say!("1 thread"),
        some => say!("{some} threads"),
    };
    writeln!(
        out,
        "{}",
        say!(
            "{} lines, {}; {} rounds, {threads}",
            grouped(result.lines),
            human_bytes(result.bytes),
            result.rounds
        )
    )?;
    for set in &result.sets {
        write_set(out, result, set, top)?;
    }
    let (Some(ratio), [one, other, ..]) = (result.ratio, result.sets.as_slice()) else {
        return Ok(());
    };
    let (other, one) = (&other.name, &one.name);
    let range =
        say!("{:.2} to {:.2} over {} interleaved rounds", ratio.least, ratio.most, result.rounds);
    match ratio.is_equal() {
        true => writeln!(out, "\n{}", say!("{other} is as fast as {one}: no difference ({range})")),
        false => {
            writeln!(
                out,
                "\n{}",
                say!("{other} is {:.2} times as fast as {one} ({range})", ratio.median)
            )
        }
    }
}

fn write_set(out: &mut String, result: &Bench, set: &SetResult, top: usize) -> std::fmt::Result {
    let speed = |bytes_per_second: f64| format!("{}/s", human_bytes(bytes_per_second as u64));
    let of_round = |seconds: f64| speed(result.bytes as f64 / seconds);
    let fastest = set.seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let slowest = set.seconds.iter().copied().fold(0.0, f64::max);
    let share = |part: u64| 100.0 * part as f64 / set.posts.max(1) as f64;
    writeln!(
        out,
        "\n{}",
        say!("{}  {} rules, rule set {}", set.name, set.rules_total, set.ruleset)
    )?;
    writeln!(
        out,
        "{}",
        say!("  {}  ({} to {})", speed(set.bytes_per_second), of_round(slowest), of_round(fastest))
    )?;
    writeln!(
        out,
        "{}",
        say!(
            "  {} posts: {:.2} % with a rule, {:.2} % with an action",
            grouped(set.posts),
            share(set.hit),
            share(set.flagged)
        )
    )?;
    writeln!(out, "\n{}", say!("  stage   share   alone        what"))?;
    for stage in &set.stages {
        let alone = speed(stage.bytes_per_second);
        let share = stage.share * 100.0;
        let label = format!("  {:<6} {share:>5.1} %   {alone:<11}  ", stage.name);
        out.push_str(&wrap::labelled(&label, stage.what));
    }
    writeln!(
        out,
        "\n{}",
        say!("  most expensive rules, timed on {} posts", grouped(set.sampled_posts))
    )?;
    write_rules(out, set.rules.iter().take(top))?;
    let mut noisiest: Vec<&RuleCost> = set.rules.iter().filter(|rule| rule.hits > 0).collect();
    noisiest.sort_by(|a, b| b.hits.cmp(&a.hits).then_with(|| a.id.cmp(&b.id)));
    writeln!(out, "\n{}", say!("  most frequent rules, over all posts"))?;
    write_rules(out, noisiest.into_iter().take(top))
}

fn write_rules<'r>(
    out: &mut String,
    rules: impl Iterator<Item = &'r RuleCost>,
) -> std::fmt::Result {
    let mut rules = rules.peekable();
    if rules.peek().is_none() {
        return writeln!(out, "{}", say!("  none"));
    }
    writeln!(out, "{}", say!("   share    hits  checks  with a match   without  rule"))?;
    for rule in rules {
        let RuleCost { id, hits, checks, share, nanos_with, nanos_without, .. } = rule;
        let (with, without) = (nanos(*nanos_with), nanos(*nanos_without));
        writeln!(
            out,
            "  {:>5.1} % {:>7} {:>7}  {with:>12} {without:>9}  {id}",
            share * 100.0,
            grouped(*hits),
            grouped(*checks),
        )?;
    }
    Ok(())
}

/// `85 ns`, `1.2 µs`.
fn nanos(nanos: Option<f64>) -> String {
    tidegate_analysis::bench::nanos(nanos)
}
