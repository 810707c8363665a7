//! `compile`: rules → one file that a run reads in milliseconds.
//!
//! The file is written beside its place, read back, and only then given its name: whoever
//! reads it meanwhile has the old one or the new one, whole.

use crate::exit::Exit;
use crate::load::from_sources;
use crate::start_error::StartError;
use crate::term;
use crate::term::diagnostics::counted;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tidegate_engine::codec::container;
use tidegate_engine::diagnostic::Diagnostic;
use tidegate_engine::domain::summary::human_bytes;
use tidegate_engine::policy::{Policy, RuleFacts};
use tidegate_engine::rules::codec::Compiled;

const AFTER_HELP: &str = "\
The file holds the rules named and those that come with the program, as a run with \
`--rules PATH...` would have them, and the policies that lie beside them, for `--policy NAME`. \
Its verdicts are the same, byte for byte. It is read by the build of the program that wrote \
it, and refused by any other, and where it is damaged.

Example: tidegate compile my-rules/ -o rules.tgc && tidegate --rules rules.tgc feed.jsonl

Exit status: 0 written, 2 the rules are wrong or the file cannot be put there, 4 writing failed";

/// Arguments of `compile`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct CompileArgs {
    /// Packs, or folders of packs and policies; without any, the rules of the program
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Leave the rules out that come with the program
    #[arg(long, requires = "paths")]
    pub no_default_rules: bool,
    /// The file to write; one that is there must be a compiled rule set
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Runs the command.
pub fn run(args: &CompileArgs) -> Exit {
    let stage = Stage::start("compiling the rules");
    let compiled = match check_place(&args.output).map_err(StartError::Usage).and_then(|()| {
        let compiled = from_sources(&args.paths, !args.no_default_rules)?;
        check_policies(&compiled)?;
        Ok(compiled)
    }) {
        Ok(compiled) => compiled,
        Err(refusal) => {
            drop(stage);
            return term::refuse(&refusal);
        }
    };
    stage.say("writing the file");
    let written = write(&compiled, &args.output);
    drop(stage);
    match written {
        Ok(bytes) => {
            if term::is_interactive() {
                term::note(&told(&compiled, &args.output, bytes));
            }
            Exit::Complete
        }
        Err(error) => {
            term::error(&format!("cannot write {}: {error}", args.output.display()));
            Exit::Io
        }
    }
}

fn told(compiled: &Compiled, path: &Path, bytes: u64) -> String {
    let (rules, terms) = (compiled.rules.rules().len(), compiled.rules.terms().len());
    let name = path.display().to_string();
    let name = term::printable(&name);
    let rules = counted(rules, "rule", "rules");
    let terms = counted(terms, "term", "terms");
    format!("{name}: {rules}, {terms}, {}\n", human_bytes(bytes))
}

/// Nothing may be lost that is no compiled rule set: not a pack, not a device.
fn check_place(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let kind = match path.metadata() {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    let mut start = Vec::new();
    let is_ours = kind.is_file() && {
        let file = File::open(path).map_err(|error| format!("{shown}: {error}"))?;
        let read = file.take(container::MAGIC.len() as u64).read_to_end(&mut start);
        read.map_err(|error| format!("{shown}: {error}"))?;
        container::is_container(&start)
    };
    match is_ours {
        true => Ok(()),
        false => Err(format!(
            "{shown} is there already and is no compiled rule set; give another name to -o"
        )),
    }
}

/// A policy that a run could not use has no place in the file.
fn check_policies(compiled: &Compiled) -> Result<(), Vec<Diagnostic>> {
    let facts: Vec<RuleFacts<'_>> = compiled.rules.rules().iter().map(RuleFacts::of).collect();
    let mut faults = Vec::new();
    for source in &compiled.policies {
        let mut names = compiled.rules.names().clone();
        let checked = Policy::parse(source, &mut names).and_then(|policy| policy.resolve(&facts));
        faults.extend(checked.err().unwrap_or_default());
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Writes the file under another name, reads it back, and renames it. Returns its size.
fn write(compiled: &Compiled, path: &Path) -> io::Result<u64> {
    let bytes = compiled.to_bytes();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let done = write_whole(&bytes, &beside).and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        // What was begun is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
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

/// What is being done, while somebody is looking.
struct Stage {
    bar: Option<ProgressBar>,
}

impl Stage {
    fn start(what: &'static str) -> Stage {
        let bar = term::is_interactive().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(what);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Stage { bar }
    }

    fn say(&self, what: &'static str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what);
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
