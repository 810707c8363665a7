//! Every verb and flag, with its help. Nothing below `cli` sees these types.

use crate::commands::bench::{self, BenchArgs};
use crate::commands::check::{self, CheckArgs};
use crate::commands::compile::{self, CompileArgs};
use crate::commands::diff::{self, DiffArgs};
use crate::commands::eval::{self, EvalArgs};
use crate::commands::explain::{self, ExplainArgs};
use crate::commands::init::{self, InitArgs};
use crate::commands::report::{self, LookArgs, ReportArgs};
use crate::commands::suggest::{self, SuggestArgs};
use crate::commands::test::{self, TestArgs};
use crate::commands::tune::{self, TuneArgs};
use crate::exit::Exit;
use crate::inputs::FOLDER_NAMES;
use crate::resume::ResumeArgs;
use crate::term::Color;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::limits::{LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT};
use tidegate_engine::machine::Vectors;
use tidegate_engine::post::PRESETS;

/// A streaming text classifier: JSON-lines posts in, one explained verdict per post out.
#[derive(Debug, Parser)]
#[command(
    name = "tidegate",
    version,
    about,
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    after_long_help = after_long_help(),
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "Verbs",
    override_usage = "tidegate [OPTIONS] [FILE|DIR|GLOB]...\n       tidegate VERB [OPTIONS]...",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do; `scan` if none is given.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// The flags of `scan`.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Judge posts from standard input, files, folders (this is the default)
    #[command(
        after_help = AFTER_HELP,
        after_long_help = after_long_help(),
        override_usage = "tidegate [scan] [OPTIONS] [FILE|DIR|GLOB]..."
    )]
    Scan(Box<ScanArgs>),
    /// Say what is wrong with rules and policies, and what could be better
    #[command(after_help = check::AFTER_HELP)]
    Check(Box<CheckArgs>),
    /// Run the examples that stand in the rules: what each must hit, and what it must miss
    #[command(after_help = test::AFTER_HELP)]
    Test(TestArgs),
    /// Show why a text is judged as it is: hits, conditions, scores, and what nearly fired
    #[command(after_help = explain::AFTER_HELP)]
    Explain(Box<ExplainArgs>),
    /// Measure rules on labelled posts: precision, recall, false alarms, the worst errors
    #[command(after_help = eval::AFTER_HELP)]
    Eval(Box<EvalArgs>),
    /// Measure a rule set on a corpus: throughput, and what each rule costs and finds
    #[command(after_help = bench::AFTER_HELP)]
    Bench(Box<BenchArgs>),
    /// Make one HTML page of verdicts: how much, of what, where, when, by which rules
    #[command(after_help = report::AFTER_HELP)]
    Report(Box<ReportArgs>),
    /// Show which verdicts change from one rule set to another, and by which rules
    #[command(after_help = diff::AFTER_HELP)]
    Diff(Box<DiffArgs>),
    /// Write a small folder of rules to begin with
    #[command(after_help = init::AFTER_HELP)]
    Init(InitArgs),
    /// Propose terms and pairs that tell labelled posts from harmless ones, for an author
    #[command(after_help = suggest::AFTER_HELP)]
    Suggest(Box<SuggestArgs>),
    /// Fit weights and thresholds to a wanted precision on labelled posts
    #[command(after_help = tune::AFTER_HELP)]
    Tune(Box<TuneArgs>),
    /// Write rules to one file that is read in milliseconds, for `--rules`
    #[command(after_help = compile::AFTER_HELP)]
    Compile(CompileArgs),
    /// Print the JSON Schema of rule packs, policies or labels, for editors
    Schema(SchemaArgs),
    /// List the rule packs and policies that come with the program
    Packs(PacksArgs),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example: tidegate completions bash > ~/.local/share/bash-completion/completions/tidegate"
    )]
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = "Example: tidegate man | man -l -")]
    Man,
}

