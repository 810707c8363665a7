//! `compile`: rules → one file that loads in milliseconds.
//!
//! The file is written under a temporary name, read back, and then renamed: a concurrent
//! reader sees the complete old file or the complete new one.

mod sample;

use crate::corpus::{Ended, split_rules};
use crate::exit::Exit;
use crate::flags::{CorpusArgs, MappingArgs, short_html};
use crate::load::from_sources;
use crate::outputs::OutputCheck;
use crate::start_error::StartError;
use crate::term;
use crate::term::counts::{self, counted};
use crate::term::say;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sample::{Measured, SampleFiles};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tidegate_engine::codec::container;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::domain::summary::human_bytes;
use tidegate_engine::phrase;
use tidegate_engine::policy::{Policies, Policy, RuleSetFacts};
use tidegate_engine::rules::codec::Compiled;
use tidegate_packs::BUNDLE;

const AFTER_HELP: &str = "\
Examples:
  tidegate compile my-rules/ -o rules.tgc && tidegate --rules rules.tgc feed.jsonl
  tidegate compile my-rules/ -o rules.tgc --sample last-week/ --preset mastodon

The file contains the named rules and the embedded ones, as with `--rules PATH...`, and the \
policies next to them, for `--policy NAME`. Its verdicts are byte for byte the same. Only the \
build of the program that wrote the file can read it; other builds and damaged files are \
rejected.

Rules are planned by how often their words are expected: a rule is looked at in posts that may \
contain the rarest thing it requires. Without --sample the frequencies are estimates from lists \
of words; with it they are measured in your posts. Neither changes the hash of the rules, nor a \
verdict, except of posts that exceed a limit on hits (`capped`): which of their hits are kept may \
depend on the plan.

Exit status:
  0  the file is written
  2  invalid rules, an existing file that is not a compiled rule set, or a sample without
     readable posts
  4  reading the sample or writing failed";

/// Arguments of `compile`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("html_text", short_html))]
pub struct CompileArgs {
    /// Packs, or folders of packs and policies [default: the embedded rules]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Do not include the embedded rules
    #[arg(long, requires = "paths")]
    pub no_default_rules: bool,
    /// File to write; an existing file must be a compiled rule set
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Posts of the kind that will be classified; the rules are planned by how often their words
    /// occur in them (repeatable)
    ///
    /// Files, folders or glob patterns, read as `scan` reads them: compressed files, archives and
    /// Parquet are recognised by content, and `-` is standard input. Packs among the values are read as PATH. The plan
    /// decides how fast posts are classified.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub sample: Vec<PathBuf>,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub reading: CorpusArgs,
}

/// Runs the command.
pub fn run(args: &CompileArgs) -> Exit {
    let (mut compiled, sample) = match prepare(args) {
        Ok(prepared) => prepared,
        Err(refusal) => return term::refuse(&refusal),
    };
    let measured = match sample.map(|sample| sample.plan(&mut compiled.rules)).transpose() {
        Ok(measured) => measured,
        Err(Ended(exit)) => return exit,
    };
    let what = term::phrase(phrase!("writing"));
    let spinner = Spinner::start(what);
    let written = write(&compiled, &args.output);
    drop(spinner);
    match written {
        Ok(bytes) => {
            report(args, &summary(&compiled, &args.output, bytes), measured);
            Exit::Complete
        }
        Err(error) => {
            term::error(&say!("cannot write {}: {error}", args.output.display()));
            Exit::Io
        }
    }
}

/// The compiled rules, and the sample for their plan. Wrong arguments are found before rules are
/// compiled.
fn prepare(args: &CompileArgs) -> Result<(Compiled, Option<SampleFiles>), StartError> {
    check_output(&args.output)?;
    let mut check = OutputCheck::default();
    check.reads_rules(&args.paths);
    if !args.sample.is_empty() {
        check.reads_arguments(&args.sample, &say!("a sample"));
    }
    check.writes(&args.output, "--output")?;
    let (packs, posts) = split_rules(&args.sample);
    let sample = match args.sample.is_empty() {
        true => None,
        false => Some(SampleFiles::new(&posts, &args.mapping, &args.reading)?),
    };
    let what = term::phrase(phrase!("compiling rules"));
    let _spinner = Spinner::start(what);
    let paths: Vec<PathBuf> = args.paths.iter().chain(&packs).cloned().collect();
    let compiled = from_sources(&paths, !args.no_default_rules)?;
    check_policies(&compiled)?;
    Ok((compiled, sample))
}

/// Says on a terminal what was written; with a sample, always, and how many posts were read.
fn report(args: &CompileArgs, summary: &str, measured: Option<Measured>) {
    let Some(measured) = measured else {
        if term::is_interactive() && !args.reading.quiet {
            term::note(&format!("{summary}\n"));
        }
        return;
    };
    if let Some(warning) = measured.warning() {
        term::note(&warning);
    }
    if !args.reading.quiet {
        term::note(&format!("{summary}, {}\n", measured.summary()));
    }
}

fn summary(compiled: &Compiled, path: &Path, bytes: u64) -> String {
    let (rules, terms) = (compiled.rules.rules().len(), compiled.rules.terms().len());
    let name = path.display().to_string();
    let name = term::printable(&name);
    let rules = counted(rules, &counts::RULES);
    let correlations = match compiled.rules.correlations().len() {
        0 => String::new(),
        some => format!(", {}", counted(some, &counts::CORRELATIONS)),
    };
    let terms = counted(terms, &counts::TERMS);
    format!("{name}: {rules}{correlations}, {terms}, {}", human_bytes(bytes))
}

/// Rejects an existing file that is not a compiled rule set, such as a pack or a device.
fn check_output(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let kind = match path.metadata() {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(say!("{shown}: {error}")),
    };
    let mut start = Vec::new();
    let is_ours = kind.is_file() && {
        let file = File::open(path).map_err(|error| say!("{shown}: {error}"))?;
        let read = file.take(container::MAGIC.len() as u64).read_to_end(&mut start);
        read.map_err(|error| say!("{shown}: {error}"))?;
        container::is_container(&start)
    };
    match is_ours {
        true => Ok(()),
        false => {
            Err(say!("{shown} exists and is not a compiled rule set; choose another file with -o"))
        }
    }
}

/// Rejects policies that a run could not use.
fn check_policies(compiled: &Compiled) -> Result<(), Vec<Diagnostic>> {
    let facts = RuleSetFacts::of(&compiled.rules);
    let mut errors = Vec::new();
    let others = Policies::new(&compiled.policies, Some(BUNDLE));
    for source in &compiled.policies {
        let mut names = compiled.rules.names().clone();
        let checked = Policy::parse_among(source, &mut names, &others)
            .and_then(|policy| policy.resolve(&facts));
        errors.extend(checked.err().unwrap_or_default());
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Writes the file under another name, reads it back, and renames it. Returns its size.
fn write(compiled: &Compiled, path: &Path) -> io::Result<u64> {
    let bytes = compiled.to_bytes();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let done = write_whole(&bytes, &temporary).and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        // Best effort: an error in removing the partial file is not reported.
        let _ = fs::remove_file(&temporary);
    }
    done.map(|()| bytes.len() as u64)
}

fn write_whole(bytes: &[u8], path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    Compiled::from_bytes(&fs::read(path)?).map(|_| ()).map_err(io::Error::other)
}

/// A spinner with the current step, on a terminal.
struct Spinner {
    bar: Option<ProgressBar>,
}

impl Spinner {
    fn start(what: &'static str) -> Spinner {
        let bar = term::is_interactive().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(what);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Spinner { bar }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
