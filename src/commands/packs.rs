//! `packs`: the packs and policies that come with the program, listed, printed or exported.

mod tables;

use crate::exit::Exit;
use crate::files::write_new;
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use clap::Args;
use std::path::{Path, PathBuf};
use tidegate_engine::message::message;
use tidegate_engine::rules::model::Model;
use tidegate_engine::rules::source::bundle::PREFIX;
use tidegate_engine::rules::source::suggest;
use tidegate_packs::BUNDLE;

/// Arguments of `packs`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct PacksArgs {
    /// Print the source of a pack, a policy or a file under rules/
    #[arg(long, value_name = "NAME", conflicts_with_all = ["export", "rules", "json"])]
    pub show: Option<String>,

    /// Write every pack, word list and policy to a new folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["rules", "json"])]
    pub export: Option<PathBuf>,

    /// List the rules, of one pack or of all
    #[arg(long, value_name = "PACK", num_args = 0..=1, default_missing_value = "")]
    pub rules: Option<String>,

    /// Print JSON lines, one object per pack, policy or rule
    #[arg(long)]
    pub json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate packs --rules fraud             rules of one pack: id, category, weight, title
  tidegate packs --show default            the policy that applies when none is named
  tidegate packs --export my-rules         copy everything, to edit it
  tidegate scan --no-default-rules --rules my-rules --policy default posts.jsonl";

/// Runs the command.
pub fn run(args: &PacksArgs) -> Exit {
    if let Some(folder) = &args.export {
        return export(folder);
    }
    let model = match tidegate_packs::loader().load() {
        Ok(loaded) => loaded.model,
        Err(diagnostics) => return term::refuse(&StartError::Rules(diagnostics)),
    };
    if let Some(name) = &args.show {
        return show(&model, name);
    }
    let text = match &args.rules {
        Some(pack) => rules(&model, pack, args.json),
        None => tables::packs(model, args.json),
    };
    match text {
        Ok(text) => term::print(text.as_bytes()),
        Err(error) => term::refuse(&error),
    }
}

/// The rules of the pack called `name`, or of every pack if `name` is empty.
fn rules(model: &Model, name: &str, json: bool) -> Result<String, StartError> {
    let pack = match name {
        "" => None,
        name => Some(model.packs.iter().position(|pack| pack.name == name).ok_or_else(|| {
            let names = model.packs.iter().map(|pack| pack.name.as_str());
            StartError::Usage(unknown(&say!("pack"), name, names.collect()))
        })?),
    };
    Ok(tables::rules(model, pack, json))
}

fn unknown(what: &str, name: &str, known: Vec<&str>) -> String {
    let help = suggest::help(name, known.iter().copied());
    let help = if help.is_empty() { message!("`tidegate packs` lists them") } else { help };
    say!("no {what} is called `{name}`; {help}")
}

/// Prints the source of a policy, a pack, or a file by its path under `rules/`.
fn show(model: &Model, name: &str) -> Exit {
    let policy = BUNDLE.policy(name).map(|source| source.text.clone());
    let pack = || {
        let pack = model.packs.iter().find(|pack| pack.name == name)?;
        Some(pack.source.text.clone())
    };
    let file = || BUNDLE.file(name.trim_start_matches(PREFIX)).map(str::to_owned);
    match policy.or_else(pack).or_else(file) {
        Some(text) => term::print(text.as_bytes()),
        None => {
            let mut known: Vec<&str> = BUNDLE.policy_names().collect();
            known.extend(model.packs.iter().map(|pack| pack.name.as_str()));
            term::refuse(&StartError::Usage(unknown(&say!("pack, policy or file"), name, known)))
        }
    }
}

/// Writes every embedded file below `folder`. Nothing is overwritten: if any of the files
/// exists, none is written.
fn export(folder: &Path) -> Exit {
    let files: Vec<(PathBuf, &str)> =
        BUNDLE.files().iter().map(|(path, text)| (folder.join(path), *text)).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        let message = say!("{} exists; name another folder", path.display());
        return term::refuse(&StartError::Usage(message));
    }
    for (path, text) in &files {
        if let Err(error) = write_new(path, text) {
            term::error(&say!("{}: {error}", path.display()));
            return Exit::Io;
        }
    }
    let shown = term::printable(&folder.display().to_string()).into_owned();
    term::note(&say!("{} files written to {shown}\n", files.len()));
    Exit::Complete
}