const LONG_ABOUT: &str = "\
A streaming text classifier: JSON-lines posts in, one explained verdict per post out.

Each input line gives exactly one output line, in input order: an action (allow, flag, \
review, block), a score for each category, and the evidence: which rule, which term, which \
bytes. A line that is no post gives a verdict too, with the action `unreadable` and the \
reason. The rules that come with the program are used unless you say otherwise.";

const AFTER_HELP: &str = "\
Examples:
  zcat feed.jsonl.gz | tidegate > verdicts.jsonl
  tidegate --only flagged archive/ > flagged.jsonl
  tidegate --preset mastodon --rules my-rules/ statuses.jsonl

--help says more about each flag, and what the exit status means.";

fn after_long_help() -> String {
    let mut text = String::from(
        "\
Examples:
  zcat feed.jsonl.gz | tidegate > verdicts.jsonl
      Judge a compressed feed; `tidegate feed.jsonl.gz` reads it directly.
  tail -f posts.jsonl | tidegate --only flagged
      Watch a live feed: each verdict follows its line at once.
  tidegate --only block,review --annotate archive/
      The posts themselves, each with its verdict as the last member.
  echo '{\"body\":\"…\"}' | tidegate --text /body
      Read the text from another member.
  tidegate --preset lines comments.txt --fail-on gambling
      Plain text, one post a line; exit status 1 if any is about gambling.

Exit status:
",
    );
    for (_, code, meaning) in Exit::TABLE {
        text.push_str(&format!("  {code:>3}  {meaning}\n"));
    }
    text
}

/// Flags of `scan`.
#[derive(Args, Debug)]
pub struct ScanArgs {
    /// Files, folders or patterns; `-` is standard input
    #[arg(value_name = "FILE|DIR|GLOB", long_help = files_help())]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub running: RunningArgs,
    #[command(flatten)]
    pub telling: TellingArgs,
}

fn files_help() -> String {
    format!(
        "Files, folders or patterns to read instead of standard input; `-` is standard input\n\n\
         gzip and zstd are recognised by content, whatever the name. A folder is searched, \
         in path order, for {FOLDER_NAMES}."
    )
}

/// Which rules and policy.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// Add rules: a pack file, or a folder of packs (may be repeated); or all rules, compiled
    ///
    /// A pack of the same name replaces the one that comes with the program. A file that
    /// `tidegate compile` wrote is a whole rule set, and the only one.
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Use only the rules given with --rules
    #[arg(long)]
    pub no_default_rules: bool,
    /// Turn scores into actions by this policy: a file, or the name of one that comes
    /// with the program
    #[arg(long, value_name = "FILE|NAME")]
    pub policy: Option<PathBuf>,
}

impl RuleArgs {
    /// Those of a path and no others; `embedded` stands for those of the program.
    pub fn alone(path: &Path, policy: Option<PathBuf>) -> RuleArgs {
        let is_embedded = path == Path::new("embedded") && !path.exists();
        RuleArgs {
            rules: if is_embedded { Vec::new() } else { vec![path.to_owned()] },
            no_default_rules: !is_embedded,
            policy,
        }
    }
}

/// Where things are in a line.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where things are in a line (JSON Pointers)")]
pub struct MappingArgs {
    /// Start from the shape of a known feed
    #[arg(long, value_name = "NAME", long_help = presets_help(), value_parser = preset_names())]
    pub preset: Option<String>,
    /// The id, echoed in the verdict [default: /id]
    #[arg(long, value_name = "POINTER")]
    pub id: Vec<String>,
    /// The headline [default: /title]
    ///
    /// Repeat a pointer flag to give places in order of preference.
    #[arg(long, value_name = "POINTER")]
    pub title: Vec<String>,
    /// The text [default: /text]
    #[arg(long, value_name = "POINTER")]
    pub text: Vec<String>,
    /// Another text field, for rules that name it, such as bio=/author/bio
    #[arg(long, value_name = "NAME=POINTER")]
    pub field: Vec<String>,
    /// The language a post claims [default: /lang]
    #[arg(long, value_name = "POINTER")]
    pub lang: Vec<String>,
    /// The channel, for policies [default: /channel]
    #[arg(long, value_name = "POINTER")]
    pub channel: Vec<String>,
    /// The surface, for policies [default: /surface]
    #[arg(long, value_name = "POINTER")]
    pub surface: Vec<String>,
    /// The id of the author [default: /author/id]
    #[arg(long, value_name = "POINTER")]
    pub author: Vec<String>,
    /// The time of the post [default: /created_at]
    #[arg(long, value_name = "POINTER")]
    pub created_at: Vec<String>,
    /// The number of reports from readers [default: /reports]
    #[arg(long, value_name = "POINTER")]
    pub reports: Vec<String>,
}

fn presets_help() -> String {
    let width = PRESETS.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
    let mut help = String::from("Start from the shape of a known feed; pointer flags change it\n");
    for preset in PRESETS {
        help.push_str(&format!("\n  {:width$}  {}", preset.name, preset.what));
    }
    help
}

fn preset_names() -> clap::builder::PossibleValuesParser {
    PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().into()
}

/// What is written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write only verdicts of these kinds; the summary still counts all
    ///
    /// `flagged` is short for flag,review,block,care. Others: allow, flag, review, block,
    /// care, skipped, unreadable.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = Shown::parse)]
    pub only: Vec<Shown>,
    /// Leave out rules and evidence
    #[arg(long)]
    pub brief: bool,
    /// Write the posts, each with its verdict as the last member `tidegate`
    ///
    /// The text of the post is written as it came: redaction does not apply to it, only
    /// to the evidence. A line that is no post gives its verdict alone.
    #[arg(long)]
    pub annotate: bool,
    /// What the offsets of evidence count
    #[arg(long, value_enum, default_value_t, hide_possible_values = false, value_name = "UNIT")]
    pub offsets: OffsetUnit,
    /// Name the rule set and the engine in every verdict
    #[arg(long)]
    pub stamp: bool,
    /// Write verdicts as they are ready, not in input order
    #[arg(long)]
    pub unordered: bool,
    /// Write to a file (replaced if it exists) instead of standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub resuming: ResumeArgs,
    /// Make also an HTML page of the run: how much, of what, where, when, by which rules
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub look: LookArgs,
}

/// What the offsets of evidence count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OffsetUnit {
    /// Bytes of UTF-8
    #[default]
    Bytes,
    /// Unicode characters
    Chars,
    /// UTF-16 code units, as JavaScript and Java count
    Utf16,
}

/// A kind of verdict, for `--only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Action `flag` or stronger, or `care`.
    Flagged,
    /// This action.
    Action(Action),
    /// Somebody may need help.
    Care,
    /// Known to be no post.
    Skipped,
    /// No usable post.
    Unreadable,
}

impl Shown {
    fn parse(name: &str) -> Result<Shown, String> {
        match name {
            "flagged" => Ok(Shown::Flagged),
            "care" => Ok(Shown::Care),
            "skipped" => Ok(Shown::Skipped),
            "unreadable" => Ok(Shown::Unreadable),
            _ => Action::from_name(name).map(Shown::Action).ok_or_else(|| {
                "expected flagged, allow, flag, review, block, care, skipped or unreadable"
                    .to_owned()
            }),
        }
    }
}

/// What is too much.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// The longest line that is read; a longer one is unreadable (too_long)
    ///
    /// In bytes, or with k, M or G for 1024, 1024² or 1024³.
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = line_size)]
    pub max_line: usize,
    /// Exit with 3 if more than N lines are unreadable
    #[arg(long, value_name = "N")]
    pub max_errors: Option<u64>,
    /// Exit with 3 if any line is unreadable: short for --max-errors 0
    #[arg(long, conflicts_with = "max_errors")]
    pub strict: bool,
    /// Exit with 1 if any post has this action or a stronger one, or this category
    #[arg(
        long,
        value_name = "ACTION|CATEGORY,…",
        value_delimiter = ',',
        value_parser = Alarm::parse,
        long_help = alarms_help()
    )]
    pub fail_on: Vec<Alarm>,
}

fn alarms_help() -> String {
    let categories: Vec<_> = Category::all().map(Category::name).collect();
    format!(
        "Exit with 1 if any post has this action or a stronger one, or if a rule of this \
         category fired for it\n\nActions: flag, review, block, care. Categories: {}.",
        categories.join(", ")
    )
}

/// What `--fail-on` looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// This action or a stronger one.
    Action(Action),
    /// Somebody may need help.
    Care,
    /// A rule of this category fired.
    Category(Category),
}

impl Alarm {
    fn parse(name: &str) -> Result<Alarm, String> {
        let action = Action::from_name(name).filter(|action| *action != Action::Allow);
        let category = Category::from_name(name);
        let care = (name == "care").then_some(Alarm::Care);
        let alarm = action.map(Alarm::Action).or(care).or(category.map(Alarm::Category));
        alarm.ok_or_else(|| {
            let categories: Vec<_> = Category::all().map(Category::name).collect();
            format!("expected flag, review, block, care or a category: {}", categories.join(", "))
        })
    }
}

/// How it runs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Running")]
pub struct RunningArgs {
    /// Worker threads [default: one for each processor]
    ///
    /// The verdicts do not depend on it.
    #[arg(long, short = 'j', value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
    /// Answer after every read instead of filling chunks: lowest delay, less throughput
    ///
    /// Without it too, no line waits once the input pauses.
    #[arg(long)]
    pub live: bool,
    /// Bytes read at a time
    #[arg(long, value_name = "SIZE", hide = true, value_parser = chunk_size)]
    pub chunk: Option<usize>,
    /// The widest vectors that kernels may use, in bits
    ///
    /// The verdicts do not depend on it: this is for those who want to see that.
    #[arg(long, value_name = "BITS", hide = true, value_parser = vectors)]
    pub vectors: Option<Vectors>,
}

/// What is said on standard error.
#[derive(Args, Debug)]
#[command(next_help_heading = "Telling")]
pub struct TellingArgs {
    /// Write the counts of the run as JSON, to a file or to standard error
    #[arg(long, value_name = "json[:FILE]", value_parser = StatsTo::parse)]
    pub stats: Option<StatsTo>,
    /// Print a summary on standard error (on a terminal it is printed anyway)
    #[arg(long)]
    pub summary: bool,
    /// Print nothing on standard error but errors
    #[arg(long, short = 'q', conflicts_with = "summary")]
    pub quiet: bool,
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Colour, for every verb that says something.
#[derive(Args, Debug)]
pub struct ColorArgs {
    /// Colour: on a terminal unless NO_COLOR is set, always, or never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Color,
}

/// Where `--stats` goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatsTo {
    /// Standard error.
    Stderr,
    /// A file.
    File(PathBuf),
}

impl StatsTo {
    fn parse(value: &str) -> Result<StatsTo, String> {
        match value.split_once(':') {
            None if value == "json" => Ok(StatsTo::Stderr),
            Some(("json", "-")) => {
                Err("standard output is for verdicts: name a file, or leave out `:-`".to_owned())
            }
            Some(("json", file)) if !file.is_empty() => Ok(StatsTo::File(file.into())),
            _ => Err("expected json, or json:FILE".to_owned()),
        }
    }
}

/// Flags of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Of what
    pub of: SchemaOf,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// NAME.rules.yaml
    Pack,
    /// A policy file
    Policy,
    /// labels.yaml: what the labels of a corpus mean
    Labels,
}

/// Flags of `packs`.
#[derive(Args, Debug)]
pub struct PacksArgs {
    /// As JSON, one object a pack or policy
    #[arg(long)]
    pub json: bool,
}

/// Flags of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// For which shell
    pub shell: clap_complete::Shell,
}

/// The names of all verbs.
pub fn verb_names() -> Vec<String> {
    Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

pub fn line_size(value: &str) -> Result<usize, String> {
    size(value, LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT)
}

fn chunk_size(value: &str) -> Result<usize, String> {
    size(value, LINE_BYTES_MAX_LEAST, 1 << 28)
}

fn vectors(bits: &str) -> Result<Vectors, String> {
    let known = Vectors::ALL.into_iter().find(|vectors| vectors.bits().to_string() == bits);
    known.ok_or_else(|| "expected 0, 128, 256 or 512".to_owned())
}

/// `1048576`, `1024k`, `1M`, `1MiB`.
fn size(value: &str, least: usize, most: usize) -> Result<usize, String> {
    let expected =
        || format!("expected a size from {least} to {most} bytes, such as 65536, 64k or 1M");
    let digits = value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: usize = digits.parse().map_err(|_| expected())?;
    let shift = match value[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(expected()),
    };
    let bytes = number.checked_mul(1 << shift).ok_or_else(expected)?;
    if (least..=most).contains(&bytes) { Ok(bytes) } else { Err(expected()) }
}

/// More workers than this only wait for each other.
const THREADS_MAX: usize = 1024;

pub fn threads(value: &str) -> Result<NonZeroUsize, String> {
    let threads = value.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= THREADS_MAX);
    threads.ok_or_else(|| format!("expected a number from 1 to {THREADS_MAX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_have_units_and_limits() {
        for (text, bytes) in [("4", 4), ("64k", 65536), ("1M", 1 << 20), ("2MiB", 2 << 20)] {
            assert_eq!(line_size(text), Ok(bytes));
        }
        assert_eq!(line_size("1G"), Ok(LINE_BYTES_MAX_LIMIT));
        for text in ["", "3", "-4", "1.5M", "2G", "99999999999999999999", "1x", "k", "1 M"] {
            assert!(line_size(text).unwrap_err().starts_with("expected a size"), "{text}");
        }
    }

    #[test]
    fn threads_have_limits() {
        for (text, good) in [("0", false), ("1", true), ("1024", true), ("1025", false)] {
            assert_eq!(threads(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn stats_and_kinds_say_what_was_expected() {
        assert_eq!(StatsTo::parse("json"), Ok(StatsTo::Stderr));
        assert_eq!(StatsTo::parse("json:a:b"), Ok(StatsTo::File("a:b".into())));
        for bad in ["", "text", "json:", "json:-"] {
            assert!(StatsTo::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Shown::parse("block"), Ok(Shown::Action(Action::Block)));
        assert!(Shown::parse("blocked").unwrap_err().contains("expected flagged"));
        assert_eq!(Alarm::parse("care"), Ok(Alarm::Care));
        assert!(Alarm::parse("allow").unwrap_err().contains("clickbait"));
        assert_eq!(vectors("256"), Ok(Vectors::Bits256));
        assert!(vectors("64").unwrap_err().contains("128"));
    }

    #[test]
    fn verbs_and_flags_are_told_apart() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        let cli = parse("tidegate a.jsonl --only flagged,unreadable --brief").unwrap();
        assert!(cli.verb.is_none() && cli.scan.output.brief);
        assert_eq!(cli.scan.output.only, [Shown::Flagged, Shown::Unreadable]);
        assert!(matches!(parse("tidegate scan a.jsonl").unwrap().verb, Some(Verb::Scan(_))));
        assert!(parse("tidegate --strict --max-errors 3").is_err());
        assert!(parse("tidegate --quiet --summary").is_err());
        assert!(parse("tidegate --resume").is_err() && parse("tidegate --resume -o x").is_ok());
        assert!(parse("tidegate --resume -o x --unordered").is_err());
    }
}
